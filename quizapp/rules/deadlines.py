"""The one place that computes time: until when an attempt and its sections run, and until when what arrives counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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


@dataclass(frozen=True)
class SectionTerms:
    """What the end of a section depends on beside its attempt's terms.

    `minutes` None means that it has no time of its own; `entered_at` None that it has not begun; `left_at` that
    leaving it was final. `credit_seconds` are those of the attempt's credits that fell into it.
    """

    entered_at: datetime | None
    left_at: datetime | None = None
    minutes: float | None = None
    credit_seconds: float = 0.0


@dataclass(frozen=True)
class Interval:
    """A stretch of time, such as an outage: from its beginning up to its end."""

    begins: datetime
    ends: datetime


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


def section_deadline(terms: Terms, section: SectionTerms) -> datetime | None:
    """When a section ends: by its own minutes, extra share and credits, and never after its attempt.

    None when neither has a clock, or the section has not begun.
    """
    if section.entered_at is None:
        return None
    whole = deadline(terms)
    own = deadline(Terms(section.entered_at, section.minutes, terms.extra_share, section.credit_seconds))
    ends = [moment for moment in (own, whole) if moment is not None]
    return min(ends) if ends else None


def section_is_closed(
    terms: Terms,
    section: SectionTerms,
    received_at: datetime,
    *,
    finished_at: datetime | None,
    grace_seconds: float,
) -> bool:
    """Whether what was received at this moment comes too late for the section, or before it has begun.

    It is closed whenever its attempt is. Leaving it is final: what was received before that still counts, however late it
    is processed. When its time was over, leaving it takes nothing from the grace of what was under way.
    """
    if is_closed(terms, received_at, finished_at=finished_at, grace_seconds=grace_seconds):
        return True
    ends, left = section_deadline(terms, section), section.left_at
    if section.entered_at is None:
        return True
    if left is not None and (ends is None or left < ends) and received_at > left:
        return True
    return ends is not None and received_at > ends + timedelta(seconds=grace_seconds)


def section_remaining_seconds(terms: Terms, section: SectionTerms, now: datetime) -> float | None:
    """Seconds on the section's timer, never below 0 and without the grace; None when there is no clock."""
    ends = section_deadline(terms, section)
    return None if ends is None else max(0.0, (ends - now).total_seconds())


def left_moment(terms: Terms, section: SectionTerms, now: datetime) -> datetime:
    """When a section that is left now counts as left: now, or its deadline if that has passed."""
    ends = section_deadline(terms, section)
    return now if ends is None else min(now, ends)


def merged(intervals: Iterable[Interval]) -> list[Interval]:
    """The union of intervals as stretches that do not touch, in their order; what ends before it begins is nothing."""
    union: list[Interval] = []
    for one in sorted(intervals, key=lambda one: (one.begins, one.ends)):
        if one.ends <= one.begins:
            continue
        if union and one.begins <= union[-1].ends:
            union[-1] = Interval(union[-1].begins, max(union[-1].ends, one.ends))
        else:
            union.append(one)
    return union


def owed_seconds(
    outages: Sequence[Interval], begins: datetime, ends: datetime | None, cap_seconds: float
) -> float:
    """Seconds owed for the system's own outages to what runs from `begins` to `ends` without them; never above the cap.

    The clock stands still in an outage that begins while there is time left, so whoever had ten minutes before it has
    ten minutes after it. Overlapping outages count once, in whatever order they became known.
    """
    if ends is None:
        return 0.0
    owed = timedelta()
    for outage in merged(outages):
        lost = outage.ends - max(outage.begins, begins)
        if lost > timedelta() and outage.begins < ends + owed:
            owed += lost
    return min(owed.total_seconds(), cap_seconds)
