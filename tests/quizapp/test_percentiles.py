"""Where a score stands among others: mid-ranks, the interval around them, and silence with too few."""

from __future__ import annotations

import statistics
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizapp.rules.percentiles import LEAST_OTHERS, Spread, among, classes, standing, wilson

SCORES = st.lists(st.floats(0, 100).map(lambda score: round(score, 1)), min_size=30, max_size=80)


@pytest.mark.parametrize(
    ("successes", "count", "low", "high"),
    [
        # By hand, with z = 1.95996: (p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n).
        (15, 30, 0.3315, 0.6685),  # 0.5 ± 1.95996 √(0.25/30 + 3.84146/3600) / 1.128049
        (0, 30, 0.0, 0.1135),  # z² / (n + z²) = 3.84146 / 33.84146
        (30, 30, 0.8865, 1.0),
        (81, 263, 0.2553, 0.3662),  # Newcombe (1998), table I
        (15, 148, 0.0624, 0.1605),  # the same
        (0, 20, 0.0, 0.1611),  # the same
        (1, 29, 0.0061, 0.1718),  # the same
    ],
)
def test_the_interval_is_the_published_one(successes: int, count: int, low: float, high: float) -> None:
    assert wilson(successes, count) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("below", "equal", "count", "expected"),
    [
        (15, 0, 30, (50.0, 33.2, 66.8)),
        (14, 2, 30, (50.0, 33.2, 66.8)),  # the two who are equal count by half
        (0, 0, 30, (0.0, 0.0, 11.4)),
        (30, 0, 30, (100.0, 88.6, 100.0)),
        (0, 30, 30, (50.0, 33.2, 66.8)),  # all alike: nobody is above anybody
        (90, 0, 100, (90.0, 82.6, 94.5)),
    ],
)
def test_a_standing_says_percent_and_interval(
    below: int, equal: int, count: int, expected: tuple[float, float, float]
) -> None:
    found = standing(below, equal, count)
    assert found is not None
    assert (found.percent, found.low, found.high) == expected


def test_twenty_nine_others_are_not_enough() -> None:
    assert LEAST_OTHERS == 30
    assert standing(10, 0, 29) is None
    assert among(50.0, [10.0] * 29) is None
    assert among(50.0, [10.0] * 30) is not None


def test_what_is_shown_alike_is_equal() -> None:
    found = among(66.7, [66.65 + 0.05, 66.6, 66.8, *[0.0] * 27])
    assert found is not None
    assert (found.below, found.equal, found.count) == (28, 1, 30)


@pytest.mark.parametrize("counts", [(-1, 0, 30), (0, -1, 30), (20, 11, 30)])
def test_counts_that_cannot_be_are_refused(counts: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="30"):
        standing(*counts)


@pytest.mark.parametrize("counts", [(0, 0), (3, 2), (-1, 5)])
def test_no_interval_without_a_share(counts: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match=str(counts[1])):
        wilson(*counts)


@given(SCORES, st.floats(0, 100).map(lambda score: round(score, 1)))
def test_the_interval_holds_the_percentile_and_stays_in_range(others: list[float], score: float) -> None:
    found = among(score, others)
    assert found is not None
    assert 0 <= found.low <= found.percent <= found.high <= 100


@given(SCORES, st.floats(0, 99).map(lambda score: round(score, 1)))
def test_a_better_score_never_stands_lower(others: list[float], score: float) -> None:
    here, above = among(score, others), among(score + 1, others)
    assert here is not None
    assert above is not None
    assert here.percent <= above.percent


def test_classes_hold_every_score_once() -> None:
    assert classes([0, 4.9, 5, 99.9, 100], 5) == [2, 1, *[0] * 17, 2]
    assert sum(classes([score / 10 for score in range(1001)])) == 1001


@given(SCORES, st.floats(0, 100).map(lambda score: round(score, 1)))
def test_counts_say_the_same_as_the_scores_themselves(others: list[float], score: float) -> None:
    spread = Spread(Counter(others))
    assert spread.count == len(others)
    assert spread.standing(score) == among(score, others)
    assert spread.classes() == classes(others)
    assert spread.median == pytest.approx(statistics.median(others), abs=0.051)


def test_nobody_has_no_middle() -> None:
    assert Spread({}).median is None
    assert Spread({40.0: 1, 50.0: 1}).median == 45.0
    assert Spread({40.0: 2, 90.0: 1}).median == 40.0
