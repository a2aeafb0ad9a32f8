"""Who may write the verdict of a submission: one delivery at a time, for as long as its lease is renewed.

A delivery is one try of a worker to grade a submission. Each takes a new number; whatever an earlier one still
writes finds that the number has moved on and changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, cast

from sqlalchemy import and_, or_, select, update

from quizapp.extensions import db
from quizapp.models import Submission, SubmissionState
from quizapp.receipt import database_now

if TYPE_CHECKING:
    from sqlalchemy.engine import CursorResult
    from sqlalchemy.sql.elements import ColumnElement

LEASE = timedelta(seconds=30)
RENEW_EVERY = timedelta(seconds=10)


@dataclass(frozen=True)
class Delivery:
    """One try to grade one submission."""

    submission_id: int
    number: int
    owner: str


def take(submission_id: int, owner: str) -> Delivery | None:
    """Take the submission for a new delivery; None when it is judged, gone, or another delivery's lease runs."""
    now = database_now()
    is_free = or_(
        Submission.state == SubmissionState.QUEUED,
        and_(Submission.state == SubmissionState.RUNNING, Submission.lease_until < now),
    )
    taken = _changes(
        Submission.id == submission_id,
        is_free,
        state=SubmissionState.RUNNING,
        delivery=Submission.delivery + 1,
        lease_owner=owner,
        lease_until=now + LEASE,
    )
    number = None
    if taken:
        number = db.session.scalar(select(Submission.delivery).where(Submission.id == submission_id))
    db.session.commit()
    return Delivery(submission_id, number, owner) if number else None


def renew(delivery: Delivery) -> bool:
    """Prolong the lease; False when it is not this delivery's any more."""
    kept = _changes(*_held(delivery), lease_until=database_now() + LEASE)
    db.session.commit()
    return kept


def give_back(delivery: Delivery, *, is_our_fault: bool = False) -> bool:
    """Put the submission back into the queue's care, counting a fault of ours; False when it is not ours any more."""
    faults = Submission.internal_errors + (1 if is_our_fault else 0)
    changed = _changes(
        *_held(delivery),
        state=SubmissionState.QUEUED,
        lease_owner=None,
        lease_until=None,
        internal_errors=faults,
    )
    db.session.commit()
    return changed


def finish(delivery: Delivery, *, verdict: str, share: float, outcome: dict[str, object]) -> bool:
    """Write the verdict without committing; False, and nothing changed, when the delivery lost its lease."""
    return _changes(
        *_held(delivery),
        state=SubmissionState.DONE,
        verdict=verdict,
        share=share,
        outcome=outcome,
        finished_at=database_now(),
        lease_owner=None,
        lease_until=None,
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
