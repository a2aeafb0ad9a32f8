"""Who may write the verdict of a submission: one delivery at a time, for as long as its lease is renewed.

A delivery is one try of a worker to grade a submission. Each takes a new number; whatever an earlier one still
writes finds that the number has moved on and changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, cast

from sqlalchemy import bindparam, case, select, update
from sqlalchemy.orm import aliased

from quizapp.extensions import db
from quizapp.models import CANCELLED, Submission, SubmissionState, is_open
from quizapp.receipt import database_now
from quizapp.services import turns

if TYPE_CHECKING:
    from sqlalchemy.engine import CursorResult
    from sqlalchemy.sql.dml import ReturningUpdate
    from sqlalchemy.sql.elements import ColumnElement

LEASE = timedelta(seconds=30)
RENEW_EVERY = timedelta(seconds=10)
MOMENT = timedelta(milliseconds=1)

_rows = Submission.__table__.c
_NOW = bindparam("now", type_=_rows.taken_at.type)
_RUNG = aliased(Submission)
_QUEUE = select(_RUNG.queue).where(_RUNG.id == bindparam("rung_for")).scalar_subquery()


def _taking(*conditions: ColumnElement[bool]) -> ReturningUpdate[int, int, int]:
    return (
        update(Submission.__table__)  # type: ignore[arg-type]
        .where(*conditions)
        .values(
            state=SubmissionState.RUNNING,
            delivery=_rows.delivery + 1,
            taken_at=_NOW,
            lease_owner=bindparam("owner"),
            lease_until=bindparam("until"),
        )
        .returning(_rows.id, _rows.delivery, _rows.forgiven)
    )


# Made once: to put such a statement together takes longer than to execute it, and with each verdict somebody waits for it.
_TAKE = _taking(_rows.id == bindparam("submission"), turns.can_be_taken(_NOW))
_TAKE_NEXT = _taking(_rows.id == turns.first(_QUEUE, _NOW))
_FINISH = (
    update(Submission.__table__)  # type: ignore[arg-type]
    .where(
        _rows.id == bindparam("submission"),
        _rows.delivery == bindparam("number"),
        _rows.state == SubmissionState.RUNNING,
    )
    .values(
        state=SubmissionState.DONE,
        verdict=bindparam("found_verdict"),
        share=bindparam("found_share"),
        outcome=bindparam("found_outcome"),
        finished_at=_NOW,
        lease_owner=None,
        lease_until=None,
    )
)


@dataclass(frozen=True)
class Delivery:
    """One try to grade one submission. `tries` is how many there were that count against it, this one included."""

    submission_id: int
    number: int
    owner: str
    tries: int = 1


def take(submission_id: int, owner: str) -> Delivery | None:
    """Take the submission for a new delivery; None when it is judged, gone, or another delivery's lease runs."""
    return _taken(_TAKE, owner, submission=submission_id)


def take_next(rung_for: int, owner: str) -> Delivery | None:
    """Take whatever is next in the queue of the submission that was rung for; None when nothing waits there.

    A ring says that something waits, not what: who was rung for last may be served first.
    """
    return _taken(_TAKE_NEXT, owner, rung_for=rung_for)


def _taken(statement: ReturningUpdate[int, int, int], owner: str, **asked: int) -> Delivery | None:
    now = database_now()
    asked_all = {"now": now, "until": now + LEASE, "owner": owner, **asked}
    row = db.session.execute(statement, asked_all).one_or_none()
    db.session.commit()
    return Delivery(row.id, row.delivery, owner, row.delivery - row.forgiven) if row else None


def renew(delivery: Delivery) -> bool:
    """Prolong the lease; False when it is not this delivery's any more."""
    kept = _changes(*_held(delivery), lease_until=database_now() + LEASE)
    db.session.commit()
    return kept


def give_back(delivery: Delivery, *, is_our_fault: bool = False, is_tried: bool = False) -> bool:
    """Put the submission back into the queue's care; False when it is not this delivery's any more.

    A fault of ours while it ran is counted, for the submission may be its cause. What was begun without coming to an
    end (`is_tried`) is no fault, but a try. Else this delivery is forgiven: the sandbox was away, which says nothing
    about the submission.
    """
    changed = _changes(
        *_held(delivery),
        state=SubmissionState.QUEUED,
        lease_owner=None,
        lease_until=None,
        internal_errors=Submission.internal_errors + int(is_our_fault),
        forgiven=Submission.forgiven + int(not is_our_fault and not is_tried),
    )
    db.session.commit()
    return changed


def put_off(delivery: Delivery, seconds: float) -> None:
    """Keep the submission out of everybody's hands for a while, without counting this delivery.

    Given back, it would be the next in its queue again, and hold up what waits behind it.
    """
    _changes(
        *_held(delivery),
        lease_owner=None,
        lease_until=database_now() + timedelta(seconds=seconds),
        forgiven=Submission.forgiven + 1,
    )
    db.session.commit()


def let_go(owner: str) -> list[int]:
    """End the leases of a process that has ended: whoever took what begins with `owner`. Gives the submissions' ids."""
    held = (
        is_open(),
        Submission.state == SubmissionState.RUNNING,
        Submission.lease_owner.startswith(owner, autoescape=True),
    )
    ids = list(db.session.scalars(select(Submission.id).where(*held)))
    if ids:
        _changes(*held, Submission.id.in_(ids), lease_until=database_now() - MOMENT)
    db.session.commit()
    return ids


def finish(delivery: Delivery, *, verdict: str, share: float, outcome: dict[str, object]) -> bool:
    """Write the verdict without committing; False, and nothing changed, when the delivery lost its lease."""
    found = {"found_verdict": verdict, "found_share": share, "found_outcome": outcome, "now": database_now()}
    held = {"submission": delivery.submission_id, "number": delivery.number}
    done = cast("CursorResult[object]", db.session.execute(_FINISH, held | found))
    return done.rowcount == 1


def cancel(submission_id: int) -> bool:
    """Take a submission that has no verdict out of everybody's hands, without committing; False when it has one.

    What was never taken gives its turn back, so that who sent it does not wait longer for having stopped it.
    """
    return _changes(
        Submission.id == submission_id,
        Submission.state != SubmissionState.DONE,
        state=SubmissionState.DONE,
        verdict=CANCELLED,
        turn=case((Submission.delivery == 0, 0), else_=Submission.turn),
        finished_at=database_now(),
        lease_owner=None,
        lease_until=None,
    )


def bring_back(submission_id: int) -> bool:
    """Have a judged submission graded once more, as if it had never been tried, without committing.

    False when it has no verdict yet. It goes first in its queue.
    """
    return _changes(
        Submission.id == submission_id,
        Submission.state == SubmissionState.DONE,
        state=SubmissionState.QUEUED,
        turn=0,
        forgiven=Submission.delivery,
        internal_errors=0,
        verdict=None,
        share=None,
        outcome=None,
        finished_at=None,
        settled_at=None,
    )


def _held(delivery: Delivery) -> tuple[ColumnElement[bool], ...]:
    return (
        Submission.id == delivery.submission_id,
        Submission.delivery == delivery.number,
        Submission.state == SubmissionState.RUNNING,
    )


def _changes(*conditions: ColumnElement[bool], **values: object) -> bool:
    statement = update(Submission).where(*conditions).values(**values)
    done = cast(
        "CursorResult[object]",
        db.session.execute(statement, execution_options={"synchronize_session": False}),
    )
    return done.rowcount == 1
