"""A Python text and the places of its tree in it, so that a part can be replaced and the rest stay as it is written."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Spot:
    """A piece of a text, as offsets in its UTF-8 bytes, which is how Python's tree counts."""

    start: int
    end: int

    def to(self, other: Spot) -> Spot:
        """From the beginning of this one to the end of another."""
        return Spot(self.start, other.end)

    def part(self, text: str, start: int, end: int) -> Spot:
        """Where the characters from `start` to `end` of this spot's own text stand."""
        before, inside = text[:start].encode(), text[start:end].encode()
        return Spot(self.start + len(before), self.start + len(before) + len(inside))


class Source:
    """A text that parses. Raises `SyntaxError` when it does not."""

    def __init__(self, text: str) -> None:
        self.tree = ast.parse(text)
        self._bytes = text.encode()
        self._lines = [0]
        for line in self._bytes.splitlines(keepends=True):
            self._lines.append(self._lines[-1] + len(line))

    def spot(self, node: ast.AST) -> Spot:
        """Where a statement or expression stands."""
        start = self._lines[node.lineno - 1] + node.col_offset  # type: ignore[attr-defined]
        end = self._lines[node.end_lineno - 1] + node.end_col_offset  # type: ignore[attr-defined]
        return Spot(start, end)

    def gap(self, left: ast.AST, right: ast.AST) -> Spot:
        """What stands between two expressions."""
        return Spot(self.spot(left).end, self.spot(right).start)

    def decorator(self, node: ast.expr) -> Spot:
        """Where a decorator stands, with its sign."""
        spot = self.spot(node)
        return Spot(self._bytes.rindex(b"@", 0, spot.start), spot.end)

    def keyword(self, node: ast.keyword) -> Spot:
        """Where a keyword argument stands, with the comma that goes with it."""
        spot = self.spot(node)
        if after := re.match(rb"\s*,[ \t]*", self._bytes[spot.end :]):
            return Spot(spot.start, spot.end + after.end())
        before = re.search(rb",\s*$", self._bytes[: spot.start])
        return Spot(before.start() if before else spot.start, spot.end)

    def line(self, spot: Spot) -> int:
        """The line on which a spot begins, from 1."""
        return self._bytes.count(b"\n", 0, spot.start) + 1

    def text(self, spot: Spot) -> str:
        """What stands at a spot."""
        return self._bytes[spot.start : spot.end].decode()

    def replaced(self, spot: Spot, text: str) -> str:
        """The whole text with another one at a spot."""
        return (self._bytes[: spot.start] + text.encode() + self._bytes[spot.end :]).decode()
