"""The moment at which a request entered the application, by the database's clock."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from flask import g, has_request_context, request
from sqlalchemy import ColumnElement, DateTime, String, func, select
from sqlalchemy.orm import Session

from quizapp import crew
from quizapp.extensions import alone, db

if TYPE_CHECKING:
    from flask import Flask

# A body that takes longer from its first line to its last is counted as sent later by what is more.
SLOW_SECONDS = 1.0
_SQLITE_FORM = "%Y-%m-%d %H:%M:%f"
_SQLITE_NOW = f"SELECT strftime('{_SQLITE_FORM}', 'now')"
_sqlite_lock = threading.Lock()


def bind(app: Flask) -> None:
    """Note the moment of receipt before anything else is done with a request."""

    @app.before_request
    def begin() -> None:
        begun = time.monotonic()
        request.get_data()  # a body that is sent slowly was not there when its first line was
        sending = time.monotonic() - begun
        g.received_monotonic = crew.asked_at() + max(0.0, sending - SLOW_SECONDS)


def database_now(session: Session | None = None) -> datetime:
    """The database's clock, with its time zone. All moments that are stored or compared come from here.

    No transaction is begun for this; where one is under way it is asked, or that of `session`. SQLite tells the same to
    whoever asks it on this machine, so a connection of its own, to no file, is asked there.
    """
    if db.engine.dialect.name == "sqlite":
        with _sqlite_lock:
            return moment_of(_sqlite(os.getpid()).execute(_SQLITE_NOW).fetchone()[0])
    asking = session or db.session()
    if not asking.in_transaction():
        with alone(read_only=True) as connection:
            return moment_of(connection.execute(select(clock())).scalar_one())
    return moment_of(asking.execute(select(clock())).scalar_one())


@cache
def _sqlite(_process: int) -> sqlite3.Connection:
    """One for each process: SQLite wants none of them to come through a fork."""
    return sqlite3.connect(":memory:", check_same_thread=False)


def clock() -> ColumnElement[Any]:
    """The database's clock as a column, for a statement that is needed anyway; `moment_of` reads what it gives."""
    if db.engine.dialect.name == "sqlite":
        return func.strftime(_SQLITE_FORM, "now", type_=String())
    return func.clock_timestamp(type_=DateTime(timezone=True))


def moment_of(told: Any) -> datetime:
    """What `clock` gave, with its time zone."""
    if isinstance(told, str):
        return datetime.fromisoformat(told).replace(tzinfo=UTC)
    moment: datetime = told
    return moment.astimezone(UTC)


def note(now: datetime) -> None:
    """Spare this request the question for its moment of receipt, when the database's clock is known already."""
    if has_request_context() and "received_monotonic" in g:
        g.received_at = now - timedelta(seconds=time.monotonic() - g.received_monotonic)


def received_at() -> datetime:
    """When the current request entered the application; now, when there is none. Waiting inside is not counted.

    A request has one such moment: the database is asked for it once.
    """
    if not has_request_context() or "received_monotonic" not in g:
        return database_now()
    if "received_at" not in g:
        note(database_now())
    moment: datetime = g.received_at
    return moment
