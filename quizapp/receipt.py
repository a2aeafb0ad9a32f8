"""The moment at which a request entered the application, by the database's clock."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from flask import g, has_request_context
from sqlalchemy import DateTime, func, select, text
from sqlalchemy.orm import Session

from quizapp.extensions import db

if TYPE_CHECKING:
    from flask import Flask


def bind(app: Flask) -> None:
    """Note the moment of receipt before anything else is done with a request."""

    @app.before_request
    def note() -> None:
        g.received_monotonic = time.monotonic()


def database_now(session: Session | None = None) -> datetime:
    """The database's clock, with its time zone. All moments that are stored or compared come from here.

    `session` is one that is open already, when the request's own is not to begin a transaction for this.
    """
    asking = session or db.session
    if db.engine.dialect.name == "sqlite":
        raw = asking.execute(text("select strftime('%Y-%m-%d %H:%M:%f', 'now')")).scalar_one()
        return datetime.fromisoformat(raw).replace(tzinfo=UTC)
    moment: datetime = asking.execute(
        select(func.clock_timestamp(type_=DateTime(timezone=True)))
    ).scalar_one()
    return moment.astimezone(UTC)


def received_at() -> datetime:
    """When the current request entered the application; now, when there is none. Waiting inside is not counted."""
    waited = (
        time.monotonic() - g.received_monotonic
        if has_request_context() and "received_monotonic" in g
        else 0.0
    )
    return database_now() - timedelta(seconds=waited)
