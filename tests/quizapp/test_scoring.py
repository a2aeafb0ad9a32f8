"""Shares become points, points become totals."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizapp.rules.scoring import Line, better, by_topic, code_share, percent, points, total

HINTS = {"hints": [{"cost": 2}, {"cost": 3}]}


@pytest.mark.parametrize(
    ("share", "hints_used", "expected"),
    [
        (1.0, 0, 10.0),
        (0.5, 0, 5.0),
        (1 / 3, 0, 3.33),
        (1.0, 1, 8.0),
        (1.0, 2, 5.0),
        (0.2, 2, 0.0),
        (0.0, 0, 0.0),
    ],
)
def test_points_are_the_share_without_the_cost_of_opened_hints(
    share: float, hints_used: int, expected: float
) -> None:
    assert points(10, share, HINTS, hints_used) == expected


@pytest.mark.parametrize(("share", "expected"), [(-1.0, 0.0), (2.0, 10.0)])
def test_a_share_out_of_range_gives_neither_less_than_nothing_nor_more_than_all(
    share: float, expected: float
) -> None:
    assert points(10, share, HINTS) == expected


def test_trying_again_never_lowers_a_score() -> None:
    assert better(None, 3) == 3
    assert better(5, 3) == 5
    assert better(5, 0) == 5
    assert better(3, 5) == 5


def test_a_total_with_something_not_judged_is_incomplete_and_not_scaled_up() -> None:
    summed = total([Line("routing", 4, 4), Line("routing", None, 6, is_judged=False)])
    assert (summed.points, summed.max_points, summed.is_complete) == (4, 10, False)
    assert summed.percent == 40
    assert summed.full_count == 1


def test_the_total_of_nothing_is_nothing() -> None:
    empty = total([])
    assert (empty.points, empty.max_points, empty.percent, empty.count) == (0, 0, 0, 0)
    assert percent(1, 0) == 0


def test_topics_come_by_weight_then_name() -> None:
    lines = [Line("b", 1, 2), Line("a", 2, 2), Line("c", 3, 9), Line("a", 0, 1)]
    assert [(topic, t.points, t.max_points) for topic, t in by_topic(lines)] == [
        ("c", 3, 9),
        ("a", 2, 3),
        ("b", 1, 2),
    ]


lines_strategy = st.lists(
    st.builds(
        Line,
        topic=st.sampled_from("abc"),
        points=st.none() | st.integers(0, 10).map(float),
        max_points=st.integers(10, 20).map(float),
        is_judged=st.booleans(),
    )
)


@given(lines_strategy)
def test_topics_add_up_to_the_whole(lines: list[Line]) -> None:
    whole, topics = total(lines), by_topic(lines)
    assert sum(part.points for _, part in topics) == pytest.approx(whole.points)
    assert sum(part.max_points for _, part in topics) == pytest.approx(whole.max_points)
    assert sum(part.count for _, part in topics) == whole.count
    assert all(part.is_complete for _, part in topics) == whole.is_complete
    assert 0 <= whole.percent <= 100


@pytest.mark.parametrize(
    ("passed", "tests", "given_tests", "share"),
    [
        (7, 7, 5, 1.0),
        (6, 7, 5, 0.5),
        (5, 7, 5, 0.0),
        (3, 7, 5, 0.0),  # what the starter did was broken
        (3, 6, 0, 0.5),
        (0, 6, 0, 0.0),
        (4, 4, 4, 1.0),
        (3, 4, 4, 0.0),
        (0, 0, 0, 0.0),  # nothing ran, so nothing is earned
    ],
)
def test_code_earns_for_what_the_starter_does_not_do(
    passed: int, tests: int, given_tests: int, share: float
) -> None:
    assert code_share(passed, tests, given_tests) == share
