"""Time per question: what the pages counted, held against the server's clock, and summed per response."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from quizapp.extensions import db
from quizapp.models import Attempt, AttemptKind, Response, User, Visit
from quizapp.receipt import received_at
from quizapp.rules import activity
from quizapp.services import responses

MOST_VISITS = 300  # kept of one response; whoever loads its page more often is not counted further


def note(response_id: int, user: User, key: str, seconds: float) -> None:
    """Keep how long somebody has been active on one loading of a page so far, and commit.

    Practice is not measured, nor is what comes long after the finish. Raises NotFound for somebody else's response.
    """
    response = responses.own(response_id, user)
    attempt, moment = response.attempt, received_at()
    if attempt.kind is AttemptKind.PRACTICE or activity.is_too_late(moment, attempt.finished_at):
        db.session.rollback()
        return
    ends = moment if attempt.finished_at is None else min(moment, attempt.finished_at)
    known = _known(response_id, key)
    # Whoever looks at two windows is still one person: all visits together are no longer than the attempt so far.
    elapsed = max(0.0, (ends - attempt.started_at).total_seconds())
    claimed = min(seconds, elapsed - _elsewhere(attempt.id, known))
    if known is None:
        if _count(response_id) >= MOST_VISITS:
            db.session.rollback()
            return
        counted = activity.believed(0.0, claimed, attempt.started_at, ends)
        begins = ends - timedelta(seconds=counted)
        db.session.add(
            Visit(response_id=response_id, key=key, seconds=counted, first_at=begins, last_at=ends)
        )
    else:
        known.seconds = activity.believed(known.seconds, claimed, known.first_at, ends)
        known.last_at = max(known.last_at, ends)
    try:
        db.session.commit()
    except (
        IntegrityError
    ):  # the same page told twice in one moment; its next message brings what this one had
        db.session.rollback()


def seconds(attempt: Attempt) -> dict[int, float]:
    """Response id -> seconds of activity; responses whose pages never told are left out."""
    rows = db.session.execute(
        select(Visit.response_id, func.sum(Visit.seconds))
        .join(Response, Visit.response_id == Response.id)
        .where(Response.attempt_id == attempt.id)
        .group_by(Visit.response_id)
    )
    return {response_id: float(total) for response_id, total in rows}


def _elsewhere(attempt_id: int, known: Visit | None) -> float:
    """Seconds of all other visits of the attempt."""
    others = (
        select(func.coalesce(func.sum(Visit.seconds), 0.0))
        .join(Response, Visit.response_id == Response.id)
        .where(Response.attempt_id == attempt_id)
    )
    if known is not None:
        others = others.where(Visit.id != known.id)
    return float(db.session.scalar(others) or 0.0)


def _count(response_id: int) -> int:
    return db.session.scalar(select(func.count()).where(Visit.response_id == response_id)) or 0


def _known(response_id: int, key: str) -> Visit | None:
    wanted = select(Visit).where(Visit.response_id == response_id, Visit.key == key)
    return db.session.scalar(wanted.with_for_update().execution_options(populate_existing=True))
