"""A regrade of code with real containers: hidden tests that were wrong are corrected, and the answer gets its points."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from quizapp.extensions import db
from quizapp.models import (
    Attempt,
    AttemptKind,
    Question,
    Response,
    ResponseState,
    Role,
    Scope,
    Submission,
    User,
)
from quizapp.receipt import database_now
from quizapp.services import regrade_decisions, regrades, reports, submissions
from quizapp.services.submissions import Sending
from tests.quizapp.shelf import Shelf, code
from tests.sandbox.conftest import RunningBroker
from tests.worker import workplace
from worker.grading import grade_next

pytestmark = pytest.mark.docker

WRONG_TESTS = (
    "from app import double\n\n\ndef test_three():\n    assert double(3) == 6\n\n\n"
    "def test_nothing():\n    assert double(0) == 0\n    assert double(5) == 10\n\n\n"
    "def test_text():\n    assert double('ab') == 'abab', 'double of a text'\n"
)
FIXED_TESTS = WRONG_TESTS.replace(
    "def test_text():\n    assert double('ab') == 'abab', 'double of a text'\n", ""
)
ANSWER = {"app.py": "def double(number):\n    return number + number if number >= 0 else -2 * -number\n"}


@pytest.fixture
def app(tmp_path: Path, redis_url: str, broker: RunningBroker) -> Iterator[Flask]:
    with workplace.application(tmp_path, redis_url, broker.socket) as app:
        yield app


def publish(shelf: Shelf, app: Flask, tests: str) -> None:
    mistake = {
        "title": "Adding two",
        "note": "That works for 2 only.",
        "files": {"app.py": "def double(number):\n    return number + 2\n"},
        "fails": ["test_three", "test_nothing"] + (["test_text"] if "test_text" in tests else []),
    }
    shelf.question(code("doubled", tests=tests, mistakes=[mistake]))
    db.session.rollback()  # another session writes now
    done = shelf.publish(app)
    assert not done.findings
    db.session.expire_all()


def work(app: Flask) -> None:
    """Grade everything that waits, as workers do."""
    db.session.rollback()
    while (
        waiting := db.session.scalar(select(Submission.id).where(Submission.verdict.is_(None)))
    ) is not None:
        db.session.rollback()
        with app.app_context():
            grade_next(waiting)
        db.session.expire_all()


def answered(app: Flask) -> Response:
    """A finished interview with the answer in it, graded."""
    now = database_now()
    user = User(email="mara@example.org", name="Mara", password_hash="-", created_at=now, role=Role.MANAGER)
    db.session.add(user)
    db.session.flush()
    question = db.session.get_one(Question, "doubled")
    attempt = Attempt(
        user_id=user.id, bank_id="basics", kind=AttemptKind.MOCK, started_at=now, blueprint={"pass_line": 80}
    )
    response = Response(question_id=question.id, version_id=question.version_id, max_points=10.0, position=1)
    attempt.responses.append(response)
    db.session.add(attempt)
    db.session.commit()
    submissions.create(response, user, Sending(scope=Scope.FULL, files=ANSWER, key="a"))
    work(app)
    attempt.finished_at = database_now()
    db.session.commit()
    return response


def test_code_is_graded_again_with_the_corrected_tests(app: Flask, tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "questions")
    publish(shelf, app, WRONG_TESTS)
    response = answered(app)
    assert response.points is not None
    assert 0 < response.points < 10, "one of the hidden tests asks for what the prompt does not"
    old_points = response.points
    publish(shelf, app, FIXED_TESTS)

    number = regrades.start("doubled", None).id
    work(app)
    (line,) = regrades.show(number).lines
    assert (line.progress, line.old_points, line.new_points) == ("done", old_points, 10)
    assert line.crosses == "up"
    assert response.points == old_points

    actor = db.session.scalars(select(User)).one()
    found = regrade_decisions.apply(number, actor, is_only_raising=True, seen=regrades.show(number).digest)
    assert found.raised == 1
    assert (response.points, response.state) == (10, ResponseState.MARKED)
    (item,) = reports.report(response.attempt).items
    assert item.verdict == "accepted"
    assert {test["title"] for test in item.details["told"]["tests"]} == {
        "test_two",
        "test_three",
        "test_nothing",
    }

    regrade_decisions.undo(number, actor)
    assert response.points == old_points
    (item,) = reports.report(response.attempt).items
    assert "test_text" in {test["title"] for test in item.details["told"]["tests"]}
