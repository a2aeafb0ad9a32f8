"""What a hiring manager sees: mocks that candidates chose to share. Practice is never among it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import joinedload

from quizapp.errors import NotFound
from quizapp.extensions import db
from quizapp.models import Attempt, AttemptKind, Interview, User
from quizapp.services import attempt_lines, reports
from quizapp.services.attempt_lines import Line
from quizapp.services.attempts import WHOLE

PAGE_SIZE = 50
# The table sorts in memory, because a score is a sum over responses; more than this is told, not shown.
MAX_LISTED = 1000
ORDERS = ("-score", "score", "name", "-finished", "finished", "time")


@dataclass(frozen=True)
class Filters:
    """What the table is narrowed to and sorted by; a minus in front means descending."""

    text: str = ""
    interview_id: str = ""
    score_from: float = 0.0
    order: str = "-score"
    page: int = 1


@dataclass(frozen=True)
class Table:
    """A page of shared mocks, and figures over all that fit the filters."""

    mocks: list[Line]
    scores: list[tuple[str, float]]  # candidate and percent of every complete mock, highest first
    median_score: float | None
    median_minutes: float | None
    people: int
    count: int
    page: int
    pages: int
    interviews: list[tuple[str, str]]


def table(filters: Filters) -> Table:
    """Shared mocks of all candidates."""
    attempts = db.session.scalars(_fitting(filters).limit(MAX_LISTED)).all()
    listed = [mock for mock in attempt_lines.lines(attempts) if mock.total.percent >= filters.score_from]
    listed.sort(key=_sort_key(filters.order), reverse=filters.order.startswith("-"))
    complete = [mock for mock in listed if mock.total.is_complete]
    percents = [mock.total.percent for mock in complete]
    minutes = [mock.minutes_used for mock in listed if mock.minutes_used is not None]
    pages = max(1, -(-len(listed) // PAGE_SIZE))
    page = min(max(1, filters.page), pages)
    return Table(
        mocks=listed[(page - 1) * PAGE_SIZE : page * PAGE_SIZE],
        scores=sorted(((m.attempt.user.name, m.total.percent) for m in complete), key=lambda pair: -pair[1]),
        median_score=round(median(percents), 1) if percents else None,
        median_minutes=round(median(minutes), 1) if minutes else None,
        people=len({mock.attempt.user_id for mock in listed}),
        count=len(listed),
        page=page,
        pages=pages,
        interviews=_interviews(),
    )


def mock(attempt_id: int) -> reports.Report:
    """The report on a shared mock; `NotFound` when it is not shared, or is no mock."""
    attempt = shared(attempt_id)
    if attempt is None:
        raise NotFound("There is no such shared mock", "The candidate may have taken it back.")
    return reports.report(attempt)


def shared(attempt_id: int) -> Attempt | None:
    """A finished mock that its candidate shows to managers."""
    return db.session.scalar(_shared().where(Attempt.id == attempt_id).options(*WHOLE))


def count() -> int:
    """How many mocks are shared now."""
    shared = _shared().with_only_columns(Attempt.id).order_by(None).subquery()
    return db.session.scalar(select(func.count()).select_from(shared)) or 0


def latest(number: int) -> list[Line]:
    """The mocks that were finished last."""
    return attempt_lines.lines(
        db.session.scalars(_shared().order_by(Attempt.finished_at.desc()).limit(number)).all()
    )


def _shared() -> Select[Attempt]:
    return (
        select(Attempt)
        .where(
            Attempt.kind == AttemptKind.MOCK, Attempt.is_shared.is_(True), Attempt.finished_at.is_not(None)
        )
        .options(joinedload(Attempt.user), joinedload(Attempt.interview))
    )


def _fitting(filters: Filters) -> Select[Attempt]:
    fitting = _shared().order_by(Attempt.finished_at.desc())
    if filters.interview_id:
        fitting = fitting.where(Attempt.interview_id == filters.interview_id)
    for word in filters.text.lower().split()[:6]:
        named = or_(
            func.lower(User.name).contains(word, autoescape=True), User.email.contains(word, autoescape=True)
        )
        fitting = fitting.where(Attempt.user.has(named))
    return fitting


def _sort_key(order: str) -> Callable[[Line], Any]:
    keys: dict[str, Callable[[Line], Any]] = {
        "name": lambda mock: (mock.attempt.user.name.lower(), mock.attempt.id),
        "finished": lambda mock: mock.attempt.finished_at,
        "time": lambda mock: mock.minutes_used or 0.0,
    }
    return keys.get(order.lstrip("-"), lambda mock: (mock.total.percent, -mock.attempt.id))


def _interviews() -> list[tuple[str, str]]:
    """Id and title of every interview of which a mock is shared."""
    shared = _shared().with_only_columns(Attempt.interview_id)
    named = select(Interview.id, Interview.title).where(Interview.id.in_(shared))
    return [(row.id, row.title) for row in db.session.execute(named.order_by(Interview.title, Interview.id))]
