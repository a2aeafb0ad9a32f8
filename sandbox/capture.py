"""What a program printed, kept up to a limit and said to be cut beyond it; and what of its texts can be kept at all."""

from __future__ import annotations

import re
from typing import Any

# No database and no page takes half of a character, and PostgreSQL no zero either.
_NOT_STORABLE = re.compile("[\0\ud800-\udfff]")
STANDS_FOR_ZERO, STANDS_FOR_HALF = "\N{SYMBOL FOR NULL}", "\N{REPLACEMENT CHARACTER}"


def storable(raw: Any) -> Any:
    """The same plain data with texts that every store and page takes: no zeros, no lone surrogates."""
    if isinstance(raw, str):
        return _NOT_STORABLE.sub(_stand_in, raw)
    if isinstance(raw, dict):
        return {storable(key): storable(value) for key, value in raw.items()}
    if isinstance(raw, list):
        return [storable(value) for value in raw]
    return raw


def _stand_in(found: re.Match[str]) -> str:
    return STANDS_FOR_ZERO if found[0] == "\0" else STANDS_FOR_HALF


class Capture:
    """Keeps the first `limit` bytes (as UTF-8) of one stream."""

    def __init__(self, limit: int) -> None:
        self._left = limit
        self._parts: list[str] = []
        self.is_cut = False

    def add(self, text: str) -> str:
        """Keep what fits of `text`; gives back what was kept, without zeros and lone surrogates."""
        raw = _NOT_STORABLE.sub(_stand_in, text).encode("utf-8")
        kept = raw[: self._left].decode("utf-8", "ignore")
        self.is_cut = self.is_cut or len(raw) > self._left
        self._left = 0 if self.is_cut else self._left - len(raw)
        if kept:
            self._parts.append(kept)
        return kept

    @property
    def text(self) -> str:
        return "".join(self._parts)
