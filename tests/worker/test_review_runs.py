"""A reviewer's run on its way: judged as the candidate's code would be, told in full, and counted nowhere."""

from __future__ import annotations

import pytest
from flask import Flask, current_app
from sqlalchemy import select

from quizapp.extensions import db
from quizapp.models import AttemptKind, Response, ResponseState, Scope, Submission, User
from quizapp.receipt import database_now
from quizapp.services import submissions, verdicts
from quizapp.services.submissions import Sending
from sandbox.client import BrokerClient
from worker.gate import publish_health
from worker.grading import grade_next

from .conftest import TESTS, CannedBroker, graded

CODE = {"app.py": "print('mine')"}


@pytest.fixture
def judged(app: Flask, response: Response, broker: CannedBroker) -> Response:
    """A finished interview's answer that passed two of three tests, and a reviewer."""
    publish_health(BrokerClient(app.config["BROKER_SOCKET"]))
    response.attempt.kind = AttemptKind.MOCK
    db.session.add(User(email="mara@example.org", name="Mara", password_hash="", created_at=database_now()))
    db.session.commit()
    sent = submissions.create(response, response.attempt.user, Sending(scope=Scope.FULL, files=CODE, key="a"))
    broker.outcome = lambda program: graded() if program.record else graded(TESTS[2])
    _work(sent.id)
    response.attempt.finished_at = database_now()
    db.session.commit()
    broker.programs.clear()
    broker.outcome = graded()
    return response


def _work(number: int) -> None:
    """Grade what is next as a worker does: in a context, and so a session, of its own."""
    db.session.rollback()
    with current_app.app_context():
        grade_next(number)
    db.session.expire_all()


def _run(response: Response, scope: Scope, **more: str) -> Submission:
    """Store a run as the service does once it has let the reviewer in."""
    run = Submission(
        response_id=response.id,
        user_id=db.session.scalars(select(User.id).where(User.name == "Mara")).one(),
        scope=scope,
        idempotency_key=f"review-{scope}",
        body_hash="x",
        files=CODE,
        requests=[],
        created_at=database_now(),
        **more,
    )
    db.session.add(run)
    db.session.commit()
    return run


def test_all_tests_are_run_past_the_cache_told_in_full_and_counted_nowhere(
    judged: Response, broker: CannedBroker, app: Flask
) -> None:
    kept = set(app.extensions["redis"].keys("quizapp:verdict:*"))
    before = (judged.points, judged.tries, judged.state, judged.is_solved)
    run = _run(judged, Scope.REVIEW)
    _work(run.id)
    (mine,) = broker.programs
    assert mine.files == CODE
    assert mine.tests, "it meets the hidden tests"
    assert mine.trace, "who reviews may see what hidden tests sent and got"
    assert (run.verdict, run.share) == ("accepted", 1.0)
    assert before == (judged.points, judged.tries, ResponseState.MARKED, False)
    assert set(app.extensions["redis"].keys("quizapp:verdict:*")) == kept
    assert verdicts.describe_whole(run)["tests_total"] == len(TESTS)


def test_own_input_is_run_as_the_candidate_would_run_it(judged: Response, broker: CannedBroker) -> None:
    run = _run(judged, Scope.REVIEW_RUN, stdin="two")
    _work(run.id)
    (mine,) = broker.programs
    assert (mine.stdin, mine.tests) == ("two", {})
    assert run.verdict == "accepted"
    assert judged.tries == 1
