"""Where a score stands among the scores of others, and how sure that is. With few others nothing is said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, sqrt
from statistics import NormalDist

# Fewer finished first attempts of other people than this say nothing about anybody.
LEAST_OTHERS = 30
CONFIDENCE = 0.95
# Scores are percents with one decimal. What is stored as a float may differ from it in the last bit.
_SAME = 0.05 - 1e-6
_Z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)  # 1.96


@dataclass(frozen=True)
class Standing:
    """How one score compares with `count` others: `below` are lower, `equal` the same.

    `percent` is the mid-rank: the share of those below, and half of the equal ones. `low` and `high` bound it.
    """

    below: int
    equal: int
    count: int

    @property
    def percent(self) -> float:
        """Percent of the others who are below, equal ones by half; 0..100, one decimal."""
        return round(100 * self._share, 1)

    @property
    def low(self) -> float:
        """The lower end of the interval, in percent, one decimal."""
        return round(100 * wilson(self.below + self.equal / 2, self.count)[0], 1)

    @property
    def high(self) -> float:
        """Its upper end."""
        return round(100 * wilson(self.below + self.equal / 2, self.count)[1], 1)

    @property
    def _share(self) -> float:
        return (self.below + self.equal / 2) / self.count


def standing(below: int, equal: int, count: int) -> Standing | None:
    """Where a score stands that `below` of `count` others did not reach and `equal` of them met; None with too few.

    Raises ValueError for counts that cannot be.
    """
    if min(below, equal, count) < 0 or below + equal > count:
        raise ValueError((below, equal, count))
    return Standing(below, equal, count) if count >= LEAST_OTHERS else None


def among(score: float, others: Sequence[float]) -> Standing | None:
    """The same, counted from the scores of the others, in percent."""
    low, high = bounds(score)
    return standing(sum(one < low for one in others), sum(low <= one <= high for one in others), len(others))


def bounds(score: float) -> tuple[float, float]:
    """From where to where another score, in percent, counts as the same: scores that show the same decimal are equal."""
    return score - _SAME, score + _SAME


def wilson(successes: float, count: int) -> tuple[float, float]:
    """The 95 % interval of Wilson for a share: from `successes` of `count` to two shares between 0 and 1.

    E. B. Wilson, Probable Inference, the Law of Succession, and Statistical Inference (1927). It stays between 0 and 1
    and keeps what it promises for shares near both. Half a success, as a tie counts, makes it a little too wide, never
    too narrow. Raises ValueError without any count.
    """
    if count <= 0 or not 0 <= successes <= count:
        raise ValueError((successes, count))
    share, square = successes / count, _Z * _Z
    middle = (share + square / (2 * count)) / (1 + square / count)
    reach = _Z * sqrt(share * (1 - share) / count + square / (4 * count * count)) / (1 + square / count)
    # At both ends the formula gives 0 and 1 exactly, which floats miss by a hair.
    return (
        0.0 if successes == 0 else max(0.0, middle - reach),
        1.0 if successes == count else min(1.0, middle + reach),
    )


def classes(scores: Iterable[float], width: int = 5) -> list[int]:
    """How many scores fall into each class of `width` percent; the last one holds 100 as well."""
    counted = [0] * (100 // width)
    for score in scores:
        counted[class_of(score, width)] += 1
    return counted


def class_of(score: float, width: int = 5) -> int:
    """The class, from 0, that a score in percent falls into."""
    return min(max(int(score / width), 0), 100 // width - 1)


@dataclass(frozen=True)
class Spread:
    """The scores of many, as how often each occurs: percent with one decimal -> count."""

    counts: Mapping[float, int]

    @property
    def count(self) -> int:
        """How many there are."""
        return sum(self.counts.values())

    @property
    def median(self) -> float | None:
        """The middle one, or the mean of the two in the middle; None without any."""
        middle, seen, found = (self.count - 1) / 2, 0, []
        for score in sorted(self.counts):
            held = range(seen, seen + self.counts[score])
            found += [score for place in {floor(middle), ceil(middle)} if place in held]
            seen += self.counts[score]
        return round(sum(found) / len(found), 1) if found else None

    def standing(self, score: float) -> Standing | None:
        """Where a score stands among them; None when they are too few."""
        low, high = bounds(score)
        below = sum(count for one, count in self.counts.items() if one < low)
        equal = sum(count for one, count in self.counts.items() if low <= one <= high)
        return standing(below, equal, self.count)

    def classes(self, width: int = 5) -> list[int]:
        """How many fall into each class of `width` percent, as `classes` counts them."""
        counted = [0] * (100 // width)
        for score, count in self.counts.items():
            counted[class_of(score, width)] += count
        return counted
