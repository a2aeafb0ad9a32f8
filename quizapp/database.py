"""The command `quizapp db upgrade`: bring the database to the newest schema."""

# ruff: noqa: T201 - a command speaks on stdout

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from quizapp import create_app
from quizapp.extensions import db

MIGRATIONS = Path(__file__).parent / "migrations"


def alembic_config() -> Config:
    """Alembic's settings, without an ini file: the scripts' folder is all it needs."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def upgrade(app: Flask, revision: str = "head") -> tuple[str | None, str | None]:
    """Apply what is missing; gives the revision before and after. Two at once take turns.

    The folder of a SQLite file is made when it is missing.
    """
    with app.app_context():
        if db.engine.dialect.name == "sqlite" and db.engine.url.database not in (None, "", ":memory:"):
            Path(str(db.engine.url.database)).parent.mkdir(parents=True, exist_ok=True)
        before = current(app)
        command.upgrade(alembic_config(), revision)
        return before, current(app)


def upgrade_on(connection: Connection, revision: str = "head") -> None:
    """The same on a connection that is given, in its transaction; the application's context is needed."""
    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def current(app: Flask) -> str | None:
    """The revision the database is at; None when it is empty."""
    with app.app_context(), db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest() -> str | None:
    """The newest revision there is."""
    return ScriptDirectory.from_config(alembic_config()).get_current_head()


def revisions() -> set[str]:
    """Every revision that this version of quizapp knows."""
    return {script.revision for script in ScriptDirectory.from_config(alembic_config()).walk_revisions()}


def main(argv: Sequence[str]) -> int:
    """Run the command; exit status 0 when the database is at the newest schema, 2 when it cannot be reached."""
    parser = argparse.ArgumentParser(
        prog="quizapp db upgrade", description="Bring the database to the newest schema."
    )
    parser.parse_args(list(argv))
    app = create_app()
    try:
        before, after = upgrade(app)
    except OperationalError as error:
        where = app.config["SQLALCHEMY_DATABASE_URI"].split("@")[-1]
        reason = str(error.orig).strip().splitlines()[0]
        print(f"quizapp: the database {where} cannot be reached or written: {reason}", file=sys.stderr)
        return 2
    print(f"Database schema: {after}" + ("" if before == after else f" (was {before or 'empty'})"))
    return 0
