"""Lists in pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, func, select

from quizapp.extensions import db

Row = TypeVar("Row")


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows of many."""

    rows: list[Row]
    number: int  # from 1
    pages: int  # at least 1
    total: int


def page_of(query: Select[*tuple[Any, ...]], number: int, size: int = 25) -> Page[Any]:
    """One page of a query's rows (tuples); a number that is out of range is brought into it."""
    total = db.session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    pages = max(1, -(-total // size))
    number = min(max(1, number), pages)
    rows = db.session.execute(query.limit(size).offset((number - 1) * size)).all()
    return Page([tuple(row) for row in rows], number, pages, total)


def page_number(text: str | None) -> int:
    """The page an address asks for; 1 when it is no number."""
    if not text or len(text) > 9 or not text.isascii() or not text.isdigit():  # noqa: PLR2004 - a billion pages
        return 1
    return max(1, int(text))
