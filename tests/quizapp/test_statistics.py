"""Figures about questions, each against numbers that were worked out by hand (in the comments)."""

from __future__ import annotations

import math
import random
from itertools import combinations, permutations
from typing import Any

import pytest

from quizapp.rules import guessing, marking, ratings, score_analysis, statistics
from quizapp.rules.statistics import Estimate
from tests.quizapp import shelf


def near(estimate: Estimate | None, value: float, low: float, high: float, n: int) -> None:
    assert estimate is not None
    assert (estimate.value, estimate.low, estimate.high) == pytest.approx((value, low, high), abs=6e-4)
    assert estimate.n == n


# --- facility -------------------------------------------------------------------------------------------


def test_facility_of_right_and_wrong_answers_has_wilsons_interval() -> None:
    # p = 8/10. z² = 3.8415. Middle (0.8 + 3.8415/20) / (1 + 3.8415/10) = 0.99207/1.38415 = 0.7167.
    # Half 1.96/1.38415 * sqrt(0.8*0.2/10 + 3.8415/400) = 1.41600 * sqrt(0.0256037) = 0.2266.
    near(statistics.facility([1.0] * 8 + [0.0] * 2), 0.8, 0.4902, 0.9433, 10)


def test_facility_of_partial_credit_has_students_interval() -> None:
    # Mean 0.5; deviations ±0.5, ±0.25, 0: squares add up to 0.625, variance 0.625/4, s = 0.3953, s/√5 = 0.17678.
    # t(4) from the table is 2.776; the expansion gives 2.7694: 0.5 ± 0.4896.
    near(statistics.facility([0, 0.25, 0.5, 0.75, 1]), 0.5, 0.0104, 0.9896, 5)


def test_facility_of_none_and_of_one() -> None:
    assert statistics.facility([]) is None
    assert statistics.facility([0.5]) == Estimate(0.5, 0.0, 1.0, 1)


@pytest.mark.parametrize(("freedom", "table"), [(4, 2.776), (9, 2.262), (29, 2.045), (100, 1.984)])
def test_students_t_is_that_of_the_tables(freedom: int, table: float) -> None:
    assert statistics.student(freedom) == pytest.approx(table, abs=0.01)


# --- discrimination -------------------------------------------------------------------------------------


def test_correlation_with_fishers_interval() -> None:
    # Item 1 1 0 0, rest 0.9 0.5 0.6 0.2: means 0.5 and 0.55.
    # Products 0.5*0.35 - 0.5*0.05 - 0.5*0.05 + 0.5*0.35 = 0.3; squares 1 and 0.25; r = 0.3 / √0.25 = 0.6.
    # z = artanh 0.6 = 0.6931, ± 1.96/√1: tanh(-1.2668) = -0.8529, tanh(2.6531) = 0.9901.
    near(statistics.correlation([(1, 0.9), (1, 0.5), (0, 0.6), (0, 0.2)]), 0.6, -0.8529, 0.9901, 4)


@pytest.mark.parametrize(
    "pairs", [[(1, 1), (0, 0), (1, 1)], [(1, 0.3)] * 9, [(0, 1), (1, 1), (0, 1), (1, 1)]]
)
def test_no_correlation_without_four_pairs_or_where_all_are_alike(pairs: list[tuple[float, float]]) -> None:
    assert statistics.correlation(pairs) is None


def test_a_perfect_correlation_has_an_interval() -> None:
    found = statistics.correlation([(n, n) for n in range(40)])
    assert found is not None
    assert 0.99 < found.low < found.value == pytest.approx(1)


# --- median ---------------------------------------------------------------------------------------------


def test_median_with_the_interval_of_the_sign_test() -> None:
    # n = 9: 4.5 ± 1.96*3/2 = 1.56 .. 7.44, so the second and the eighth; their coverage is 1 - 2*(1+9)/512 = 96.1 %.
    near(statistics.median([7, 1, 9, 3, 5, 2, 8, 4, 6]), 5, 2, 8, 9)
    assert statistics.median([]) is None
    near(statistics.median([3]), 3, 3, 3, 1)


