"""From shares to points, and from points to totals. An incomplete total says so and is never renormalised."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Line:
    """One response in a total: its topic, its points (None: not judged) and what it could have earned."""

    topic: str
    points: float | None
    max_points: float
    is_judged: bool = True


@dataclass(frozen=True)
class Total:
    """Points of max points over `count` responses; `is_complete` tells whether all of them were judged."""

    points: float
    max_points: float
    count: int
    full_count: int
    is_complete: bool

    @property
    def percent(self) -> float:
        """Percent of the max points, one decimal."""
        return percent(self.points, self.max_points)


def code_share(passed: int, total: int, given: int) -> float:
    """The share (0..1) of a code question's points: (passed - given) / (total - given), never below 0.

    `given` is how many of the tests the untouched starter passes; they earn nothing, but breaking one costs what a
    further test would earn. All tests passed is always 1.
    """
    if passed >= total or given >= total:
        return float(passed >= total > 0)
    return max(0.0, (passed - given) / (total - given))


def points(max_points: float, share: float, content: Mapping[str, Any], hints_used: int = 0) -> float:
    """Points for a share (0..1) of a question, the costs of the opened hints taken off, never below 0."""
    cost: float = sum(hint["cost"] for hint in content.get("hints", [])[:hints_used])
    return max(0.0, round(min(1.0, max(0.0, share)) * max_points - cost, 2))


def better(known: float | None, new: float) -> float:
    """The best so far: trying again never lowers a score."""
    return new if known is None else max(known, new)


def percent(part: float, whole: float) -> float:
    """Percent with one decimal; 0 of 0 is 0."""
    return round(100 * part / whole, 1) if whole else 0.0


def total(lines: Iterable[Line]) -> Total:
    """Add up."""
    listed = list(lines)
    return Total(
        points=round(sum(line.points or 0.0 for line in listed), 2),
        max_points=round(sum(line.max_points for line in listed), 2),
        count=len(listed),
        full_count=sum(line.is_judged and (line.points or 0.0) >= line.max_points for line in listed),
        is_complete=all(line.is_judged for line in listed),
    )


def by_topic(lines: Sequence[Line]) -> list[tuple[str, Total]]:
    """One total per topic, the heaviest topic first, then by name."""
    topics = {line.topic for line in lines}
    totals = [(topic, total(line for line in lines if line.topic == topic)) for topic in topics]
    return sorted(totals, key=lambda entry: (-entry[1].max_points, entry[0]))
