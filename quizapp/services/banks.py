"""The banks and their questions, filtered and counted, with how far a person is in each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, select
from sqlalchemy.orm import aliased

from quizapp.errors import NotFound
from quizapp.extensions import db
from quizapp.models import Attempt, AttemptKind, Question, Response, User
from quizapp.rules import titles
from quizapp.services import counts

PAGE_SIZE = 20
MAX_WORDS = 6
MAX_FOUND = 50
ORDERS = {
    "topic": "By topic",
    "easy": "Easy first",
    "hard": "Hard first",
    "short": "Shortest first",
    "weakest": "Weakest first",
}

# The person's practice response beside each question, if there is one.
_mine = aliased(Response, name="mine")


@dataclass(frozen=True)
class Filters:
    """What the list is narrowed to; empty means anything."""

    levels: Sequence[str] = ()
    topics: Sequence[str] = ()
    kinds: Sequence[str] = ()
    difficulties: Sequence[int] = ()
    states: Sequence[str] = ()
    text: str = ""
    order: str = "topic"
    page: int = 1

    @property
    def chosen(self) -> int:
        """How many boxes are ticked."""
        return sum(
            len(part) for part in (self.levels, self.topics, self.kinds, self.difficulties, self.states)
        )


@dataclass(frozen=True)
class Entry:
    """One question in the list, with the person's state in it: new, tried or solved."""

    id: str
    bank_id: str
    title: str
    kind: str
    level: str
    topic: str
    difficulty: int
    minutes: float
    state: str
    points: float | None
    max_points: float
    answered_at: datetime | None


@dataclass(frozen=True)
class Shelf:
    """One bank with a page of its questions."""

    bank: dict[str, Any]
    banks: list[dict[str, Any]]
    facets: dict[str, Any]
    states: dict[str, int]
    entries: list[Entry]
    count: int
    page: int
    pages: int
    found: dict[str, int] = field(default_factory=dict)  # of what was found: state -> count

    @property
    def first(self) -> int:
        """Number of the first entry of this page, from 1."""
        return (self.page - 1) * PAGE_SIZE + 1

    @property
    def last(self) -> int:
        """Number of the last entry of this page."""
        return self.first + len(self.entries) - 1


def overview(user: User | None) -> list[dict[str, Any]]:
    """Every public bank with its counts and how many of its questions the person tried and solved."""
    banks = []
    for bank in counts.public_banks():
        counted = counts.of_bank(bank["id"])
        banks.append({**bank, **counted, "states": states_of(user, bank["id"])})
    return banks


def states_of(user: User | None, bank_id: str) -> dict[str, int]:
    """State -> number of the bank's questions in it, for one person."""
    state = _state()
    rows = db.session.execute(
        select(state, func.count())
        .select_from(Question)
        .outerjoin(_mine, _is_mine(user))
        .where(*_live(bank_id))
        .group_by(state)
    ).all()
    return dict.fromkeys(titles.STATES, 0) | {row[0]: row[1] for row in rows}


