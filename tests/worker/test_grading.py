"""From the queue to the verdict: every submission gets one, whatever happens on the way."""

from pathlib import Path

import pytest
from flask import Flask, current_app

from quizapp import livestatus
from quizapp.extensions import db
from quizapp.models import AttemptKind, Response, ResponseState, Scope, Submission, SubmissionState
from quizapp.services import leases, submissions, verdicts
from quizapp.services.submissions import Sending
from sandbox.client import BrokerClient
from sandbox.protocol import CandidateError, Outcome, Program, Status, TestOutcome, TestStatus
from worker.gate import publish_health
from worker.grading import grade_next
from worker.sweeper import sweep

from .conftest import TESTS, CannedBroker, graded

CODE = {"app.py": "print('mine')"}


def sent(response: Response, key: str = "a", scope: Scope = Scope.FULL, **more: object) -> Submission:
    sending = Sending(scope=scope, files=CODE, key=key, **more)  # type: ignore[arg-type]
    return submissions.create(response, response.attempt.user, sending)


def grade(submission: Submission) -> None:
    """Grade as a worker does: in a context, and so a session, of its own."""
    number = submission.id
    db.session.rollback()
    with current_app.app_context():
        grade_next(number)
    db.session.expire_all()


def again(submission: Submission) -> Submission:
    db.session.expire_all()
    return db.session.get_one(Submission, submission.id)


def test_an_accepted_submission_earns_its_points(response: Response, broker: CannedBroker) -> None:
    submission = sent(response)
    grade(submission)
    assert again(submission).verdict == "accepted"
    assert submission.response.points == 10.0
    assert submission.response.state is ResponseState.MARKED


def test_hidden_tests_and_the_recorded_contract_go_into_the_program(
    response: Response, broker: CannedBroker
) -> None:
    grade(sent(response))
    reference, mine = broker.programs
    assert reference.record
    assert reference.files["app.py"] != CODE["app.py"]
    assert mine.files == CODE
    assert set(mine.tests) == {"test_samples.py", "test_hidden.py"}
    assert mine.contract == {"names": {}}
    assert mine.trace


def test_the_reference_runs_once_per_version(response: Response, broker: CannedBroker) -> None:
    for key in "abc":
        grade(sent(response, key))
    assert [program.record for program in broker.programs] == [True, False, False, False]


def test_the_reference_of_a_parameterised_question_runs_once_per_set_of_values(
    response: Response, broker: CannedBroker
) -> None:
    sets = [{"title": "Emma"}, {"title": "Dune"}]
    tests = {"test_hidden.py": "def test_it(): assert '<<title>>'"}
    response.version.content = {**response.version.content, "parameters": sets, "tests": tests}
    for key, values in (("a", sets[0]), ("b", sets[1]), ("c", sets[1])):
        response.parameters = values
        db.session.commit()
        grade(sent(response, key))
    assert [program.record for program in broker.programs] == [True, False, True, False, False]
    texts = [program.tests["test_hidden.py"] for program in broker.programs]
    assert [("Emma" in text, "Dune" in text) for text in texts] == [(True, False)] * 2 + [(False, True)] * 3


def test_partial_success_earns_a_share_and_a_worse_try_takes_nothing_away(
    response: Response, broker: CannedBroker
) -> None:
    broker.outcome = lambda program: graded() if program.record else graded(TESTS[2])
    first = sent(response, "a")
    grade(first)
    assert again(first).verdict == "wrong_answer"
    assert response.points == pytest.approx(6.67)
    broker.outcome = graded(*TESTS)
    second = sent(response, "b")
    grade(second)
    assert again(second).share == 0.0
    assert response.points == pytest.approx(6.67)
    assert response.tries == 2


def test_what_the_starter_passes_earns_nothing(response: Response, broker: CannedBroker) -> None:
    broker.starter = graded(*TESTS[1:])
    broker.outcome = lambda program: graded() if program.record else graded(TESTS[2])
    first = sent(response, "a")
    grade(first)
    assert again(first).share == 0.5, "two of three passed, and one of them was given"
    broker.outcome = graded(*TESTS[1:])
    second = sent(response, "b")
    grade(second)
    assert again(second).share == 0.0


