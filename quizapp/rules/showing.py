"""When candidates are shown how they did, and what is said of submitted code while an interview runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
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

    `at` is None when they are shown at once, and when they never are. While the window is open it is the window's end, after
    which `is_last_known` says that it is the end of the last person who is still at it.
    """

    rule: Showing
    is_shown: bool
    at: datetime | None = None
    is_last_known: bool = False


def rule_of(blueprint: Mapping[str, Any] | None, *, is_hiring: bool) -> Showing:
    """The rule that holds: the blueprint's, else at once for what is open to all and never for hiring."""
    written = (blueprint or {}).get("results")
    if written:
        return Showing(written)
    return Showing.NEVER if is_hiring else Showing.AT_ONCE


def release(
    blueprint: Mapping[str, Any] | None,
    *,
    is_hiring: bool,
    window_end: datetime | None,
    last_end: Callable[[], datetime | None] = lambda: None,
    now: datetime,
) -> Release:
    """Whether the results of a finished attempt are shown at the moment `now`.

    Whoever has extra time, or was given time, works beyond the window: `last_end` tells when the last one who began before
    it closed is to end, None when nobody is at it. It is asked only when that decides.
    """
    rule = rule_of(blueprint, is_hiring=is_hiring)
    if rule is Showing.AT_ONCE:
        return Release(rule, is_shown=True)
    if rule is Showing.NEVER or window_end is None:  # a window that never closes releases nothing
        return Release(Showing.NEVER, is_shown=False)
    if now < window_end:
        return Release(rule, is_shown=False, at=window_end)
    at = max(window_end, last_end() or window_end)
    return Release(rule, is_shown=now >= at, at=at, is_last_known=True)


def hides_verdicts(blueprint: Mapping[str, Any] | None) -> bool:
    """Whether code that is submitted while the attempt runs is taken without a word on what tests found."""
    return (blueprint or {}).get("verdicts") == "hidden"
