"""Writing a verdict: the submission and the response it counts for, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import joinedload

from quizapp.extensions import db
from quizapp.models import Response, Scope, Submission
from quizapp.services import leases, responses, scores, versions
from quizapp.services.leases import Delivery


def record(delivery: Delivery, *, verdict: str, share: float, outcome: Mapping[str, Any]) -> bool:
    """Write verdict and score; False, and nothing is written, for a delivery that lost its lease."""
    if not leases.finish(delivery, verdict=verdict, share=share, outcome=dict(outcome)):
        db.session.rollback()
        return False
    response = response_of(delivery.submission_id)
    if response is not None:
        responses.settle(response)
        scores.refresh(response.attempt)
    db.session.commit()
    return True


def response_of(submission_id: int) -> Response | None:
    """The response that a full submission counts for, as it is now; None for other submissions.

    It is kept until the transaction ends: of two verdicts on one answer at the same time the second counts after the
    first is committed, and sees it.
    """
    response: Response | None = db.session.scalar(_response(), {"submission": submission_id})
    if response is not None:
        versions.give([response])
    return response


@cache
def _response() -> Select[Response]:
    return (
        select(Response)
        .join(Submission)
        .where(Submission.id == bindparam("submission"), Submission.scope == Scope.FULL)
        .options(joinedload(Response.attempt))
        .with_for_update(of=Response, key_share=True)
        .execution_options(populate_existing=True)
    )
