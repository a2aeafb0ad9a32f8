"""Moments as people write and read them: a clock on a wall, in a named time zone."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

_FORMS = ("%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S")
LONGEST = 40


class NoMoment(ValueError):
    """A text that names no moment; the sentence says why."""


@cache
def names() -> tuple[str, ...]:
    """The time zones that can be chosen: those with a region, and UTC."""
    listed = (
        name
        for name in available_timezones()
        if "/" in name and not name.startswith(("Etc/", "posix/", "right/", "SystemV/"))
    )
    return ("UTC", *sorted(listed))


def is_zone(name: str) -> bool:
    """Whether there is such a time zone."""
    return name in _all()


def read(text: str, zone: str, *, is_end: bool = False) -> datetime:
    """The moment, in UTC, at which a clock in this zone shows `text` (2026-11-30 18:00). Raises `NoMoment`.

    When clocks are put back an hour comes twice: the first one is meant, or for the end of something the second, so
    that nobody has less time than was written. When they are put forward an hour is missing, and cannot be meant.
    """
    if not is_zone(zone):
        raise NoMoment(f"There is no time zone {zone[:LONGEST]!r}. Write one such as Europe/Berlin or UTC.")
    shown = _shown(text)
    place = ZoneInfo(zone)
    moment = shown.replace(tzinfo=place, fold=int(is_end)).astimezone(UTC)
    if moment.astimezone(place).replace(tzinfo=None, fold=0) != shown:
        raise NoMoment(f"{shown:%Y-%m-%d %H:%M} does not exist in {zone}: clocks are put forward then.")
    return moment


def local(moment: datetime, zone: str) -> datetime:
    """The moment on a clock in this zone; in UTC when there is no such zone any more."""
    return moment.astimezone(ZoneInfo(zone) if is_zone(zone) else UTC)


def in_words(moment: datetime, zone: str) -> str:
    """30 November 2026, 18:00 (Europe/Berlin, UTC+01:00)."""
    there = local(moment, zone)
    offset = there.strftime("%z")
    name = zone if is_zone(zone) else "UTC"
    told = "UTC" if name == "UTC" else f"{name}, UTC{offset[:3]}:{offset[3:]}"
    return f"{there.day} {there:%B %Y, %H:%M} ({told})"


def as_field(moment: datetime | None, zone: str) -> str:
    """The moment as a form's field for date and time holds it; empty without one."""
    return "" if moment is None else local(moment, zone).strftime("%Y-%m-%dT%H:%M")


@cache
def _all() -> frozenset[str]:
    return frozenset(available_timezones())


def _shown(text: str) -> datetime:
    text = text.strip()
    for form in _FORMS:
        try:
            found = datetime.strptime(text[:LONGEST], form)  # noqa: DTZ007 - its zone stands beside it
        except ValueError:
            continue
        if 2000 <= found.year <= 2200:  # noqa: PLR2004 - beyond, it is a slip, and zones are guesses
            return found
    raise NoMoment(f"{text[:LONGEST]!r} is no date with a time. Write it like 2026-11-30 18:00.")
