"""The schema is what the migrations make it, on both stores."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from sqlalchemy import inspect

from quizapp import create_app, database
from quizapp.extensions import db
from quizapp.models import Bank, Base, Question, QuestionVersion

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def bare_app(settings: dict[str, Any], database_url: str) -> Any:
    app = create_app({**settings, "DATABASE_URL": database_url})
    yield app
    with app.app_context():
        db.engine.dispose()
    app.extensions["redis"].close()


def test_upgrading_an_empty_database_gives_the_models_tables(bare_app: Flask) -> None:
    assert database.upgrade(bare_app) == (None, database.newest())
    with bare_app.app_context(), db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
        indexes = {index["name"] for index in inspect(connection).get_indexes("attempts")}
        keys = {key["name"] for key in inspect(connection).get_foreign_keys("questions")}
    assert {"uq_attempts_practice", "uq_attempts_running"} <= indexes
    assert "fk_questions_version_id" in keys


def test_upgrading_twice_changes_nothing(bare_app: Flask) -> None:
    database.upgrade(bare_app)
    assert database.upgrade(bare_app) == (database.newest(), database.newest())


def test_two_processes_may_upgrade_at_once(settings: dict[str, Any], database_url: str) -> None:
    environment = os.environ | {"QUIZAPP_VAR": settings["VAR"], "QUIZAPP_DATABASE_URL": database_url}
    command_line = [sys.executable, "-m", "quizapp.cli", "db", "upgrade"]
    processes = [
        subprocess.Popen(
            command_line,
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _ in range(2)
    ]
    told = [process.communicate(timeout=300)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], told
    assert all(text.startswith(f"Database schema: {database.newest()}") for text in told)


def test_the_way_back_leaves_nothing(bare_app: Flask) -> None:
    database.upgrade(bare_app)
    with bare_app.app_context():
        command.downgrade(database.alembic_config(), "base")
        assert set(inspect(db.engine).get_table_names()) == {"alembic_version"}


def test_the_command_says_what_it_did(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QUIZAPP_VAR", str(tmp_path / "var"))
    monkeypatch.delenv("QUIZAPP_DATABASE_URL", raising=False)
    assert database.main([]) == 0
    assert database.main([]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first == f"Database schema: {database.newest()} (was empty)"
    assert second == f"Database schema: {database.newest()}"
    assert (tmp_path / "var" / "quizapp.db").exists()


def test_a_database_that_cannot_be_reached_is_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QUIZAPP_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("QUIZAPP_DATABASE_URL", f"postgresql://nobody:secret@/none?host={tmp_path}")
    assert database.main([]) == 2
    told = capsys.readouterr().err
    assert len(told.splitlines()) == 1
    assert "cannot be reached" in told
    assert "secret" not in told


def test_tables_made_by_the_models_are_those_of_the_migrations(make_app: Callable[..., Flask]) -> None:
    """The tests make tables from the models; that is only sound while both agree."""
    app = make_app()
    with app.app_context():
        made = {
            name: {c["name"] for c in inspect(db.engine).get_columns(name)} for name in Base.metadata.tables
        }
    assert made == {name: set(table.columns.keys()) for name, table in Base.metadata.tables.items()}


def test_what_solutions_gave_before_is_recorded_again(bare_app: Flask) -> None:
    database.upgrade(bare_app, "0016")
    about = {"title": "Sum", "kind": "code", "level": "fresher", "topic": "t", "difficulty": 1}
    with bare_app.app_context():
        db.session.add(Bank(id="b", title="B"))
        db.session.add(Question(id="sum", bank_id="b", minutes=1.0, points=1.0, **about))
        db.session.flush()
        told = {"content_hash": "0" * 64, "content": {}, "created_at": datetime.now(UTC)}
        db.session.add(QuestionVersion(id=1, question_id="sum", contract={"tests": []}, **told))
        db.session.commit()
        assert db.session.get_one(QuestionVersion, 1).contract == {"tests": []}
        db.session.remove()
    database.upgrade(bare_app)
    with bare_app.app_context():
        assert db.session.get_one(QuestionVersion, 1).contract is None