# --- internal consistency -------------------------------------------------------------------------------


def test_alpha_of_one_form() -> None:
    # Four people, three items: 111, 110, 100, 000. Variances (n-1): 0.25, 0.3333, 0.25, together 0.8333.
    # Totals 3 2 1 0: variance 5/3. Alpha = 3/2 * (1 - 0.8333/1.6667) = 0.75.
    # Bonett: exp(1.96 * √(6 / (2*2))) = exp(2.4005) = 11.028: 1 - 0.25*11.028 = -1.757, 1 - 0.25/11.028 = 0.9773.
    people = [
        dict(zip("abc", points, strict=True)) for points in ((1, 1, 1), (1, 1, 0), (1, 0, 0), (0, 0, 0))
    ]
    found = statistics.consistency(people)
    near(found.alpha, 0.75, -1.757, 0.9773, 4)
    assert (found.people, found.forms, found.joint, found.is_enough) == (4, 1, 4, False)


def test_alpha_of_two_forms_is_that_of_the_average_form() -> None:
    # Form abc: 111 and 000; form abd: 111 and 001. Variances a 1/3, b 1/3 (four answers each), c 0.5, d 0 (two each).
    # Weighted: (4/3 + 4/3 + 2*0.5 + 0) / 4 = 0.9167. Covariances ab 1/3 (four), ac and bc 0.5 (two), ad and bd 0 (two).
    # Weighted, each twice: 2 * (4/3 + 1 + 1) / 4 = 1.6667. Alpha = 3/2 * 1.6667 / 2.5833 = 0.9677.
    # People per pair: (4*4 + 4 * 2*2) / 12 = 2.667.
    found = statistics.consistency(
        [
            {"a": 1, "b": 1, "c": 1},
            {"a": 0, "b": 0, "c": 0},
            {"a": 1, "b": 1, "d": 1},
            {"a": 0, "b": 0, "d": 1},
        ]
    )
    assert found.alpha is not None
    assert found.alpha.value == pytest.approx(0.9677, abs=1e-4)
    assert (found.people, found.forms) == (4, 2)
    assert found.joint == pytest.approx(32 / 12)


@pytest.mark.parametrize("seed", range(30))
def test_alpha_of_one_form_is_the_usual_formula(seed: int) -> None:
    chance = random.Random(seed)
    rows = [[chance.randrange(1 + seed % 5) for _ in range(4)] for _ in range(3 + seed)]
    found = statistics.consistency([{str(n): float(one) for n, one in enumerate(row)} for row in rows])
    variances = [variance([row[n] for row in rows]) for n in range(4)]
    whole = variance([sum(row) for row in rows])
    if whole == 0:
        assert found.alpha is None, "without any variance there is nothing to explain"
    elif found.alpha is not None:
        assert found.alpha.value == pytest.approx(4 / 3 * (1 - sum(variances) / whole), abs=1e-6)


def variance(values: list[int]) -> float:
    mean = sum(values) / len(values)
    return sum((value - mean) ** 2 for value in values) / (len(values) - 1)


def test_alpha_from_random_forms_is_near_that_of_whole_ones() -> None:
    chance = random.Random(5)
    people = [chance.gauss(0, 1) for _ in range(1500)]
    answers = [
        {f"q{n}": float(chance.random() < 1 / (1 + math.exp(n / 4 - 1 - ability))) for n in range(8)}
        for ability in people
    ]
    whole = statistics.consistency(answers)
    drawn = statistics.consistency([{q: one[q] for q in chance.sample(sorted(one), 5)} for one in answers])
    assert whole.alpha is not None
    assert drawn.alpha is not None
    assert drawn.forms == math.comb(8, 5)
    # Shorter forms are less consistent: by Spearman and Brown, 5 of 8 items keep 5a / (8 - 3a) of an alpha of a.
    shorter = 5 * whole.alpha.value / (8 - 3 * whole.alpha.value)
    assert drawn.alpha.value == pytest.approx(shorter, abs=0.05)
    assert drawn.alpha.low < shorter < drawn.alpha.high
    assert drawn.is_enough


