"""The commands `quizapp backup` and `quizapp restore`."""

# ruff: noqa: T201 - a command speaks on stdout

from __future__ import annotations

import argparse
import sqlite3
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from quizapp import backups, create_app, restoring
from quizapp.errors import Refusal


def backup(argv: Sequence[str]) -> int:
    """Run `quizapp backup`; exit status 0 written, 1 refused, 2 the database or the file cannot be reached."""
    parser = argparse.ArgumentParser(
        prog="quizapp backup",
        description="Write everything that is kept into one file, from one moment, while the site goes on. The file is "
        "as confidential as the database: it holds answers, addresses and the keys of the var folder.",
    )
    parser.add_argument(
        "file", type=Path, metavar="FILE", help="a file that does not exist yet, e.g. today.zip"
    )
    options = parser.parse_args(list(argv))
    return _run(lambda: _backed_up(options.file))


def restore(argv: Sequence[str]) -> int:
    """Run `quizapp restore`; exit status 0 restored or whole, 1 refused or keys are left to be moved, 2 the database or the file cannot be reached."""
    parser = argparse.ArgumentParser(
        prog="quizapp restore",
        description="Put a backup into an empty database, SQLite or PostgreSQL, and bring it to the newest schema.",
    )
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--check", action="store_true", help="only say whether the file is whole")
    parser.add_argument(
        "--replace",
        action="store_true",
        help="put it in the place of all that the database holds, once it is restored whole",
    )
    options = parser.parse_args(list(argv))
    if options.check:
        return _run(lambda: _told("is whole", options.file, backups.examine(options.file)))
    return _run(lambda: _restored(options.file, replace=options.replace))


def _backed_up(file: Path) -> None:
    _told("written", file, backups.write(create_app(), file, _progress))


def _restored(file: Path, *, replace: bool) -> None:
    manifest = restoring.restore(create_app(), file, _progress, replace=replace)
    _told("restored", file, manifest)
    print("Start the site again. What was waiting to be graded is found by the sweeper.")


def _progress(table: str, rows: int) -> None:
    if rows:
        print(f"  {table:<24} {rows:>9,} rows", flush=True)


def _told(done: str, file: Path, manifest: backups.Manifest) -> None:
    print(f"{file} {done}: {manifest.rows:,} rows, schema {manifest.schema}, made {manifest.made_at}")


def _run(work: Callable[[], None]) -> int:
    try:
        work()
    except Refusal as refusal:
        print(f"quizapp: {refusal.message}. {refusal.what_to_do}", file=sys.stderr)
        return 1
    except (SQLAlchemyError, sqlite3.Error) as error:
        reason = str(getattr(error, "orig", error)).strip().splitlines()[0]
        print(f"quizapp: the database cannot be reached or written: {reason}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"quizapp: {error.filename or 'the file'}: {error.strerror}", file=sys.stderr)
        return 2
    return 0
