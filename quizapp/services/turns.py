"""Whose turn it is among the people who wait: fair between users, however much one of them has sent.

Start-time fair queueing (Goyal, Vin, Cheng: "Start-time Fair Queueing", SIGCOMM 1996) with every submission of the
same weight. A submission gets its turn once, when it is stored: one after the user's own latest, and no earlier than
the turn that is being served. So the hundredth submission of one user waits behind the first of another, and nobody
is made to wait for having used an idle machine. The queues `expiry` and `bulk`, for which nobody waits, are served in
the order of their rows: there the turn is 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, and_, bindparam, func, or_, select
from sqlalchemy.orm import aliased

from quizapp.extensions import db
from quizapp.models import Submission, SubmissionState, is_open

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.sql.elements import ColumnElement
    from sqlalchemy.sql.selectable import ScalarSelect

    Moment = datetime | ColumnElement[datetime]

LIVE = "live"
# An alias takes longer to make than the rest of a statement, and who asks for the next row is somebody's wait.
_WAITING = aliased(Submission)


@dataclass(frozen=True)
class Arrival:
    """What somebody who sends to the live queue finds there."""

    waiting: int  # of everybody
    own_waiting: int
    turn: int  # for what is sent now


def _arrival() -> Select[Any]:
    live, own = Submission.queue == LIVE, Submission.user_id == bindparam("user")
    waiting = select(func.count()).where(is_open(), live, Submission.state == SubmissionState.QUEUED)
    turns = select(Submission.turn).order_by(Submission.turn.desc()).limit(1)
    return select(
        waiting.scalar_subquery(),
        waiting.where(own).scalar_subquery(),
        turns.where(live, Submission.delivery > 0).scalar_subquery(),
        turns.where(live, own).scalar_subquery(),
    )


_ARRIVAL = _arrival()  # putting it together takes longer than the answer


def arrival(user_id: int) -> Arrival:
    """How the live queue stands for this user."""
    everybody, own, served, latest = db.session.execute(_ARRIVAL, {"user": user_id}).one()
    return Arrival(everybody, own, max(served or 0, 0 if latest is None else latest + 1))


def ahead(submission: Submission) -> int:
    """How many are served before this one that waits, 0 for the next. Who sends their first goes before a second."""
    return (
        db.session.scalar(
            select(func.count()).where(
                is_open(),
                Submission.queue == submission.queue,
                Submission.state == SubmissionState.QUEUED,
                or_(
                    Submission.turn < submission.turn,
                    and_(Submission.turn == submission.turn, Submission.id < submission.id),
                ),
            )
        )
        or 0
    )


def first(queue: ScalarSelect[str], now: Moment) -> ScalarSelect[int]:
    """The id of the row of a queue to be served next: it waits, or the lease of who had it ran out.

    On PostgreSQL, rows that somebody else is taking in this moment are passed over.
    """
    return (
        select(_WAITING.id)
        .where(is_open(_WAITING), _WAITING.queue == queue, can_be_taken(now, _WAITING))
        .order_by(_WAITING.turn, _WAITING.id)
        .limit(1)
        .with_for_update(skip_locked=True, key_share=True)
        .scalar_subquery()
    )


def can_be_taken(now: Moment, of: type[Submission] = Submission) -> ColumnElement[bool]:
    """The condition of submissions that are in nobody's hands."""
    lost = and_(of.state == SubmissionState.RUNNING, of.lease_until < now)
    return or_(of.state == SubmissionState.QUEUED, lost)
