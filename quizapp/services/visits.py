"""Time per question: what the pages counted, held against the server's clock, and summed per response."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from quizapp.errors import NotFound
from quizapp.extensions import alone, db
from quizapp.models import Attempt, AttemptKind, Response, User, Visit
from quizapp.receipt import received_at
from quizapp.rules import activity

MOST_VISITS = 300  # kept of one response; whoever loads its page more often is not counted further

_attempt, _response, _known = Attempt.__table__.c, Response.__table__.c, Visit.__table__.c
_each, _beside = Visit.__table__.alias("each"), Response.__table__.alias("beside")
_READ = (
    select(
        *(_attempt[name] for name in ("kind", "started_at", "finished_at")),
        *(_known[name] for name in ("id", "seconds", "first_at", "last_at")),
        select(func.coalesce(func.sum(_each.c.seconds), 0.0))
        .join_from(_each, _beside, _each.c.response_id == _beside.c.id)
        .where(_beside.c.attempt_id == _attempt.id)
        .scalar_subquery()
        .label("in_all"),
        select(func.count()).where(_each.c.response_id == _response.id).scalar_subquery().label("visits"),
    )
    .join_from(Response.__table__, Attempt.__table__, _response.attempt_id == _attempt.id)
    .outerjoin(Visit.__table__, (_known.response_id == _response.id) & (_known.key == bindparam("key")))
    .where(_response.id == bindparam("response"), _attempt.user_id == bindparam("user"))
)


def note(response_id: int, user: User, key: str, seconds: float) -> None:
    """Keep how long somebody has been active on one loading of a page so far.

    Practice is not measured, nor is what comes long after the finish. Raises NotFound for somebody else's response.
    """
    with alone(read_only=True) as connection:
        found = connection.execute(
            _READ, {"response": response_id, "user": user.id, "key": key}
        ).one_or_none()
    if found is None:
        raise NotFound("There is no such question in an attempt of yours")
    moment = received_at()
    if found.kind is AttemptKind.PRACTICE or activity.is_too_late(moment, found.finished_at):
        return
    ends = moment if found.finished_at is None else min(moment, found.finished_at)
    # Whoever looks at two windows is still one person: all visits together are no longer than the attempt so far.
    elapsed = max(0.0, (ends - found.started_at).total_seconds())
    claimed = min(seconds, elapsed - (found.in_all - (found.seconds or 0.0)))
    if found.id is not None:
        counted = activity.believed(found.seconds, claimed, found.first_at, ends)
        _keep_more(found.id, counted, max(found.last_at, ends))
    elif found.visits < MOST_VISITS:
        counted = activity.believed(0.0, claimed, found.started_at, ends)
        begins = ends - timedelta(seconds=counted)
        _keep(
            {"response_id": response_id, "key": key, "seconds": counted, "first_at": begins, "last_at": ends}
        )


def _keep(visit: dict[str, Any]) -> None:
    try:
        with alone() as connection:
            connection.execute(insert(Visit.__table__), visit)  # type: ignore[arg-type]
    except IntegrityError:
        pass  # the same page told twice in one moment; its next message brings what this one had


def _keep_more(visit_id: int, seconds: float, moment: datetime) -> None:
    """Counts only grow: of two messages in one moment the greater stays, whichever is written last."""
    more = (
        update(Visit.__table__)  # type: ignore[arg-type]
        .where(_known.id == visit_id, _known.seconds <= seconds)
        .values(seconds=seconds, last_at=moment)
    )
    with alone() as connection:
        connection.execute(more)


def seconds(attempt: Attempt) -> dict[int, float]:
    """Response id -> seconds of activity; responses whose pages never told are left out."""
    rows = db.session.execute(
        select(Visit.response_id, func.sum(Visit.seconds))
        .join(Response, Visit.response_id == Response.id)
        .where(Response.attempt_id == attempt.id)
        .group_by(Visit.response_id)
    )
    return {response_id: float(total) for response_id, total in rows}
