"""The application on SQLite in a folder of its own, with a real Redis, and people who act on it."""

from __future__ import annotations

import itertools
import re
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import redis
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from quizapp import create_app
from quizapp.extensions import db
from quizapp.models import Base, Role, User
from quizapp.services import accounts

PASSWORD = "nine otters under ice"
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A real Redis server on a unix socket, without persistence, gone with the test run."""
    folder = Path(tempfile.mkdtemp(prefix="quizapp-redis-"))  # short: a socket's path ends at 108 characters
    socket = folder / "redis.sock"
    server = subprocess.Popen(
        ["redis-server", "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(folder)],
        stdout=subprocess.DEVNULL,
    )
    try:
        probe = redis.Redis(unix_socket_path=str(socket))
        for _ in range(100):
            try:
                probe.ping()
                break
            except redis.ConnectionError:
                time.sleep(0.05)
        probe.ping()
        probe.close()
        yield f"unix://{socket}"
    finally:
        server.terminate()
        server.wait(10)
        shutil.rmtree(folder)


@pytest.fixture
def settings(tmp_path: Path, redis_url: str) -> dict[str, Any]:
    """What the tests set; hashing is cheap here, and limits are off unless they are the subject."""
    return {
        "TESTING": True,
        "VAR": str(tmp_path / "var"),
        "DATABASE_URL": f"sqlite:///{tmp_path / 'quizapp.db'}",
        "REDIS_URL": redis_url,
        "SECRET_KEY": secrets.token_urlsafe(32),
        "RATELIMIT_ENABLED": False,
        "RATELIMIT_KEY_PREFIX": secrets.token_hex(4),
        "CACHE_KEY_PREFIX": f"{secrets.token_hex(4)}:",
        "ARGON2_PASSES": 1,
        "ARGON2_MEMORY_KIB": 64,
    }


@pytest.fixture
def make_app(settings: dict[str, Any]) -> Iterator[Callable[..., Flask]]:
    """Make an application with further settings; its tables are there. Everything is closed at the end."""
    made: list[Flask] = []

    def make(**further: Any) -> Flask:
        app = create_app({**settings, **further})
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


@dataclass
class Person:
    """Somebody with an account, at a browser of their own."""

    app: Flask
    client: FlaskClient
    email: str
    password: str = PASSWORD

    @property
    def id(self) -> int:
        """The number of the account."""
        with self.app.app_context():
            return db.session.scalars(select(User.id).where(User.email == self.email)).one()

    def sign_in(
        self, password: str | None = None, *, stay: bool = False, at: str = "/sign-in"
    ) -> TestResponse:
        """Sign in by the form."""
        form = {"email": self.email, "password": password or self.password}
        return self.post(at, form | ({"stay": "y"} if stay else {}))

    def sign_out(self) -> TestResponse:
        """Sign out by the button."""
        return self.post("/sign-out")

    def get(self, path: str, **options: Any) -> TestResponse:
        """Open a page."""
        return self.client.get(path, **options)

    def post(self, path: str, form: dict[str, Any] | None = None, **options: Any) -> TestResponse:
        """Send a form, with the token that belongs to the session."""
        return self.client.post(path, data={"csrf_token": csrf_token(self.client), **(form or {})}, **options)

    def send_json(self, method: str, path: str, body: Any) -> TestResponse:
        """Send JSON as the pages' scripts do."""
        headers = {"X-CSRFToken": csrf_token(self.client)}
        return self.client.open(path, method=method, json=body, headers=headers)

    def at_another_device(self) -> Person:
        """The same person with a second browser, signed in."""
        other = Person(self.app, self.app.test_client(), self.email, self.password)
        other.sign_in()
        return other


def csrf_token(client: FlaskClient) -> str:
    """The token that a page of this session carries."""
    page = client.get("/sign-in")
    if page.status_code != 200:
        page = client.get("/account")
    found = re.search(r'<meta name="csrf-token" content="([^"]+)">', page.text)
    assert found, page.text[:500]
    return found[1]


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