def test_a_job_that_is_delivered_twice_gives_one_verdict(response: Response, broker: CannedBroker) -> None:
    submission = sent(response)
    grade(submission)
    grade(submission)
    assert again(submission).delivery == 1
    assert response.tries == 1


def test_a_test_that_did_not_run_is_no_pass(response: Response, broker: CannedBroker) -> None:
    grade(sent(response, "a"))
    short = Outcome(
        status=Status.FINISHED,
        complete=True,
        collected=TESTS[:1],
        tests=(TestOutcome(name=TESTS[0], status=TestStatus.PASSED),),
    )
    broker.outcome = short
    submission = sent(response, "b")
    grade(submission)
    assert again(submission).verdict == "wrong_answer"


def test_without_a_broker_the_submission_waits_and_is_graded_later(
    app: Flask, response: Response, tmp_path: Path
) -> None:
    submission = sent(response)
    grade(submission)
    assert again(submission).state is SubmissionState.QUEUED
    assert submission.internal_errors == 0
    for _ in range(10):
        grade(submission)
    assert again(submission).delivery == 1, "while it is known that nothing can be run, nothing is taken"
    broker = CannedBroker(tmp_path / "broker.sock")
    publish_health(BrokerClient(app.config["BROKER_SOCKET"]))
    grade(submission)
    broker.close()
    assert again(submission).verdict == "accepted"


def test_a_fault_of_ours_is_tried_again_twice(response: Response, broker: CannedBroker) -> None:
    faults = [Outcome(status=Status.INTERNAL_ERROR), Outcome(status=Status.INTERNAL_ERROR), graded()]
    broker.outcome = lambda program: graded() if program.record else faults.pop(0)
    submission = sent(response)
    for _ in range(3):
        grade(submission)
    assert again(submission).verdict == "accepted"
    assert submission.internal_errors == 2


def test_when_the_reference_still_grades_the_submission_is_the_cause(
    response: Response, broker: CannedBroker
) -> None:
    broker.outcome = lambda program: (
        graded() if program.record else Outcome(status=Status.INTERNAL_ERROR, detail="gone")
    )
    submission = sent(response)
    for _ in range(3):
        grade(submission)
    assert again(submission).verdict == "runtime_error"
    assert submission.outcome is not None
    assert submission.outcome["is_suspect"]


def test_when_the_reference_fails_too_nothing_is_counted(response: Response, broker: CannedBroker) -> None:
    broker.outcome = lambda program: Outcome(status=Status.INTERNAL_ERROR)
    submission = sent(response)
    for _ in range(3):
        grade(submission)
    assert again(submission).verdict == "internal_error"
    assert response.state is ResponseState.NOT_GRADED
    assert response.points is None


def test_a_submission_that_ends_its_worker_each_time_is_put_aside(
    response: Response, broker: CannedBroker
) -> None:
    submission = sent(response)
    submission.delivery = 5
    db.session.commit()
    grade(submission)
    assert again(submission).verdict == "internal_error"
    assert broker.programs == []


def test_the_same_code_is_answered_from_the_cache(
    response: Response, broker: CannedBroker, app: Flask
) -> None:
    publish_health(BrokerClient(app.config["BROKER_SOCKET"]))
    grade(sent(response, "a"))
    asked = len(broker.programs)
    second = sent(response, "b")
    assert second.is_from_cache
    assert second.verdict == "accepted"
    assert len(broker.programs) == asked


def test_another_sandbox_makes_cached_verdicts_void(
    response: Response, broker: CannedBroker, app: Flask
) -> None:
    client = BrokerClient(app.config["BROKER_SOCKET"])
    publish_health(client)
    grade(sent(response, "a"))
    broker.health = type(broker.health)(ready=True, fingerprint="two")
    publish_health(client)
    assert sent(response, "b").state is SubmissionState.QUEUED


