"""What a web server does before its processes serve asks what requests ask, and leaves nothing open."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import event, text
from structlog.testing import capture_logs

from quizapp.extensions import db
from quizapp.rehearsal import look_for_room, rehearse
from tests.quizapp.sittings import Sitting


@pytest.fixture
def asked(app: Flask) -> Iterator[list[str]]:
    """What the database was asked, in its words."""
    words: list[str] = []

    def note(*told: object) -> None:
        words.append(str(told[2]))

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield words
    event.remove(engine, "before_cursor_execute", note)


def test_the_reading_part_of_a_save_is_rehearsed(sitting: Sitting, app: Flask, asked: list[str]) -> None:
    path = f"/responses/{sitting.response('text').id}/draft"
    rehearse(app)
    rehearsed = set(asked)
    asked.clear()
    reply = sitting.person.send_json("PUT", path, {"answer": {"text": "once"}, "revision": 0})
    assert reply.status_code == 200, reply.text
    reading = [words for words in asked if words.startswith("SELECT")]
    assert len(reading) >= 2  # the sign-in, and what the answer is
    assert set(reading) <= rehearsed


def test_no_connection_is_left_to_be_shared_by_processes(sitting: Sitting, app: Flask) -> None:
    opened: list[object] = []
    with app.app_context():
        db.engine.dispose()
        event.listen(db.engine, "connect", lambda connection, _record: opened.append(connection))
        event.listen(db.engine, "close", lambda connection, _record: opened.remove(connection))
        opened_before = list(opened)
    rehearse(app)
    assert not opened_before
    assert not opened
    assert sitting.person.get(sitting.path).status_code == 200
    assert opened, "the listeners are those of the engine that requests use"


def test_a_database_that_is_away_is_no_reason_not_to_serve(app: Flask) -> None:
    with app.app_context():
        db.drop_all()
    rehearse(app)
    with app.app_context():
        db.create_all()


def test_a_server_with_too_few_connections_for_the_web_processes_is_told(
    make_app: Callable[..., Flask], postgres_url: str
) -> None:
    app = make_app(DATABASE_URL=postgres_url)
    with app.app_context():
        given = int(db.session.scalar(text("show max_connections")) or 0)
        db.session.remove()
    with capture_logs() as enough:
        look_for_room(app, (given - 1) // 10)
    with capture_logs() as too_few:
        look_for_room(app, given // 10)
    assert not enough
    (told,) = too_few
    assert "QUIZAPP_DATABASE_CONNECTIONS" in told["event"]
    assert (told["max_connections"], told["web_processes_may_open"]) == (given, given // 10 * 10)


def test_a_file_has_room_for_everybody(app: Flask) -> None:
    with capture_logs() as told:
        look_for_room(app, 1000)
    assert not told
