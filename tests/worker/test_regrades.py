"""Runs of a regrade on their way: the tests of the newer version, past every cache, and never lost."""

from __future__ import annotations

import pytest
from flask import Flask, current_app
from sqlalchemy import select

from quizapp import queueing
from quizapp.extensions import db
from quizapp.models import (
    AttemptKind,
    Question,
    QuestionVersion,
    Response,
    Role,
    Scope,
    Submission,
    SubmissionState,
    User,
)
from quizapp.receipt import database_now
from quizapp.services import leases, regrade_decisions, regrades, submissions
from quizapp.services.submissions import Sending
from sandbox.client import BrokerClient
from worker.gate import publish_health
from worker.grading import grade_next
from worker.sweeper import sweep

from .conftest import TESTS, CannedBroker, graded

CODE = {"app.py": "print('mine')"}


@pytest.fixture
def regraded(app: Flask, response: Response, broker: CannedBroker) -> int:
    """A regrade of an interview's answer that was wrong by the old tests; the id of its run."""
    publish_health(BrokerClient(app.config["BROKER_SOCKET"]))
    response.attempt.kind = AttemptKind.MOCK
    response.attempt.user.role = Role.MANAGER
    db.session.commit()
    sent = submissions.create(response, response.attempt.user, Sending(scope=Scope.FULL, files=CODE, key="a"))
    broker.outcome = lambda program: graded() if program.record else graded(TESTS[2])
    _work(sent.id)
    assert response.points == pytest.approx(6.67)
    response.attempt.finished_at = database_now()
    question = db.session.get_one(Question, response.question_id)
    corrected = {**response.version.content, "tests": {"test_hidden.py": "# corrected\n"}}
    question.version = QuestionVersion(
        question_id=question.id, content_hash="newer", content=corrected, created_at=database_now()
    )
    db.session.commit()
    broker.programs.clear()
    broker.outcome = graded()
    regrades.start(question.id, None)
    run = db.session.scalars(select(Submission).where(Submission.scope == Scope.REGRADE)).one()
    return run.id


def _work(number: int) -> None:
    """Grade what is next as a worker does: in a context, and so a session, of its own."""
    db.session.rollback()
    with current_app.app_context():
        grade_next(number)
    db.session.expire_all()


def test_a_run_meets_the_newer_tests_and_changes_no_score(regraded: int, broker: CannedBroker) -> None:
    _work(regraded)
    reference, mine = broker.programs
    assert reference.record
    assert reference.tests["test_hidden.py"] == "# corrected\n"
    assert mine.tests["test_hidden.py"] == "# corrected\n"
    assert mine.files == CODE
    assert not mine.trace
    run = db.session.get_one(Submission, regraded)
    assert (run.verdict, run.share, run.queue) == ("accepted", 1.0, "bulk")
    assert run.response.points == pytest.approx(6.67)
    contract = run.version.contract
    assert contract is not None, "what the newer reference gives is kept with the newer version"
    assert run.response.version.content["tests"] != {"test_hidden.py": "# corrected\n"}


def test_applied_it_counts_and_undone_it_does_not(regraded: int) -> None:
    _work(regraded)
    actor = db.session.scalars(select(User)).one()
    found = regrades.show(1)
    regrade_decisions.apply(1, actor, is_only_raising=False, seen=found.digest)
    response = db.session.scalars(select(Response)).one()
    assert (response.points, response.graded_version_id) == (10.0, found.regrade.version_id)
    regrade_decisions.undo(1, actor)
    assert response.points == pytest.approx(6.67)
    assert response.graded_version_id is None


def test_no_cache_has_a_say_and_none_learns_of_it(regraded: int, broker: CannedBroker, app: Flask) -> None:
    kept = set(app.extensions["redis"].keys("quizapp:verdict:*"))
    _work(regraded)
    assert set(app.extensions["redis"].keys("quizapp:verdict:*")) == kept
    regrades.discard(1)
    regrades.start(db.session.scalars(select(Question.id)).one(), None)
    asked = len(broker.programs)
    _work(db.session.scalars(select(Submission.id).where(Submission.scope == Scope.REGRADE)).one())
    assert len(broker.programs) > asked


def test_a_lost_ring_is_rung_again_by_the_sweeper(
    regraded: int, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    (job,) = queueing.queue("bulk").get_jobs()
    assert (job.func_name, list(job.args)) == (queueing.GRADE, [regraded]), "by dotted name, with its id only"
    app.extensions["redis"].flushall()
    monkeypatch.setattr("worker.sweeper.FORGOTTEN_AFTER", -leases.LEASE)
    sweep()
    assert queueing.rings("bulk") == 1


def test_a_run_whose_worker_went_away_is_taken_again(regraded: int) -> None:
    lost = leases.take(regraded, "somewhere:1:")
    assert lost is not None
    leases.let_go("somewhere:1:")
    _work(regraded)
    run = db.session.get_one(Submission, regraded)
    assert (run.state, run.delivery, run.verdict) == (SubmissionState.DONE, 2, "accepted")


def test_a_regrade_that_is_discarded_while_it_runs_ends_without_a_trace(regraded: int) -> None:
    lost = leases.take(regraded, "somewhere:1:")
    assert lost is not None
    regrades.discard(1)
    assert not leases.renew(lost), "whoever runs it hangs up"
    assert not leases.finish(lost, verdict="accepted", share=1.0, outcome={})
