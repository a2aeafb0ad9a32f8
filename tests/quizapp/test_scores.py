"""The stored total of an attempt is what its answers add up to, whatever happened to it and in whatever order."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from quizapp import scores_cli
from quizapp.extensions import db
from quizapp.models import (
    Attempt,
    AttemptScore,
    Response,
    ResponseState,
    Scope,
    ScoreState,
    Submission,
    SubmissionState,
    User,
)
from quizapp.receipt import database_now
from quizapp.rules import scoring
from quizapp.services import (
    expiry,
    grading,
    leases,
    operations,
    readings,
    regrade_decisions,
    regrades,
    reports,
    scores,
    submissions,
)
from quizapp.services.submissions import Sending
from tests.quizapp.people import Person
from tests.quizapp.shelf import Shelf, free, text
from tests.quizapp.sittings import CHANGED, Sitting, start

pytestmark = pytest.mark.usefixtures("both_stores")


@pytest.fixture
def library(app: Flask, shelf: Shelf) -> Shelf:
    shelf.question(free("free-1"))
    shelf.blueprint(
        sections=[
            {"title": "Words", "kinds": ["text", "free"], "count": 2},
            {"title": "Choice", "kinds": ["choice"], "count": 2},
            {"title": "Code", "kinds": ["code"], "count": 1, "points": 20},
        ]
    )
    shelf.publish(app)
    return shelf


@pytest.fixture
def sitting(candidate: Person, library: Shelf) -> Iterator[Sitting]:
    """A running interview; when the test is over, its stored total has to be right."""
    made = start(candidate)
    check(made)
    yield made
    check(made)


def check(sitting: Sitting) -> AttemptScore:
    """The stored total, after it was compared with the report's own sum and with what a rebuild would store."""
    with sitting.person.app.app_context():
        assert list(scores.rebuild(is_rehearsal=True)) == []
        attempt = db.session.get_one(Attempt, sitting.attempt_id)
        stored = db.session.get_one(AttemptScore, sitting.attempt_id)
        lines = [
            scoring.Line("", one.points, one.max_points, one.state is ResponseState.MARKED)
            for one in attempt.responses
        ]
        total = scoring.total(lines)
        assert (stored.points, stored.max_points, stored.percent, stored.is_complete) == (
            total.points,
            total.max_points,
            total.percent,
            total.is_complete,
        )
        assert stored.ended_at == attempt.finished_at
        assert (stored.state is ScoreState.RUNNING) == (attempt.finished_at is None)
        assert (stored.state is ScoreState.FINAL) == (total.is_complete and attempt.finished_at is not None)
        if attempt.finished_at:
            report = reports.report(attempt)
            assert report.total == total
            assert [(one["title"], one["points"], one["max_points"]) for one in stored.sections] == [
                (title, part.points, part.max_points) for title, part in report.sections
            ]
        return stored


def submit(sitting: Sitting, files: dict[str, Any], key: str) -> None:
    response_id = sitting.response("code").id
    with sitting.person.app.app_context():
        me = user(sitting.person)
        response = submissions.own_response(response_id, me)
        submissions.create(response, me, Sending(Scope.FULL, files["files"], key))


def judged(sitting: Sitting, verdict: str, share: float) -> None:
    """Give what waits a verdict by the way of workers."""
    with sitting.person.app.app_context():
        waiting = db.session.scalars(
            select(Submission.id).where(Submission.state != SubmissionState.DONE).order_by(Submission.id)
        ).all()
        for number in waiting:
            delivery = leases.take(number, "worker")
            assert delivery is not None
            outcome = {"status": "finished", "tests": [], "expected_tests": 1}
            assert grading.record(delivery, verdict=verdict, share=share, outcome=outcome)


def rate(sitting: Sitting, manager: Person, points: str) -> None:
    with sitting.person.app.app_context():
        db.session.execute(update(Attempt).values(is_shared=True))
        db.session.commit()
        response = readings.find(sitting.response("free").id)
        fields = {"seen": readings.seen(response), "criterion-0": points, "criterion-1": "0", "comment": ""}
        readings.grade(response.id, user(manager), fields)


def user(person: Person) -> User:
    return db.session.scalars(select(User).where(User.email == person.email)).one()


def test_a_start_stores_an_empty_total(sitting: Sitting) -> None:
    stored = check(sitting)
    assert (stored.points, stored.state, stored.seconds_used) == (0, ScoreState.RUNNING, None)
    assert stored.max_points == sum(section["max_points"] for section in stored.sections) > 0


def test_handing_in_marks_and_waits_for_a_person_and_for_code(sitting: Sitting, manager: Person) -> None:
    sitting.answer_all()
    sitting.save("code", CHANGED)
    sitting.hand_in()
    assert check(sitting).state is ScoreState.GRADING
    judged(sitting, "accepted", 1.0)
    before = check(sitting)
    assert before.state is ScoreState.WAITING
    rate(sitting, manager, "3")
    after = check(sitting)
    assert (after.state, after.points - before.points) == (ScoreState.FINAL, 3)
    rate(sitting, manager, "1")
    assert check(sitting).points == before.points + 1


def test_the_sweeper_ends_it(sitting: Sitting) -> None:
    sitting.answer_all()
    sitting.let_pass(minutes=40)
    with sitting.person.app.app_context():
        assert expiry.finish_expired().closed == 1
    assert check(sitting).seconds_used == pytest.approx(30 * 60)


