"""When candidates are shown how they did, and what is said of submitted code while an interview runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any


class Showing(StrEnum):
    """The rule `results` of a blueprint."""

    AT_ONCE = "at-once"
    AFTER_WINDOW = "after-window"
    NEVER = "never"


@dataclass(frozen=True)
class Release:
    """Whether score, verdicts and right answers of a finished attempt are shown, and from when on.

    `at` is None when they are shown at once, and when they never are.
    """

    rule: Showing
    is_shown: bool
    at: datetime | None = None


def rule_of(blueprint: Mapping[str, Any] | None, *, is_hiring: bool) -> Showing:
    """The rule that holds: the blueprint's, else at once for what is open to all and never for hiring."""
    written = (blueprint or {}).get("results")
    if written:
        return Showing(written)
    return Showing.NEVER if is_hiring else Showing.AT_ONCE


def released_at(blueprint: Mapping[str, Any] | None, window_end: datetime | None) -> datetime | None:
    """From when on results that wait for the window are shown; None when no window ever closes.

    Whoever has extra time works beyond the window, so the interview's own length is added: that is enough for 100 %.
    """
    if window_end is None:
        return None
    return window_end + timedelta(minutes=float((blueprint or {}).get("minutes", 0)))


def release(
    blueprint: Mapping[str, Any] | None,
    *,
    is_hiring: bool,
    window_end: datetime | None,
    now: datetime,
) -> Release:
    """Whether the results of a finished attempt are shown at the moment `now`."""
    rule = rule_of(blueprint, is_hiring=is_hiring)
    if rule is Showing.AT_ONCE:
        return Release(rule, is_shown=True)
    at = released_at(blueprint, window_end) if rule is Showing.AFTER_WINDOW else None
    if at is None:  # a window that never closes releases nothing
        return Release(Showing.NEVER, is_shown=False)
    return Release(rule, is_shown=now >= at, at=at)


def hides_verdicts(blueprint: Mapping[str, Any] | None) -> bool:
    """Whether code that is submitted while the attempt runs is taken without a word on what tests found."""
    return (blueprint or {}).get("verdicts") == "hidden"
