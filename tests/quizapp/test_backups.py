"""A backup restored is what was backed up, on both stores and from each to the other."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from quizapp import backup_cli, backups, create_app, database, restoring
from quizapp.errors import Conflict, Unprocessable
from quizapp.extensions import db
from quizapp.models import (
    Attempt,
    AttemptKind,
    AuditEntry,
    Bank,
    Base,
    Heartbeat,
    Interview,
    InterviewVersion,
    Question,
    QuestionVersion,
    Response,
    User,
)

NOW = datetime(2026, 5, 1, 9, 30, 1, 234567, tzinfo=UTC)
Make = Callable[..., Flask]


@pytest.fixture
def make(settings: dict[str, Any], tmp_path: Path) -> Iterator[Make]:
    """Make an application on a database of the given address, without tables, with a var folder of its own."""
    made: list[Flask] = []

    def app_on(url: str) -> Flask:
        app = create_app({**settings, "VAR": str(tmp_path / f"var{len(made)}"), "DATABASE_URL": url})
        made.append(app)
        return app

    yield app_on
    for app in made:
        with app.app_context():
            db.engine.dispose()
        app.extensions["redis"].close()


@pytest.fixture(params=["sqlite to postgresql", "postgresql to sqlite", "sqlite to sqlite"])
def addresses(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, str]:
    """The addresses of two empty databases."""
    found = []
    for number, kind in enumerate(request.param.split(" to ")):
        found.append(
            f"sqlite:///{tmp_path / f'{number}.db'}"
            if kind == "sqlite"
            else request.getfixturevalue("postgres_url")
        )
    return found[0], found[1]


def fill(app: Flask) -> None:
    """Rows with everything that could get lost on the way: circles, moments, JSON, text of all sorts, gaps."""
    database.upgrade(app)
    with app.app_context():
        bank = Bank(id="fresher", title="Fresher ☃ 'quoted' \"twice\"\nand on a second line")
        questions = [
            Question(
                id=f"q{n}", bank=bank, title="Q", kind="text", level="fresher", topic="routing", difficulty=1,
                minutes=1.5, points=0.1 + 0.2,
            )
            for n in range(3)
        ]  # fmt: skip
        db.session.add_all(questions)
        db.session.flush()
        for question in questions[:2]:
            version = QuestionVersion(
                question_id=question.id,
                content_hash="h",
                content={"prompt": "ä\x7f\ud7ff", "n": None},
                created_at=NOW,
            )
            db.session.add(version)
            db.session.flush()
            question.version_id = version.id
        user = User(id=7, email="cara@example.org", name="Cara", password_hash="x", created_at=NOW)
        interview = Interview(id="backend", bank_id="fresher", kind="hiring", title="B", blueprint={"a": [1]})
        db.session.add_all([user, interview])
        db.session.flush()
        said = InterviewVersion(interview_id="backend", number=1, title="B", blueprint={}, created_at=NOW)
        db.session.add(said)
        db.session.flush()
        interview.version_id = said.id
        attempt = Attempt(
            user=user, bank_id="fresher", interview_id="backend", kind=AttemptKind.HIRING, started_at=NOW,
            interview_version=said,
        )  # fmt: skip
        attempt.responses.append(
            Response(
                question_id="q1", version_id=questions[1].version_id, max_points=3.3, answer={"text": "None"}
            )
        )
        db.session.add(attempt)
        db.session.add_all(
            AuditEntry(at=NOW + timedelta(seconds=n), action="x", facts={"n": n}) for n in range(2500)
        )
        db.session.commit()


def all_rows(app: Flask) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, by the models' types."""
    with app.app_context(), db.engine.connect() as connection:
        return {
            table.name: [
                tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key.columns))
            ]
            for table in Base.metadata.tables.values()
        }


def quiet(_table: str, _rows: int) -> None:
    """Say nothing."""


def test_what_is_restored_is_what_was_there(make: Make, addresses: tuple[str, str], tmp_path: Path) -> None:
    before, after = make(addresses[0]), make(addresses[1])
    fill(before)
    (Path(before.config["VAR"]) / "secret_key").parent.mkdir(parents=True, exist_ok=True)
    (Path(before.config["VAR"]) / "secret_key").write_text("k" * 48)
    told: dict[str, int] = {}
    written = backups.write(before, tmp_path / "b.zip", told.__setitem__)
    assert told["audit_entries"] == 2500
    assert backups.examine(tmp_path / "b.zip") == written
    assert (tmp_path / "b.zip").stat().st_mode & 0o777 == 0o600
    assert restoring.restore(after, tmp_path / "b.zip", quiet) == written
    restored = all_rows(after)
    assert restored == all_rows(before)
    assert sum(len(rows) for rows in restored.values()) == written.rows
    assert (Path(after.config["VAR"]) / "secret_key").read_text() == "k" * 48
    with after.app_context():  # new rows come after the restored ones
        db.session.add(User(email="new@example.org", name="New", password_hash="x", created_at=NOW))
        db.session.commit()
        assert db.session.scalars(select(User.id).order_by(User.id)).all() == [7, 8]


