"""What is wrong with a question file, where, and how to mend it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from quizapp.questions.codes import CODES


@dataclass(frozen=True, order=True)
class Finding:
    """One thing to mend in one file.

    `line` and `column` count from 1. `code` is stable and may be used to filter (`codes.CODES` has them all);
    `message` says what is wrong and `hint` how to mend it, both in words for the author.
    """

    path: Path
    line: int
    column: int
    code: str
    message: str
    hint: str = ""

    @property
    def mend(self) -> str:
        """How to mend it: the hint of this finding, or else what helps against all of its code."""
        known = CODES.get(self.code)
        return self.hint or (known.mend if known else "")

    @property
    def is_advice(self) -> bool:
        """Whether it is worth a look only: the file is taken as it is, and a check succeeds."""
        known = CODES.get(self.code)
        return known is not None and known.is_advice

    def __str__(self) -> str:
        text = f"{self.path}:{self.line}:{self.column} {self.code} {self.message}"
        return f"{text} ({self.mend})" if self.mend else text


MAX_LISTED = 40


def suggestion(word: str, known: Iterable[str]) -> str:
    """Say which known word was probably meant, else list what there is (as long as that is short)."""
    words = sorted(known)
    close = get_close_matches(word.lower(), words, n=1, cutoff=0.6)
    if close:
        return f"did you mean '{close[0]}'?"
    return "known: " + ", ".join(words) if 0 < len(words) <= MAX_LISTED else ""
