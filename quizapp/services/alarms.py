"""Alarms: what went wrong on our side and waits for a person. Raised by the worker, read on the operator's page.

An alarm is a row, so it outlives Redis and every process. The same thing again counts up the one that is open.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, cast

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from quizapp.extensions import db
from quizapp.models import Alarm
from quizapp.receipt import database_now
from quizapp.services import audit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.engine import CursorResult

    from quizapp.models import User

log = logging.getLogger(__name__)

# Every kind with its words; `raise_alarm` takes no other.
KINDS = {
    "quarantined": "A submission ended its worker each time and was put aside",
    "suspect": "A submission broke the sandbox each time",
    "not_graded": "A submission could not be graded, nor could the reference solution",
    "refused": "The sandbox refuses a submission, and nothing else",
    "own_faults": "The sandbox fails often",
    "sandbox": "Code cannot be run",
    "mail": "Mails cannot be sent",
    "newer_job": "A worker is older than the site that queues its work",
}


def of_submission(submission_id: int) -> str:
    """The subject of an alarm about one submission."""
    return f"submission {submission_id}"


def submission_of(subject: str) -> int | None:
    """The submission that a subject names; None for any other subject."""
    word, _, number = subject.partition(" ")
    return int(number) if word == "submission" and number.isdecimal() else None


def raise_alarm(kind: str, text: str, subject: str = "") -> None:
    """Open an alarm, or count up the open one of this kind and subject with the new text. Commits."""
    if kind not in KINDS:
        raise ValueError(kind)
    log.error("alarm %s %s: %s", kind, subject, text)
    if _counted_up(kind, text, subject):
        return
    now = database_now()
    db.session.add(Alarm(kind=kind, subject=subject, text=text, raised_at=now, last_at=now))
    try:
        db.session.commit()
    except IntegrityError:  # somebody else opened it in this moment
        db.session.rollback()
        _counted_up(kind, text, subject)


def open_alarms() -> Sequence[Alarm]:
    """The alarms that nobody has settled, the latest first."""
    newest = select(Alarm).where(Alarm.settled_at.is_(None)).order_by(Alarm.last_at.desc(), Alarm.id.desc())
    return db.session.scalars(newest).all()


def is_open(kind: str, subject: str = "") -> bool:
    """Whether an alarm of this kind and subject is open."""
    known = select(Alarm.id).where(Alarm.kind == kind, Alarm.subject == subject, Alarm.settled_at.is_(None))
    return db.session.scalar(known) is not None


def settle(kind: str, subject: str = "") -> bool:
    """Close the open alarm of this kind and subject because its cause is gone; False when there is none. Commits."""
    return _settled(Alarm.kind == kind, Alarm.subject == subject)


def settle_by(alarm_id: int, actor: User, note: str = "") -> bool:
    """Close one alarm in a person's name; False when it is not open. The audit log keeps the note. Commits."""
    alarm = db.session.get(Alarm, alarm_id)
    if alarm is None or not _executed(_settling(Alarm.id == alarm_id, actor_id=actor.id)):
        db.session.rollback()
        return False
    subject = alarm.subject or "the whole site"
    audit.record("alarm.settled", subject, actor=actor, kind=alarm.kind, count=alarm.count, note=note)
    db.session.commit()
    return True


def settle_about(submission_id: int, actor: User) -> None:
    """Close all alarms about a submission in the name of a person who acted on it. Commits, with what they did."""
    _executed(_settling(Alarm.subject == of_submission(submission_id), actor_id=actor.id))
    db.session.commit()


def _counted_up(kind: str, text: str, subject: str) -> bool:
    statement = (
        update(Alarm)
        .where(Alarm.kind == kind, Alarm.subject == subject, Alarm.settled_at.is_(None))
        .values(count=Alarm.count + 1, text=text, last_at=database_now())
    )
    return _changed(statement)


def _settled(*conditions: object) -> bool:
    return _changed(_settling(*conditions))


def _settling(*conditions: object, actor_id: int | None = None) -> object:
    return (
        update(Alarm)
        .where(Alarm.settled_at.is_(None), *conditions)  # type: ignore[arg-type]
        .values(settled_at=database_now(), settled_by_id=actor_id)
    )


def _changed(statement: object) -> bool:
    is_changed = _executed(statement)
    db.session.commit()
    return is_changed


def _executed(statement: object) -> bool:
    options = {"synchronize_session": False}
    done = cast("CursorResult[object]", db.session.execute(statement, execution_options=options))  # type: ignore[call-overload]
    return done.rowcount > 0
