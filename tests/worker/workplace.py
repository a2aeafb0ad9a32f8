"""An application as workers have it: its tables are there, its Redis is empty, and its context is open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask

from tests import applications


@contextmanager
def application(folder: Path, redis_url: str, broker_socket: Path, **settings: Any) -> Iterator[Flask]:
    """The application in this folder, on SQLite unless `settings` name another database, while the block lasts."""
    told = {"VAR": str(folder), "REDIS_URL": redis_url, "BROKER_SOCKET": str(broker_socket)}
    app = applications.assemble({**told, "RATELIMIT_ENABLED": False, "TESTING": True, **settings})
    with app.app_context():
        app.extensions["redis"].flushall()
        applications.make_tables(app)
        yield app
    applications.close(app)
