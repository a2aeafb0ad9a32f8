"""Time that is given to a running attempt: by people, and by the site for its own outages."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from flask import current_app
from sqlalchemy import ColumnElement, select, true, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import selectinload

from quizapp.errors import Closed, NotFound, Unprocessable
from quizapp.extensions import db
from quizapp.models import Attempt, AttemptKind, Outage, SectionPass, TimeCredit, User
from quizapp.receipt import received_at
from quizapp.rules import deadlines
from quizapp.rules.deadlines import Interval
from quizapp.services import audit, clocks, holding

MOST_SECONDS = 24 * 3600
MOST_REASON = 300


def give(
    attempt_id: int, seconds: int, reason: str, actor: User | None = None, *, key: str | None = None
) -> Attempt:
    """Give a running attempt, and the part it is in, more time, and commit. The open page shows it within seconds.

    Raises NotFound, Unprocessable for an amount or a reason that cannot be, Closed when it was handed in.
    """
    check(seconds, reason)
    attempt = db.session.get(Attempt, attempt_id)
    if attempt is None or attempt.kind is AttemptKind.PRACTICE:
        raise NotFound("There is no such attempt at an interview")
    if not give_to([attempt_id], seconds, reason, actor, key=key) and not _is_given(attempt_id, key):
        raise Closed("This attempt is handed in, or has no clock", "Time can be given while an attempt runs.")
    db.session.refresh(attempt)
    return attempt


def check(seconds: int, reason: str) -> None:
    """Raise Unprocessable for an amount or a reason that cannot be."""
    if not 1 <= seconds <= MOST_SECONDS:
        raise Unprocessable("That is no time to give", f"Give between 1 and {MOST_SECONDS} seconds.")
    if not 0 < len(reason.strip()) <= MOST_REASON:
        raise Unprocessable(
            "No reason was given, or a very long one",
            f"Say why in up to {MOST_REASON} characters; it is kept with the time.",
        )


def give_to(
    attempt_ids: Sequence[int], seconds: int, reason: str, actor: User | None, *, key: str | None = None
) -> int:
    """Give those of these attempts that run the same time, all of them or none, and commit; gives how many got it.

    Who already got time under this key gets no more.
    """
    key = key or uuid.uuid4().hex
    numbers = _lengthened(attempt_ids, seconds, key)
    now, told = received_at(), reason.strip()
    for number, interview_id in numbers.items():
        db.session.add(
            TimeCredit(
                attempt_id=number,
                seconds=seconds,
                reason=told,
                key=key,
                given_at=now,
                given_by_id=actor.id if actor else None,
            )
        )
        audit.record(
            "attempt.credited",
            f"attempt {number}",
            actor=actor,
            interview=interview_id,
            seconds=seconds,
            reason=told,
        )
    try:
        db.session.flush()
    except IntegrityError:  # the other half of a double click was faster
        db.session.rollback()
        return 0
    _credit_all(Attempt.id.in_(list(numbers)))  # an outage may have begun in the time that is there only now
    db.session.commit()
    return len(numbers)


def _lengthened(attempt_ids: Sequence[int], seconds: int, key: str) -> dict[int, str | None]:
    """Lengthen those of the attempts that run and got nothing under this key, with the parts they are in (no commit).

    Gives each with its interview.
    """
    holding.attempts(attempt_ids)
    given = select(TimeCredit.attempt_id).where(TimeCredit.key == key)
    added = (
        update(Attempt)
        .where(
            Attempt.id.in_(attempt_ids),
            Attempt.id.not_in(given),
            Attempt.finished_at.is_(None),
            Attempt.minutes.is_not(None),
        )
        .values(credit_seconds=Attempt.credit_seconds + seconds)
        .returning(Attempt.id, Attempt.interview_id)
        .execution_options(synchronize_session=False)
    )
    numbers = dict(db.session.execute(added).all())
    db.session.execute(
        update(SectionPass)
        .where(SectionPass.attempt_id.in_(list(numbers)), SectionPass.left_at.is_(None))
        .values(credit_seconds=SectionPass.credit_seconds + seconds)
        .execution_options(synchronize_session=False)
    )
    return numbers


def _is_given(attempt_id: int, key: str | None) -> bool:
    known = (TimeCredit.attempt_id == attempt_id) & (TimeCredit.key == key)
    return key is not None and db.session.scalar(select(TimeCredit.id).where(known)) is not None


def give_for_outages() -> int:
    """Credit every running attempt with what it is owed for outages, once; how many got more (no commit)."""
    return _credit_all(true())


def _credit_all(condition: ColumnElement[bool]) -> int:
    running = db.session.scalars(
        select(Attempt)
        .where(Attempt.finished_at.is_(None), Attempt.minutes.is_not(None), condition)
        .options(selectinload(Attempt.passes))
        .order_by(Attempt.id)
        .with_for_update(of=Attempt, key_share=True)
        .execution_options(populate_existing=True)
    ).all()
    if not running:
        return 0
    outages = _outages(min(attempt.started_at for attempt in running))
    return sum(_credit(attempt, outages) for attempt in running)


def _outages(since: datetime) -> list[Interval]:
    found = db.session.scalars(select(Outage).where(Outage.ended_at > since)).all()
    return [Interval(one.began_at, one.ended_at) for one in found]


def _credit(attempt: Attempt, outages: Sequence[Interval]) -> bool:
    cap = float(current_app.config["OUTAGE_CREDIT_MOST_SECONDS"])
    plain = replace(clocks.terms(attempt), credit_seconds=attempt.credit_seconds)
    owed = deadlines.owed_seconds(outages, attempt.started_at, deadlines.deadline(plain), cap)
    for one in attempt.passes:
        section = clocks.section_terms(attempt, one.section)
        if section is None or section.minutes is None or one.left_at is not None:
            continue
        own = replace(
            plain,
            started_at=one.entered_at,
            minutes=section.minutes,
            credit_seconds=one.credit_seconds,
            window_end=None,
        )
        due = deadlines.owed_seconds(outages, one.entered_at, deadlines.deadline(own), cap)
        one.outage_seconds = max(one.outage_seconds, due)
    more = owed - attempt.outage_seconds
    if more <= 0:
        return False
    attempt.outage_seconds = owed
    audit.record(
        "attempt.credited",
        f"attempt {attempt.id}",
        interview=attempt.interview_id,
        by="the site itself",
        seconds=round(more, 3),
        reason="outage",
    )
    return True
