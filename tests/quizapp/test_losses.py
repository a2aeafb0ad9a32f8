"""What `make load` calls lost: every kind of loss is found in a real database, and nothing where all is as it was confirmed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from load.losses import Losses, begin_journal, engine_of, losses
from load.words import digest
from quizapp.extensions import db
from quizapp.models import Response, Scope, Submission, SubmissionState
from quizapp.receipt import database_now
from tests.quizapp.sittings import Sitting

pytestmark = pytest.mark.usefixtures("both_stores")

TYPED = ({"text": "one"}, {"text": "two"}, {"text": "three"})


@pytest.fixture
def engine(app: Flask, database_url: str) -> Iterator[Engine]:
    """The site's database from outside, which keeps a journal of each save."""
    found = engine_of(database_url)
    begin_journal(found)
    yield found
    found.dispose()


@pytest.fixture
def saved(sitting: Sitting, engine: Engine) -> list[dict[str, Any]]:
    """Three saves of one answer, as the crowd notes those that were confirmed."""
    response = sitting.response("text").id
    records = []
    for based_on, answer in enumerate(TYPED):
        reply = sitting.save("text", answer, based_on)
        records.append(
            {
                "kind": "save",
                "status": reply.status_code,
                "response": response,
                "revision": reply.get_json()["revision"],
                "answer": digest(answer),
            }
        )
    return records


@pytest.fixture
def judged(sitting: Sitting, app: Flask, engine: Engine) -> dict[str, Any]:
    """A program that was taken and has its verdict."""
    _submit(app, sitting.response("code"), "key-of-a-program")
    return {"kind": "submission", "status": 200, "key": "key-of-a-program"}


def _submit(app: Flask, response: Response, key: str) -> None:
    with app.app_context():
        user_id = db.session.get_one(Response, response.id).attempt.user_id
        db.session.add(
            Submission(
                response_id=response.id,
                user_id=user_id,
                scope=Scope.FULL,
                idempotency_key=key,
                body_hash="",
                files={},
                requests=[],
                state=SubmissionState.DONE,
                verdict="accepted",
                created_at=database_now(),
            )
        )
        db.session.commit()


def _change(engine: Engine, statement: str) -> None:
    with engine.begin() as connection:
        assert connection.execute(text(statement)).rowcount == 1


def test_nothing_is_missed_where_all_is_there(
    saved: list[dict[str, Any]], judged: dict[str, Any], engine: Engine
) -> None:
    page = {"kind": "page", "status": 200, "response": saved[0]["response"], "shown": 3, "expected": 3}
    assert losses(engine, [*saved, judged, page]) == Losses(saves=3, submissions=1)


def test_what_was_refused_is_not_looked_for(saved: list[dict[str, Any]], engine: Engine) -> None:
    refused = {"kind": "save", "status": 503, "response": saved[0]["response"], "answer": digest("nothing")}
    unanswered = {"kind": "submission", "status": 0, "key": "never arrived"}
    assert losses(engine, [*saved, refused, unanswered]) == Losses(saves=3)


def test_a_confirmed_save_that_never_reached_the_database_is_found(
    saved: list[dict[str, Any]], engine: Engine
) -> None:
    found = losses(engine, [*saved, {**saved[-1], "revision": 4, "answer": digest({"text": "four"})}])
    assert len(found.lost_saves) == 2  # it is in no journal, and the answer stands at an older revision
    assert all("revision 4" in line for line in found.lost_saves)


def test_a_save_that_a_later_one_replaced_is_missed_all_the_same(
    saved: list[dict[str, Any]], engine: Engine
) -> None:
    _change(engine, "delete from load_journal where revision = 2")
    (line,) = losses(engine, saved).lost_saves
    assert "revision 2: None" in line


def test_a_revision_that_holds_another_answer_is_found(saved: list[dict[str, Any]], engine: Engine) -> None:
    (line,) = losses(engine, [{**saved[0], "answer": digest({"text": "uno"})}, *saved[1:]]).lost_saves
    assert "revision 1" in line


def test_an_answer_that_was_altered_afterwards_is_found(saved: list[dict[str, Any]], engine: Engine) -> None:
    _change(
        engine, f"""update responses set answer = '{{"text": "four"}}' where id = {saved[0]["response"]}"""
    )
    (line,) = losses(engine, saved).lost_saves
    assert "not the one of revision 3" in line


def test_a_save_that_was_written_twice_is_found(saved: list[dict[str, Any]], engine: Engine) -> None:
    _change(
        engine,
        "insert into load_journal select response_id, revision, answer from load_journal where revision = 1",
    )
    (line,) = losses(engine, saved).lost_saves
    assert "revision 1" in line


def test_a_page_that_shows_an_older_answer_is_found(saved: list[dict[str, Any]], engine: Engine) -> None:
    page = {"kind": "page", "status": 200, "response": saved[0]["response"], "shown": 2, "expected": 3}
    (line,) = losses(engine, [*saved, page]).lost_saves
    assert "showed revision 2" in line


@pytest.mark.parametrize(
    "statement",
    [
        "delete from submissions",
        "update submissions set verdict = null, state = 'QUEUED'",
        "update submissions set verdict = 'wrong_answer'",
    ],
    ids=["gone", "without a verdict", "with another verdict"],
)
def test_a_submission_without_its_verdict_is_found(
    judged: dict[str, Any], engine: Engine, statement: str
) -> None:
    _change(engine, statement)
    (line,) = losses(engine, [judged]).lost_submissions
    assert judged["key"] in line


def test_a_submission_with_two_verdicts_is_found(
    judged: dict[str, Any], sitting: Sitting, app: Flask, engine: Engine
) -> None:
    _submit(app, sitting.response("text"), judged["key"])
    (line,) = losses(engine, [judged]).lost_submissions
    assert "2 rows" in line
