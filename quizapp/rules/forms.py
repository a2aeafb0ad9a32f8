"""Forms of equal expected difficulty: of many draws of a blueprint one whose expected score is near the mean of all.

What is expected of a question follows from the difficulty its author gave it, not from how people did. It is a measure
for comparing forms, and no forecast for a person.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import Any

from quizapp.rules import selection
from quizapp.rules.selection import Candidate

# Which share of its points a question is expected to give, by the difficulty its author says it has.
EXPECTED_SHARES = {1: 0.9, 2: 0.75, 3: 0.6, 4: 0.45, 5: 0.3}
REFERENCE_DRAWS = 40
TRIES = 40
TOLERANCE = 0.015  # of the points: two forms differ by three percent at most, when the bank allows it


def expected_share(rated: Iterable[tuple[int, float]]) -> float | None:
    """The share (0..1) of all points that is expected, from pairs of difficulty and points; None without points."""
    pairs = list(rated)
    whole = sum(points for _, points in pairs)
    if whole <= 0:
        return None
    return sum(EXPECTED_SHARES[difficulty] * points for difficulty, points in pairs) / whole


def draw(
    sections: Sequence[Mapping[str, Any]], pool: Sequence[Candidate], seen: AbstractSet[str], seed: int
) -> list[list[str]]:
    """Draw as `selection.draw` does, and take the first of TRIES draws that is within TOLERANCE of the mean.

    The mean is that of REFERENCE_DRAWS draws that look at nobody's history, so it is one figure for everybody. When no
    draw is near enough, the nearest is taken: preferring questions not seen comes before the balance. The same
    arguments give the same form. Raises PoolTooSmall.
    """
    middle = mean_share(sections, pool)
    nearest: list[list[str]] = []
    least = float("inf")
    for attempt in range(TRIES):
        drawn = selection.draw(sections, pool, seen, seed + attempt)
        apart = abs(share_of(sections, pool, drawn) - middle)
        if apart < least:
            nearest, least = drawn, apart
        if least <= TOLERANCE:
            break
    return nearest


def mean_share(sections: Sequence[Mapping[str, Any]], pool: Sequence[Candidate]) -> float:
    """The expected share of a form on average. Raises PoolTooSmall."""
    in_order = tuple(sorted(pool, key=lambda candidate: candidate.id))
    return _mean_share(json.dumps(list(sections), sort_keys=True), in_order)


@lru_cache(maxsize=16)
def _mean_share(written: str, pool: tuple[Candidate, ...]) -> float:
    """The same, kept for the next who start: it takes nine tenths of the time of a draw."""
    sections = json.loads(written)
    return statistics.fmean(
        share_of(sections, pool, selection.draw(sections, pool, frozenset(), seed))
        for seed in range(REFERENCE_DRAWS)
    )


def share_of(
    sections: Sequence[Mapping[str, Any]], pool: Sequence[Candidate], drawn: Sequence[Sequence[str]]
) -> float:
    """The expected share of one form."""
    known = {candidate.id: candidate for candidate in pool}
    rated = [
        (known[id_].difficulty, section.get("points") or known[id_].points)
        for section, ids in zip(sections, drawn, strict=True)
        for id_ in ids
    ]
    return expected_share(rated) or 0.0
