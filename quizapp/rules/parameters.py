"""Parameterised questions: a content with placeholders `<<name>>`, and the parameter sets that fill them.

Each set gives every name its value, written out by the author, so that nothing is computed here and whatever is asked
was seen when the question was checked. What a person drew is stored with their response, by name and value: a set
that is added, moved or mended later changes no attempt that has begun.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Mapping, Sequence
from typing import Any

PLACEHOLDER = re.compile(r"<<([a-z][a-z0-9_]*)>>")
# What lists, searches and coverage read; the same for everybody.
NEVER_FILLED = frozenset(
    {"id", "kind", "title", "level", "topic", "since", "tags", "references", "covers", "parameters"}
)

_BY_VALUES = "by_values"

Values = Mapping[str, str | int]


def sets_of(content: Mapping[str, Any]) -> Sequence[Values]:
    """Give the parameter sets of a question version, in the order of its file; none for most questions."""
    return content.get("parameters") or ()


def drawn(content: Mapping[str, Any], seed: int) -> dict[str, Any] | None:
    """Draw a set, the same for the same seed; None for a question without parameters."""
    sets = sets_of(content)
    if not sets:
        return None
    return dict(random.Random(f"parameters {seed}").choice(sets))  # noqa: S311 - a draw that can be repeated


def following(content: Mapping[str, Any], values: Values | None) -> dict[str, Any] | None:
    """Give the set after the one with these values, round and round; the first when there is no such set."""
    sets = [dict(one) for one in sets_of(content)]
    if not sets:
        return None
    here = sets.index(dict(values)) if values is not None and dict(values) in sets else -1
    return sets[(here + 1) % len(sets)]


def counterpart(content: Mapping[str, Any], values: Values | None) -> dict[str, Any] | None:
    """Give the set of another version that stands for these values: the same ones, else the one most like them.

    None when nothing of them is left there, or when two sets are equally like them; such an answer cannot be marked
    by that version.
    """
    sets = [dict(one) for one in sets_of(content)]
    if values is None or not sets:
        return None
    likeness = [sum(name in values and values[name] == one[name] for name in one) for one in sets]
    most = max(likeness)
    return sets[likeness.index(most)] if most and likeness.count(most) == 1 else None


def filled(content: Mapping[str, Any], values: Values | None) -> dict[str, Any]:
    """Give the content with these values in place of their placeholders; the content itself when there are none."""
    if values is None:
        return content if isinstance(content, dict) else dict(content)
    made = {key: value if key in NEVER_FILLED else _filled(value, values) for key, value in content.items()}
    return made | {"parameters": []}


def example(content: Mapping[str, Any]) -> dict[str, Any]:
    """Give the content filled with its first set: for previews, searches and lists."""
    sets = sets_of(content)
    return filled(content, sets[0] if sets else None)


def names_in(content: Mapping[str, Any], *, fixed: bool = False) -> set[str]:
    """Give the names of all placeholders in the fields that are filled or, with `fixed`, in those that never are."""
    return {
        name
        for key, value in content.items()
        if (key in NEVER_FILLED) is fixed and key != "parameters"
        for name in _names(value)
    }


def told(values: Values | None) -> str:
    """Say the values in one line, such as `count = 3, word = 'a b'`."""
    return ", ".join(f"{name} = {value!r}" for name, value in (values or {}).items())


def digest(values: Values | None) -> str:
    """Give a key that is the same for the same values; empty without values."""
    return json.dumps(dict(values), sort_keys=True, ensure_ascii=False) if values is not None else ""


def recorded(contract: Mapping[str, Any] | None, values: Values | None) -> Mapping[str, Any] | None:
    """Give what the reference solution's run recorded for these values, out of a question version's contract."""
    if values is None:
        return contract
    found: Mapping[str, Any] | None = ((contract or {}).get(_BY_VALUES) or {}).get(digest(values))
    return found


def with_recorded(
    contract: Mapping[str, Any] | None, values: Values | None, record: Mapping[str, Any]
) -> dict[str, Any]:
    """Give the contract with such a record in it; records of other values stay."""
    if values is None:
        return dict(record)
    return {_BY_VALUES: {**((contract or {}).get(_BY_VALUES) or {}), digest(values): dict(record)}}


def _filled(value: Any, values: Values) -> Any:
    if isinstance(value, str):
        # In one pass: a value that looks like a placeholder stays what it is.
        return PLACEHOLDER.sub(lambda found: str(values.get(found[1], found[0])), value)
    if isinstance(value, Mapping):
        return {key: _filled(entry, values) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_filled(entry, values) for entry in value]
    return value


def _names(value: Any) -> set[str]:
    if isinstance(value, str):
        return set(PLACEHOLDER.findall(value))
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return {name for entry in value for name in _names(entry)}
    return set()
