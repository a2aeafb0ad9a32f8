"""Time that is given to a running attempt: by people, and by the site for its own outages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from flask import current_app
from sqlalchemy import select, update
from sqlalchemy.orm import selectinload

from quizapp.errors import Closed, NotFound, Unprocessable
from quizapp.extensions import db
from quizapp.models import Attempt, AttemptKind, Outage, SectionPass, User
from quizapp.rules import deadlines
from quizapp.rules.deadlines import Interval
from quizapp.services import audit, clocks

MOST_SECONDS = 24 * 3600


def give(attempt_id: int, seconds: int, reason: str, actor: User | None = None) -> Attempt:
    """Give a running attempt, and the part it is in, more time, and commit. The open page shows it within seconds.

    Raises NotFound, Unprocessable for an amount or a reason that cannot be, Closed when it was handed in.
    """
    if not 1 <= seconds <= MOST_SECONDS:
        raise Unprocessable("That is no time to give", f"Give between 1 and {MOST_SECONDS} seconds.")
    if not reason.strip():
        raise Unprocessable("No reason was given", "Say why; the audit log keeps it.")
    attempt = db.session.get(Attempt, attempt_id)
    if attempt is None or attempt.kind is AttemptKind.PRACTICE:
        raise NotFound("There is no such attempt at an interview")
    added = (
        update(Attempt)
        .where(Attempt.id == attempt_id, Attempt.finished_at.is_(None), Attempt.minutes.is_not(None))
        .values(credit_seconds=Attempt.credit_seconds + seconds)
    )
    if db.session.execute(added).rowcount != 1:  # type: ignore[attr-defined]
        db.session.rollback()
        raise Closed("This attempt is handed in, or has no clock", "Time can be given while an attempt runs.")
    db.session.execute(
        update(SectionPass)
        .where(SectionPass.attempt_id == attempt_id, SectionPass.left_at.is_(None))
        .values(credit_seconds=SectionPass.credit_seconds + seconds)
    )
    audit.record(
        "attempt.credited", f"attempt {attempt_id}", actor=actor, seconds=seconds, reason=reason.strip()
    )
    db.session.refresh(attempt)
    _credit(attempt, _outages(attempt.started_at))  # one may have begun in the time that is there only now
    db.session.commit()
    return attempt


def give_for_outages() -> int:
    """Credit every running attempt with what it is owed for outages, once; how many got more (no commit)."""
    running = db.session.scalars(
        select(Attempt)
        .where(Attempt.finished_at.is_(None), Attempt.minutes.is_not(None))
        .options(selectinload(Attempt.passes))
        .with_for_update(of=Attempt)
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
        by="the site itself",
        seconds=round(more, 3),
        reason="outage",
    )
    return True
