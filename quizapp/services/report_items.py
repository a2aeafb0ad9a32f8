"""The questions of a report: what was answered, what counts of what was sent, and its verdict in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import selectinload

from quizapp.extensions import db
from quizapp.models import (
    CANCELLED,
    Attempt,
    Regrade,
    RegradeItem,
    Response,
    ResponseState,
    Scope,
    Submission,
    SubmissionState,
)
from quizapp.rules import answers, marking, scoring, titles
from quizapp.services import late_edits, report_changes, report_figures, verdicts
from quizapp.services.late_edits import LateEdit
from quizapp.services.report_changes import Regraded, Since
from quizapp.services.report_figures import Effort


@dataclass(frozen=True)
class Item:
    """One question of a report. `verdict` is a name the pages have a sign for, `verdict_text` its words."""

    position: int
    response: Response
    content: dict[str, Any]
    answer: dict[str, Any] | None
    verdict: str
    verdict_text: str
    points: float | None
    max_points: float
    is_judged: bool
    is_flagged: bool
    details: dict[str, Any]  # by kind: what the template shows of answer and feedback
    since: Since | None = None  # when the question was changed after it was answered
    regraded: Regraded | None = None  # then content and answer are those of the corrected version
    late: Sequence[LateEdit] = ()  # what arrived too late to be graded
    effort: Effort = field(default_factory=Effort)
    whose: str = "Your answer"  # what paper calls the answer, by who reads it

    @property
    def is_lost(self) -> bool:
        """Whether points were lost here."""
        return self.is_judged and (self.points or 0.0) < self.max_points


def of_attempt(attempt: Attempt) -> list[Item]:
    """The questions of a finished attempt in their order, in a number of queries that does not grow with them."""
    best = _best_submissions(attempt)
    again = report_changes.regraded(attempt)
    late = late_edits.of_attempt(attempt)
    efforts = report_figures.efforts(attempt)
    return [
        _item(one, best.get(one.id), again.get(one.id), late.get(one.id, ()), efforts[one.id])
        for one in attempt.responses
    ]


def counted(response: Response) -> scoring.Line:
    """What a response adds to a total."""
    return scoring.Line(
        topic=response.question.topic,
        points=response.points,
        max_points=response.max_points,
        is_judged=response.state is ResponseState.MARKED,
    )


def _best_submissions(attempt: Attempt) -> dict[int, Submission]:
    """Response id -> the full submission that counts: the best judged one, the latest of equals.

    Since a regrade, those are its runs.
    """
    is_counting = and_(Submission.scope == Scope.FULL, Response.graded_version_id.is_(None))
    is_run_again = and_(
        Submission.scope == Scope.REGRADE,
        RegradeItem.is_applied.is_(True),
        Regrade.version_id == Response.graded_version_id,
    )
    sent = db.session.scalars(
        select(Submission)
        .join(Response, Submission.response_id == Response.id)
        .outerjoin(RegradeItem, Submission.regrade_item_id == RegradeItem.id)
        .outerjoin(Regrade, RegradeItem.regrade_id == Regrade.id)
        .where(
            Response.attempt_id == attempt.id,
            or_(is_counting, is_run_again),
            Submission.verdict.is_distinct_from(CANCELLED),
        )
        .options(selectinload(Submission.response))
        .order_by(Submission.id)
    ).all()
    best: dict[int, Submission] = {}
    for submission in sent:
        known = best.get(submission.response_id)
        if known is None or _weight(submission) >= _weight(known):
            best[submission.response_id] = submission
    return best


def _weight(submission: Submission) -> float:
    if submission.state is not SubmissionState.DONE or submission.verdict == "internal_error":
        return -1.0
    return submission.share or 0.0


def _item(
    response: Response,
    submission: Submission | None,
    regraded: Regraded | None,
    late: Sequence[LateEdit],
    effort: Effort,
) -> Item:
    content, answer = report_changes.graded(response)
    if answers.is_coded(content):
        verdict, text, details = _code(response, submission)
    else:
        verdict, text, details = _marked(response, content, answer)
    # Whatever was found, or could not be: a reviewer has said what it is worth.
    if response.override_id is not None:
        verdict, text = _by_hand(response), "Set by a reviewer"
    return Item(
        position=response.position,
        response=response,
        content=content,
        answer=answer,
        verdict=verdict,
        verdict_text=text,
        points=response.points,
        max_points=response.max_points,
        is_judged=response.state is ResponseState.MARKED,
        is_flagged=response.is_flagged,
        details=details,
        since=report_changes.since(response),
        regraded=regraded,
        late=late,
        effort=effort,
    )


def _by_hand(response: Response) -> str:
    if (response.points or 0.0) >= response.max_points:
        return "accepted"
    return "part" if response.points else "wrong_answer"


def _marked(
    response: Response, content: dict[str, Any], answer: dict[str, Any] | None
) -> tuple[str, str, dict[str, Any]]:
    judged = response.mark
    if response.state is ResponseState.WAITING:
        return "waiting", "Not graded yet", {"is_answered": True}
    if judged is None:
        return "internal_error", "Not graded", {}
    details = dict(judged["feedback"])
    if content["kind"] == "order":
        details["pieces"] = {piece.id: piece.text for piece in marking.pieces(content)}
    details["is_answered"] = answers.is_answered(content, answer)
    if not details["is_answered"]:
        return "none", "Not answered", details
    if content["kind"] == "free":
        text = f"{judged['points']:g} of {judged['max_points']:g} points"
        return (
            ("accepted" if judged["correct"] else "part" if judged["points"] else "wrong_answer"),
            text,
            details,
        )
    if judged["correct"]:
        return "accepted", "Right", details
    return ("part", "Partly right", details) if judged["points"] > 0 else ("wrong_answer", "Wrong", details)


def _code(response: Response, submission: Submission | None) -> tuple[str, str, dict[str, Any]]:
    details: dict[str, Any] = {"submission": submission, "told": None, "files": {}}
    if submission is None:
        if response.state is ResponseState.MARKED:
            return "none", "Not answered", details
        return "internal_error", "Not graded", details
    details["files"] = submission.files
    if submission.state is not SubmissionState.DONE:
        return "running", "Being graded", details
    told = verdicts.describe_whole(submission)
    details["told"] = told
    if submission.verdict == "internal_error":
        return "internal_error", "Not graded", details
    if submission.verdict == "accepted":
        return "accepted", "Accepted", details
    passed, count = told["tests_passed"], told["tests_total"]
    words = titles.VERDICTS.get(submission.verdict or "", "")
    text = f"{passed} of {count} tests" if submission.verdict == "wrong_answer" else words
    return submission.verdict or "none", text, details
