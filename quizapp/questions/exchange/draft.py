"""What the formats have in common: questions half read, what was wrong in a file, and what a format cannot hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MAX_BYTES = 8 * 1024 * 1024  # of a file to import


class NotHeld(Exception):
    """The format cannot hold this question; the text says why."""


@dataclass(frozen=True, order=True)
class Problem:
    """One thing to mend in a file to import: its line (from 1), what is wrong, and what to do."""

    line: int
    message: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.line}: {self.message} ({self.hint})" if self.hint else f"{self.line}: {self.message}"


class Unreadable(Exception):
    """A question in a file cannot be taken as it is; carries the problem."""

    def __init__(self, line: int, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.problem = Problem(line, message, hint)


@dataclass
class Draft:
    """One question out of a file: where it begins, and the keys of a question file as far as they are known."""

    line: int
    values: dict[str, Any]


@dataclass
class Reading:
    """A file, read. `skipped` are questions of kinds that no question here has, `notes` what else was left behind."""

    drafts: list[Draft] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    skipped: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)


# Texts whose blank lines around them mean nothing; formats trim them.
_TRIMMED = frozenset(
    {"prompt", "explanation", "model_answer", "text", "reason", "note", "answer", "description"}
)


def held(content: Mapping[str, Any], *, without: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Give the part of a content that a format holds, in one form: for comparing what went out with what comes in.

    Empty values and blank space around Markdown do not count.
    """
    kept = {key: _trimmed(key, value) for key, value in content.items() if key not in without}
    return {key: value for key, value in kept.items() if value not in (None, [], {}, "")}


def _trimmed(key: str, value: Any) -> Any:
    if isinstance(value, str):
        return value.strip() if key in _TRIMMED else value
    if isinstance(value, Mapping):
        return {name: _trimmed(name, entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_trimmed(key, entry) for entry in value]
    return value
