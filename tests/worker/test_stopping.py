"""What the queue refuses, and what the one who sent it stops."""

from collections.abc import Mapping

import pytest
from flask import Flask

from quizapp.errors import Closed, Conflict
from quizapp.extensions import db
from quizapp.models import CANCELLED, Response, ResponseState, Scope, Submission, SubmissionState, User
from quizapp.receipt import database_now
from quizapp.services import grading, leases, submissions, turns, verdicts
from quizapp.services.submissions import QueueFull, Sending
from sandbox.client import BrokerClient
from sandbox.protocol import Outcome, Program
from worker.gate import publish_health
from worker.grading import grade_next

from .conftest import CannedBroker, graded

CODE = {"app.py": "print('mine')"}


def send(response: Response, files: Mapping[str, str] = CODE, scope: Scope = Scope.FULL) -> Submission:
    sending = Sending(scope=scope, files=files, key=submissions.new_key())
    return submissions.create(response, response.attempt.user, sending)


def again(submission: Submission) -> Submission:
    db.session.expire_all()
    return db.session.get_one(Submission, submission.id)


def test_more_than_one_person_may_have_waiting_is_refused_and_nothing_is_lost(
    app: Flask, response: Response
) -> None:
    app.config["QUEUE_USER_MOST"] = 3
    for number in range(3):
        send(response, {"app.py": str(number)})
    with pytest.raises(QueueFull) as refused:
        send(response)
    assert refused.value.status == 429
    assert "3 of your submissions wait" in refused.value.message
    assert "saved" in refused.value.what_to_do
    assert refused.value.retry_after is not None
    assert 1 <= refused.value.retry_after <= 60
    assert db.session.query(Submission).count() == 3
    submissions.cancel(db.session.get_one(Submission, 1))
    assert send(response).state is SubmissionState.QUEUED, "there is room as soon as one is gone"


def test_more_than_the_site_takes_is_refused_to_everybody(app: Flask, response: Response) -> None:
    app.config["QUEUE_LIVE_MOST"] = 2
    send(response), send(response)
    with pytest.raises(QueueFull, match="as many as this site takes"):
        send(response)


def test_drafts_are_graded_however_full_the_queue_is(app: Flask, response: Response) -> None:
    app.config["QUEUE_LIVE_MOST"] = app.config["QUEUE_USER_MOST"] = 1
    send(response)
    response.answer, response.revision = {"files": {"app.py": "draft"}}, 1
    draft = submissions.submit_draft(response)
    db.session.commit()
    assert draft is not None
    assert draft.state is SubmissionState.QUEUED


def test_a_known_verdict_needs_no_place(app: Flask, response: Response, broker: CannedBroker) -> None:
    publish_health(BrokerClient(app.config["BROKER_SOCKET"]))
    first = send(response).id
    db.session.rollback()
    with app.app_context():
        grade_next(first)
    app.config["QUEUE_LIVE_MOST"] = 1
    send(response, {"app.py": "other"})
    assert send(response).is_from_cache


def test_one_that_waits_is_stopped_and_counts_nothing(response: Response) -> None:
    submission = send(response)
    submissions.cancel(submission)
    told = verdicts.describe(again(submission))
    assert (told["state"], told["verdict"], told["points"]) == ("done", CANCELLED, None)
    assert (response.state, response.points, response.tries) == (ResponseState.OPEN, None, 0)
    assert leases.take_next(submission.id, "test") is None
    assert turns.arrival(response.attempt.user_id).own_waiting == 0


def test_one_that_runs_is_stopped_and_its_verdict_comes_too_late(response: Response) -> None:
    submission = send(response)
    delivery = leases.take(submission.id, "test")
    assert delivery is not None
    submissions.cancel(again(submission))
    assert not leases.renew(delivery)
    assert not grading.record(delivery, verdict="accepted", share=1.0, outcome={})
    assert not leases.give_back(delivery)
    assert again(submission).verdict == CANCELLED
    assert response.points is None


def test_what_is_judged_stays_judged(response: Response) -> None:
    submission = send(response)
    delivery = leases.take(submission.id, "test")
    assert delivery is not None
    assert grading.record(delivery, verdict="accepted", share=1.0, outcome={})
    submissions.cancel(again(submission))
    assert again(submission).verdict == "accepted"
    assert response.points == 10.0


def test_a_stopped_one_leaves_what_counts_as_it_was(response: Response) -> None:
    good = send(response)
    submissions.cancel(send(response, {"app.py": "second thoughts"}))
    delivery = leases.take_next(good.id, "test")
    assert delivery is not None
    assert grading.record(delivery, verdict="accepted", share=1.0, outcome={})
    db.session.refresh(response)
    assert (response.state, response.points, response.tries) == (ResponseState.MARKED, 10.0, 1)


def test_the_draft_of_what_was_stopped_is_graded_at_the_end(response: Response) -> None:
    submissions.cancel(send(response))
    response.answer, response.revision = {"files": CODE}, 1
    draft = submissions.submit_draft(response)
    assert draft is not None
    db.session.commit()
    with pytest.raises(Conflict, match="time ran out"):
        submissions.cancel(draft)


def test_nothing_is_stopped_once_the_attempt_is_over(response: Response) -> None:
    submission = send(response)
    response.attempt.finished_at = database_now()
    db.session.commit()
    with pytest.raises(Closed):
        submissions.cancel(submission)
    assert again(submission).state is SubmissionState.QUEUED


def test_a_user_who_is_deleted_while_their_code_runs_takes_it_along(
    app: Flask, response: Response, broker: CannedBroker
) -> None:
    submission, user_id = send(response).id, response.attempt.user_id
    db.session.rollback()

    def outcome(program: Program) -> Outcome:
        if not program.record:
            with app.app_context():
                db.session.delete(db.session.get_one(User, user_id))
                db.session.commit()
        return graded()

    broker.outcome = outcome
    with app.app_context():
        grade_next(submission)
    assert db.session.query(Submission).count() == 0
    db.session.rollback()
    with app.app_context():
        grade_next(submission)  # a ring for what is gone


def test_a_user_who_is_switched_off_while_their_code_runs_keeps_its_verdict(
    app: Flask, response: Response, broker: CannedBroker
) -> None:
    submission = send(response)
    number, user_id = submission.id, response.attempt.user_id
    db.session.rollback()

    def outcome(program: Program) -> Outcome:
        if not program.record:
            with app.app_context():
                db.session.get_one(User, user_id).is_enabled = False
                db.session.commit()
        return graded()

    broker.outcome = outcome
    with app.app_context():
        grade_next(number)
    assert again(submission).verdict == "accepted"
