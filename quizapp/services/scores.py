"""The stored totals of interview attempts, kept in the transaction that changes what they add up.

Whoever changes points, max points or state of a response, or ends an attempt, calls `refresh` before the commit. Mocks
and attempts by invitation have a total; practice, and whatever else counts nowhere, has none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite

from quizapp.extensions import db
from quizapp.models import (
    Attempt,
    AttemptKind,
    AttemptScore,
    Invitation,
    Response,
    ResponseState,
    ScoreState,
)
from quizapp.rules import scoring, stages
from quizapp.services import holding

BATCH = 200
TOTALLED = (AttemptKind.MOCK, AttemptKind.HIRING)
# The columns that a computed total must agree with; the moment of refreshing is no part of it.
KEPT = (
    "interview_id",
    "state",
    "points",
    "max_points",
    "percent",
    "is_complete",
    "ended_at",
    "seconds_used",
    "sections",
)
# What a response in this state keeps its attempt from; the first that applies is told.
_REASONS = (
    (ResponseState.GRADING, ScoreState.GRADING),
    (ResponseState.NOT_GRADED, ScoreState.FAULT),
    (ResponseState.WAITING, ScoreState.WAITING),
)


@dataclass(frozen=True)
class Difference:
    """A stored total that was not what its responses add up to; `stored` is None where there was none."""

    attempt_id: int
    stored: dict[str, Any] | None
    computed: dict[str, Any]

    @property
    def columns(self) -> list[str]:
        """The columns that differ."""
        stored = self.stored or {}
        return [name for name in KEPT if name not in stored or stored[name] != self.computed[name]]


def refresh(attempt: Attempt) -> None:
    """Store the attempt's total as it is in this transaction (no commit). For practice nothing is stored."""
    if attempt.kind in TOTALLED:
        db.session.flush()  # one that was just made gets its number here
        refresh_all([attempt.id])


def refresh_all(attempt_ids: Iterable[int]) -> None:
    """The same for several attempts, in the order of their numbers, so that two such calls do not wait for each other.

    The row of a total is taken first, and kept to the end of the transaction: of two verdicts on one attempt at the same
    time the second adds up after the first is committed, and sees its points.
    """
    db.session.flush()
    for attempt_id in sorted(set(attempt_ids)):
        if not _is_held(attempt_id):
            continue
        (attempt,) = _attempts([attempt_id])
        _store(AttemptScore, AttemptScore.attempt_id == attempt_id, computed(attempt))


def note_ends(attempt_ids: Iterable[int]) -> None:
    """Have the invitations of attempts say when those ended (no commit); whoever calls has taken them."""
    ended = select(Attempt.finished_at).where(Attempt.invitation_id == Invitation.id).scalar_subquery()
    of_them = select(Attempt.invitation_id).where(Attempt.id.in_(list(attempt_ids)))
    is_other = Invitation.ended_at.is_distinct_from(ended)
    _store(Invitation, Invitation.id.in_(of_them) & is_other, {"ended_at": ended})


def computed(attempt: Any) -> dict[str, Any]:
    """The total as the responses give it now, by column; of an attempt, or a row of its columns."""
    responses = _responses(attempt.id)
    total = _total(responses)
    used = (attempt.finished_at - attempt.started_at).total_seconds() if attempt.finished_at else None
    asked = (attempt.blueprint or {}).get("sections", [])
    return {
        "interview_id": attempt.interview_id,
        "state": _state(attempt, {response.state for response in responses}),
        "points": total.points,
        "max_points": total.max_points,
        "percent": total.percent,
        "is_complete": total.is_complete,
        "ended_at": attempt.finished_at,
        "seconds_used": None if used is None else max(0.0, used),
        "sections": [
            _section(one, [response for response in responses if response.section in one.sections])
            for one in stages.asked(asked)
        ],
    }


def _section(asked: stages.Asked, responses: Sequence[Any]) -> dict[str, Any]:
    part = _total(responses)
    told = {"title": asked.title, "points": part.points, "max_points": part.max_points}
    return told | {"parts": len(asked.sections)} if len(asked.sections) > 1 else told


