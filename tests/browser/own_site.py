"""A site of a test's own, served by the test's process, so that the test can look at its rows and let time pass."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.serving import BaseWSGIServer, make_server

from quizapp.models import Role
from quizapp.services import accounts
from tests import applications
from tests.quizapp.people import PASSWORD


@contextmanager
def application(
    folder: Path, redis_url: str, people: Iterable[tuple[str, str, Role]], **settings: Any
) -> Iterator[Flask]:
    """An application on SQLite in this folder, with an account for each (address, name, role)."""
    with applications.running(folder, redis_url, **settings) as app:
        with app.app_context():
            for email, name, role in people:
                accounts.register(email, name, PASSWORD, role, action="user.created")
        yield app


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