def test_a_backup_of_an_older_schema_is_brought_up_to_date(
    make: Make, database_url: str, tmp_path: Path
) -> None:
    before, after = make(f"sqlite:///{tmp_path / 'old.db'}"), make(database_url)
    database.upgrade(before, "0003")
    with before.app_context(), db.engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO banks VALUES ('fresher', 'Fresher', '', 1, 0)")
    backups.write(before, tmp_path / "b.zip", quiet)
    restoring.restore(after, tmp_path / "b.zip", quiet)
    assert database.current(after) == database.newest()
    assert [row[0] for row in all_rows(after)["banks"]] == ["fresher"]


def test_a_database_that_holds_something_is_replaced_only_when_told(
    make: Make, database_url: str, tmp_path: Path
) -> None:
    app = make(database_url)
    fill(app)
    backups.write(app, tmp_path / "b.zip", quiet)
    before = all_rows(app)
    with app.app_context():
        db.session.add(User(email="later@example.org", name="Later", password_hash="x", created_at=NOW))
        db.session.commit()
    with pytest.raises(Conflict, match="not empty"):
        restoring.restore(app, tmp_path / "b.zip", quiet)
    assert len(all_rows(app)["users"]) == 2
    restoring.restore(app, tmp_path / "b.zip", quiet, replace=True)
    assert all_rows(app) == before


def broken_off(table: str, _rows: int) -> None:
    """Fail when some of the tables have their rows already."""
    if table == "questions":
        raise KeyboardInterrupt


# The same, by a process that is killed at that moment.
KILLED = """
import os, signal, sys
from pathlib import Path
from quizapp import create_app, restoring
app = create_app({"DATABASE_URL": sys.argv[1], "REDIS_URL": sys.argv[2], "VAR": sys.argv[3]})
def say(table, rows):
    if table == "questions":
        os.kill(os.getpid(), signal.SIGKILL)
restoring.restore(app, Path(sys.argv[4]), say, replace=True)
"""


def test_a_restore_that_breaks_off_in_the_middle_leaves_what_was_there(
    make: Make, database_url: str, settings: dict[str, Any], tmp_path: Path
) -> None:
    app, backup = make(database_url), tmp_path / "b.zip"
    fill(app)
    var = Path(app.config["VAR"])
    var.mkdir(parents=True, exist_ok=True)
    (var / "secret_key").write_text("k" * 48)
    backups.write(app, backup, quiet)
    (var / "secret_key").write_text("later" * 10)
    with app.app_context():
        db.session.add(User(email="later@example.org", name="Later", password_hash="x", created_at=NOW))
        db.session.commit()
    before = all_rows(app)
    with pytest.raises(KeyboardInterrupt):
        restoring.restore(app, backup, broken_off, replace=True)
    assert all_rows(app) == before
    command = [sys.executable, "-c", KILLED, database_url, settings["REDIS_URL"], str(var), str(backup)]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    assert all_rows(app) == before
    assert (var / "secret_key").read_text() == "later" * 10
    restoring.restore(app, backup, quiet, replace=True)
    assert len(all_rows(app)["users"]) == 1
    assert (var / "secret_key").read_text() == "k" * 48
    assert not [*tmp_path.rglob("*.restoring*")], "nothing of the broken ones is left"


def test_a_key_that_cannot_be_put_in_place_is_left_beside_and_named(make: Make, tmp_path: Path) -> None:
    app, backup = make(f"sqlite:///{tmp_path / 'a.db'}"), tmp_path / "b.zip"
    fill(app)
    var = Path(app.config["VAR"])
    var.mkdir(parents=True, exist_ok=True)
    for name in ("secret_key", "transcript_key"):
        (var / name).write_text(name * 5)
    backups.write(app, backup, quiet)
    with app.app_context():
        db.session.add(User(email="later@example.org", name="Later", password_hash="x", created_at=NOW))
        db.session.commit()
    (var / "secret_key").write_text("later" * 10)
    (var / "transcript_key").unlink()
    (var / "transcript_key").mkdir()  # what no file can take the place of
    with pytest.raises(restoring.KeysLeft, match="The database is restored, and 1 of its keys not") as told:
        restoring.restore(app, backup, quiet, replace=True)
    assert len(all_rows(app)["users"]) == 1
    assert (var / "secret_key").read_text() == "secret_key" * 5
    left = var / ".transcript_key.restoring"
    assert f"mv {left} {var / 'transcript_key'}" in told.value.what_to_do
    assert left.read_text() == "transcript_key" * 5
    (var / "transcript_key").rmdir()
    restoring.restore(app, backup, quiet, replace=True)
    assert (var / "transcript_key").read_text() == "transcript_key" * 5
    assert not left.exists()


