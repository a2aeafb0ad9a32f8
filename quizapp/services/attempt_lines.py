"""Attempts in lists: a person's history, and what managers list, with totals; and what was practised."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from quizapp.extensions import db
from quizapp.models import Attempt, AttemptKind, Question, Response, ResponseState, User
from quizapp.rules import deadlines, scoring
from quizapp.services import attempts, clocks, reports, showing
from quizapp.services.report_items import counted


@dataclass(frozen=True)
class Line:
    """One interview attempt in a list."""

    attempt: Attempt
    title: str
    total: scoring.Total
    topics: list[tuple[str, scoring.Total]]
    state: (
        str  # running, closed (time is over, not finalised), grading, incomplete, finished, kept (not shown)
    )
    minutes_used: float | None
    answered: int = 0  # questions with an answer, right or wrong
    ran_out: bool = False  # nobody handed it in before its time was over


def lines(listed: Iterable[Attempt]) -> list[Line]:
    """Attempts with their totals, in the order given; one query for all responses."""
    listed = list(listed)
    found = db.session.scalars(
        select(Response)
        .where(Response.attempt_id.in_([attempt.id for attempt in listed]))
        .options(joinedload(Response.question).load_only(Question.topic))
        .order_by(Response.position)
    ).all()
    return [_listed(attempt, [one for one in found if one.attempt_id == attempt.id]) for attempt in listed]


def history(user: User) -> list[Line]:
    """The user's interview attempts, newest first. Of those whose results are not shown to them the totals are empty."""
    return [_told(line) for line in lines(attempts.of_user(user))]


def practice_of(user: User) -> list[dict[str, Any]]:
    """Per bank the user practised: title, questions tried and solved, points, and when it was last."""
    rows = db.session.execute(
        select(
            Attempt.bank_id,
            func.count(Response.id),
            func.count(Response.id).filter(Response.is_solved.is_(True)),
            func.coalesce(func.sum(Response.points), 0.0),
            func.sum(Response.max_points),
            func.max(Response.answered_at),
        )
        .join(Response, Response.attempt_id == Attempt.id)
        .where(Attempt.user_id == user.id, Attempt.kind == AttemptKind.PRACTICE, Response.tries > 0)
        .group_by(Attempt.bank_id)
        .order_by(func.max(Response.answered_at).desc())
    ).all()
    keys = ("bank_id", "tried", "solved", "points", "max_points", "last_at")
    return [dict(zip(keys, row, strict=True)) for row in rows]


def _listed(attempt: Attempt, found: Sequence[Response]) -> Line:
    added = [counted(response) for response in found]
    total = scoring.total(added)
    if attempt.finished_at is None:
        state = "closed" if clocks.is_closed(attempt) else "running"
    elif any(response.state is ResponseState.GRADING for response in found):
        state = "grading"
    else:
        state = "finished" if total.is_complete else "incomplete"
    ends = deadlines.deadline(clocks.terms(attempt))
    return Line(
        attempt,
        reports.title(attempt),
        total,
        scoring.by_topic(added),
        state,
        reports.minutes_used(attempt),
        answered=sum(bool(response.answer) for response in found),
        ran_out=attempt.finished_at is not None and ends is not None and attempt.finished_at >= ends,
    )


def _told(line: Line) -> Line:
    """The line as its candidate may see it."""
    if not showing.is_withheld(line.attempt):
        return line
    state = line.state if line.attempt.finished_at is None else "kept"
    return replace(line, total=replace(scoring.total([]), count=line.total.count), topics=[], state=state)
