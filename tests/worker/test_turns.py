"""Whose turn it is: fair between users, on both stores, through real rings."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, current_app
from rq import SimpleWorker
from rq.serializers import JSONSerializer
from sqlalchemy import select

from quizapp import queueing
from quizapp.extensions import db
from quizapp.models import Attempt, AttemptKind, Response, Scope, Submission, SubmissionState, User
from quizapp.receipt import database_now
from quizapp.services import grading, leases, submissions, turns, verdicts
from quizapp.services.submissions import Sending
from tests.worker import workplace
from worker import jobs
from worker.sweeper import sweep

from .conftest import CannedBroker

MANY = 500


@pytest.fixture
def app(tmp_path: Path, redis_url: str, database_url: str) -> Iterator[Flask]:
    """The application on either store; one user may have many submissions waiting. Inside its context."""
    most = {"QUEUE_USER_MOST": 2 * MANY, "QUEUE_LIVE_MOST": 4 * MANY}
    socket = tmp_path / "broker.sock"
    with workplace.application(tmp_path, redis_url, socket, DATABASE_URL=database_url, **most) as app:
        yield app


def of_somebody_else(response: Response, name: str) -> Response:
    """The same question, answered by another person."""
    now = database_now()
    user = User(email=f"{name}@example.org", name=name, password_hash="-", created_at=now)
    attempt = Attempt(user=user, bank_id="bench", kind=AttemptKind.PRACTICE, started_at=now)
    other = Response(question_id=response.question_id, version_id=response.version_id, max_points=10.0)
    attempt.responses.append(other)
    db.session.add(attempt)
    db.session.commit()
    return other


def send(response: Response, count: int = 1) -> Submission:
    """Store submissions that differ; gives the last."""
    sent = []
    for number in range(count):
        files = {"app.py": f"# {response.id} {number}"}
        sending = Sending(scope=Scope.FULL, files=files, key=submissions.new_key())
        sent.append(submissions.create(response, response.attempt.user, sending))
    return sent[-1]


def serve(rung_for: Submission) -> Submission:
    """Answer one ring: take what is next, and judge it."""
    delivery = leases.take_next(rung_for.id, "test")
    assert delivery is not None
    assert grading.record(delivery, verdict="accepted", share=1.0, outcome={})
    return db.session.get_one(Submission, delivery.submission_id)


def served(rung_for: Submission, count: int) -> list[int]:
    """Who is served next, so many times."""
    return [serve(rung_for).user_id for _ in range(count)]


def hoard(response: Response, count: int) -> None:
    """Store what `send` would, in one transaction."""
    now = database_now()
    for number in range(count):
        row = Submission(
            response_id=response.id,
            user_id=response.attempt.user_id,
            scope=Scope.FULL,
            turn=number + 1,
            idempotency_key=str(number),
            body_hash="-",
            files={"app.py": f"# {number}"},
            requests=[],
            created_at=now,
        )
        db.session.add(row)
    db.session.commit()


def test_a_new_user_is_served_before_the_hundreds_of_another(
    response: Response, broker: CannedBroker
) -> None:
    serve(send(response))
    hoard(response, MANY)
    for submission in db.session.scalars(select(Submission).limit(10)):
        queueing.ring(submission)  # its rings come first, and in its name
    modest = send(of_somebody_else(response, "noor"))
    assert turns.ahead(modest) <= 1
    queueing.ring(modest)
    number = modest.id
    db.session.rollback()

    connection = db_redis()
    worker = SimpleWorker(
        [queueing.queue("live", connection)], connection=connection, serializer=JSONSerializer
    )
    app = current_app_object()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jobs, "application", lambda: app)
        worker.work(burst=True, max_jobs=3, logging_level="WARNING")
    assert db.session.get_one(Submission, number).verdict == "accepted"


def test_people_who_send_one_by_one_and_one_who_hoards_take_turns(response: Response) -> None:
    hoarder = send(response, 10)
    others = [of_somebody_else(response, name) for name in ("noor", "mateo", "ada")]
    for other in others:
        send(other)
    order = []
    for _ in range(16):
        done = serve(hoarder)
        order.append(done.user_id)
        for other in others:
            if other.attempt.user_id == done.user_id:
                send(other)  # as somebody does who looked at the verdict
    shares = {user: order.count(user) for user in set(order)}
    assert sorted(shares.values()) == [4, 4, 4, 4], "everybody gets the same, and nobody is starved"


def test_who_used_an_idle_machine_is_not_made_to_wait_for_it(response: Response) -> None:
    busy, other = response, of_somebody_else(response, "noor")
    for _ in range(20):
        serve(send(busy))
    first = send(other, 3)
    mine = send(busy)
    assert turns.ahead(mine) == 2, "the first and the second of somebody who comes new"
    assert turns.ahead(first) == 3


def test_the_place_is_what_comes_true(response: Response) -> None:
    send(response, 4)
    mine = send(of_somebody_else(response, "noor"), 2)
    place = turns.ahead(mine)
    told = verdicts.describe(mine)
    assert (told["place"], told["expected_wait_seconds"] > 0) == (place, True)
    order = [serve(mine).id for _ in range(place + 1)]
    assert order[-1] == mine.id


def test_the_wait_is_shared_by_the_places(response: Response, app: Flask) -> None:
    mine = send(response, 8)
    alone = verdicts.describe(mine)["expected_wait_seconds"]
    workers = [
        SimpleWorker([queueing.queue("live")], connection=db_redis(), serializer=JSONSerializer)
        for _ in range(4)
    ]
    for worker in workers:
        worker.register_birth()
    together = verdicts.describe(mine)["expected_wait_seconds"]
    for worker in workers:
        worker.register_death()
    assert together == pytest.approx(alone / 4)


def test_rows_whose_hands_are_gone_come_first(response: Response) -> None:
    lost = send(response)
    assert leases.take_next(lost.id, "gone") is not None
    send(response, 3)
    db.session.refresh(lost)
    lost.lease_until = database_now() - timedelta(seconds=1)
    db.session.commit()
    assert serve(lost).id == lost.id


def test_each_row_is_in_one_hand_however_many_reach_for_it(response: Response, app: Flask) -> None:
    last = send(response, 24).id
    db.session.rollback()
    taken: list[int] = []

    def reach() -> None:
        with app.app_context():
            while (delivery := leases.take_next(last, "test")) is not None:
                taken.append(delivery.submission_id)

    hands = [threading.Thread(target=reach) for _ in range(6)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    # Rows that another hand was just taking are passed over, so a hand may leave before the last row is gone.
    while (delivery := leases.take_next(last, "test")) is not None:
        taken.append(delivery.submission_id)
    assert len(taken) == len(set(taken)) == 24


@pytest.mark.parametrize("is_judged", [False, True], ids=["taken", "judged"])
def test_a_row_that_another_rings_worker_was_faster_to_take_is_rung_for_all_the_same(
    response: Response, is_judged: bool
) -> None:
    somebody = of_somebody_else(response, "somebody")
    send(response)
    first = send(response)
    fair = send(somebody)  # goes before the second one of the other
    assert leases.take_next(first.id, "test")
    if is_judged:
        assert serve(first).id == fair.id
    else:
        taken = leases.take_next(first.id, "test")
        assert taken is not None
        assert taken.submission_id == fair.id
    submissions.ring_and_wait(fair, 0.0)
    assert queueing.rings("live") == 1, "its ring is the one that brings somebody to the row that still waits"


def test_the_sweeper_rings_once_for_each_row(response: Response, app: Flask) -> None:
    send(response, 3)
    for submission in db.session.scalars(select(Submission)):
        submission.created_at -= timedelta(minutes=1)
    db.session.commit()
    assert sweep() == 3
    assert sweep() == 3
    assert queueing.rings("live") == 3


def test_a_sandbox_that_is_away_counts_against_nobody(response: Response) -> None:
    submission = send(response)
    for _ in range(12):
        delivery = leases.take_next(submission.id, "test")
        assert delivery is not None
        assert delivery.tries == 1
        assert leases.give_back(delivery)
    db.session.refresh(submission)
    assert (submission.state, submission.delivery) == (SubmissionState.QUEUED, 12)


def db_redis() -> Any:
    """The application's Redis."""
    return current_app_object().extensions["redis"]


def current_app_object() -> Flask:
    """The application of the test."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    return app
