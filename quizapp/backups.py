"""Everything that is kept, in one file, from SQLite or PostgreSQL; `restoring` puts it back into either of them.

A backup is a zip file: `manifest.json` (when it was made, the revision of the schema, rows and SHA-256 of each table),
`tables/<name>.jsonl` (its columns, then one row a line) and `keys/` (the keys of the var folder, so that invitation
links and signatures stay valid). What JSON does not know is told apart by a key: {"t": moment}, {"b": base64},
{"j": the content of a JSON column}.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from flask import Flask
from sqlalchemy import JSON, Connection, MetaData, Table, select

from quizapp import database
from quizapp.errors import Conflict, Unprocessable
from quizapp.extensions import db

FORMAT = 1
BATCH = 1000  # rows that are read or written at once
REVISIONS = "alembic_version"
MANIFEST = "manifest.json"
KEY_MOST_BYTES = 64 * 1024

Say = Callable[[str, int], None]  # told of each table that is done, with the number of its rows


@dataclass(frozen=True)
class Manifest:
    """What a backup says about itself. `tables`: name -> {"rows": number, "sha256": of its member}."""

    made_at: str
    schema: str
    tables: dict[str, dict[str, Any]]
    keys: dict[str, str]  # file name -> SHA-256

    @property
    def rows(self) -> int:
        """How many rows it holds."""
        return sum(table["rows"] for table in self.tables.values())


def write(app: Flask, target: Path, say: Say) -> Manifest:
    """Write a backup of one moment; readers and writers go on meanwhile. The file appears when it is whole.

    Raises Conflict when there is a file already, or no database, and OSError when it cannot be written.
    """
    if target.exists():
        raise Conflict(f"There is a file {target} already", "Name another one: backups are not overwritten.")
    schema = database.current(app)
    if schema is None:
        raise Conflict("The database is empty", "There is nothing to back up.")
    unfinished = target.with_name(f".{target.name}.unfinished")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
                manifest = _write_members(app, archive, schema, say)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(target)
    finally:
        unfinished.unlink(missing_ok=True)
    return manifest


def examine(source: Path) -> Manifest:
    """Read a backup whole and compare every member with its manifest. Raises Unprocessable, saying what is wrong."""
    try:
        with zipfile.ZipFile(source) as archive:
            manifest = _manifest(archive)
            expected = {f"tables/{name}.jsonl": table["sha256"] for name, table in manifest.tables.items()}
            expected |= {f"keys/{name}": digest for name, digest in manifest.keys.items()}
            if extra := set(archive.namelist()) - set(expected) - {MANIFEST}:
                raise Unprocessable(f"{source} holds what its manifest does not name: {min(extra)}", DAMAGED)
            for name, digest in expected.items():
                if _digest_of(archive, name) != digest:
                    raise Unprocessable(f"{name} in {source} is not what was written", DAMAGED)
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError) as error:
        raise Unprocessable(f"{source} is no whole backup of quizapp: {error}", DAMAGED) from error
    return manifest


DAMAGED = "It was changed or cut since it was made; take another one. Nothing was restored."


def _write_members(app: Flask, archive: zipfile.ZipFile, schema: str, say: Say) -> Manifest:
    tables: dict[str, dict[str, Any]] = {}
    with app.app_context(), db.engine.connect() as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        # One moment for all tables: a read transaction of SQLite is that, PostgreSQL has to be asked for it.
        snapshot: dict[str, Any] = (
            {"read_only": True} if is_sqlite else {"isolation_level": "REPEATABLE READ"}
        )
        connection.execution_options(**snapshot)
        for table in tables_of(connection):
            with archive.open(f"tables/{table.name}.jsonl", "w", force_zip64=True) as member:
                rows, digest = _write_table(connection, table, member)
            tables[table.name] = {"rows": rows, "sha256": digest}
            say(table.name, rows)
    keys = {}
    for path in _key_files(app):
        content = path.read_bytes()
        archive.writestr(f"keys/{path.name}", content)
        keys[path.name] = hashlib.sha256(content).hexdigest()
    manifest = Manifest(datetime.now(UTC).isoformat(timespec="seconds"), schema, tables, keys)
    archive.writestr(MANIFEST, json.dumps({"format": FORMAT, **vars(manifest)}, indent=1))
    return manifest


def _write_table(connection: Connection, table: Table, member: IO[bytes]) -> tuple[int, str]:
    digest, rows = hashlib.sha256(), 0

    def put(value: Sequence[Any]) -> None:
        line = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        digest.update(line)
        member.write(line)

    put([column.name for column in table.columns])
    are_json = [isinstance(column.type, JSON) for column in table.columns]
    found = connection.execution_options(yield_per=BATCH).execute(
        select(table).order_by(*table.primary_key.columns)
    )
    for row in found:
        put([_told(value, is_json=is_json) for value, is_json in zip(row, are_json, strict=True)])
        rows += 1
    return rows, digest.hexdigest()


def _told(value: Any, *, is_json: bool) -> Any:
    if value is None:
        return None
    if is_json:
        return {"j": value}
    if isinstance(value, datetime):
        moment = value if value.tzinfo else value.replace(tzinfo=UTC)  # SQLite forgets the zone
        return {"t": moment.astimezone(UTC).isoformat()}
    if isinstance(value, bytes | memoryview):
        return {"b": base64.b64encode(value).decode()}
    return value


def tables_of(connection: Connection) -> list[Table]:
    """All tables as they are, those that others point at first."""
    metadata = MetaData()
    metadata.reflect(connection)
    for table in metadata.tables.values():
        for column in table.columns:
            if isinstance(column.type, JSON):  # None is SQL's NULL, never the JSON text "null"
                column.type = JSON(none_as_null=True)
    left = {table.name: table for table in metadata.tables.values() if table.name != REVISIONS}
    ordered: list[Table] = []
    while left:
        free = [table for table in left.values() if not _needs(table) & (set(left) - {table.name})]
        if not free:
            raise RuntimeError(f"tables point at each other in a circle: {sorted(left)}")
        ordered += sorted(free, key=lambda table: table.name)
        for table in free:
            del left[table.name]
    return ordered


def _needs(table: Table) -> set[str]:
    """The tables that must have their rows first. What may be empty is filled in afterwards."""
    return {
        key.column.table.name
        for column in table.columns
        if not column.nullable
        for key in column.foreign_keys
    }


def _manifest(archive: zipfile.ZipFile) -> Manifest:
    told = json.loads(archive.read(MANIFEST))
    if told.pop("format") != FORMAT:
        raise ValueError("it was written in a format that this quizapp does not know")
    return Manifest(**told)


def _digest_of(archive: zipfile.ZipFile, name: str) -> str:
    digest = hashlib.sha256()
    with archive.open(name) as member:
        while block := member.read(1024 * 1024):
            digest.update(block)
    return digest.hexdigest()


def _key_files(app: Flask) -> list[Path]:
    """The files of the var folder that hold keys."""
    var = Path(app.config["VAR"])
    named = (
        path for path in var.glob("*key*") if not path.name.startswith(".")
    )  # what a broken restore left
    return sorted(path for path in named if path.is_file() and path.stat().st_size <= KEY_MOST_BYTES)
