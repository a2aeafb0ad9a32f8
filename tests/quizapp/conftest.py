"""The application on SQLite in a folder of its own, with the run's Redis, and people who act on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from flask import Flask
from flask.testing import FlaskClient

from quizapp.extensions import db
from quizapp.models import Role
from tests import applications
from tests.quizapp import lock_order, people, sittings
from tests.quizapp.people import Person
from tests.quizapp.shelf import Shelf
from tests.quizapp.sittings import Sitting


@pytest.fixture
def settings(tmp_path: Path, redis_url: str) -> dict[str, Any]:
    """What the tests set; hashing is cheap here, and limits are off unless they are the subject."""
    with redis.Redis.from_url(redis_url) as store:
        store.flushdb()  # the server is shared by the run; counts and caches are not
    return {"TESTING": True, **applications.settings(tmp_path, redis_url)}


@pytest.fixture
def make_app(settings: dict[str, Any]) -> Iterator[Callable[..., Flask]]:
    """Make an application with further settings; its tables are there. Everything is closed at the end.

    What its services take of the database, they have to take in one order.
    """
    made: list[Flask] = []
    wrong: list[str] = []

    def make(**further: Any) -> Flask:
        app = applications.assemble({**settings, **further})
        made.append(app)
        applications.make_tables(app)
        with app.app_context():
            lock_order.watch(db.engine, wrong)
        return app

    yield make
    for app in made:
        applications.close(app)
    assert not wrong, "rows are taken against the order of quizapp.services.holding"


@pytest.fixture
def both_stores(settings: dict[str, Any], database_url: str) -> None:
    """Have every application of a test on SQLite and then on PostgreSQL; meant for `pytestmark` of a module."""
    settings["DATABASE_URL"] = database_url


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
    return people.maker(app)


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


@pytest.fixture
def sitting(candidate: Person, library: Shelf) -> Sitting:
    """The interview `first-round`, which the candidate has begun."""
    return sittings.start(candidate)
