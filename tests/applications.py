"""Applications made quickly: what is the same for each of them is made once for the run."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import create_engine, create_mock_engine, inspect
from sqlalchemy.schema import ExecutableDDLElement
from werkzeug.routing import Rule

from quizapp import create_app
from quizapp.extensions import db
from quizapp.models import Base

# Hashing is cheap in tests, and limits are off unless they are the subject.
CHEAP: dict[str, Any] = {"RATELIMIT_ENABLED": False, "ARGON2_PASSES": 1, "ARGON2_MEMORY_KIB": 64}


def settings(folder: Path, redis_url: str) -> dict[str, Any]:
    """What an application of tests is set to: SQLite in this folder, and the run's Redis."""
    return {
        "VAR": str(folder / "var"),
        "DATABASE_URL": f"sqlite:///{folder / 'quizapp.db'}",
        "REDIS_URL": redis_url,
        "SECRET_KEY": secrets.token_urlsafe(32),
        **CHEAP,
    }


_compile = Rule._compile_builder
_builders: dict[tuple[Any, ...], Callable[..., tuple[str, str]]] = {}


def _compiled_once(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
    """The function that builds a route's addresses: Werkzeug compiles it from these four and nothing else.

    Compiling those of some 170 routes for each test's application was a third of the time of all tests.
    """
    made_of = (rule.rule, tuple(rule._trace), repr(rule.defaults), append_unknown)
    if made_of not in _builders:
        _builders[made_of] = _compile(rule, append_unknown)
    return _builders[made_of]


Rule._compile_builder = _compiled_once  # type: ignore[assignment, method-assign]


class _CompiledTemplates(BytecodeCache):
    """Templates compiled once for all applications of the run; compiling them was a quarter of its time."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


_templates = _CompiledTemplates()


def assemble(wanted: dict[str, Any]) -> Flask:
    """An application with these settings, without tables."""
    app = create_app(wanted)
    app.jinja_env.bytecode_cache = _templates
    return app


def make_tables(app: Flask) -> None:
    """Make the tables, where the application's database is empty: SQLite's by a copy of a file that was made before."""
    with app.app_context():
        url = db.engine.url
        if url.get_backend_name() == "sqlite":
            path = Path(str(url.database))
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                path.write_bytes(_sqlite_file())
        elif not inspect(db.engine).has_table("users"):
            with db.engine.begin() as connection:
                connection.connection.cursor().execute(_postgres_script())


@contextmanager
def running(folder: Path, redis_url: str, **more: Any) -> Iterator[Flask]:
    """An application on SQLite in this folder, with its tables, for the length of a `with` block."""
    app = assemble(settings(folder, redis_url) | more)
    make_tables(app)
    yield app
    close(app)


def close(app: Flask) -> None:
    """Let go of the stores."""
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    app.extensions["redis"].close()


@cache
def _postgres_script() -> str:
    """What makes every table in PostgreSQL, in one message."""
    statements: list[str] = []

    def note(statement: ExecutableDDLElement, *_: Any, **__: Any) -> None:
        statements.append(str(statement.compile(dialect=engine.dialect)))

    engine = create_mock_engine("postgresql+psycopg://", note)
    Base.metadata.create_all(engine, checkfirst=False)
    return ";\n".join(statements)


@cache
def _sqlite_file() -> bytes:
    """A SQLite file with every table, empty."""
    with tempfile.TemporaryDirectory(prefix="quizapp-tables-") as folder:
        path = Path(folder) / "quizapp.db"
        engine = create_engine(f"sqlite:///{path}")
        Base.metadata.create_all(engine)
        engine.dispose()
        return path.read_bytes()