def test_the_file_of_a_restored_database_keeps_its_rights(make: Make, tmp_path: Path) -> None:
    app, file = make(f"sqlite:///{tmp_path / 'a.db'}"), tmp_path / "a.db"
    fill(app)
    file.chmod(0o640)
    backups.write(app, tmp_path / "b.zip", quiet)
    restoring.restore(app, tmp_path / "b.zip", quiet, replace=True)
    assert file.stat().st_mode & 0o777 == 0o640
    assert len(all_rows(app)["users"]) == 1


def test_a_running_site_is_not_restored_into(make: Make, tmp_path: Path) -> None:
    app = make(f"sqlite:///{tmp_path / 'a.db'}")
    fill(app)
    backups.write(app, tmp_path / "b.zip", quiet)
    with app.app_context():
        db.session.add(Heartbeat(part="web", at=datetime.now(UTC)))
        db.session.commit()
    with pytest.raises(Conflict, match="is running"):
        restoring.restore(app, tmp_path / "b.zip", quiet, replace=True)
    assert len(all_rows(app)["heartbeats"]) == 1


def test_a_file_that_is_not_whole_changes_nothing(make: Make, tmp_path: Path) -> None:
    app = make(f"sqlite:///{tmp_path / 'a.db'}")
    fill(app)
    whole = tmp_path / "b.zip"
    backups.write(app, whole, quiet)
    before = all_rows(app)
    for number, members in enumerate(harmed(whole)):
        file = tmp_path / f"harmed{number}.zip"
        with zipfile.ZipFile(file, "w") as archive:
            for name, content in members.items():
                archive.writestr(name, content)
        with pytest.raises(Unprocessable):
            restoring.restore(app, file, quiet, replace=True)
    (tmp_path / "cut.zip").write_bytes(whole.read_bytes()[:-200])
    with pytest.raises(Unprocessable):
        restoring.restore(app, tmp_path / "cut.zip", quiet, replace=True)
    assert all_rows(app) == before


def harmed(whole: Path) -> Iterator[dict[str, bytes]]:
    """The members of this backup, harmed in one way after the other."""
    with zipfile.ZipFile(whole) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    users = members["tables/users.jsonl"]
    yield members | {"tables/users.jsonl": users.splitlines(keepends=True)[0]}
    yield members | {"tables/users.jsonl": users.replace(b"cara", b"omar")}
    yield members | {"tables/more.jsonl": b"[]\n"}
    yield {name: content for name, content in members.items() if name != "tables/users.jsonl"}
    yield {name: content for name, content in members.items() if name != "manifest.json"}
    said = json.loads(members["manifest.json"])
    yield members | {"manifest.json": json.dumps(said | {"schema": "9999"}).encode()}
    yield members | {"manifest.json": json.dumps(said | {"format": 2}).encode()}
    yield members | {"manifest.json": b"[]"}


def test_the_commands_say_what_they_did(
    make: Make, settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    fill(make(f"sqlite:///{tmp_path / 'a.db'}"))
    monkeypatch.setenv("QUIZAPP_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("QUIZAPP_REDIS_URL", settings["REDIS_URL"])
    monkeypatch.setenv("QUIZAPP_DATABASE_URL", f"sqlite:///{tmp_path / 'a.db'}")
    file = str(tmp_path / "b.zip")
    assert backup_cli.backup([file]) == 0
    assert f"{file} written: 2," in capsys.readouterr().out
    assert backup_cli.backup([file]) == 1
    assert "Name another one" in capsys.readouterr().err
    assert backup_cli.backup([str(tmp_path / "nowhere" / "b.zip")]) == 2
    assert backup_cli.restore([file, "--check"]) == 0
    assert f"{file} is whole" in capsys.readouterr().out
    assert backup_cli.restore([file]) == 1
    assert "--replace" in capsys.readouterr().err
    monkeypatch.setenv("QUIZAPP_DATABASE_URL", f"sqlite:///{tmp_path / 'b.db'}")
    assert backup_cli.restore([file]) == 0
    assert "restored: 2," in capsys.readouterr().out
    assert backup_cli.restore([str(tmp_path / "none.zip")]) == 2
