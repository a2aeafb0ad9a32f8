"""Forms of equal expected difficulty."""

from __future__ import annotations

import random
from typing import Any

import pytest

from quizapp.rules import selection
from quizapp.rules.forms import TOLERANCE, draw, expected_share, mean_share, share_of
from quizapp.rules.selection import Candidate, PoolTooSmall
from tests.quizapp.people import Person
from tests.quizapp.shelf import Shelf
from tests.quizapp.sittings import start


def section(count: int, **changes: Any) -> dict[str, Any]:
    return {"title": "Part", "topics": "any", "kinds": "any", "difficulty": [1, 5], "count": count} | changes


def bank(seed: int = 1, number: int = 80) -> list[Candidate]:
    chance = random.Random(seed)
    return [
        Candidate(
            f"q{n}",
            chance.choice(["routing", "testing", "api"]),
            chance.choice(["choice", "code"]),
            chance.randint(1, 5),
            2,
            chance.choice([3, 5, 10]),
        )
        for n in range(number)
    ]


SECTIONS = [section(6, kinds=["choice"]), section(2, kinds=["code"], points=20)]


@pytest.mark.parametrize(
    ("rated", "expected"),
    [
        ([(1, 10)], 0.9),
        ([(1, 10), (5, 10)], 0.6),
        ([(1, 30), (5, 10)], 0.75),
        ([], None),
        ([(3, 0)], None),
    ],
)
def test_the_expected_share_weighs_by_points(rated: list[tuple[int, float]], expected: float | None) -> None:
    assert expected_share(rated) == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize("seed", [0, 7, 537513427, 2**31 - 1])
def test_forms_are_near_the_mean_and_the_same_for_the_same_seed(seed: int) -> None:
    pool = bank()
    form = draw(SECTIONS, pool, frozenset(), seed)
    assert abs(share_of(SECTIONS, pool, form) - mean_share(SECTIONS, pool)) <= TOLERANCE
    assert form == draw(SECTIONS, pool, frozenset(), seed)


def test_plain_draws_are_farther_apart() -> None:
    pool = bank()
    plain = [share_of(SECTIONS, pool, selection.draw(SECTIONS, pool, frozenset(), n)) for n in range(30)]
    balanced = [share_of(SECTIONS, pool, draw(SECTIONS, pool, frozenset(), n)) for n in range(6)]
    assert max(balanced) - min(balanced) <= 2 * TOLERANCE < max(plain) - min(plain)


def test_questions_not_seen_come_before_the_balance() -> None:
    pool = [Candidate(f"hard{n}", "api", "choice", 5) for n in range(4)]
    pool += [Candidate(f"easy{n}", "api", "choice", 1) for n in range(20)]
    seen = {one.id for one in pool if one.id.startswith("easy")}
    (drawn,) = draw([section(4)], pool, seen, 3)
    assert sorted(drawn) == [f"hard{n}" for n in range(4)]


def test_forms_with_a_mix_are_near_their_mean_too() -> None:
    pool = bank()
    asked = [section(6, kinds=["choice"], mix={"1": 2, "3": 3, "5": 1}), section(2, kinds=["code"])]
    degrees = {one.id: one.difficulty for one in pool}
    for seed in range(5):
        form = draw(asked, pool, frozenset(), seed)
        assert sorted(degrees[id_] for id_ in form[0]) == [1, 1, 3, 3, 3, 5]
        assert abs(share_of(asked, pool, form) - mean_share(asked, pool)) <= TOLERANCE


def test_a_bank_that_is_too_small_is_said() -> None:
    with pytest.raises(PoolTooSmall):
        draw([section(3)], bank(number=2), frozenset(), 1)


def test_the_report_shows_the_expected_score_beside_the_real_one(candidate: Person, library: Shelf) -> None:
    sitting = start(candidate)
    sitting.answer_all()
    sitting.hand_in()
    page = candidate.get(f"{sitting.path}/report").text
    assert "Expected of this form" in page
    assert "75 %" in page.split("Expected of this form", 1)[1][:80], "all questions have difficulty 2"
