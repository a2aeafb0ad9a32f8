"""Many attempts whose time runs out at once, with nobody at their pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError

from quizapp import queueing
from quizapp.extensions import db
from quizapp.models import Attempt, Response, ResponseState, Role, Submission, User
from quizapp.receipt import database_now
from quizapp.services import crediting, expiry, finishing
from tests.quizapp.people import Person
from tests.quizapp.shelf import Shelf
from tests.quizapp.sittings import CHANGED, Sitting, start

pytestmark = pytest.mark.usefixtures("both_stores")

PEOPLE = 40


@pytest.fixture
def sitting(candidate: Person, library: Shelf) -> Sitting:
    """One attempt with a draft of code and an answer in words."""
    sat = start(candidate)
    assert sat.save("code", CHANGED).status_code == 200
    assert sat.save("text", {"text": "no idea"}).status_code == 200
    return sat


@pytest.fixture
def crowd(sitting: Sitting, app: Flask) -> list[int]:
    """Forty attempts like it, all of them over, and nobody at their pages."""
    with app.app_context():
        original = db.session.get_one(Attempt, sitting.attempt_id)
        rows = [_columns(one) for one in original.responses]
        users = [_user(number) for number in range(PEOPLE - 1)]
        ids = list(db.session.scalars(insert(User).returning(User.id), users))
        copies = [_columns(original) | {"user_id": number} for number in ids]
        made = list(db.session.scalars(insert(Attempt).returning(Attempt.id), copies))
        db.session.execute(
            insert(Response), [row | {"attempt_id": number} for number in made for row in rows]
        )
        db.session.execute(update(Attempt).values(started_at=database_now() - timedelta(hours=2)))
        db.session.commit()
        return [original.id, *made]


def _user(number: int) -> dict[str, Any]:
    return {
        "email": f"crowd{number}@example.org",
        "name": f"Crowd {number}",
        "role": Role.CANDIDATE,
        "password_hash": "",
        "created_at": database_now(),
    }


def _columns(row: Attempt | Response) -> dict[str, Any]:
    return {one.key: getattr(row, one.key) for one in row.__mapper__.column_attrs if one.key != "id"}


def open_attempts() -> int:
    return db.session.scalar(select(func.count(Attempt.id)).where(Attempt.finished_at.is_(None))) or 0


def test_all_are_finished_and_each_draft_of_code_waits_once_in_its_own_queue(
    crowd: list[int], app: Flask
) -> None:
    with app.app_context():
        assert expiry.finish_expired() == expiry.Swept(PEOPLE, 0)
        assert open_attempts() == 0
        drafts = db.session.scalars(select(Submission)).all()
        assert len({draft.response_id for draft in drafts}) == len(drafts) == PEOPLE
        assert {(draft.queue, draft.is_from_draft) for draft in drafts} == {("expiry", True)}
        assert queueing.rings("expiry") == PEOPLE
        assert queueing.rings("live") == 0
        states = dict(db.session.execute(select(Response.state, func.count()).group_by(Response.state)).all())
        assert states[ResponseState.GRADING] == PEOPLE
        assert ResponseState.OPEN not in states
        ended = db.session.scalars(select(Attempt)).all()
        assert all(one.finished_at == one.started_at + timedelta(minutes=30) for one in ended)
        assert expiry.finish_expired() == expiry.Swept(0, 0)
        assert db.session.scalar(select(func.count(Submission.id))) == PEOPLE


def test_no_key_that_somebody_chose_keeps_an_attempt_from_ending(candidate: Person, library: Shelf) -> None:
    sitting, candidate.app.config["NO_WAITING"] = start(candidate), True
    sitting.save("code", CHANGED)
    response_id = sitting.response("code").id
    sent = {"scope": "run", "files": {"app.py": "x = 0"}, "key": "draft-1"}
    assert candidate.send_json("POST", f"/responses/{response_id}/submissions", sent).status_code == 202
    assert sitting.hand_in().status_code == 303
    assert sitting.attempt().finished_at is not None
    assert sitting.response("code").state is ResponseState.GRADING


def test_it_stops_between_two_attempts_when_its_time_is_over_and_goes_on_the_next_time(
    crowd: list[int], app: Flask
) -> None:
    with app.app_context():
        rounds: list[int] = []
        while (swept := expiry.finish_expired(0.05)).left:
            assert swept.closed + swept.left + sum(rounds) == PEOPLE
            assert open_attempts() == swept.left
            rounds.append(swept.closed)
        assert sum(rounds) + swept.closed == PEOPLE
        assert open_attempts() == 0


def test_no_transaction_holds_more_than_one_attempt(
    crowd: list[int], app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish = expiry._finish
    left: list[int] = []

    def watched(attempt_id: int) -> bool:
        is_closed = finish(attempt_id)
        with (
            app.app_context()
        ):  # another connection: it sees what is committed, and on SQLite waits for a writer
            left.append(open_attempts())
        return is_closed

    monkeypatch.setattr(expiry, "_finish", watched)
    with app.app_context():
        expiry.finish_expired()
    assert left == list(range(PEOPLE - 1, -1, -1))


@pytest.mark.parametrize(
    "problem", [ValueError("a section that is not there"), IntegrityError("insert", {}, Exception("taken"))]
)
def test_one_that_cannot_be_finished_keeps_nobody_else_and_is_told(
    crowd: list[int],
    app: Flask,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    problem: Exception,
) -> None:
    finalise = finishing.finalise

    def broken(attempt: Attempt) -> bool:
        if attempt.id == crowd[3]:
            raise problem
        return finalise(attempt)

    monkeypatch.setattr(finishing, "finalise", broken)
    with app.app_context():
        assert expiry.finish_expired().closed == PEOPLE - 1
        assert open_attempts() == 1
    assert f"Attempt {crowd[3]} cannot be finished" in caplog.text


def test_time_that_is_given_while_others_are_being_finished_counts(
    crowd: list[int], app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish = expiry._finish

    def give_to_the_last(attempt_id: int) -> bool:
        if attempt_id == crowd[0]:
            with app.app_context():
                crediting.give(crowd[-1], 3 * 3600, "the room was locked")
        return finish(attempt_id)

    with app.app_context():
        first = (
            update(Attempt)
            .where(Attempt.id == crowd[0])
            .values(started_at=database_now() - timedelta(hours=3))
        )
        db.session.execute(first)
        db.session.commit()
    monkeypatch.setattr(expiry, "_finish", give_to_the_last)
    with app.app_context():
        assert expiry.finish_expired().closed == PEOPLE - 1
        assert db.session.get_one(Attempt, crowd[-1]).finished_at is None