def rebuild(*, is_rehearsal: bool = False) -> Iterator[Difference]:
    """Compute every total again, and give those that were stored otherwise; each batch is a transaction of its own.

    A rehearsal writes nothing.
    """
    last = 0
    while True:
        ids = list(
            db.session.scalars(
                select(Attempt.id)
                .where(Attempt.kind.in_(TOTALLED), Attempt.id > last)
                .order_by(Attempt.id)
                .limit(BATCH)
            )
        )
        if not ids:
            db.session.rollback()
            return
        last = ids[-1]
        differences = _differences(ids)
        if differences and not is_rehearsal:
            wrong = [one.attempt_id for one in differences]
            holding.invitations_of(wrong)
            note_ends(wrong)
            refresh_all(wrong)
            db.session.commit()
        db.session.rollback()
        yield from differences


def _differences(ids: Sequence[int]) -> list[Difference]:
    stored = {
        score.attempt_id: {name: getattr(score, name) for name in KEPT}
        for score in db.session.execute(
            select(AttemptScore.attempt_id, *(getattr(AttemptScore, name) for name in KEPT)).where(
                AttemptScore.attempt_id.in_(ids)
            )
        )
    }
    told = [Difference(one.id, stored.get(one.id), computed(one)) for one in _attempts(ids)]
    return [one for one in told if one.stored != one.computed]


# Rows of columns are read here, not objects: a session gives objects as it remembers them, and what another transaction
# has written meanwhile would not be seen.


def _attempts(ids: Sequence[int]) -> Sequence[Any]:
    return db.session.execute(
        select(
            Attempt.id,
            Attempt.interview_id,
            Attempt.started_at,
            Attempt.finished_at,
            Attempt.blueprint,
        )
        .where(Attempt.id.in_(ids), Attempt.kind.in_(TOTALLED))
        .order_by(Attempt.id)
    ).all()


def _responses(attempt_id: int) -> Sequence[Any]:
    return db.session.execute(
        select(Response.section, Response.points, Response.max_points, Response.state).where(
            Response.attempt_id == attempt_id
        )
    ).all()


def _total(responses: Iterable[Any]) -> scoring.Total:
    return scoring.total(
        scoring.Line("", one.points, one.max_points, one.state is ResponseState.MARKED) for one in responses
    )


def _state(attempt: Any, states: set[ResponseState]) -> ScoreState:
    if attempt.finished_at is None:
        return ScoreState.RUNNING
    return next((told for reason, told in _REASONS if reason in states), ScoreState.FINAL)


def _is_held(attempt_id: int) -> bool:
    """Have the row of the total, made when it is missing, for this transaction alone; False for practice."""
    empty = {
        AttemptScore.attempt_id: Attempt.id,
        AttemptScore.state: literal(ScoreState.RUNNING, AttemptScore.state.type),
        AttemptScore.points: literal(0.0),
        AttemptScore.max_points: literal(0.0),
        AttemptScore.percent: literal(0.0),
        AttemptScore.is_complete: literal(value=False),
        AttemptScore.sections: literal([], AttemptScore.sections.type),
        AttemptScore.refreshed_at: func.current_timestamp(),
    }
    is_interview = (Attempt.id == attempt_id) & Attempt.kind.in_(TOTALLED)
    insert = sqlite.insert if db.engine.dialect.name == "sqlite" else postgresql.insert
    statement = insert(AttemptScore).from_select(list(empty), select(*empty.values()).where(is_interview))
    return (
        db.session.scalar(
            statement.on_conflict_do_update(
                index_elements=[AttemptScore.attempt_id],
                set_={"refreshed_at": statement.excluded.refreshed_at},
            ).returning(AttemptScore.attempt_id)
        )
        is not None
    )


def _store(table: Any, where: ColumnElement[bool], values: dict[str, Any]) -> None:
    db.session.execute(
        update(table).where(where).values(**values), execution_options={"synchronize_session": "fetch"}
    )
