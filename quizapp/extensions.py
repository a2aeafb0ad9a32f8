"""Extensions, unbound here and bound to an application by `bind`."""

from __future__ import annotations

import math
import os
import sqlite3
import time
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, TypeVar

import redis
from flask import current_app, has_request_context, request
from flask_caching import Cache
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager
from flask_mailman import Mail as MailExtension
from flask_sqlalchemy import SQLAlchemy
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import create_engine, event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import make_transient_to_detached
from sqlalchemy.orm.attributes import instance_dict, manager_of_class
from werkzeug.middleware.proxy_fix import ProxyFix

from quizapp.config import connections_alone
from quizapp.models.base import Base

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Flask

Row = TypeVar("Row", bound=Base)

_SURELY_THERE = 1.0  # seconds of idleness after which a connection is asked

db = SQLAlchemy(model_class=Base)
login = LoginManager()
csrf = CSRFProtect()
cache = Cache()
mail = MailExtension()
limiter = Limiter(key_func=get_remote_address, swallow_errors=True)


def bind(app: Flask) -> None:
    """Bind every extension to `app`, from its settings."""
    url = app.config["REDIS_URL"]
    app.config.setdefault("CACHE_TYPE", "quizapp.caching.json_cache")
    app.config.setdefault("RATELIMIT_STORAGE_URI", f"redis+{url}" if url.startswith("unix://") else url)
    app.extensions["redis"] = redis.Redis.from_url(url, socket_timeout=5, socket_connect_timeout=2)
    db.init_app(app)
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            steady_sqlite(db.engine)
            app.extensions["quizapp_alone"] = (db.engine, db.engine.execution_options(read_only=True))
        else:
            committing = _committing(app, db.engine)
            _look_after(db.engine)
            _look_after(committing)
            app.extensions["quizapp_alone"] = (committing, committing)
    _offer_migrations(app)
    login.init_app(app)
    csrf.init_app(app)
    cache.init_app(app)
    limiter.init_app(app)
    if app.config["RATELIMIT_ENABLED"]:
        _look_when_views_are_called(app)
    mail.init_app(app)
    if hops := app.config["TRUSTED_PROXIES"]:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]


def _look_when_views_are_called(app: Flask) -> None:
    """Keep the limiter from looking before each request for limits of the whole site.

    There are none; those of a view count when it is called. Flask-Limiter 4.1 has no option for that (`auto_check` of
    earlier versions is gone), so its part of Flask's list is taken out, by whose it is and not by its name.
    """
    functions = app.before_request_funcs[None]
    functions[:] = [one for one in functions if getattr(one, "__self__", None) is not limiter]


def alone(*, read_only: bool = False) -> AbstractContextManager[Connection]:
    """A connection for one statement that is a transaction of its own, apart from the request's session.

    On PostgreSQL it is committed when it is answered, so that nothing has to be asked before and after it; on SQLite one
    that reads takes no write lock. What needs two statements that belong together goes through the session. A request may
    be done twice (`quizapp.repeating`): what is written here has to be the same the second time.
    """
    engines: tuple[Engine, Engine] = current_app.extensions["quizapp_alone"]
    return engines[read_only].begin()


def commit_and_keep() -> None:
    """Commit without forgetting what was loaded: the same request goes on with it, and would have to ask again."""
    session = db.session()
    session.expire_on_commit = False
    try:
        session.commit()
    finally:
        session.expire_on_commit = True


def read_from_here() -> None:
    """Read without SQLite's one write lock in the transaction that begins now; a job or a sent form would take it."""
    db.session.connection(execution_options={"read_only": True})


def as_loaded(model: type[Row], columns: Mapping[str, Any]) -> Row:
    """A row that was read already, as an object of the request's session, without another question to the database.

    The object that is there already, where there is one.
    """
    session = db.session()
    known = session.identity_map.get(session.identity_key(model, columns["id"]))
    if isinstance(known, model):
        return known
    # To set each column as if somebody changed it would take twice as long, for every request of somebody signed in.
    made: Row = manager_of_class(model).new_instance()
    instance_dict(made).update(columns)
    make_transient_to_detached(made)
    session.add(made)
    return made


def redis_client() -> redis.Redis:
    """The Redis connection pool of the current application (bytes in, bytes out)."""
    client: redis.Redis = current_app.extensions["redis"]
    return client


def _committing(app: Flask, engine: Engine) -> Engine:
    """An engine for the same database whose connections commit each statement; it ends with the other one."""
    options = {**app.config["SQLALCHEMY_ENGINE_OPTIONS"], "pool_size": connections_alone()}
    # Nothing is under way on a connection that comes back, so nothing has to be ended there.
    made = create_engine(engine.url, isolation_level="AUTOCOMMIT", pool_reset_on_return=None, **options)

    @event.listens_for(engine, "engine_disposed")
    def on_disposed(_engine: Engine) -> None:
        made.dispose()

    return made


def _look_after(engine: Engine) -> None:
    """Ask a connection that was idle for a while whether it is still there; one that was just used tells it by itself."""

    @event.listens_for(engine, "checkin")
    def on_checkin(_connection: Any, record: Any) -> None:
        record.info["idle_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def on_checkout(connection: Any, record: Any, _proxy: Any) -> None:
        if time.monotonic() - record.info.get("idle_since", math.inf) < _SURELY_THERE:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error  # the server went away: the others are no better


def _offer_migrations(app: Flask) -> None:
    """Give the `flask` command its `db`. Nobody else waits for that package, which takes a fifth of a second to load."""
    if os.environ.get("FLASK_RUN_FROM_CLI") == "true":
        from flask_migrate import Migrate  # noqa: PLC0415 - see above

        Migrate(app, db, directory=f"{app.root_path}/migrations", render_as_batch=True)


def steady_sqlite(engine: Engine) -> None:
    """Make SQLite serve several processes without lost updates: WAL, and BEGIN IMMEDIATE for every transaction.

    A plain BEGIN takes a read lock first, and two readers that both want to write fail at once whatever the busy
    timeout says; IMMEDIATE queues them instead.
    """

    @event.listens_for(engine, "connect")
    def on_connect(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=10000", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def on_begin(connection: Any) -> None:
        # A GET changes nothing, so pages need not queue for the one write lock while they are drawn.
        is_page = has_request_context() and request.method in ("GET", "HEAD")
        read_only = is_page or connection.get_execution_options().get("read_only", False)
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")
