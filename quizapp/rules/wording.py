"""Events and steps of a recording in sentences: what happened, for how long, and nothing about why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from quizapp.rules.evidence import Event


def length(seconds: float) -> str:
    """A length of time: 0.4 s, 20 s, 3 min 40 s, 1 h 05 min."""
    if seconds < 10:  # noqa: PLR2004 - below that, tenths tell something
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return f"{rest} s"
    if minutes < 60:  # noqa: PLR2004
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60:02} min"


def clock(seconds: float) -> str:
    """A moment since the beginning: 0:07, 12:30, 1:02:03."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def counted(number: int, one: str, many: str | None = None) -> str:
    """A number with its word."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def sentence(event: Event) -> str:
    """What happened."""
    return _SENTENCES[event.kind](event.seconds or 0.0, event.facts)


def note(event: Event) -> str:
    """What one needs to know to read it right; empty where the sentence says all."""
    facts = event.facts
    if event.kind == "pasted":
        return f"It begins: {facts['preview']}"
    if event.kind == "fast":
        return f"Listed because it is less than {length(facts['least'])}, a tenth of the time planned for it."
    if event.kind == "closed":
        return "A page that was left, a browser that was restarted or a machine that was off look the same."
    return ""


def _pasted(_: float, facts: Mapping[str, Any]) -> str:
    lines = f" in {counted(facts['lines'], 'line')}" if facts["lines"] > 1 else ""
    return f"Pasted {counted(facts['characters'], 'character')}{lines} from outside of the interview"


def _away(seconds: float, facts: Mapping[str, Any]) -> str:
    if facts["how"] == "hidden":
        return f"The page was not in view for {length(seconds)}"
    return f"Another window had the focus for {length(seconds)}"


_SENTENCES: Mapping[str, Callable[[float, Mapping[str, Any]], str]] = {
    "pasted": _pasted,
    "away": _away,
    "offline": lambda seconds, _: f"No connection for {length(seconds)}",
    "window": lambda seconds, _: f"A second window of the interview was in use for {length(seconds)}",
    "device": lambda seconds, facts: (
        f"Another device was in use at the same time for {length(seconds)}: {facts['device']}, beside {facts['beside']}"
    ),
    "closed": lambda seconds, _: f"No page of the interview was open for {length(seconds)}",
    "fast": lambda seconds, facts: (
        f"Answered with the question in view for {length(seconds)}; "
        f"{length(facts['minutes'] * 60)} were planned for it"
    ),
    "takeover": lambda _, facts: (
        "The interview was taken over by another device"
        + (f": {facts['device']}" if facts.get("device") else "")
    ),
}
