"""What a blind guess earns, and how the options of a choice question work."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from quizapp.rules import marking, statistics
from quizapp.rules.statistics import Estimate

# A distractor that fewer than one in twenty choose takes part in nothing (Haladyna and Downing 1993).
RARE = 0.05


@dataclass(frozen=True)
class Option:
    """One option of a choice question: how many chose it, and how that goes with the rest of their score.

    `standing` is right, rare (fewer than RARE choose it), works (weaker people choose it), misleads (stronger people
    choose it), or unclear (the interval of `pull` holds 0, so it cannot be told whom it draws).
    """

    id: int
    is_right: bool
    count: int
    share: Estimate | None
    pull: Estimate | None
    standing: str


def guess_share(content: Mapping[str, Any]) -> float:
    """The share (0..1) of the points that somebody earns on average who guesses blindly.

    Choice: one option at random; where several may be right, each ticked by the toss of a coin. Bug: as many lines, none
    of them empty, as there are faults. Order: as many lines as belong there, in any order, each at its right level.
    What has to be written earns nothing.
    """
    kind = content["kind"]
    if kind == "choice":
        return _choice(content)
    if kind == "bug":
        return _bug(content)
    if kind == "order":
        return _order(len(content["lines"]), len(content["lines"]) + len(content["distractors"]))
    return 0.0


def _choice(content: Mapping[str, Any]) -> float:
    options = content["options"]
    if content["select"] == "one":
        return 1 / len(options)
    right = sum(bool(option["correct"]) for option in options)
    wrong = len(options) - right
    earned: float = sum(
        math.comb(right, hits) * math.comb(wrong, misses) * max(0, hits - misses) / right
        for hits in range(right + 1)
        for misses in range(wrong + 1)
    )
    return earned / float(2 ** len(options))


def _bug(content: Mapping[str, Any]) -> float:
    rows = sum(bool(row.strip()) for row in content["program"].splitlines())
    faults = content["faulty"]
    if len(faults) == 1:
        return len(set(marking.fault_lines(content["program"], faults[0]))) / rows
    count = len(faults)
    earned = sum(
        math.comb(count, found) * math.comb(rows - count, count - found) * max(0, 2 * found - count) / count
        for found in range(count + 1)
    )
    return float(earned) / math.comb(rows, count)


def _order(lines: int, offered: int) -> float:
    """First and last are right in one of `offered` cases each, and so is a neighbour in one of its ordered pairs."""
    if offered < 2:  # noqa: PLR2004 - a single line has one place
        return 1.0
    pairs = (lines - 1) ** 2 / (offered * (offered - 1))
    return (2 / offered + pairs) / (lines + 1)


def options(
    content: Mapping[str, Any], answers: Sequence[tuple[Mapping[str, Any] | None, float]]
) -> list[Option]:
    """How each option did, in the file's order, from answers with the share of all other points of the same attempt."""
    told = []
    for number, option in enumerate(content["options"]):
        chosen = [number in ((answer or {}).get("options") or ()) for answer, _ in answers]
        pull = statistics.correlation(
            [(float(is_chosen), rest) for is_chosen, (_, rest) in zip(chosen, answers, strict=True)]
        )
        share = statistics.proportion(sum(chosen), len(chosen))
        is_right = bool(option["correct"])
        told.append(
            Option(number, is_right, sum(chosen), share, pull, _standing(share, pull, is_right=is_right))
        )
    return told


def _standing(share: Estimate | None, pull: Estimate | None, *, is_right: bool) -> str:
    if is_right:
        return "right"
    if share is None or share.value < RARE:
        return "rare"
    if pull is None or pull.low <= 0 <= pull.high:
        return "unclear"
    return "works" if pull.high < 0 else "misleads"
