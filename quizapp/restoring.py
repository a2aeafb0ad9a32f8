"""A backup put into a database: as a whole or not at all, whatever happens in the middle.

PostgreSQL does all of it in one transaction: what was there is dropped, the backup's schema made, its rows written and
brought to the newest schema. For SQLite the same is done in a new file, which takes the place of the old one when it is
whole.
"""

from __future__ import annotations

import base64
import json
import os
import sqlite3
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from flask import Flask
from redis.exceptions import RedisError
from sqlalchemy import (
    Column,
    Connection,
    Engine,
    MetaData,
    Table,
    bindparam,
    create_engine,
    func,
    inspect,
    select,
    text,
    update,
)

from quizapp import database
from quizapp.backups import BATCH, DAMAGED, REVISIONS, Manifest, Say, examine, tables_of
from quizapp.errors import Conflict, Unprocessable
from quizapp.extensions import db, steady_sqlite
from quizapp.models import Heartbeat
from quizapp.services.outages import AWAY_AFTER


def restore(app: Flask, source: Path, say: Say, *, replace: bool = False) -> Manifest:
    """Put a backup into the database of the application, at the newest schema.

    Everything is compared with the manifest first. Raises Unprocessable for a file that is not whole or comes from a
    newer quizapp, and Conflict when the database holds something (unless `replace`) or the site is running. Whatever
    else goes wrong, the database is as it was before, with one exception: where the keys cannot be put in place
    after it, KeysLeft says how to end that.
    """
    manifest = examine(source)
    with app.app_context():
        _refuse_running()
        _refuse_unfit(source, manifest, replace=replace)
        with zipfile.ZipFile(source) as archive, _kept_keys(app, archive, manifest):
            with _whole(db.engine) as connection:
                database.upgrade_on(connection, manifest.schema)
                _read_members(connection, archive, manifest, say)
                database.upgrade_on(connection)
            _forget_live(app)
    return manifest


class KeysLeft(Conflict):
    """The database is restored, and keys of the backup could not be put in their places; each stands beside it."""

    code = "keys_left"

    def __init__(self, left: Mapping[Path, Path], error: OSError) -> None:
        moves = "; ".join(f"mv {written} {target}" for written, target in left.items())
        super().__init__(
            f"The database is restored, and {len(left)} of its keys not: {error.filename2}: {error.strerror}",
            f"Mend that, and put them in place before the site is started: {moves}. "
            "Without them no link and no signature from before the backup holds.",
        )


def _refuse_running() -> None:
    if not inspect(db.engine).has_table(Heartbeat.__tablename__):
        return
    with db.engine.connect() as connection:
        last = connection.scalar(select(func.max(Heartbeat.at)))
    if last is not None and datetime.now(UTC) - last < AWAY_AFTER:
        raise Conflict(
            "The site is running, or was a moment ago",
            f"Stop it, wait {AWAY_AFTER.seconds} seconds, and restore then. Nothing was changed.",
        )


def _refuse_unfit(source: Path, manifest: Manifest, *, replace: bool) -> None:
    is_empty = not set(inspect(db.engine).get_table_names()) - {REVISIONS}
    if not is_empty and not replace:
        raise Conflict(
            "The database is not empty",
            "Name an empty one (QUIZAPP_DATABASE_URL), or say --replace to lose what it holds.",
        )
    if manifest.schema not in database.revisions():
        raise Unprocessable(
            f"{source} has the schema {manifest.schema}, which this quizapp does not know",
            "Restore it with the version of quizapp that made it, or a newer one. Nothing was changed.",
        )


@contextmanager
def _whole(engine: Engine) -> Iterator[Connection]:
    """An empty database, which takes the place of what there was when the block ends, and only then."""
    if engine.dialect.name == "sqlite":
        with _new_file(engine) as connection:
            yield connection
        return
    with engine.begin() as connection:
        metadata = MetaData()
        metadata.reflect(connection)
        for table in metadata.tables.values():
            connection.execute(text(f'DROP TABLE "{table.name}" CASCADE'))
        yield connection


@contextmanager
def _new_file(engine: Engine) -> Iterator[Connection]:
    """A database file beside the old one, which it replaces at the end."""
    old = Path(str(engine.url.database)).resolve()
    new = old.with_name(f".{old.name}.restoring")
    old.parent.mkdir(parents=True, exist_ok=True)
    _forget_file(new)
    made = create_engine(f"sqlite:///{new}")
    steady_sqlite(made)
    try:
        with made.begin() as connection:
            yield connection
        made.dispose()  # the last connection that goes writes everything into the file itself
        engine.dispose()
        _swap(old, new)
    finally:
        made.dispose()
        _forget_file(new)


