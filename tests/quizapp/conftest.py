"""The application on SQLite in a folder of its own, with the run's Redis, and people who act on it."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache

from quizapp import create_app
from quizapp.extensions import db
from quizapp.models import Base, Role
from quizapp.services import accounts
from tests.quizapp.people import PASSWORD, Person
from tests.quizapp.shelf import Shelf

_numbers = itertools.count(1)


class _CompiledTemplates(BytecodeCache):
    """Templates compiled once for all applications of the run; compiling them was a quarter of its time."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


_compiled = _CompiledTemplates()


@pytest.fixture
def settings(tmp_path: Path, redis_url: str) -> dict[str, Any]:
    """What the tests set; hashing is cheap here, and limits are off unless they are the subject."""
    with redis.Redis.from_url(redis_url) as store:
        store.flushdb()  # the server is shared by the run; counts and caches are not
    return {
        "TESTING": True,
        "VAR": str(tmp_path / "var"),
        "DATABASE_URL": f"sqlite:///{tmp_path / 'quizapp.db'}",
        "REDIS_URL": redis_url,
        "SECRET_KEY": secrets.token_urlsafe(32),
        "RATELIMIT_ENABLED": False,
        "ARGON2_PASSES": 1,
        "ARGON2_MEMORY_KIB": 64,
    }


@pytest.fixture
def make_app(settings: dict[str, Any]) -> Iterator[Callable[..., Flask]]:
    """Make an application with further settings; its tables are there. Everything is closed at the end."""
    made: list[Flask] = []

    def make(**further: Any) -> Flask:
        app = create_app({**settings, **further})
        app.jinja_env.bytecode_cache = _compiled
        made.append(app)
        with app.app_context():
            Base.metadata.create_all(db.engine)
        return app

    yield make
    for app in made:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
        app.extensions["redis"].close()


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    """The application as it comes."""
    return make_app()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser that nobody has signed in with."""
    return app.test_client()


@pytest.fixture
def make_person(app: Flask) -> Callable[..., Person]:
    """Make somebody with an account of this role, signed in at a fresh browser."""

    def make(role: Role = Role.CANDIDATE, *, name: str = "Ines Okafor", is_signed_in: bool = True) -> Person:
        email = f"person{next(_numbers)}@example.org"
        with app.app_context():
            accounts.register(email, name, PASSWORD, role, action="user.created")
        person = Person(app, app.test_client(), email)
        if is_signed_in:
            reply = person.sign_in()
            assert reply.status_code == 302, reply.text
        return person

    return make


@pytest.fixture
def candidate(make_person: Callable[..., Person]) -> Person:
    """A signed-in candidate."""
    return make_person()


@pytest.fixture
def manager(make_person: Callable[..., Person]) -> Person:
    """A signed-in hiring manager."""
    return make_person(Role.MANAGER, name="Mara Haugen")


@pytest.fixture
def admin(make_person: Callable[..., Person]) -> Person:
    """A signed-in admin."""
    return make_person(Role.ADMIN, name="Ada Lindqvist")


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """A folder of question files of every kind, not published yet."""
    shelf = Shelf(tmp_path / "questions")
    shelf.fill()
    return shelf


@pytest.fixture
def library(app: Flask, shelf: Shelf) -> Shelf:
    """The same, published."""
    shelf.publish(app)
    return shelf
