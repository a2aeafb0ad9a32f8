"""What a view has to know of the person's own work, read in the statement that tells who is signed in.

A full house saves hundreds of times a second, and each statement by itself costs as much as everything that is done with
what it tells. So a view may name what it will ask for (`reads`), the sign-in reads it along, and the service that asks
(`read`) finds it there. Where it was not read along, it is asked by itself, in the same words.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from flask import g
from sqlalchemy import ColumnElement, FromClause, Select, bindparam, select

from quizapp.extensions import alone
from quizapp.models import User

View = TypeVar("View", bound=Callable[..., Any])


class Along:
    """Columns of `tables`, which are joined to the row of the person where `holds`.

    The parameters in `holds` are called as the arguments of the view that reads them. At most one row may hold, and its
    first column is never NULL.
    """

    def __init__(
        self, columns: Sequence[ColumnElement[Any]], tables: FromClause, holds: ColumnElement[bool]
    ) -> None:
        names = [str(column.name) for column in columns]
        self._row = namedtuple("Row", names)  # type: ignore[misc]  # noqa: PYI024 - the columns say what is in it
        self.columns = tuple(
            column.label(f"along_{name}") for name, column in zip(names, columns, strict=True)
        )
        self.tables = tables
        self.holds = holds
        self._by_itself: Select[Any] = (
            select(*self.columns)
            .join_from(User.__table__, tables, holds)
            .where(User.__table__.c.id == bindparam("person"))
        )

    def row(self, values: Sequence[Any]) -> Any | None:
        """The values under the columns' own names; None where nothing was joined to the person."""
        return None if values[0] is None else self._row(*values)

    def ask(self, person: int, arguments: Mapping[str, Any]) -> Any | None:
        """Read it in a statement of its own."""
        with alone(read_only=True) as connection:
            found = connection.execute(self._by_itself, {"person": person, **arguments}).one_or_none()
        return None if found is None else self.row(found)


def reads(what: Along) -> Callable[[View], View]:
    """Have `what` read when somebody signed in asks for this view (`quizapp.security.roles_required` sees to it)."""

    def decorate(view: View) -> View:
        view.reads_along = what  # type: ignore[attr-defined]
        return view

    return decorate


def want(what: Along, arguments: Mapping[str, Any]) -> None:
    """Have it read with the sign-in of this request, if that was not read yet."""
    g.wanted_along = what, arguments


def wanted() -> tuple[Along | None, Mapping[str, Any]]:
    """What the sign-in is to read along, and the values of its parameters."""
    found: tuple[Along | None, Mapping[str, Any]] = g.pop("wanted_along", (None, {}))
    return found


def keep(what: Along, arguments: Mapping[str, Any], person: int, values: Sequence[Any]) -> None:
    """Keep what was read with the sign-in until the service asks for it."""
    g.read_along = (what, arguments, person), what.row(values)


def read(what: Along, user: User, **arguments: Any) -> Any | None:
    """The row of a person; None when there is none.

    What the sign-in read is given once: whoever asks again wants to know how it is by now.
    """
    asked, found = g.pop("read_along", (None, None))
    if asked == (what, arguments, user.id):
        return found
    return what.ask(user.id, arguments)
