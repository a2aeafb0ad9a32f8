"""Watching in which order services take rows: see `quizapp.services.holding`.

SQLite takes no rows, but the statements are the same objects there, so every test of a service is one of its order, too.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import FrameType
from typing import Any

from sqlalchemy import Connection, Delete, Engine, Insert, Select, Update, event

from quizapp.services.holding import TABLES

RANK = {table: rank for rank, table in enumerate(TABLES)}


def watch(engine: Engine, wrong: list[str]) -> None:
    """Add to `wrong` from now on what services take against the order."""

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.info["taken"] = []

    @event.listens_for(engine, "before_execute")
    def execute(connection: Connection, statement: Any, *_: Any) -> None:
        taken: list[str] = connection.info.setdefault("taken", [])
        for table in taken_by(statement):
            place = _place()
            if table in taken or not place:
                continue
            if table not in RANK:
                wrong.append(f"{table} has no place in the order; it is taken in {place}")
            elif late := [one for one in taken if RANK[one] > RANK[table]]:
                wrong.append(f"{table} is taken after {', '.join(late)} in {place}")
            if table in RANK:
                taken.append(table)


def taken_by(statement: Any) -> Iterator[str]:
    """The tables of which a statement takes rows that were there before."""
    named: list[Any] = []
    if isinstance(statement, (Update, Delete)):
        named = [statement.table]
    elif isinstance(statement, Insert):
        named = [statement.table] if statement._post_values_clause is not None else []
    elif isinstance(statement, Select) and statement._for_update_arg is not None:
        named = list(statement._for_update_arg.of or statement.get_final_froms())
    yield from dict.fromkeys(getattr(one, "table", one).name for one in named)


def _place() -> str:
    """The function of a service that the statement is of; empty for one of a test."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        name = frame.f_globals.get("__name__", "")
        if name.startswith("tests."):
            return ""
        if name.startswith("quizapp.services.") and not name.endswith((".holding", ".audit")):
            return f"{name.removeprefix('quizapp.services.')}.{frame.f_code.co_name}"
        frame = frame.f_back
    return ""