def show(user: User | None, bank_id: str, filters: Filters) -> Shelf:
    """A page of the bank's questions that fit the filters; `NotFound` for a bank that is not open for practice."""
    banks = counts.public_banks()
    bank = next((bank for bank in banks if bank["id"] == bank_id), None)
    if bank is None:
        raise NotFound("There is no such bank", "All banks are listed on the page Banks.")
    fitting = _fitting(user, [bank_id], filters)
    found = _counted(fitting)
    count = sum(found.values())
    pages = max(1, -(-count // PAGE_SIZE))
    page = min(max(1, filters.page), pages)
    rows = db.session.execute(
        fitting.order_by(*_order(filters.order)).limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)
    ).all()
    return Shelf(
        bank=bank,
        banks=[{**one, "total": counts.of_bank(one["id"])["total"]} for one in banks],
        facets=counts.of_bank(bank_id),
        states=states_of(user, bank_id),
        entries=[_entry(row) for row in rows],
        count=count,
        page=page,
        pages=pages,
        found=found,
    )


def search(user: User | None, text: str) -> list[Entry]:
    """The first questions of all public banks that hold every word, at most MAX_FOUND."""
    ids = [bank["id"] for bank in counts.public_banks()]
    fitting = _fitting(user, ids, Filters(text=text)).order_by(*_order("topic")).limit(MAX_FOUND)
    return [_entry(row) for row in db.session.execute(fitting).all()]


def topics_of(user: User | None, bank_id: str) -> list[dict[str, Any]]:
    """Per topic of a bank, in the usual order: title, number of questions, tried, solved."""
    rows = db.session.execute(
        select(
            Question.topic,
            func.count(),
            func.sum(case((_mine.is_solved.is_(True), 1), else_=0)),
            func.sum(case((_mine.tries > 0, 1), else_=0)),
        )
        .outerjoin(_mine, _is_mine(user))
        .where(*_live(bank_id))
        .group_by(Question.topic)
    ).all()
    order = list(titles.TOPICS)
    told = [
        {
            "id": row[0],
            "title": titles.topic_title(row[0]),
            "count": row[1],
            "solved": row[2],
            "tried": row[3],
        }
        for row in rows
    ]
    return sorted(told, key=lambda topic: order.index(topic["id"]) if topic["id"] in order else len(order))


def _live(*bank_ids: str) -> list[ColumnElement[bool]]:
    return [Question.bank_id.in_(bank_ids), Question.is_retired.is_(False), Question.version_id.is_not(None)]


def _is_mine(user: User | None) -> ColumnElement[bool]:
    user_id = user.id if user else None  # nobody signed in: everything is new
    practice = select(Attempt.id).where(Attempt.user_id == user_id, Attempt.kind == AttemptKind.PRACTICE)
    return and_(_mine.question_id == Question.id, _mine.attempt_id.in_(practice))


def _state() -> ColumnElement[str]:
    return case((_mine.is_solved.is_(True), "solved"), (_mine.tries > 0, "tried"), else_="new").label("state")


def _fitting(user: User | None, bank_ids: Sequence[str], filters: Filters) -> Select[Any, Any, Any]:
    fitting = select(Question, _mine, _state()).outerjoin(_mine, _is_mine(user)).where(*_live(*bank_ids))
    for column, wanted in (
        (Question.level, filters.levels),
        (Question.topic, filters.topics),
        (Question.kind, filters.kinds),
        (Question.difficulty, filters.difficulties),
        (_state(), filters.states),
    ):
        if wanted:
            fitting = fitting.where(column.in_(list(wanted)))
    for word in filters.text.lower().split()[:MAX_WORDS]:
        fitting = fitting.where(Question.search_text.contains(word, autoescape=True))
    return fitting


def _counted(fitting: Select[Any, Any, Any]) -> dict[str, int]:
    states = fitting.with_only_columns(_state().label("state")).subquery()
    rows = db.session.execute(select(states.c.state, func.count()).group_by(states.c.state)).all()
    return {row[0]: row[1] for row in rows}


def _order(order: str) -> list[ColumnElement[Any]]:
    topic = case({topic: place for place, topic in enumerate(titles.TOPICS)}, value=Question.topic, else_=99)
    share = case((_mine.tries > 0, func.coalesce(_mine.points, 0.0) / _mine.max_points), else_=0.5)
    firsts: dict[str, list[ColumnElement[Any]]] = {
        "easy": [Question.difficulty.asc()],
        "hard": [Question.difficulty.desc()],
        "short": [Question.minutes.asc()],
        "weakest": [share.asc()],
    }
    return [*firsts.get(order, []), topic, Question.difficulty.asc(), Question.id.asc()]


def _entry(row: Row[Any, Any, Any]) -> Entry:
    question, mine, state = row
    return Entry(
        id=question.id,
        bank_id=question.bank_id,
        title=question.title,
        kind=question.kind,
        level=question.level,
        topic=question.topic,
        difficulty=question.difficulty,
        minutes=question.minutes,
        state=state,
        points=mine.points if mine else None,
        max_points=mine.max_points if mine else question.points,
        answered_at=mine.answered_at if mine else None,
    )
