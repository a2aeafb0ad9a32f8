"""The terms of stored attempts and their sections, as the one module of time wants them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

from flask import current_app
from sqlalchemy import exists

from quizapp.models import Attempt, SectionPass
from quizapp.receipt import received_at
from quizapp.rules import deadlines, stages

_attempt = Attempt.__table__.c
# What tells the time of an attempt, for statements that need nothing else of it; parts are what `section_terms` is about.
COLUMNS = (
    *(
        _attempt[name]
        for name in ("started_at", "minutes", "extra_share", "credit_seconds", "outage_seconds")
    ),
    _attempt.window_end,
    _attempt.finished_at,
    exists().where(SectionPass.__table__.c.attempt_id == _attempt.id).label("has_parts"),
)


class Timed(Protocol):
    """An attempt, or a row of `COLUMNS`."""

    @property
    def started_at(self) -> datetime: ...
    @property
    def minutes(self) -> float | None: ...
    @property
    def extra_share(self) -> float: ...
    @property
    def credit_seconds(self) -> float: ...
    @property
    def outage_seconds(self) -> float: ...
    @property
    def window_end(self) -> datetime | None: ...
    @property
    def finished_at(self) -> datetime | None: ...


def terms(attempt: Timed) -> deadlines.Terms:
    """What the attempt's end depends on."""
    return deadlines.Terms(
        started_at=attempt.started_at,
        minutes=attempt.minutes,
        extra_share=attempt.extra_share,
        credit_seconds=attempt.credit_seconds + attempt.outage_seconds,
        window_end=attempt.window_end,
    )


def told(attempt: Timed, now: datetime) -> dict[str, Any]:
    """What a page's timer follows: the time now, the deadline, seconds left, in all and given, and whether it is over."""
    found = terms(attempt)
    ends = deadlines.deadline(found)
    return {
        "now": now.isoformat(),
        "deadline": ends.isoformat() if ends else None,
        "remaining_seconds": deadlines.remaining_seconds(found, now),
        "total_seconds": (ends - attempt.started_at).total_seconds() if ends else None,
        "credit_seconds": found.credit_seconds,
        "is_closed": is_closed(attempt, now),
    }


def section_terms(attempt: Attempt, section: int) -> deadlines.SectionTerms | None:
    """What a section's end depends on; None in an attempt whose sections are open all the time."""
    if not stages.is_staged(attempt.blueprint):
        return None
    found = next((one for one in attempt.passes if one.section == section), None)
    if found is None:
        return deadlines.SectionTerms(entered_at=None)
    return deadlines.SectionTerms(
        entered_at=found.entered_at,
        left_at=found.left_at,
        minutes=((attempt.blueprint or {})["sections"][section]).get("own_minutes"),
        credit_seconds=found.credit_seconds + found.outage_seconds,
    )


def grace_seconds() -> float:
    """How long after a deadline what was under way is still taken."""
    return float(current_app.config["GRACE_SECONDS"])


def is_closed(attempt: Timed, moment: datetime | None = None) -> bool:
    """Whether what was received at `moment` (default: this request) comes too late for the attempt."""
    return deadlines.is_closed(
        terms(attempt),
        moment or received_at(),
        finished_at=attempt.finished_at,
        grace_seconds=grace_seconds(),
    )


def is_section_closed(attempt: Attempt, section: int, moment: datetime | None = None) -> bool:
    """Whether what was received at `moment` (default: this request) comes too late or too early for a section."""
    moment = moment or received_at()
    found = section_terms(attempt, section)
    if found is None:
        return is_closed(attempt, moment)
    return deadlines.section_is_closed(
        terms(attempt), found, moment, finished_at=attempt.finished_at, grace_seconds=grace_seconds()
    )
