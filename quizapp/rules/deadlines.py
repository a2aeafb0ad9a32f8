"""The one place that computes time: until when an attempt runs and until when what arrives still counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Terms:
    """What an attempt's end depends on.

    `minutes` None means no clock. `extra_share` is the person's share of more time (0.25 = 25 %), `credit_seconds`
    what a manager gave or the system owes for its own outages, `window_end` the end of the invitation's window.
    """

    started_at: datetime
    minutes: float | None
    extra_share: float = 0.0
    credit_seconds: float = 0.0
    window_end: datetime | None = None


def deadline(terms: Terms) -> datetime | None:
    """When the attempt ends; None when it has no clock.

    min(started + minutes * (1 + extra), window end + minutes * extra) + credits: a window that closes early cuts
    the time, but never the extra share, and credits are given on top of both.
    """
    if terms.minutes is None:
        return None
    ends = terms.started_at + timedelta(minutes=terms.minutes * (1 + terms.extra_share))
    if terms.window_end is not None:
        ends = min(ends, terms.window_end + timedelta(minutes=terms.minutes * terms.extra_share))
    return ends + timedelta(seconds=terms.credit_seconds)


def accepts_until(terms: Terms, grace_seconds: float) -> datetime | None:
    """The last moment of receipt that still counts: the deadline and a grace for the way of the last save."""
    ends = deadline(terms)
    return None if ends is None else ends + timedelta(seconds=grace_seconds)


def is_closed(
    terms: Terms, received_at: datetime, *, finished_at: datetime | None, grace_seconds: float
) -> bool:
    """Whether what was received at this moment comes too late: after the finish, or after the grace."""
    if finished_at is not None:
        return True
    last = accepts_until(terms, grace_seconds)
    return last is not None and received_at > last


def remaining_seconds(terms: Terms, now: datetime) -> float | None:
    """Seconds on the timer, never below 0 and without the grace; None when there is no clock."""
    ends = deadline(terms)
    return None if ends is None else max(0.0, (ends - now).total_seconds())


def finished_moment(terms: Terms, now: datetime) -> datetime:
    """When an attempt that is closed now counts as finished: now, or its deadline if that has passed."""
    ends = deadline(terms)
    return now if ends is None else min(now, ends)
