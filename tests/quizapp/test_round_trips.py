"""How often a save and a page ask the stores: these are the requests of which a full house makes hundreds a second."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from redis.connection import AbstractConnection
from sqlalchemy import event
from sqlalchemy.engine import Engine

from quizapp.extensions import db
from quizapp.models import QuestionVersion
from tests.quizapp.people import csrf_token
from tests.quizapp.sittings import Sitting


@pytest.fixture
def app(make_app: Callable[..., Flask], database_url: str) -> Flask:
    """On both stores, with the rate limits that a site has."""
    return make_app(DATABASE_URL=database_url, RATELIMIT_ENABLED=True)


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every command that goes to Redis."""
    sent: list[Any] = []
    send = AbstractConnection.send_command

    def noted(self: AbstractConnection, *words: Any, **options: Any) -> Any:
        sent.append(words)
        return send(self, *words, **options)

    monkeypatch.setattr(AbstractConnection, "send_command", noted)
    return sent


@contextmanager
def statements() -> Iterator[list[str]]:
    """The statements that reach the database meanwhile; beginning and ending a transaction are none."""
    told: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            told.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield told
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def test_a_save_needs_two_statements_and_nothing_else(sitting: Sitting, commands: list[Any]) -> None:
    path = f"/responses/{sitting.response('text').id}/draft"
    headers = {"X-CSRFToken": csrf_token(sitting.person.client)}
    put = sitting.person.client.put
    assert put(path, json={"answer": {"text": "one"}, "revision": 0}, headers=headers).status_code == 200
    commands.clear()
    with statements() as told:
        reply = put(path, json={"answer": {"text": "two"}, "revision": 1}, headers=headers)
    assert reply.status_code == 200, reply.text
    # Who it is, what time it is, what the answer is and until when it is taken; the new answer, if nothing of it has changed.
    assert len(told) == 2, told
    assert not any("question_versions" in statement for statement in told), told
    assert commands == []


def test_a_page_of_an_interview_needs_two_statements(sitting: Sitting, commands: list[Any]) -> None:
    page = f"{sitting.path}?q=1"
    assert sitting.person.get(page).status_code == 200
    commands.clear()
    with statements() as told:
        assert sitting.person.get(page).status_code == 200
    # Who it is, the attempt, the notes and whether an error was reported; the answers.
    assert len(told) == 2, "\n".join(told)
    assert not any("question_versions" in statement for statement in told), told
    assert commands == []


def test_the_clock_of_an_open_page_needs_one_statement(sitting: Sitting) -> None:
    with statements() as told:
        assert sitting.person.get(f"{sitting.path}/clock").status_code == 200
    assert len(told) == 1, told


def test_what_is_kept_of_a_version_is_the_same_as_what_is_stored(sitting: Sitting, app: Flask) -> None:
    sitting.person.get(f"{sitting.path}?q=1")
    kept = app.extensions["quizapp_versions"]
    assert kept
    with app.app_context():
        for number, columns in kept.items():
            stored = db.session.get_one(QuestionVersion, number)
            assert {name: getattr(stored, name) for name in columns} == columns
