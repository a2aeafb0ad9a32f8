"""From what the sandbox saw to a verdict: the first of eight names, in a fixed order, that applies.

`accepted` needs evidence for everything: a finished run, the grader's word that its list is whole, and a pass of
exactly the expected tests. Whatever is missing counts against the pass, never for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from sandbox.protocol import CandidateError, Outcome, Status, TestOutcome, TestStatus

ORDER = (
    "internal_error",
    "syntax_error",
    "time_limit",
    "memory_limit",
    "output_limit",
    "runtime_error",
    "wrong_answer",
    "accepted",
)
SYNTAX_ERRORS = frozenset({"SyntaxError", "IndentationError", "TabError"})
BY_STATUS = {
    Status.INTERNAL_ERROR: "internal_error",
    Status.CANCELLED: "internal_error",
    Status.CPU_LIMIT: "time_limit",
    Status.WALL_LIMIT: "time_limit",
    Status.MEMORY_LIMIT: "memory_limit",
    Status.OUTPUT_LIMIT: "output_limit",
    Status.DIED: "runtime_error",
    Status.BROKE_CHANNEL: "runtime_error",
}
# What the grader calls the ends of a test that are neither its own nor an exception of the candidate's.
BY_EXCEPTION = {
    "TestTimeLimit": "time_limit",
    "SessionEnded": "runtime_error",
    "ChannelBroken": "runtime_error",
    "ControlRaised": "runtime_error",
    "ImportError": "runtime_error",  # a name that the tests import is not there
    "ModuleNotFoundError": "runtime_error",
}


@dataclass(frozen=True)
class Judgement:
    """A verdict and the tests it rests on."""

    verdict: str
    tests_passed: int = 0
    tests_total: int = 0
    tests: tuple[TestOutcome, ...] = ()  # of the expected ones, those that ran, in their order


def judge(outcome: Outcome, expected: Iterable[str]) -> Judgement:
    """Judge a graded run against the ids of the tests that must pass."""
    wanted = tuple(dict.fromkeys(expected))
    counts = Counter(test.name for test in outcome.tests)
    ran = {test.name: test for test in outcome.tests if counts[test.name] == 1}
    tests = tuple(ran[name] for name in wanted if name in ran)
    passed = sum(test.status is TestStatus.PASSED for test in tests)
    verdict = _verdict(outcome, wanted, tests)
    if verdict == "internal_error":
        passed = 0
    return Judgement(verdict, passed, len(wanted), tests)


def judge_run(outcome: Outcome) -> Judgement:
    """Judge a free run, which has no tests: `accepted` means that it came to its end without an error."""
    if outcome.status in BY_STATUS:
        return Judgement(BY_STATUS[outcome.status])
    errors = [
        error for error in (outcome.error, *(reply.error for reply in outcome.responses)) if error is not None
    ]
    if any(_is_syntax_error(error) for error in errors):
        return Judgement("syntax_error")
    if errors or outcome.status is Status.LOAD_ERROR or outcome.exit_code not in (None, 0):
        return Judgement("runtime_error")
    return Judgement("accepted")


def _verdict(outcome: Outcome, wanted: tuple[str, ...], tests: tuple[TestOutcome, ...]) -> str:
    if outcome.status is Status.LOAD_ERROR:
        return "syntax_error" if _is_syntax_error(outcome.error) else "runtime_error"
    if outcome.status in BY_STATUS:
        return BY_STATUS[outcome.status]
    if not outcome.complete or not wanted:
        return "internal_error"
    found = {_test_verdict(test) for test in tests}
    if not _is_exactly(outcome, wanted):
        found.add("wrong_answer")
    return min(found, key=ORDER.index, default="wrong_answer")


def _is_exactly(outcome: Outcome, wanted: tuple[str, ...]) -> bool:
    """Whether each wanted test ran once, and nothing else but tests that were skipped."""
    counts = Counter(test.name for test in outcome.tests)
    extra = [
        test for test in outcome.tests if test.name not in wanted and test.status is not TestStatus.SKIPPED
    ]
    return all(counts[name] == 1 for name in wanted) and not extra


def _test_verdict(test: TestOutcome) -> str:
    if test.status is TestStatus.PASSED:
        return "accepted"
    if test.status is not TestStatus.ERROR:
        return "wrong_answer"
    if test.exception in BY_EXCEPTION:
        return BY_EXCEPTION[test.exception]
    if test.error is not None:
        return "syntax_error" if _is_syntax_error(test.error) else "runtime_error"
    return "wrong_answer"  # the test tripped over what it got


def _is_syntax_error(error: CandidateError | None) -> bool:
    return error is not None and error.type in SYNTAX_ERRORS
