"""What tests that candidates wrote are worth: they have to pass on right programs, and to fail on wrong ones."""

from __future__ import annotations

import random
from typing import Any

import pytest

from quizapp.rules import killing
from quizapp.rules.programs import Variant, gated, variants
from sandbox.protocol import CandidateError, Outcome, Program, Status, TestOutcome, TestStatus
from worker.variants import AT_ONCE, Met, meet

CONTENT: dict[str, Any] = {
    "kind": "tests",
    "program": {"app.py": "right 0\n"},
    "variants": [{"title": "other", "files": {"app.py": "right 1\n"}, "changes": []}],
    "mutants": [
        {
            "title": f"m{n}",
            "note": f"note {n}",
            "files": None,
            "changes": [{"find": "right 0", "replace": f"wrong {n}"}],
        }
        for n in range(4)
    ],
    "offers": ["double"],
    "limits": {},
}


def outcome(*statuses: TestStatus, **facts: Any) -> Outcome:
    tests = tuple(TestOutcome(name=f"t::{n}", status=status) for n, status in enumerate(statuses))
    names = tuple(test.name for test in tests)
    known: dict[str, Any] = {"status": Status.FINISHED, "complete": True, "collected": names, "tests": tests}
    return Outcome(**(known | facts))


PASSED, FAILED = outcome(TestStatus.PASSED), outcome(TestStatus.PASSED, TestStatus.FAILED)


def ended_by(name: str) -> TestOutcome:
    """A test that ended with an exception which is not the program's."""
    return TestOutcome(name="t::0", status=TestStatus.ERROR, exception=name)


THEIRS = TestOutcome(name="t::0", status=TestStatus.ERROR, error=CandidateError(type="KeyError"))


@pytest.mark.parametrize(
    ("found", "passes", "kills"),
    [
        (PASSED, True, False),
        (FAILED, False, True),
        (outcome(), False, False),
        (outcome(TestStatus.SKIPPED), False, False),
        (outcome(TestStatus.ERROR), False, False),
        (outcome(tests=(THEIRS,), collected=("t::0",)), False, True),
        (outcome(tests=(ended_by("KeyError"),), collected=("t::0",)), False, True),
        (outcome(tests=(ended_by("TestTimeLimit"),), collected=("t::0",)), False, False),
        (outcome(tests=(ended_by("SessionEnded"),), collected=("t::0",)), False, False),
        (outcome(TestStatus.PASSED, collected=("t::0", "t::1")), False, False),
        (outcome(TestStatus.PASSED, complete=False), False, False),
        (outcome(TestStatus.FAILED, complete=False), False, False),
        (outcome(TestStatus.FAILED, status=Status.WALL_LIMIT), False, False),
        (outcome(status=Status.LOAD_ERROR), False, False),
        (outcome(status=Status.BROKE_CHANNEL), False, False),
    ],
)
def test_tests_pass_or_kill_only_with_evidence(found: Outcome, passes: bool, kills: bool) -> None:
    assert (killing.passes(found), killing.kills(found)) == (passes, kills)


def test_every_mutant_is_met_once_and_right_programs_several_times_in_an_order_by_chance() -> None:
    made = variants(CONTENT)
    met = [
        [one.id for one in killing.course(made, random.Random(seed), killing.RIGHT_MEETINGS)]
        for seed in range(20)
    ]
    for course in met:
        assert sorted(one for one in course if one.startswith("mutants::")) == [
            f"mutants::m{n}" for n in range(4)
        ]
        assert sum(one.startswith("right::") for one in course) == killing.RIGHT_MEETINGS
        assert {one for one in course if one.startswith("right::")} == {
            one.id for one in made if one.is_right
        }
    assert len({tuple(course) for course in met}) > 15


def test_the_program_of_a_variant_says_nothing_of_what_it_is() -> None:
    made = [gated(CONTENT, one.files, {"test_app.py": "x"}) for one in variants(CONTENT)]
    assert {(*one.files, one.tests["test_app.py"], one.offers, one.has_untrusted_tests) for one in made} == {
        ("app.py", "x", ("app:double",), True)
    }


def met(answers: Any) -> Met:
    def run(program: Program) -> Outcome:
        found = answers(program.files["app.py"])
        assert isinstance(found, Outcome)
        return found

    return meet(run, CONTENT, {"test_app.py": "x"})


