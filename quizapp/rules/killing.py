"""From what candidates' tests said of right and wrong programs to a verdict and a share of the points.

Nothing that the tests report is believed by itself: whoever wrote them may have had them say anything. It is worth
something only together: they must pass on every right program, or nothing counts, and each mutant on which they fail
counts one. Which program is which they cannot know, since they see only what it does, meet one at a time, in an interview
in a fresh container each, and meet them in a random order. There tests that fail by chance earn next to nothing: right
programs are met `RIGHT_MEETINGS` times or more, and the best that chance can expect is 6**6 / 7**7, six percent of the
points. In practice nobody gains by it, so the tests go on in one container, and a verdict comes sooner.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from itertools import cycle, islice
from typing import Any

from quizapp.rules.judging import BY_STATUS, SYNTAX_ERRORS
from quizapp.rules.programs import Variant
from sandbox.protocol import Outcome, Status, TestOutcome, TestStatus

RIGHT_MEETINGS = 6
NO_ANSWER = frozenset({"TestTimeLimit", "SessionEnded", "ChannelBroken", "CannotPass", "ControlRaised"})
NO_TEST = "There is no test: name functions test_..."


def course(variants: Sequence[Variant], chance: random.Random, meetings: int) -> list[Variant]:
    """The order in which programs are met: each mutant once, right ones `meetings` times in all, everything shuffled.

    Each right one is met at least once.
    """
    right = [variant for variant in variants if variant.is_right]
    mutants = [variant for variant in variants if not variant.is_right]
    met = mutants + list(islice(cycle(right), max(len(right), meetings)))
    chance.shuffle(met)
    return met


def passes(outcome: Outcome) -> bool:
    """Whether the tests passed: at least one ran, and every one that was collected passed, once."""
    names = [test.name for test in outcome.tests]
    return (
        outcome.status is Status.FINISHED
        and outcome.complete
        and bool(names)
        and sorted(names) == sorted(outcome.collected)
        and all(test.status is TestStatus.PASSED for test in outcome.tests)
    )


def kills(outcome: Outcome) -> bool:
    """Whether the tests found the program wrong: one failed, or ended with an exception.

    The exception may be the program's, or the test's own, as when it looks for a key that a wrong answer does not have.
    """
    return outcome.status is Status.FINISHED and outcome.complete and any(map(_is_failure, outcome.tests))


def _is_failure(test: TestOutcome) -> bool:
    if test.status is TestStatus.ERROR:
        # Who does not get an answer in time, or at all, knows nothing about the program.
        return bool(test.error is not None or (test.exception and test.exception not in NO_ANSWER))
    return test.status is TestStatus.FAILED


def verdict_of(outcome: Outcome) -> str:
    """The verdict for tests that do not pass on a program that is right."""
    if outcome.status is Status.LOAD_ERROR:
        is_syntax = outcome.error is not None and outcome.error.type in SYNTAX_ERRORS
        return "syntax_error" if is_syntax else "runtime_error"
    return BY_STATUS.get(outcome.status, "wrong_answer")


def told(variants: Sequence[Variant], outcomes: Mapping[str, Outcome]) -> tuple[TestOutcome, ...]:
    """One line for each program that was met, as if it were a test: the tests passed on it, or killed it."""
    lines = []
    for variant in variants:
        outcome = outcomes.get(variant.id)
        if outcome is None:
            continue
        if variant.is_right:
            lines.append(_right_line(variant, outcome))
            continue
        status = TestStatus.PASSED if kills(outcome) else TestStatus.FAILED
        message = "" if status is TestStatus.PASSED else variant.note
        lines.append(TestOutcome(name=variant.id, status=status, message=message))
    return tuple(lines)


def _right_line(variant: Variant, outcome: Outcome) -> TestOutcome:
    if passes(outcome):
        return TestOutcome(name=variant.id, status=TestStatus.PASSED)
    failed = next((test for test in outcome.tests if test.status is not TestStatus.PASSED), None)
    if failed is not None:
        why = f"{failed.name.partition('::')[2]}: {failed.message or failed.exception or failed.status.value}"
    else:
        why = outcome.detail or (outcome.error.message if outcome.error else "") or NO_TEST
    message = f"This program is right, and your tests do not pass on it. {why}"
    return TestOutcome(name=variant.id, status=TestStatus.FAILED, message=message[:2000])


def shown(test: Mapping[str, Any], variants: Sequence[Variant], *, is_open: bool) -> dict[str, str]:
    """The title and message of one line for its candidate; where little is told, not what the mutant was or did."""
    role, _, title = str(test["name"]).partition("::")
    if not is_open:
        number = next((n for n, one in enumerate(_same_role(role, variants), 1) if one.id == test["name"]), 0)
        title = str(number)
    if role == "right":
        return {
            "title": f"Right program: {title}",
            "message": str(test.get("message", "")) if is_open else "",
        }
    how = "found" if test["status"] == "passed" else "not found"
    return {
        "title": f"Wrong program, {how}: {title}",
        "message": str(test.get("message", "")) if is_open else "",
    }


def _same_role(role: str, variants: Sequence[Variant]) -> list[Variant]:
    return [variant for variant in variants if variant.id.startswith(f"{role}::")]


def sentence(verdict: str, tests: Sequence[Mapping[str, Any]]) -> str:
    """What the verdict means; empty where the usual sentence does."""
    mutants = [test for test in tests if str(test["name"]).startswith("mutants::")]
    if any(str(test["name"]).startswith("right::") and test["status"] != "passed" for test in tests):
        return "Your tests do not pass on a program that is right, so nothing counts yet."
    if not mutants:
        return ""
    found = sum(test["status"] == "passed" for test in mutants)
    if verdict == "accepted":
        return f"Your tests pass on every right program and find all {len(mutants)} wrong ones."
    return f"Your tests pass on every right program and find {found} of {len(mutants)} wrong ones."
