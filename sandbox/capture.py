"""What a program printed, kept up to a limit and said to be cut beyond it."""

from __future__ import annotations


class Capture:
    """Keeps the first `limit` bytes (as UTF-8) of one stream."""

    def __init__(self, limit: int) -> None:
        self._left = limit
        self._parts: list[str] = []
        self.is_cut = False

    def add(self, text: str) -> str:
        """Keep what fits of `text`; gives back what was kept. Lone surrogates become question marks."""
        raw = text.encode("utf-8", "replace")
        kept = raw[: self._left].decode("utf-8", "ignore")
        self.is_cut = self.is_cut or len(raw) > self._left
        self._left = 0 if self.is_cut else self._left - len(raw)
        if kept:
            self._parts.append(kept)
        return kept

    @property
    def text(self) -> str:
        return "".join(self._parts)