@pytest.mark.parametrize(("survivors", "share"), [("", 1.0), ("0", 0.75), ("012", 0.25), ("0123", 0.0)])
def test_each_mutant_that_is_found_earns_its_part(survivors: str, share: float) -> None:
    def answers(text: str) -> Outcome:
        is_spared = text.startswith("right") or text.rsplit(maxsplit=1)[-1] in survivors
        return PASSED if is_spared else FAILED

    found = met(answers)
    assert found.share == pytest.approx(share)
    assert found.verdict == ("accepted" if not survivors else "wrong_answer")
    notes = [line.message for line in found.outcome.tests if line.status is TestStatus.FAILED]
    assert notes == [f"note {n}" for n in survivors]


@pytest.mark.parametrize("wrong", ["right 0\n", "right 1\n"])
def test_nothing_counts_when_a_right_program_is_failed(wrong: str) -> None:
    found = met(lambda text: PASSED if text.startswith("right") and text != wrong else FAILED)
    assert (found.verdict, found.share) == ("wrong_answer", 0.0)
    assert not any(line.name.startswith("mutants::") for line in found.outcome.tests)


def test_one_bad_meeting_of_several_with_the_same_program_is_enough() -> None:
    seen: list[str] = []

    def answers(text: str) -> Outcome:
        seen.append(text)
        return FAILED if text.startswith("wrong") or seen.count("right 0\n") == 2 else PASSED

    assert met(answers).share == 0.0


@pytest.mark.parametrize("answer", [PASSED, FAILED])
def test_where_only_all_would_count_it_ends_at_the_first_program_that_settles_it(answer: Outcome) -> None:
    seen: list[str] = []

    def run(program: Program) -> Outcome:
        seen.append(program.files["app.py"])
        return answer

    found = meet(run, CONTENT, {"test_app.py": "x"}, needs_all=False)
    assert (found.verdict, found.share) == ("wrong_answer", 0.0)
    # Six right ones and four mutants in all: at worst all of one kind come first, then as many as are met at once.
    assert len(seen) <= killing.RIGHT_MEETINGS + AT_ONCE


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (outcome(status=Status.LOAD_ERROR, error=CandidateError(type="SyntaxError")), "syntax_error"),
        (outcome(status=Status.LOAD_ERROR, error=CandidateError(type="ImportError")), "runtime_error"),
        (outcome(status=Status.WALL_LIMIT), "time_limit"),
        (outcome(status=Status.DIED), "runtime_error"),
        (outcome(status=Status.BROKE_CHANNEL), "runtime_error"),
        (outcome(status=Status.INTERNAL_ERROR), "internal_error"),
        (outcome(), "wrong_answer"),
    ],
)
def test_tests_that_do_not_run_have_the_verdict_of_why(found: Outcome, verdict: str) -> None:
    assert (met(lambda _text: found).verdict, met(lambda _text: found).share) == (verdict, 0.0)


def test_tests_that_pass_and_fail_by_chance_earn_next_to_nothing() -> None:
    chance = random.Random(7)
    for failing in (0.1, 1 / 7, 0.25, 0.5):
        shares = [
            met(lambda _text, p=failing: FAILED if chance.random() < p else PASSED).share for _ in range(300)
        ]
        assert sum(shares) / len(shares) < 0.12


def test_in_an_interview_the_lines_say_neither_what_a_mutant_is_nor_how_to_find_it() -> None:
    made = variants(CONTENT)
    line = {"name": "mutants::m2", "status": "failed", "message": "note 2"}
    assert killing.shown(line, made, is_open=False) == {"title": "Wrong program, not found: 3", "message": ""}
    assert killing.shown(line, made, is_open=True)["message"] == "note 2"
    assert "m2" in killing.shown(line, made, is_open=True)["title"]


def test_a_change_has_to_fit_the_program_once() -> None:
    broken = CONTENT | {
        "mutants": [{"title": "m", "note": "n", "files": None, "changes": [{"find": "i", "replace": ""}] * 2}]
    }
    with pytest.raises(ValueError, match="stands 0 times"):
        variants(broken)
    assert isinstance(variants(CONTENT)[0], Variant)