def _swap(old: Path, new: Path) -> None:
    """Let the new file take the old one's place, owner and rights; either the one or the other is there throughout."""
    if old.exists():
        _like(new, old)
        # What the old one has not written into its file yet must not be taken for the new one's.
        last = sqlite3.connect(old)
        last.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        last.close()
        for log in _logs(old):
            log.unlink(missing_ok=True)
    new.replace(old)
    folder = os.open(old.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _logs(file: Path) -> list[Path]:
    return [file.with_name(file.name + ending) for ending in ("-wal", "-shm", "-journal")]


def _forget_file(file: Path) -> None:
    for one in (file, *_logs(file)):
        one.unlink(missing_ok=True)


def _read_members(connection: Connection, archive: zipfile.ZipFile, manifest: Manifest, say: Say) -> None:
    tables, earlier = tables_of(connection), set[str]()
    if unknown := set(manifest.tables) - {table.name for table in tables}:
        raise Unprocessable(f"The backup has a table {min(unknown)}, its schema has none", DAMAGED)
    for table in reversed(tables):
        connection.execute(table.delete())  # a migration may have made rows of its own
    pointers: list[_Pointers] = []
    for table in tables:
        if table.name not in manifest.tables:
            continue
        later = [_Pointers(table, column, []) for column in _postponed(table, earlier)]
        rows = _rows(archive, table, keeps_zone=connection.dialect.name != "sqlite")
        while batch := list(islice(rows, BATCH)):
            for pointer in later:
                pointer.take_from(batch)
            connection.execute(table.insert(), batch)
        pointers += later
        earlier.add(table.name)
        say(table.name, manifest.tables[table.name]["rows"])
    for pointer in pointers:
        pointer.put_back(connection)
    if connection.dialect.name == "postgresql":
        _advance_sequences(connection, tables)


@dataclass(frozen=True)
class _Pointers:
    """What one column of a table points at, filled in when all rows are there."""

    table: Table
    column: Column[Any]
    kept: list[dict[str, Any]]

    def take_from(self, rows: Iterable[dict[str, Any]]) -> None:
        for row in rows:
            if row.get(self.column.name) is not None:
                key = {f"key_{one.name}": row[one.name] for one in self.table.primary_key.columns}
                self.kept.append({**key, "value": row[self.column.name]})
                row[self.column.name] = None

    def put_back(self, connection: Connection) -> None:
        keys = [one == bindparam(f"key_{one.name}") for one in self.table.primary_key.columns]
        statement = update(self.table).where(*keys).values({self.column: bindparam("value")})
        for start in range(0, len(self.kept), BATCH):
            connection.execute(statement, self.kept[start : start + BATCH])


def _rows(archive: zipfile.ZipFile, table: Table, *, keeps_zone: bool) -> Iterator[dict[str, Any]]:
    with archive.open(f"tables/{table.name}.jsonl") as member:
        names = json.loads(next(iter(member)))
        for line in member:
            values = zip(names, json.loads(line), strict=True)
            yield {name: _meant(value, keeps_zone=keeps_zone) for name, value in values}


def _advance_sequences(connection: Connection, tables: Iterable[Table]) -> None:
    """Let new rows of PostgreSQL come after the restored ones."""
    for table in tables:
        for column in table.primary_key.columns:
            sequence = connection.scalar(select(func.pg_get_serial_sequence(table.name, column.name)))
            last = connection.scalar(select(func.max(column))) if sequence else None
            if last is not None:
                connection.execute(select(func.setval(sequence, last)))


def _meant(value: Any, *, keeps_zone: bool) -> Any:
    if not isinstance(value, dict):
        return value
    ((sign, content),) = value.items()
    if sign == "t":
        moment = datetime.fromisoformat(content)
        return moment if keeps_zone else moment.replace(tzinfo=None)
    return base64.b64decode(content) if sign == "b" else content


def _postponed(table: Table, earlier: set[str]) -> list[Column[Any]]:
    """The columns that point at rows which come later, or at the table itself."""
    return [
        column
        for column in table.columns
        if column.nullable and any(key.column.table.name not in earlier for key in column.foreign_keys)
    ]


@contextmanager
def _kept_keys(app: Flask, archive: zipfile.ZipFile, manifest: Manifest) -> Iterator[None]:
    """Write the keys beside those that are there, which they replace when the block has ended well.

    Everything that can be tried beforehand is done before the block, so that renaming them is all that is left behind it.
    Raises KeysLeft when that fails; then they stay where they are.
    """
    var = Path(app.config["VAR"])
    var.mkdir(parents=True, exist_ok=True)
    left = {
        var / f".{Path(name).name}.restoring": (f"keys/{name}", var / Path(name).name)
        for name in manifest.keys
    }
    try:
        for path, (member, target) in left.items():
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640), "wb") as file:
                file.write(archive.read(member))
                file.flush()
                os.fsync(file.fileno())
            _like(path, target)
        yield
    except BaseException:
        for path in left:
            path.unlink(missing_ok=True)
        raise
    _put_in_place({path: target for path, (_, target) in left.items()})


def _put_in_place(left: dict[Path, Path]) -> None:
    for path, target in list(left.items()):
        try:
            path.replace(target)
        except OSError as error:
            raise KeysLeft(left, error) from error
        del left[path]


def _like(new: Path, old: Path) -> None:
    """Give a file the owner and the rights of the one that it replaces, if there is one."""
    if old.exists():
        before = old.stat()
        os.chown(new, before.st_uid, before.st_gid)
        new.chmod(before.st_mode & 0o777)


def _forget_live(app: Flask) -> None:
    """Drop what Redis knows of the rows that were there before; they may have had the same numbers."""
    store = app.extensions["redis"]
    try:
        for key in store.scan_iter("quizapp:*", count=BATCH):
            store.delete(key)
    except RedisError:
        return
