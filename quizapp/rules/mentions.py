"""Whom a comment names: an @ before the whole name, or the address, of somebody who may read it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

# Code is quoted as it is: an @ there is a decorator.
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)


@dataclass(frozen=True)
class Named:
    """Somebody who can be named: `word` is what a page completes to, the name, or the address where two share it."""

    id: int
    name: str
    word: str


def people(known: Iterable[tuple[int, str, str]]) -> list[Named]:
    """Who can be named, by name, from (id, name, address)."""
    listed = sorted(known, key=lambda one: (one[1].casefold(), one[0]))
    count: dict[str, int] = {}
    for _, name, _ in listed:
        count[name.casefold()] = count.get(name.casefold(), 0) + 1
    return [
        Named(id_, name, name if name.strip() and count[name.casefold()] == 1 else address)
        for id_, name, address in listed
    ]


def mentioned(text: str, known: Sequence[Named]) -> set[int]:
    """The ids of those whom a text names, outside of code."""
    ids = {one.word.casefold(): one.id for one in known}
    pattern = _pattern(known)
    if pattern is None:
        return set()
    return {ids[found[1].casefold()] for found in pattern.finditer(_CODE.sub(" ", text))}


def emphasised(text: str, known: Sequence[Named]) -> str:
    """The same Markdown with each mention set in bold."""
    pattern = _pattern(known)
    if pattern is None:
        return text
    names: Mapping[str, str] = {one.word.casefold(): one.name for one in known}

    def bold(found: re.Match[str]) -> str:
        return f"**@{_plain(names[found[1].casefold()])}**"

    parts: list[str] = []
    end = 0
    for code in _CODE.finditer(text):
        parts += [pattern.sub(bold, text[end : code.start()]), code[0]]
        end = code.end()
    return "".join([*parts, pattern.sub(bold, text[end:])])


def _pattern(known: Sequence[Named]) -> re.Pattern[str] | None:
    """Longer words first, so that “Ann Lee” is not read as “Ann”; a word ends where no letter goes on."""
    words = sorted((one.word for one in known if one.word), key=len, reverse=True)
    if not words:
        return None
    return re.compile(rf"(?<![\w@])@({'|'.join(map(re.escape, words))})(?!\w)", re.IGNORECASE)


def _plain(name: str) -> str:
    """A name that Markdown reads as nothing but its letters."""
    return re.sub(r"([\\`*_{}\[\]<>()#+!|~-])", r"\\\1", name)
