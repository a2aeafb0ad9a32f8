"""The order of the score table, as the database can give it from an index, a page at a time.

A table has up to three streams, one behind the other: what has ended in the order asked for, then everybody else, who was
invited last first. A page begins behind the last row of the one before (a keyset), so that page 2,000 costs what page 2
costs, and a row that comes or goes meanwhile moves nothing.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, literal, or_, select, tuple_
from sqlalchemy.orm import defer

from quizapp.bodies import MAX_ID, is_storable
from quizapp.extensions import db
from quizapp.models import Attempt, AttemptScore, Invitation, UtcDateTime

ORDERS = ("-score", "score", "name", "-name", "-ended", "ended", "-time", "time")
DEFAULT = "-score"
MAX_CURSOR = 600


@dataclass(frozen=True)
class Cursor:
    """A place between two rows: the stream, and the keys of the row beside it, after which or before which one reads."""

    stream: int
    keys: tuple[Any, ...]
    is_backward: bool = False

    def written(self) -> str:
        """As it stands in an address."""
        raw = json.dumps([self.stream, *self.keys, self.is_backward], default=datetime.isoformat)
        return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")


def cursor(text: str) -> Cursor | None:
    """Read one out of an address; None for what we never wrote."""
    try:
        padded = text[:MAX_CURSOR] + "=" * (-len(text[:MAX_CURSOR]) % 4)
        stream, *keys, is_backward = json.loads(base64.urlsafe_b64decode(padded.encode("ascii")))
    except (ValueError, TypeError, binascii.Error):
        return None
    is_ours = stream in (0, 1, 2) and isinstance(is_backward, bool) and 1 <= len(keys) <= 2  # noqa: PLR2004
    return Cursor(stream, tuple(keys), is_backward) if is_ours else None


@dataclass(frozen=True)
class Stream:
    """Rows in one order, by keys that are an index: the last one is a number that no two rows share."""

    rows: Any  # a select
    keys: tuple[Any, ...]
    is_falling: bool

    def keys_of(self, row: Any) -> tuple[Any, ...]:
        """The keys of a row: they are its last columns."""
        return tuple(row[-len(self.keys) :])

    def read(self, beyond: tuple[Any, ...] | None, limit: int, *, is_backward: bool) -> Sequence[Any]:
        """At most `limit` rows behind the given keys, in the stream's order, or before them, nearest first."""
        is_falling = self.is_falling != is_backward
        statement = self.rows
        if beyond is not None:
            place = tuple_(*(literal(value, key.type) for key, value in zip(self.keys, beyond, strict=True)))
            here = tuple_(*self.keys)
            statement = statement.where(here < place if is_falling else here > place)
        order = [key.desc() if is_falling else key.asc() for key in self.keys]
        return db.session.execute(statement.add_columns(*self.keys).order_by(*order).limit(limit)).all()

    def place(self, keys: tuple[Any, ...]) -> tuple[Any, ...] | None:
        """Keys from an address as the columns have them; None when they cannot be theirs."""
        if len(keys) != len(self.keys) or type(keys[-1]) is not int or not 0 <= keys[-1] <= MAX_ID:
            return None
        if isinstance(keys[0], str) and not is_storable(keys[0]):
            return None
        kind = self.keys[0].type
        try:
            if isinstance(kind, UtcDateTime):
                return (datetime.fromisoformat(keys[0]).astimezone(UTC), keys[1])
            return (kind.python_type(keys[0]), *keys[1:])
        except (TypeError, ValueError, OverflowError):
            return None


