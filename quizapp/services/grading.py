"""What a verdict does to a response: points, state, the record of the last judgement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from quizapp.extensions import db
from quizapp.models import Response, ResponseState, Scope, Submission, SubmissionState
from quizapp.rules import scoring
from quizapp.services import leases

if TYPE_CHECKING:
    from collections.abc import Mapping

    from quizapp.services.leases import Delivery


def record(delivery: Delivery, *, verdict: str, share: float, outcome: Mapping[str, Any]) -> bool:
    """Write verdict and score in one transaction; False, and nothing is written, for a delivery that lost its lease."""
    if not leases.finish(delivery, verdict=verdict, share=share, outcome=dict(outcome)):
        db.session.rollback()
        return False
    submission = db.session.get_one(Submission, delivery.submission_id, populate_existing=True)
    credit(submission, submission.response)
    db.session.commit()
    return True


def credit(submission: Submission, response: Response) -> None:
    """Give the response its points for a judged full submission: the best one counts, whatever came after it."""
    if submission.scope is not Scope.FULL:
        return
    if submission.verdict == "internal_error":
        if not _other_open(submission) and response.points is None:
            response.state = ResponseState.NOT_GRADED
        return
    hints = response.version.content["hints"][: response.hints_used]
    earned = scoring.earned(submission.share or 0.0, response.max_points, sum(hint["cost"] for hint in hints))
    response.points = scoring.better(response.points, earned)
    response.tries += 1
    response.answered_at = submission.created_at
    response.state = ResponseState.GRADING if _other_open(submission) else ResponseState.MARKED


def _other_open(submission: Submission) -> bool:
    """Whether another full submission to the same response waits for its verdict."""
    waiting = select(Submission.id).where(
        Submission.response_id == submission.response_id,
        Submission.id != submission.id,
        Submission.scope == Scope.FULL,
        Submission.state != SubmissionState.DONE,
    )
    return db.session.scalar(waiting.limit(1)) is not None
