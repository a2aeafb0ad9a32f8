"""What questions said, kept in each process: a version is never changed, and every page of an attempt needs a dozen.

What is kept is shared by all requests of the process, so nobody writes into the content of a version. What was recorded
for it comes later, and never changes then: that is kept once it is there.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from typing import Any

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm.attributes import set_committed_value

from quizapp.extensions import alone, as_loaded
from quizapp.models import QuestionVersion, Response
from quizapp.rules import parameters

MOST = 2000  # of each process; the oldest go first
MOST_RECORDS = 200  # the same, of what was recorded, which only workers ask for
_COLUMNS = ("id", "question_id", "content_hash", "content", "created_at")
_lock = threading.Lock()


def give(responses: Iterable[Response]) -> None:
    """Put their versions into the responses' place for it; the database is asked for those that are not kept yet."""
    listed = list(responses)
    found = known({response.version_id for response in listed})
    here = {number: as_loaded(QuestionVersion, kept) for number, kept in found.items()}
    for response in listed:
        set_committed_value(response, "version", here[response.version_id])


def content_of(version_id: int) -> dict[str, Any]:
    """The content of a version, for whoever needs nothing else of it."""
    return contents_of({version_id})[version_id]


def contents_of(version_ids: set[int]) -> dict[int, dict[str, Any]]:
    """The contents of versions, by number."""
    return {number: kept["content"] for number, kept in known(version_ids).items()}


def recorded(version_id: int, values: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """What the reference solution of a version gave for these values; None when it was not recorded yet."""
    kept: dict[tuple[int, str], Mapping[str, Any]] = current_app.extensions.setdefault("quizapp_records", {})
    key = version_id, parameters.digest(values)
    if (found := kept.get(key)) is None:
        wanted = select(QuestionVersion.contract).where(QuestionVersion.id == version_id)
        with alone(read_only=True) as connection:
            found = parameters.recorded(connection.execute(wanted).scalar_one_or_none(), values)
        if found is not None:
            with _lock:
                kept[key] = found
                for oldest in list(kept)[: max(0, len(kept) - MOST_RECORDS)]:
                    del kept[oldest]
    return found


def known(wanted: set[int]) -> dict[int, dict[str, Any]]:
    """The columns of these versions, by number; those that are there."""
    kept: dict[int, dict[str, Any]] = current_app.extensions.setdefault("quizapp_versions", {})
    found = {number: one for number in wanted if (one := kept.get(number)) is not None}
    if missing := wanted - found.keys():
        columns = [getattr(QuestionVersion, name) for name in _COLUMNS]
        statement = select(*columns).where(QuestionVersion.id.in_(missing))
        # Apart from the session, whose transaction would keep SQLite's write lock from whoever asked.
        with alone(read_only=True) as connection:
            rows = connection.execute(statement).all()
        read = {row.id: dict(row._mapping) for row in rows}  # noqa: SLF001 - SQLAlchemy's name for a row's dictionary
        found |= read
        with _lock:
            kept.update(read)
            for number in list(kept)[: max(0, len(kept) - MOST)]:
                del kept[number]
    return found
