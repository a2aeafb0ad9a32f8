"""A site of a test's own, served by the test's process, so that the test can look at its rows and let time pass."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.serving import BaseWSGIServer, make_server

from quizapp import create_app
from quizapp.extensions import db
from quizapp.models import Base, Role
from quizapp.services import accounts
from tests.quizapp.people import PASSWORD


@contextmanager
def application(
    folder: Path, redis_url: str, people: Iterable[tuple[str, str, Role]], **settings: Any
) -> Iterator[Flask]:
    """An application on SQLite in this folder, with an account for each (address, name, role)."""
    app = create_app(
        {
            "VAR": str(folder / "var"),
            "DATABASE_URL": f"sqlite:///{folder / 'quizapp.db'}",
            "REDIS_URL": redis_url,
            "SECRET_KEY": secrets.token_urlsafe(32),
            "RATELIMIT_ENABLED": False,
            "ARGON2_PASSES": 1,
            "ARGON2_MEMORY_KIB": 64,
            **settings,
        }
    )
    with app.app_context():
        Base.metadata.create_all(db.engine)
        for email, name, role in people:
            accounts.register(email, name, PASSWORD, role, action="user.created")
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    app.extensions["redis"].close()


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The address of the application, while the block lasts."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    with serving(server):
        yield f"http://127.0.0.1:{server.server_port}"


@contextmanager
def serving(server: BaseWSGIServer) -> Iterator[None]:
    """Have a server, made before its application knew its address, answer while the block lasts."""
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield
    server.shutdown()
    thread.join()
    server.server_close()
