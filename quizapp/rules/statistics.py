"""What answers say about questions: facility, discrimination, median, internal consistency, each with a 95 % interval.

Shares are points of max points, 0..1. A figure is an `Estimate`, or None where it is not defined (nobody answered, or
everybody alike). Below `LEAST` answers a page says how many there are instead of showing a figure.
"""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from quizapp.rules.percentiles import wilson

LEAST = 30
Z = 1.959964  # the normal distribution's 97.5th percentile
# An item of a form is answered by everybody who got the form, so a covariance needs two of them at least.
_PAIR = 2
_NOTHING = 1e-9


@dataclass(frozen=True)
class Estimate:
    """A figure with the ends of its 95 % interval, and how many answers it rests on."""

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class Consistency:
    """Cronbach's alpha of the average form.

    `forms` is how many different sets of questions there were, `joint` how many people answered a pair of questions
    that stand in one form, on average over such pairs; with one form that is everybody.
    """

    alpha: Estimate | None
    people: int
    forms: int
    joint: float

    @property
    def is_enough(self) -> bool:
        """Whether people, and people per pair of questions, suffice to show the figure."""
        return self.people >= LEAST and self.joint >= LEAST


def proportion(hits: int, count: int) -> Estimate | None:
    """A share of `count` with Wilson's score interval."""
    if not count:
        return None
    low, high = wilson(hits, count)
    return Estimate(hits / count, low, high, count)


def facility(shares: Sequence[float]) -> Estimate | None:
    """The mean share of the points: Wilson's interval where all answers are right or wrong, else Student's t, cut at 0 and 1."""
    if all(share in (0, 1) for share in shares):
        return proportion(sum(share == 1 for share in shares), len(shares))
    if len(shares) < _PAIR:
        return Estimate(shares[0], 0.0, 1.0, 1)
    middle = statistics.fmean(shares)
    half = student(len(shares) - 1) * statistics.stdev(shares) / math.sqrt(len(shares))
    return Estimate(middle, max(0.0, middle - half), min(1.0, middle + half), len(shares))


def student(freedom: int) -> float:
    """The 97.5th percentile of Student's t, by Cornish and Fisher's expansion: right to 0.01 from 4 degrees of freedom."""
    cubed, fifth, seventh = Z**3, Z**5, Z**7
    return (
        Z
        + (cubed + Z) / (4 * freedom)
        + (5 * fifth + 16 * cubed + 3 * Z) / (96 * freedom**2)
        + (3 * seventh + 19 * fifth + 17 * cubed - 15 * Z) / (384 * freedom**3)
    )


def correlation(pairs: Sequence[tuple[float, float]]) -> Estimate | None:
    """Pearson's correlation with Fisher's z interval; None for fewer than four pairs, or where one side is always the same.

    Of the share of an item and the share of all other points of the same attempt it is the corrected item-total
    correlation: the item itself is not in the total, which would flatter it.
    """
    count = len(pairs)
    if count < 4:  # noqa: PLR2004 - Fisher's interval divides by the root of n - 3
        return None
    try:
        value = statistics.correlation([one for one, _ in pairs], [other for _, other in pairs])
    except statistics.StatisticsError:
        return None
    inside = min(max(value, -0.999999), 0.999999)
    half = Z / math.sqrt(count - 3)
    return Estimate(value, math.tanh(math.atanh(inside) - half), math.tanh(math.atanh(inside) + half), count)


def median(values: Sequence[float]) -> Estimate | None:
    """The median; its interval runs between the values whose ranks are 0.98 roots of n from the middle (a sign test's)."""
    if not values:
        return None
    ordered, count = sorted(values), len(values)
    reach = Z * math.sqrt(count) / 2
    low = max(0, math.floor(count / 2 - reach))
    high = min(count - 1, math.ceil(count / 2 + reach) - 1)
    return Estimate(statistics.median(ordered), ordered[low], ordered[max(high, low)], count)


def consistency(attempts: Iterable[Mapping[str, float]]) -> Consistency:
    """Cronbach's alpha from the points of each attempt by question.

    With one form, k / (k - 1) * (1 - sum of the items' variances / variance of the totals). Where people draw different
    questions there is no common total, and adding up different items as if they were the same would be wrong. The
    variance of the total of an average form is put together instead: the variances of its items and the covariances of
    its pairs, each taken over those who answered both, weighted by how often it occurs. That is sound as long as
    chance decides who gets which form; for one form it is the same figure. The interval is Bonett's (2002), with the mean
    number of people per pair as its n.
    """
    listed = [dict(attempt) for attempt in attempts if attempt]
    people = len(listed)
    if not people:
        return Consistency(None, 0, 0, 0.0)
    forms = len({frozenset(attempt) for attempt in listed})
    length = statistics.fmean(len(attempt) for attempt in listed)
    single, paired = _moments(listed)
    weight = sum(count for count, *_ in paired.values())
    joint = sum(count**2 for count, *_ in paired.values()) / weight if weight else 0.0
    own = sum(_spread(*moments) * moments[0] for moments in single.values() if moments[0] >= _PAIR) / people
    used = [moments for moments in paired.values() if moments[0] >= _PAIR]
    told = sum(moments[0] for moments in used)
    shared = 0.0
    if told:  # pairs that one person answered say nothing; the others stand for them
        shared = 2 * sum(_shared(*moments) * moments[0] for moments in used) / people * (weight / told)
    if length <= 1 or own + shared <= _NOTHING * own:  # everybody has the same total, but for rounding
        return Consistency(None, people, forms, joint)
    alpha = length / (length - 1) * shared / (own + shared)
    return Consistency(_bonett(alpha, length, joint), people, forms, joint)


def _moments(
    listed: Sequence[Mapping[str, float]],
) -> tuple[dict[str, tuple[int, float, float]], dict[tuple[str, str], tuple[int, float, float, float]]]:
    """Count, sum and sum of squares per item, and count, both sums and the sum of products per pair of items."""
    single: dict[str, tuple[int, float, float]] = defaultdict(lambda: (0, 0.0, 0.0))
    paired: dict[tuple[str, str], tuple[int, float, float, float]] = defaultdict(lambda: (0, 0.0, 0.0, 0.0))
    for attempt in listed:
        for item, points in attempt.items():
            count, total, squares = single[item]
            single[item] = (count + 1, total + points, squares + points * points)
        for (one, left), (other, right) in combinations(sorted(attempt.items()), 2):
            count, lefts, rights, products = paired[one, other]
            paired[one, other] = (count + 1, lefts + left, rights + right, products + left * right)
    return dict(single), dict(paired)


def _spread(count: int, total: float, squares: float) -> float:
    return max(0.0, (squares - total * total / count) / (count - 1))


def _shared(count: int, left: float, right: float, products: float) -> float:
    return (products - left * right / count) / (count - 1)


def _bonett(alpha: float, length: float, count: float) -> Estimate | None:
    if count <= 2 or alpha >= 1:  # noqa: PLR2004 - the formula divides by n - 2
        return None
    reach = math.exp(Z * math.sqrt(2 * length / ((length - 1) * (count - 2))))
    return Estimate(alpha, 1 - (1 - alpha) * reach, 1 - (1 - alpha) / reach, round(count))
