"""Verdicts: the first of eight names that applies, and a pass only on evidence."""

import pytest

from quizapp.rules.judging import judge, judge_run
from sandbox.protocol import CandidateError, Outcome, Response, Status, TestOutcome, TestStatus

PASSED, FAILED, ERROR, SKIPPED = TestStatus.PASSED, TestStatus.FAILED, TestStatus.ERROR, TestStatus.SKIPPED
RAISED = CandidateError(type="ValueError", file="app.py", line=3)
UNREADABLE = CandidateError(type="SyntaxError", file="app.py", line=1)


def finished(*tests: TestOutcome, complete: bool = True) -> Outcome:
    return Outcome(
        status=Status.FINISHED, complete=complete, collected=tuple(test.name for test in tests), tests=tests
    )


def case(name: str, status: TestStatus, error: CandidateError | None = None) -> TestOutcome:
    return TestOutcome(name=name, status=status, error=error)


def ended(name: str, how: str) -> TestOutcome:
    return TestOutcome(name=name, status=ERROR, exception=how)


A, B = case("a", PASSED), case("b", PASSED)


@pytest.mark.parametrize(
    ("outcome", "expected", "verdict"),
    [
        pytest.param(finished(A, B), "ab", "accepted", id="exactly the expected tests pass"),
        pytest.param(finished(B, A), "ab", "accepted", id="in any order"),
        pytest.param(
            finished(A, B, case("c", SKIPPED)), "ab", "accepted", id="a skipped test nobody asked for"
        ),
        pytest.param(finished(A, case("b", FAILED)), "ab", "wrong_answer", id="one fails"),
        pytest.param(finished(A, case("b", SKIPPED)), "ab", "wrong_answer", id="an expected one is skipped"),
        pytest.param(finished(A), "ab", "wrong_answer", id="one is missing"),
        pytest.param(finished(), "ab", "wrong_answer", id="all are missing"),
        pytest.param(finished(A, B), "a", "wrong_answer", id="one too many"),
        pytest.param(finished(A, A), "a", "wrong_answer", id="one twice"),
        pytest.param(finished(case("a", FAILED), A), "a", "wrong_answer", id="failed, then passed"),
        pytest.param(finished(A, case("b", ERROR, RAISED)), "ab", "runtime_error", id="candidate raised"),
        pytest.param(
            finished(A, case("b", ERROR)), "ab", "wrong_answer", id="the test tripped over what it got"
        ),
        pytest.param(finished(case("a", FAILED), case("b", ERROR, RAISED)), "ab", "runtime_error", id="both"),
        pytest.param(finished(A, ended("b", "TestTimeLimit")), "ab", "time_limit", id="a slow test"),
        pytest.param(finished(A, ended("b", "SessionEnded")), "ab", "runtime_error", id="gone in a test"),
        pytest.param(
            finished(A, ended("b", "ChannelBroken")), "ab", "runtime_error", id="nonsense in a test"
        ),
        pytest.param(finished(A, ended("b", "ImportError")), "ab", "runtime_error", id="a name is missing"),
        pytest.param(
            finished(A, ended("b", "NotTrusted")), "ab", "wrong_answer", id="an object for a plain value"
        ),
        pytest.param(finished(A, case("b", ERROR, UNREADABLE)), "ab", "syntax_error", id="a second module"),
        pytest.param(
            finished(A, B, complete=False), "ab", "internal_error", id="the grader's word is missing"
        ),
        pytest.param(finished(), "", "internal_error", id="nothing to pass"),
        pytest.param(
            Outcome(status=Status.LOAD_ERROR, error=UNREADABLE), "ab", "syntax_error", id="unreadable"
        ),
        pytest.param(
            Outcome(status=Status.LOAD_ERROR, error=RAISED), "ab", "runtime_error", id="import raises"
        ),
        pytest.param(
            Outcome(status=Status.LOAD_ERROR), "ab", "runtime_error", id="import fails, nobody knows why"
        ),
        pytest.param(Outcome(status=Status.CPU_LIMIT, tests=(A, B)), "ab", "time_limit", id="CPU"),
        pytest.param(Outcome(status=Status.WALL_LIMIT, tests=(A,)), "ab", "time_limit", id="wall clock"),
        pytest.param(Outcome(status=Status.MEMORY_LIMIT), "ab", "memory_limit", id="memory"),
        pytest.param(Outcome(status=Status.OUTPUT_LIMIT), "ab", "output_limit", id="output"),
        pytest.param(Outcome(status=Status.DIED), "ab", "runtime_error", id="gone"),
        pytest.param(
            Outcome(status=Status.BROKE_CHANNEL, complete=True, tests=(A,)), "a", "runtime_error", id="forged"
        ),
        pytest.param(Outcome(status=Status.CANCELLED), "ab", "internal_error", id="asker gone"),
        pytest.param(
            Outcome(status=Status.INTERNAL_ERROR, complete=True, tests=(A,)), "a", "internal_error", id="ours"
        ),
    ],
)
def test_a_graded_run_gets_the_first_verdict_that_applies(
    outcome: Outcome, expected: str, verdict: str
) -> None:
    assert judge(outcome, tuple(expected)).verdict == verdict


def test_every_status_of_the_protocol_has_a_verdict() -> None:
    for status in Status:
        if status is not Status.FINISHED:
            assert judge(Outcome(status=status, complete=True, tests=(A,)), ("a",)).verdict != "accepted"


def test_only_expected_tests_count() -> None:
    judgement = judge(finished(A, case("b", FAILED), case("c", PASSED)), ("a", "b", "x", "y"))
    assert (judgement.tests_passed, judgement.tests_total) == (1, 4)
    assert [test.name for test in judgement.tests] == ["a", "b"]


def test_a_fault_of_ours_counts_no_test() -> None:
    assert judge(finished(A, B, complete=False), ("a", "b")).tests_passed == 0


def test_a_test_that_ran_twice_does_not_count_as_passed_by_its_better_half() -> None:
    judgement = judge(finished(case("a", FAILED), case("a", PASSED)), ("a",))
    assert (judgement.verdict, judgement.tests_passed) == ("wrong_answer", 0)


@pytest.mark.parametrize(
    ("outcome", "verdict"),
    [
        (Outcome(status=Status.FINISHED, exit_code=0), "accepted"),
        (Outcome(status=Status.FINISHED, exit_code=1), "runtime_error"),
        (Outcome(status=Status.FINISHED, exit_code=-11), "runtime_error"),
        (Outcome(status=Status.FINISHED, error=UNREADABLE), "syntax_error"),
        (Outcome(status=Status.FINISHED, responses=(Response(status=500),)), "accepted"),
        (
            Outcome(status=Status.FINISHED, responses=(Response(status=200), Response(error=RAISED))),
            "runtime_error",
        ),
        (Outcome(status=Status.LOAD_ERROR, error=RAISED), "runtime_error"),
        (Outcome(status=Status.WALL_LIMIT), "time_limit"),
        (Outcome(status=Status.INTERNAL_ERROR), "internal_error"),
    ],
)
def test_a_free_run_is_accepted_when_it_came_to_its_end(outcome: Outcome, verdict: str) -> None:
    assert judge_run(outcome).verdict == verdict
