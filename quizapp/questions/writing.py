"""Writes a question as the YAML text that an author would write: blocks for long text, quotes only where needed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from quizapp.questions.document import ODD

SCHEMA_LINE = "# yaml-language-server: $schema=../../schema.json"

# The order of keys in a file; those of a kind's own stand between the prompt and the hints.
_FIRST = (
    "id",
    "title",
    "kind",
    "level",
    "topic",
    "difficulty",
    "minutes",
    "points",
    "since",
    "tags",
    "parameters",
    "prompt",
)
_LAST = ("hints", "explanation", "references", "covers")
_ON_ONE_LINE = frozenset({"covers", "tags", "normalise"})  # lists of names

_PLAIN = re.compile(r"[A-Za-z](?:[A-Za-z0-9 _./,()+=;-]*[A-Za-z0-9_./)(])?")
# Words that YAML, in its old or its new version, takes for something else than text.
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
# What may not stand in a file as it is: control characters, further line breaks, and what reading finds odd.
_ESCAPED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]|" + ODD.pattern)


def question_text(values: Mapping[str, Any]) -> str:
    """Give the text of a question's file. Reading it gives the same values again."""
    own = [key for key in values if key not in (*_FIRST, *_LAST)]
    keys = [key for key in (*_FIRST, *own, *_LAST) if key in values]
    lines = [SCHEMA_LINE]
    for key in keys:
        lines += _entry(key, values[key], "")
    return "\n".join(lines) + "\n"


def _entry(key: str, value: Any, indent: str) -> Iterator[str]:
    name = _scalar(key)
    if isinstance(value, Mapping) and value:
        yield f"{indent}{name}:"
        for inner, entry in value.items():
            yield from _entry(inner, entry, indent + "  ")
    elif isinstance(value, list | tuple) and value:
        if key in _ON_ONE_LINE:
            yield f"{indent}{name}: [{', '.join(_scalar(entry) for entry in value)}]"
        else:
            yield f"{indent}{name}:"
            yield from _items(value, indent + "  ")
    else:
        yield from _text(f"{indent}{name}: ", value, indent + "  ")


def _items(values: Sequence[Any], indent: str) -> Iterator[str]:
    for value in values:
        if isinstance(value, Mapping) and value:
            inside = [line for key, entry in value.items() for line in _entry(key, entry, indent + "  ")]
            inside[0] = f"{indent}- {inside[0].lstrip(' ')}"
            yield from inside
        elif isinstance(value, list | tuple):
            yield f"{indent}- [{', '.join(_scalar(entry) for entry in value)}]"
        else:
            yield from _text(f"{indent}- ", value, indent + "  ")


def _text(start: str, value: Any, indent: str) -> Iterator[str]:
    """A scalar after its key or dash; text of several lines as a block below it."""
    if not isinstance(value, str) or not _is_block(value):
        yield start + _scalar(value)
        return
    yield f"{start}|" if value.endswith("\n") else f"{start}|-"
    for line in value.removesuffix("\n").split("\n"):
        yield f"{indent}{line}" if line else ""


def _is_block(text: str) -> bool:
    body = text.removesuffix("\n")
    if "\n" not in body and not text.endswith("\n"):
        return False
    # A block's first line says how deep it is indented; blank lines at its end are counted otherwise.
    return (
        not body.startswith((" ", "\n"))
        and not body.endswith("\n")
        and body != ""
        and "\t" not in text
        and not _ESCAPED.search(text)
    )


def _scalar(value: Any) -> str:
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    quoted = json.dumps(value, ensure_ascii=False)
    return _ESCAPED.sub(lambda found: f"\\u{ord(found.group()):04x}", quoted)