def test_a_fault_of_ours_and_grading_again(sitting: Sitting, admin: Person) -> None:
    submit(sitting, CHANGED, "a" * 32)
    sitting.hand_in()
    judged(sitting, "internal_error", 0.0)
    assert check(sitting).state in (ScoreState.FAULT, ScoreState.WAITING)
    with sitting.person.app.app_context():
        number = db.session.scalars(select(Submission.id)).one()
        operations.grade_again(number, user(admin))
    assert check(sitting).state is ScoreState.GRADING
    judged(sitting, "accepted", 1.0)
    assert check(sitting).points == 20


def test_stopping_what_was_sent(sitting: Sitting) -> None:
    submit(sitting, CHANGED, "a" * 32)
    check(sitting)
    with sitting.person.app.app_context():
        submissions.cancel(db.session.scalars(select(Submission)).one())
    check(sitting)


def test_a_regrade_and_its_undoing(sitting: Sitting, manager: Person, library: Shelf) -> None:
    app = manager.app
    response = sitting.response("text")
    sitting.save("text", {"text": "flask.url_for"})
    sitting.hand_in()
    before = check(sitting).points
    library.question(text("text-1", accept=["url_for", "flask.url_for"]))
    library.publish(app)
    with app.app_context():
        number = regrades.start(response.question_id, None).id
        seen = regrades.show(number).digest
        regrade_decisions.apply(number, user(manager), is_only_raising=False, seen=seen)
    assert check(sitting).points == before + 4
    with app.app_context():
        regrade_decisions.undo(number, user(manager))
    assert check(sitting).points == before


@pytest.mark.parametrize("seed", range(2))
def test_after_any_sequence_of_events_the_stored_total_is_right(
    sitting: Sitting, manager: Person, library: Shelf, seed: int
) -> None:
    """What can happen happens in an order that chance takes, and the total is compared after each step."""
    chance = random.Random(seed)
    number = 0

    def save(kind: str) -> None:
        answer = {"text": {"text": chance.choice(["url_for", "no"])}, "free": {"text": "Words."}}
        sitting.save(kind, answer[kind], sitting.response(kind).revision)

    def send() -> None:
        nonlocal number
        number += 1
        code = f"def double(number):\n    return number + {number}\n"
        if sitting.attempt().finished_at is None:
            submit(sitting, {"files": {"app.py": code}}, f"{number:032}")

    def grade() -> None:
        if sitting.response("free").tries:
            rate(sitting, manager, chance.choice(["0", "2", "3"]))

    steps: list[Callable[[], object]] = [
        lambda: save("text"),
        lambda: save("free"),
        send,
        lambda: judged(sitting, *chance.choice([("accepted", 1.0), ("wrong_answer", 0.5)])),
        lambda: judged(sitting, "internal_error", 0.0),
        grade,
    ]
    for turn in range(14):
        if turn == 8:
            sitting.hand_in()
        else:
            chance.choice(steps)()
        check(sitting)


def test_two_verdicts_at_once_are_both_counted(app: Flask, candidate: Person, shelf: Shelf) -> None:
    """Each adds up while the other one is not committed; whoever comes second has to see the first one's points."""
    shelf.blueprint(sections=[{"title": "Code", "kinds": ["code"], "count": 2}])
    shelf.publish(app)
    sitting = start(candidate)
    with app.app_context():
        ids = db.session.scalars(select(Response.id).where(Response.attempt_id == sitting.attempt_id)).all()
        me = user(candidate)
        for response_id in ids:
            response = submissions.own_response(response_id, me)
            submissions.create(response, me, Sending(Scope.FULL, CHANGED["files"], "a" * 32))
    sitting.hand_in()
    with app.app_context():
        deliveries = [
            leases.take(number, "worker") for number in db.session.scalars(select(Submission.id)).all()
        ]
    gate = threading.Barrier(2)

    def record(delivery: Any) -> bool:
        with app.app_context():
            gate.wait(timeout=120)
            outcome = {"status": "finished", "tests": [], "expected_tests": 1}
            try:
                return grading.record(delivery, verdict="accepted", share=1.0, outcome=outcome)
            finally:
                db.session.remove()

    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(record, deliveries)) == [True, True]
    stored = check(sitting)
    assert (stored.points, stored.state) == (stored.max_points, ScoreState.FINAL)


def test_rebuilding_reports_what_differed_and_mends_it(
    sitting: Sitting, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    app = sitting.person.app
    monkeypatch.setattr(scores_cli, "create_app", lambda: app)
    sitting.hand_in()
    assert scores_cli.main([]) == 0
    assert capsys.readouterr().out == "Every score is as stored.\n"
    with app.app_context():
        db.session.execute(update(AttemptScore).values(points=3.5, state=ScoreState.RUNNING))
        db.session.commit()
    assert scores_cli.main(["--dry-run"]) == 1
    told = capsys.readouterr().out
    assert f"attempt {sitting.attempt_id}: state running -> final, points 3.5 -> 0" in told
    assert scores_cli.main([]) == 1
    assert "1 scores were stored again, 0 of them were missing." in capsys.readouterr().out
    check(sitting)
    with app.app_context():
        db.session.delete(db.session.get_one(AttemptScore, sitting.attempt_id))
        db.session.commit()
    assert scores_cli.main([]) == 1
    assert "was missing" in capsys.readouterr().out


def test_practice_has_no_total(candidate: Person, library: Shelf) -> None:
    candidate.post("/practice/basics/choice-1/answer", {"options": "1"})
    with candidate.app.app_context():
        attempt = db.session.scalars(select(Attempt)).one()
        scores.refresh(attempt)
        scores.refresh_all([attempt.id, 4711])
        assert db.session.scalars(select(AttemptScore)).all() == []
        assert database_now() > attempt.started_at
