"""What a worker does before it serves changes nothing, and asks the questions that a verdict asks."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import event, select

from quizapp.extensions import db
from quizapp.models import Response, Scope, Submission, SubmissionState
from quizapp.services import grading, leases, submissions
from quizapp.services.submissions import Sending
from worker.rehearsal import rehearse


@pytest.fixture
def asked() -> Iterator[list[str]]:
    """What the database was asked, in its words."""
    words: list[str] = []

    def note(*told: object) -> None:
        words.append(str(told[2]))

    event.listen(db.engine, "before_cursor_execute", note)
    yield words
    event.remove(db.engine, "before_cursor_execute", note)


def test_a_rehearsal_asks_what_a_verdict_asks(response: Response, app: Flask, asked: list[str]) -> None:
    sending = Sending(scope=Scope.FULL, files={"app.py": "# here"}, key=submissions.new_key())
    submission = submissions.create(response, response.attempt.user, sending)
    number = submission.id
    asked.clear()
    rehearse(app)
    rehearsed = set(asked)
    waiting = db.session.scalar(select(Submission.state).where(Submission.id == number))
    assert waiting is SubmissionState.QUEUED, "a row that waits is left alone"
    asked.clear()
    delivery = leases.take_next(number, "test")
    assert delivery is not None
    assert submissions.whole(number)
    db.session.rollback()
    assert grading.record(delivery, verdict="accepted", share=1.0, outcome={})
    new = {words for words in asked if words not in rehearsed}
    assert all(words.startswith("UPDATE responses") for words in new), new


def test_a_database_that_is_away_is_no_reason_not_to_serve(response: Response, app: Flask) -> None:
    assert response.id
    db.session.remove()
    db.drop_all()
    rehearse(app)
    db.create_all()