def streams(
    interview_id: str,
    order: str,
    *,
    ended: Sequence[ColumnElement[bool]],
    others: Sequence[ColumnElement[bool]] | None,
    is_blind: bool = False,
) -> list[Stream]:
    """The streams of an order. `ended` and `others` narrow them; others None: nobody who has not ended fits.

    Blind, what runs comes by the attempt's number in front of who has not begun: in the order of invitations, which owners see with
    names, the place of a number would tell whose it is.
    """
    is_falling, name = order.startswith("-"), order.lstrip("-")
    if name == "name":
        return [_by_name(interview_id, ended, others, is_falling=is_falling)]
    found = [_of_ended(interview_id, name, ended, is_falling=is_falling)]
    if others is None:
        return found
    rest = _invited().where(Invitation.interview_id == interview_id, Invitation.ended_at.is_(None), *others)
    if not is_blind:
        return [*found, Stream(rest, (Invitation.id,), is_falling=True)]
    running = _columns().select_from(Attempt).join(Invitation, Invitation.id == Attempt.invitation_id)
    running = running.outerjoin(AttemptScore, AttemptScore.attempt_id == Attempt.id).where(
        Attempt.interview_id == interview_id,
        Attempt.finished_at.is_(None),
        Invitation.ended_at.is_(None),
        *others,
    )
    return [
        *found,
        Stream(running, (Attempt.id,), is_falling=True),
        Stream(rest.where(Attempt.id.is_(None)), (Invitation.id,), is_falling=True),
    ]


def _of_ended(
    interview_id: str, name: str, conditions: Sequence[ColumnElement[bool]], *, is_falling: bool
) -> Stream:
    keys: dict[str, Any] = {
        "score": AttemptScore.percent,
        "ended": AttemptScore.ended_at,
        "time": AttemptScore.seconds_used,
    }
    done = (
        _columns()
        .select_from(AttemptScore)
        .join(Attempt, Attempt.id == AttemptScore.attempt_id)
        .join(Invitation, Invitation.id == Attempt.invitation_id)
        .where(AttemptScore.interview_id == interview_id, AttemptScore.ended_at.is_not(None), *conditions)
    )
    return Stream(done, (keys[name], AttemptScore.attempt_id), is_falling)


def _by_name(
    interview_id: str,
    ended: Sequence[ColumnElement[bool]],
    others: Sequence[ColumnElement[bool]] | None,
    *,
    is_falling: bool,
) -> Stream:
    rows = _invited().where(Invitation.interview_id == interview_id)
    if others is None:
        rows = rows.where(Invitation.ended_at.is_not(None), *ended)
    elif ended or others:
        done = and_(Invitation.ended_at.is_not(None), *ended)
        rows = rows.where(or_(done, and_(Invitation.ended_at.is_(None), *others)))
    return Stream(rows, (Invitation.name, Invitation.id), is_falling)


def _columns() -> Any:
    return select(Invitation, Attempt, AttemptScore).options(
        defer(Attempt.blueprint), defer(Invitation.message)
    )


def _invited() -> Any:
    return (
        _columns()
        .select_from(Invitation)
        .outerjoin(Attempt, Attempt.invitation_id == Invitation.id)
        .outerjoin(AttemptScore, AttemptScore.attempt_id == Attempt.id)
    )


def read(found: Sequence[Stream], place: Cursor | None, size: int) -> tuple[list[Any], str, str]:
    """A page of rows, and the places before and behind it as they stand in an address, empty where there is nothing.

    A place that is none of these streams' gives the first page.
    """
    if place is not None and place.stream >= len(found):
        place = None
    beyond = found[place.stream].place(place.keys) if place else None
    is_backward = place is not None and beyond is not None and place.is_backward
    number = place.stream if place is not None and beyond is not None else 0
    taken: list[tuple[int, Any]] = []
    while 0 <= number < len(found) and len(taken) <= size:
        rows = found[number].read(beyond, size + 1 - len(taken), is_backward=is_backward)
        taken += [(number, row) for row in rows]
        number, beyond = number + (-1 if is_backward else 1), None
    is_more = len(taken) > size
    shown = taken[:size]
    if is_backward:
        shown.reverse()
    if not shown:
        return [], "", ""
    has_before = is_more if is_backward else place is not None
    has_behind = True if is_backward else is_more
    before = _beside(found, shown[0], is_backward=True) if has_before else ""
    behind = _beside(found, shown[-1], is_backward=False) if has_behind else ""
    return [row for _, row in shown], before, behind


def _beside(found: Sequence[Stream], entry: tuple[int, Any], *, is_backward: bool) -> str:
    number, row = entry
    return Cursor(number, found[number].keys_of(row), is_backward).written()