def test_a_limit_that_was_hit_is_not_cached(response: Response, broker: CannedBroker, app: Flask) -> None:
    publish_health(BrokerClient(app.config["BROKER_SOCKET"]))
    slow = Outcome(status=Status.WALL_LIMIT, complete=False, collected=TESTS)
    broker.outcome = lambda program: graded() if program.record else slow
    first = sent(response, "a")
    grade(first)
    assert again(first).verdict == "time_limit"
    assert sent(response, "b").state is SubmissionState.QUEUED


def test_a_free_run_has_output_and_no_points(response: Response, broker: CannedBroker) -> None:
    broker.outcome = Outcome(status=Status.FINISHED, exit_code=0, stdout="mine\n")
    submission = sent(response, scope=Scope.RUN, stdin="in")
    grade(submission)
    told = verdicts.describe(again(submission))
    assert (told["verdict"], told["stdout"], told["points"]) == ("accepted", "mine\n", None)
    assert broker.programs[0].stdin == "in"
    assert broker.programs[0].tests == {}
    assert response.points is None


def test_an_interview_shows_nothing_of_what_hidden_tests_sent(
    response: Response, broker: CannedBroker
) -> None:
    response.attempt.kind = AttemptKind.MOCK
    db.session.commit()
    secret = TestOutcome(
        name=TESTS[2],
        status=TestStatus.FAILED,
        message="GET /books/99 should be 404",
        exception="KeyError",
        expected="SECRET",
        got="SECRET",
        error=CandidateError(type="KeyError", message="SECRET", file="app.py", line=7, traceback="SECRET"),
    )
    hidden = Outcome(
        status=Status.FINISHED,
        complete=True,
        collected=TESTS,
        tests=(secret,),
        stdout="SECRET",
        stderr="SECRET",
    )

    def answer(program: Program) -> Outcome:
        return graded() if program.record else hidden

    broker.outcome = answer
    submission = sent(response)
    grade(submission)
    told = verdicts.describe(again(submission))
    assert "SECRET" not in str(told)
    (test,) = told["tests"]
    assert (test["line"], test["message"], test["exception"]) == (
        7,
        "GET /books/99 should be 404",
        "KeyError",
    )
    assert not broker.programs[-1].trace


def test_a_listed_mistake_is_explained_to_who_makes_it(response: Response, broker: CannedBroker) -> None:
    broker.outcome = lambda program: graded() if program.record else graded(TESTS[2])
    submission = sent(response)
    grade(submission)
    notes = [test["note"] for test in verdicts.describe(again(submission))["tests"] if test["note"]]
    assert [note["title"] for note in notes] == ["An unknown id crashes"]


def test_the_sweeper_rings_for_rows_that_the_queue_forgot(response: Response, app: Flask) -> None:
    submission = sent(response)
    submission.created_at = submission.created_at.replace(year=2020)
    db.session.commit()
    assert sweep() == 1
    assert app.extensions["redis"].llen("rq:queue:live") == 1
    assert sweep() == 1
    assert app.extensions["redis"].llen("rq:queue:live") == 1, "ringing twice makes one job"


def test_the_sweeper_finds_leases_that_ran_out(response: Response) -> None:
    submission = sent(response)
    assert leases.take(submission.id, "gone") is not None
    db.session.refresh(submission)
    assert sweep() == 0
    submission.lease_until = submission.created_at.replace(year=2020)
    db.session.commit()
    assert sweep() == 1


def test_the_sandbox_says_why_code_cannot_be_run(app: Flask, response: Response, tmp_path: Path) -> None:
    assert livestatus.sandbox_problem() == livestatus.NO_WORKER
    publish_health(BrokerClient(tmp_path / "broker.sock"))
    assert "broker" in str(livestatus.sandbox_problem())
    assert verdicts.describe(sent(response))["sandbox_problem"]