@pytest.mark.parametrize("people", [[], [{"a": 1.0}] * 5, [{"a": 1.0, "b": 1.0}] * 5])
def test_no_alpha_where_there_is_nothing_to_compare(people: list[dict[str, float]]) -> None:
    assert statistics.consistency(people).alpha is None


# --- guessing and options -------------------------------------------------------------------------------


# --- the scores of an interview -----------------------------------------------------------------------------


def test_how_scores_spread() -> None:
    # 15 times 40 and 15 times 60: mean 50, squares 30 * 100, deviation sqrt(3000 / 29) = 10.171.
    # Mean: t(29) = 2.045, 2.045 * 0.10171 / sqrt(30) = 0.0380. Error: 10.171 * sqrt(1 - 0.75) = 5.09.
    # Passed 15 of 30: middle 0.5, half 1.96 / 1.12805 * sqrt(0.25 / 30 + 3.8415 / 3600) = 0.1685.
    consistency = statistics.Consistency(Estimate(0.75, 0.6, 0.85, 30), people=30, forms=1, joint=30.0)
    told = score_analysis.figures([40.0, 60.0] * 15, [600.0] * 30, consistency, 50.0)
    near(Estimate(**told["mean"]), 0.5, 0.4620, 0.5380, 30)
    near(Estimate(**told["passed"]), 0.5, 0.3315, 0.6685, 30)
    assert (told["median"], told["deviation"], told["error"]) == (50.0, 10.2, 5.1)
    assert {number: count for number, count in enumerate(told["bars"]) if count} == {8: 15, 12: 15}
    assert told["seconds"]["value"] == 600.0
    unsure = statistics.Consistency(None, people=30, forms=1, joint=30.0)
    told = score_analysis.figures([40.0, 60.0] * 15, [600.0] * 29, unsure)
    assert (told["error"], told["passed"], told["seconds"]) == (None, None, None)
    assert score_analysis.figures([40.0] * 29, [], consistency, 50.0) == {"n": 29, "is_enough": False}


def several(right: int, wrong: int) -> dict[str, Any]:
    options = [{"text": str(n), "correct": n < right, "reason": "."} for n in range(right + wrong)]
    return {"kind": "choice", "select": "several", "options": options}


def test_what_a_guess_earns() -> None:
    one = {"kind": "choice", "select": "one", "options": [{"correct": n == 1} for n in range(4)]}
    assert guessing.guess_share(one) == 0.25
    # Two right and two wrong, 16 ways to tick: one right alone 2 * 0.5, both right 1, both and one wrong 2 * 0.5.
    assert guessing.guess_share(several(2, 2)) == pytest.approx(3 / 16)
    assert guessing.guess_share({"kind": "text"}) == guessing.guess_share({"kind": "code"}) == 0


@pytest.mark.parametrize(("right", "wrong"), [(1, 3), (2, 2), (3, 1)])
def test_a_guess_at_several_options_by_trying_all(right: int, wrong: int) -> None:
    content = several(right, wrong)
    everything = [list(c) for n in range(right + wrong + 1) for c in combinations(range(right + wrong), n)]
    mean = sum(marking.mark(content, {"options": ticked}).points_share for ticked in everything) / len(
        everything
    )
    assert guessing.guess_share(content) == pytest.approx(mean)


def test_a_guess_at_the_order_of_lines_by_trying_all() -> None:
    content = {"kind": "order", "indent": False, "also": [], "lines": ["a", "b", "c"]}
    content |= {"distractors": [{"text": "x", "reason": "."}]}
    shares = [marking.mark(content, {"lines": list(some)}).points_share for some in permutations(range(4), 3)]
    assert guessing.guess_share(content) == pytest.approx(sum(shares) / len(shares)) == pytest.approx(5 / 24)


