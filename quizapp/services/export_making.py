"""Making one export, batch after batch: pieces of the file and how far it is are stored as it goes."""

from __future__ import annotations

import logging
import time
import zlib
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, cast

from sqlalchemy import delete, select, update
from sqlalchemy.engine import CursorResult

from quizapp.extensions import commit_and_keep, db, read_from_here
from quizapp.models import Export, ExportPart
from quizapp.receipt import database_now
from quizapp.services import exports, score_export, score_table
from quizapp.services.score_table import Filters

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)  # above the time in which a workbook is put together from its sheets
PART_BYTES = 512 * 1024
TELL_EVERY_SECONDS = 1.0


class _NotOurs(Exception):
    """The export was deleted meanwhile, or another worker makes it."""


def make(export_id: int) -> bool:
    """Make an export, if it waits and nobody else does; whether it was made. Commits. Any number may try at once.

    What goes wrong is noted in its row, and it is tried again; nothing that it reads is changed.
    """
    delivery = _taken(export_id)
    if delivery is None:
        return False
    try:
        _made(_Making(export_id, delivery))
    except _NotOurs:
        db.session.rollback()
        return False
    except Exception as error:  # whatever it is, who waits is told
        log.exception("Export %s could not be made (try %s)", export_id, delivery)
        db.session.rollback()
        _failed(export_id, delivery, error)
        return False
    return True


def _made(making: _Making) -> None:
    read_from_here()  # what is written has connections of its own
    export = db.session.get_one(Export, making.export_id)
    interview, filters = export.interview, Filters.of_facts(export.filters)
    making.write(is_blind=interview.is_blind, total=score_table.count(interview, filters), done=0)
    write = score_export.FORMS[export.form]
    making.take(write(interview, filters, with_answers=export.with_answers, told=making.told))
    db.session.commit()


class _Making:
    """One delivery of one export: what it writes counts as long as it is the last one."""

    def __init__(self, export_id: int, delivery: int) -> None:
        self.export_id, self._delivery = export_id, delivery
        self._done, self._size, self._parts = 0, 0, 0
        self._told_at = time.monotonic()

    def told(self, done: int) -> None:
        """Store how many candidates are done, once a second, and let what was read of the database go."""
        self._done = done
        commit_and_keep()
        read_from_here()
        if time.monotonic() - self._told_at >= TELL_EVERY_SECONDS:
            self.write(done=done)
            self._told_at = time.monotonic()

    def take(self, pieces: Iterable[bytes]) -> None:
        """Store the file, and say that it is ready."""
        held = bytearray()
        for piece in pieces:
            held += piece
            while len(held) >= PART_BYTES:
                self._store(bytes(held[:PART_BYTES]))
                del held[:PART_BYTES]
        if held:
            self._store(bytes(held))
        now = database_now()
        self.write(
            done=self._done,
            size=self._size,
            made_at=now,
            expires_at=now + exports.KEPT,
            taken_until=None,
            problem="",
        )

    def write(self, part: bytes | None = None, **values: Any) -> None:
        """Store this, with a piece of the file, in a short transaction of its own, and hold the lease for longer."""
        lease = {"taken_until": database_now() + LEASE, **values}
        ours = update(Export).where(Export.id == self.export_id, _is_delivery(self._delivery)).values(lease)
        with db.engine.begin() as connection:
            if connection.execute(ours).rowcount == 0:
                raise _NotOurs
            if part is not None:
                row = {"export_id": self.export_id, "number": self._parts, "content": part}
                connection.execute(ExportPart.__table__.insert(), row)  # type: ignore[attr-defined]

    def _store(self, piece: bytes) -> None:
        self.write(zlib.compress(piece, 1), done=self._done)
        self._parts, self._size = self._parts + 1, self._size + len(piece)


def _taken(export_id: int) -> int | None:
    """Take the export, without what an earlier delivery left; gives the number of this one, None when it is not to be taken."""
    now = database_now()
    free = (Export.id == export_id, exports.is_free(now), Export.tries < exports.MOST_TRIES)
    taking = update(Export).where(*free).values(taken_until=now + LEASE, tries=Export.tries + 1, done=0)
    if not _changed(taking):
        db.session.rollback()
        return None
    db.session.execute(delete(ExportPart).where(ExportPart.export_id == export_id))
    delivery = db.session.scalars(select(Export.tries).where(Export.id == export_id)).one()
    db.session.commit()
    return delivery


def _failed(export_id: int, delivery: int, error: Exception) -> None:
    """Let it be tried again, or give it up after the last try. What an error says may name people, so its kind is kept."""
    now = database_now()
    values: dict[str, Any] = {"taken_until": None, "problem": type(error).__name__}
    if delivery >= exports.MOST_TRIES:
        values |= {"failed_at": now, "expires_at": now + exports.KEPT}
    if _changed(update(Export).where(Export.id == export_id, _is_delivery(delivery)).values(**values)):
        db.session.execute(delete(ExportPart).where(ExportPart.export_id == export_id))
    db.session.commit()


def _is_delivery(delivery: int) -> Any:
    return (Export.tries == delivery) & Export.made_at.is_(None) & Export.failed_at.is_(None)


def _changed(statement: Any) -> bool:
    options = {"synchronize_session": False}
    done = cast("CursorResult[Any]", db.session.execute(statement, execution_options=options))
    return done.rowcount > 0
