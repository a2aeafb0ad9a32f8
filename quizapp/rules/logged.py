"""What an entry of the audit log says, as pairs of words: what changed from what to what, and what else is known of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

# Where somebody was and which request it came with is for admins; the others are said elsewhere on the page.
_UNTOLD = {"address", "request", "by", "interview", "changed", "attempt"}
_PAIRS = ("before", "after")
NOTHING = "nothing"


@dataclass(frozen=True)
class Change:
    """One thing that changed; `name` is empty where the action says what it is."""

    name: str
    before: str
    after: str


def changes(facts: Mapping[str, Any]) -> list[Change]:
    """What was before and after, of everything that differs."""
    found = [
        Change(_spaced(name), "; ".join(one["before"]) or NOTHING, "; ".join(one["after"]) or NOTHING)
        for name, one in (facts.get("changed") or {}).items()
    ]
    found += [
        Change(_spaced(name.removeprefix("before_")), in_words(value), in_words(facts[other]))
        for name, value in facts.items()
        if name.startswith("before_") and (other := f"after_{name.removeprefix('before_')}") in facts
    ]
    if not any(name in facts for name in _PAIRS):
        return found
    before, after = facts.get("before"), facts.get("after", facts.get("points"))
    if not isinstance(before, Mapping) and not isinstance(after, Mapping):
        return [*found, Change("", in_words(before), in_words(after))]
    return [*found, *_differing(before or {}, after or {})]


def further(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What else there is to say, by name."""
    is_pair = any(name in facts for name in _PAIRS)
    return [
        (_spaced(name), in_words(value))
        for name, value in facts.items()
        if name not in _UNTOLD
        and name not in _PAIRS
        and not name.startswith(("before_", "after_"))
        and not (is_pair and name == "points" and "after" not in facts)
        and value not in (None, "", [])
    ]


def in_words(value: Any) -> str:
    """One value as people read it."""
    if value in (None, "", [], {}):
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list):
        return ", ".join(in_words(one) for one in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{_spaced(str(name))} {in_words(one)}" for name, one in value.items())
    return _moment(value) if isinstance(value, str) else str(value)


def _differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    for name in dict.fromkeys([*before, *after]):
        if before.get(name) != after.get(name):
            yield Change(_spaced(name), in_words(before.get(name)), in_words(after.get(name)))


def _moment(text: str) -> str:
    """A moment as it is stored, in words; other texts as they are."""
    if len(text) < len("2026-01-01T00:00") or text[4:5] != "-" or text[10:11] != "T":
        return text
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    if moment.tzinfo is None:
        return text
    moment = moment.astimezone(UTC)
    return f"{moment.day} {moment:%B %Y, %H:%M} UTC"


def _spaced(name: str) -> str:
    return name.removesuffix("_at").replace("_", " ")