@pytest.mark.parametrize("faulty", [[2], [2, 4]])
def test_a_guess_at_faulty_lines_by_trying_all(faulty: list[int]) -> None:
    content = shelf.bug("bug-1", program="a = 1\nb = 2\n\nc = 3\nd = 4\n")
    content["faulty"] = [{"line": line, "also": [], "reason": "."} for line in faulty]
    rows = [1, 2, 4, 5]
    shares = [
        marking.mark(content, {"lines": list(some)}).points_share for some in combinations(rows, len(faulty))
    ]
    assert guessing.guess_share(content) == pytest.approx(sum(shares) / len(shares))


def test_how_options_work() -> None:
    options = [{"text": str(n), "correct": n == 0} for n in range(5)]
    content = {"kind": "choice", "select": "one", "options": options}
    # Strong people (0.7 to 0.9 elsewhere) choose 0 or 3, weak ones (0.1 to 0.3) choose 1, both choose 2, nobody 4.
    strong, weak = [0.7, 0.8, 0.9], [0.1, 0.2, 0.3]
    chosen = [(0, strong)] * 8 + [(3, strong)] * 5 + [(1, weak)] * 8 + [(2, strong), (2, weak)] * 2
    answers = [({"options": [option]}, rest) for option, rests in chosen for rest in rests]
    told = guessing.options(content, answers)
    assert [option.standing for option in told] == ["right", "works", "unclear", "misleads", "rare"]
    assert [option.count for option in told] == [24, 24, 12, 15, 0]
    assert told[1].share is not None
    assert told[1].share.value == pytest.approx(24 / 75)
    assert guessing.options(content, [])[1].standing == "rare"
    assert guessing.options(content, [(None, 0.5)])[0].count == 0


# --- measured difficulty --------------------------------------------------------------------------------


def test_ratings_step_by_step() -> None:
    # Everybody begins at 0. Ann, right: expected 0.5; difficulty 0 - 0.5 = -0.5, Ann 0.5.
    # Bob, wrong: expected 1/(1+exp(-0.5)) = 0.6225; difficulty -0.5 + 0.6225/1.05 = 0.0928, Bob -0.6225.
    # Information 0.25 + 0.6225*0.3775 = 0.4850, error 1/√0.4850 = 1.4359. Average (0.5 - 0.6225) / 2 = -0.0612.
    found = ratings.ratings([("ann", "q", 1.0), ("bob", "q", 0.0)])["q"]
    assert (found.difficulty, found.error, found.average, found.n) == pytest.approx(
        (0.0928, 1.4359, -0.0612, 2), abs=2e-4
    )
    # The average person earns 1/(1+exp(0.0928+0.0612)) = 0.4616: level 1 + (0.9 - 0.4616)/0.15 = 3.92.
    assert found.level.value == pytest.approx(3.92, abs=0.01)
    assert 1 <= found.level.low < found.level.value < found.level.high <= 5


def test_ratings_find_the_difficulty_that_answers_were_made_with() -> None:
    chance = random.Random(11)
    real = {f"q{n}": (n - 10) / 5 for n in range(21)}
    answers = []
    for person in range(400):
        ability = chance.gauss(0, 1)
        for question in chance.sample(sorted(real), 15):
            share = float(chance.random() < 1 / (1 + math.exp(real[question] - ability)))
            answers.append((person, question, share))
    found = ratings.ratings(answers)
    pairs = [(real[question], found[question].difficulty) for question in real]
    told = statistics.correlation(pairs)
    assert told is not None
    assert told.value > 0.97
    assert max(abs(one - other) for one, other in pairs) < 0.7
    assert found["q0"].level.value < 2
    assert found["q20"].level.value > 4
    assert ratings.ratings([]) == {}
