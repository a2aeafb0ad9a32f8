"""What to practise next: from the topics in which a report lost points to questions that the person has not solved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, case, func, select

from quizapp.extensions import db
from quizapp.models import Attempt, AttemptKind, Bank, Question, Response
from quizapp.services import reports

MOST_LINKS = 2


@dataclass(frozen=True)
class Suggestion:
    """One question to practise. `is_failed`: it was tried in practice and not solved; `is_from_here`: it lost points here."""

    id: str
    bank_id: str
    title: str
    minutes: float
    is_failed: bool
    is_from_here: bool


@dataclass(frozen=True)
class Topic:
    """One topic in which points were lost, with what there is to practise of it."""

    topic: str
    points: float  # lost
    bank_id: str | None  # whose questions are counted; None when there is nothing to practise
    failed: int
    unseen: int
    questions: Sequence[Suggestion]


def of_report(report: reports.Report) -> list[Topic]:
    """The topics of `report.lost` in their order; one query. Only questions that are open to practice are counted."""
    lost = report.lost
    found = _unsolved(report, [topic for topic, _ in lost])
    told = []
    for topic, points in lost:
        here = [question for of_topic, question in found if of_topic == topic]
        failed = sum(question.is_failed for question in here)
        bank_id = here[0].bank_id if here else None
        told.append(Topic(topic, points, bank_id, failed, len(here) - failed, here[:MOST_LINKS]))
    return told


def _unsolved(report: reports.Report, topics: Sequence[str]) -> list[tuple[str, Suggestion]]:
    """Topic and question of the attempt's bank: those that lost points here, those that were tried, then the easier ones.

    What was right here is left out. When that is not open to practice, of the first public bank that has questions of the topic.
    """
    if not topics:
        return []
    attempt = report.attempt
    right = [item.response.question_id for item in report.items if item.is_judged and not item.is_lost]
    here = {item.response.question_id for item in report.items if item.is_lost}
    mine = and_(
        Response.question_id == Question.id,
        Response.attempt_id.in_(
            select(Attempt.id).where(Attempt.user_id == attempt.user_id, Attempt.kind == AttemptKind.PRACTICE)
        ),
    )
    is_failed = func.coalesce(Response.tries, 0) > 0
    found = (
        select(Question.topic, Question.id, Question.bank_id, Question.title, Question.minutes, is_failed)
        .join(Bank, Question.bank_id == Bank.id)
        .outerjoin(Response, mine)
        .where(
            Question.topic.in_(topics),
            Question.id.not_in(right),
            Question.is_retired.is_(False),
            Question.version_id.is_not(None),
            Bank.is_public.is_(True),
            func.coalesce(Response.is_solved, False).is_(False),
        )
        .order_by(
            case((Question.bank_id == attempt.bank_id, 0), else_=1),
            Bank.position,
            Bank.id,
            case((Question.id.in_(here), 0), else_=1),
            is_failed.desc(),
            Question.difficulty,
            Question.id,
        )
    )
    return _of_one_bank(db.session.execute(found).all(), here)


def _of_one_bank(rows: Sequence[Any], here: set[str]) -> list[tuple[str, Suggestion]]:
    """Of each topic the questions of the bank that comes first in it."""
    bank_of: dict[str, str] = {}
    for row in rows:
        bank_of.setdefault(row.topic, row.bank_id)
    return [
        (row.topic, Suggestion(row.id, row.bank_id, row.title, row.minutes, bool(row[5]), row.id in here))
        for row in rows
        if row.bank_id == bank_of[row.topic]
    ]
