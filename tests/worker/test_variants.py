"""Tests that a candidate wrote, from the queue to what is told about them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from quizapp.errors import Unprocessable
from quizapp.extensions import db
from quizapp.models import AttemptKind, Response, ResponseState, Scope
from quizapp.services import submissions, verdicts
from quizapp.services.submissions import Sending
from sandbox.protocol import GraderFor, Outcome, Program, Status, TestOutcome, TestStatus

from .conftest import CannedBroker
from .test_grading import again, grade

CONTENT: dict[str, Any] = {
    "kind": "tests",
    "id": "tests-1",
    "program": {"app.py": "right\n"},
    "variants": [{"title": "other", "files": {"app.py": "right too\n"}, "changes": []}],
    "mutants": [
        {"title": f"mutant {n}", "note": f"note {n}", "files": {"app.py": f"wrong {n}\n"}, "changes": []}
        for n in range(4)
    ],
    "mistakes": [
        {"title": "Too little", "note": "Why.", "files": {}, "fails": ["mutant 2"]},
    ],
    "files": {"test_app.py": "starter"},
    "solution": {"test_app.py": "model"},
    "offers": ["double"],
    "limits": {},
    "preload": [],
    "hints": [],
}
MINE = {"test_app.py": "mine"}
OURS = Outcome(status=Status.INTERNAL_ERROR, detail="ours")


def said(status: TestStatus) -> Outcome:
    test = TestOutcome(name="test_app.py::test_x", status=status, message="double(3)")
    return Outcome(status=Status.FINISHED, complete=True, collected=(test.name,), tests=(test,))


PASSED, FAILED = said(TestStatus.PASSED), said(TestStatus.FAILED)


def finds_all_but(*survivors: int) -> Any:
    def answer(program: Program) -> Outcome:
        text = program.files["app.py"]
        is_spared = text.startswith("right") or int(text.split()[1]) in survivors
        return PASSED if is_spared else FAILED

    return answer


@pytest.fixture
def asked(response: Response) -> Response:
    response.version.content = CONTENT
    response.question.kind = "tests"
    db.session.commit()
    return response


def sent(response: Response, key: str = "a", scope: Scope = Scope.FULL) -> Any:
    return submissions.create(response, response.attempt.user, Sending(scope=scope, files=MINE, key=key))


def test_the_tests_meet_every_program_behind_the_gate_and_earn_what_they_find(
    asked: Response, broker: CannedBroker
) -> None:
    broker.outcome = finds_all_but(2)
    submission = sent(asked)
    grade(submission)
    assert (again(submission).verdict, submission.share) == ("wrong_answer", 0.75)
    assert asked.points == 7.5
    assert {program.files["app.py"] for program in broker.programs} == {
        "right\n", "right too\n", "wrong 0\n", "wrong 1\n", "wrong 2\n", "wrong 3\n"
    }  # fmt: skip
    assert all(program.has_untrusted_tests and program.tests == MINE for program in broker.programs)
    assert all(program.offers == ("app:double",) for program in broker.programs)


@pytest.mark.parametrize(
    ("kind", "meetings", "grader_for"),
    [(AttemptKind.PRACTICE, 2, GraderFor.SERIES), (AttemptKind.MOCK, 6, GraderFor.RUN)],
)
def test_an_interview_meets_right_programs_more_often_and_each_in_a_grader_of_its_own(
    asked: Response, broker: CannedBroker, kind: AttemptKind, meetings: int, grader_for: GraderFor
) -> None:
    asked.attempt.kind = kind
    broker.outcome = finds_all_but()
    submission = sent(asked)
    grade(submission)
    assert again(submission).verdict == "accepted"
    assert sum(program.files["app.py"].startswith("right") for program in broker.programs) == meetings
    assert {program.grader_for for program in broker.programs} == {grader_for}
    (series,) = {program.series for program in broker.programs}
    grade(sent(asked, "b"))
    assert series not in {program.series for program in broker.programs[meetings + 4 :]}


def test_practice_tells_which_wrong_program_was_not_found_and_an_interview_does_not(
    asked: Response, broker: CannedBroker
) -> None:
    broker.outcome = finds_all_but(2)
    submission = sent(asked)
    grade(submission)
    told = verdicts.describe(again(submission))
    assert told["verdict_text"] == "Your tests pass on every right program and find 3 of 4 wrong ones."
    (missed,) = [test for test in told["tests"] if not test["passed"]]
    assert (missed["title"], missed["message"]) == ("Wrong program, not found: mutant 2", "note 2")
    assert missed["note"] == {"title": "Too little", "text": "Why."}
    asked.attempt.kind = AttemptKind.HIRING
    db.session.flush()
    told = verdicts.describe(submission)
    shown = json.dumps([[test["title"], test["message"], test["note"]] for test in told["tests"]])
    assert "Wrong program, not found: 3" in shown
    for secret in ("mutant", "note 2", "Too little", "other"):
        assert secret not in shown


def test_tests_that_fail_on_a_right_program_earn_nothing(asked: Response, broker: CannedBroker) -> None:
    broker.outcome = lambda program: PASSED if program.files["app.py"] == "right\n" else FAILED
    submission = sent(asked)
    grade(submission)
    told = verdicts.describe(again(submission))
    assert (told["verdict"], told["points"]) == ("wrong_answer", 0)
    assert "on a program that is right" in told["verdict_text"]
    assert "double(3)" in str([test["message"] for test in told["tests"]])


def test_a_sample_run_is_on_the_shown_program_alone(asked: Response, broker: CannedBroker) -> None:
    broker.outcome = FAILED
    submission = sent(asked, scope=Scope.SAMPLE)
    grade(submission)
    told = verdicts.describe(again(submission))
    assert (told["verdict"], [test["title"] for test in told["tests"]]) == ("wrong_answer", ["test_x"])
    assert [program.files["app.py"] for program in broker.programs] == ["right\n"]


def test_a_fault_of_ours_is_tried_again_and_then_held_against_the_model_tests(
    asked: Response, broker: CannedBroker
) -> None:
    model = finds_all_but()
    broker.outcome = lambda program: OURS if program.tests == MINE else model(program)
    submission = sent(asked)
    for _ in range(3):
        grade(submission)
    assert again(submission).verdict == "runtime_error"
    assert (submission.outcome or {})["is_suspect"]
    broker.outcome = OURS
    second = sent(asked, "b")
    broker.outcome = OURS
    for _ in range(3):
        grade(second)
    assert again(second).verdict == "internal_error"
    assert asked.state is ResponseState.MARKED  # by the first one


def test_tests_are_not_run_as_a_script(asked: Response) -> None:
    with pytest.raises(Unprocessable, match="not run as a script"):
        sent(asked, scope=Scope.RUN)
