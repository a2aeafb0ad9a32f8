"""What other systems have no field for, as tags: `level:fresher`, `minutes:3`, `covers:rm-routing`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

MOST_DIGITS = 10
_WHOLE = ("difficulty", "minutes", "points", "words")
_WORDS = ("level", "topic", "since")


def tags_of(content: Mapping[str, Any], further: Sequence[str] = ()) -> tuple[str, ...]:
    """Give a question's tags: its own, and one for each thing that the format has no field for.

    `further` names keys that only some formats have a field for.
    """
    keys = ["level", "topic", "difficulty", "minutes", "since", *further]
    tags = [f"{key}:{content[key]}" for key in keys if content.get(key) is not None]
    tags += [f"covers:{id_}" for id_ in content["covers"]]
    if content["kind"] == "text":
        tags.append(f"normalise:{','.join(content['normalise']) or 'nothing'}")
    if content.get("shuffle") is False:
        tags.append("shuffle:no")
    if any(hint["cost"] for hint in content["hints"]):
        tags.append("hint-costs:" + ",".join(str(hint["cost"]) for hint in content["hints"]))
    return (*tags, *content["tags"])


def values_of(tags: Iterable[str]) -> dict[str, Any]:
    """Read tags back into keys of a question file. `hint_costs` is a list beside them; foreign tags become tags."""
    values: dict[str, Any] = {}
    plain: list[str] = []
    covers: list[str] = []
    for tag in tags:
        key, mark, text = tag.partition(":")
        key, text = key.strip().lower(), text.strip()
        if not mark:
            plain.append(tag.strip().lower().replace(" ", "-").replace("_", "-"))
        elif key in _WHOLE and is_whole(text):
            values[key] = int(text)
        elif key in _WORDS:
            values[key] = text
        elif key == "covers":
            covers.append(text)
        elif key == "normalise":
            values[key] = [] if text == "nothing" else text.split(",")
        elif key == "shuffle":
            values[key] = text != "no"
        elif key == "hint-costs":
            values["hint_costs"] = [int(cost) for cost in text.split(",") if is_whole(cost)]
        else:
            plain.append(tag)
    return values | ({"covers": covers} if covers else {}) | ({"tags": plain} if plain else {})


def is_whole(text: str) -> bool:
    """Whether a text is a whole number of a sensible size."""
    return text.isascii() and text.isdigit() and len(text) < MOST_DIGITS
