"""Counts of the public questions that every page shows alike, kept in the page cache until the files change."""

from __future__ import annotations

from collections import Counter
from typing import Any

from redis.exceptions import RedisError
from sqlalchemy import select

from quizapp.extensions import cache, db
from quizapp.models import Bank, Question
from quizapp.rules import titles

KEPT_SECONDS = 600
FACETS = ("level", "topic", "kind", "difficulty")
_ORDER = {"level": titles.LEVELS, "topic": titles.TOPICS, "kind": titles.KINDS}


@cache.memoize(timeout=KEPT_SECONDS)
def of_bank(bank_id: str) -> dict[str, Any]:
    """Counts of a bank's questions: `total`, `minutes`, and by each of FACETS value -> count (keys are text)."""
    rows = db.session.execute(
        select(Question.level, Question.topic, Question.kind, Question.difficulty, Question.minutes).where(
            Question.bank_id == bank_id, Question.is_retired.is_(False), Question.version_id.is_not(None)
        )
    ).all()
    counted: dict[str, Any] = {"total": len(rows), "minutes": sum(row.minutes for row in rows)}
    for place, facet in enumerate(FACETS):
        counter = Counter(str(row[place]) for row in rows)
        order = list(_ORDER.get(facet, ()))
        usual = sorted(
            counter, key=lambda value: (order.index(value) if value in order else len(order), value)
        )
        counted[facet] = {value: counter[value] for value in usual}
    return counted


@cache.memoize(timeout=KEPT_SECONDS)
def question_ids(bank_id: str) -> list[str]:
    """Ids of a bank's questions in the order in which they are practised: by topic, easy ones first."""
    rows = db.session.execute(
        select(Question.id, Question.topic, Question.difficulty).where(
            Question.bank_id == bank_id, Question.is_retired.is_(False), Question.version_id.is_not(None)
        )
    ).all()
    topics = {topic: place for place, topic in enumerate(titles.TOPICS)}
    in_order = sorted(rows, key=lambda row: (topics.get(row.topic, len(topics)), row.difficulty, row.id))
    return [row.id for row in in_order]


@cache.memoize(timeout=KEPT_SECONDS)
def public_banks() -> list[dict[str, Any]]:
    """Id, title and description of every bank that is open for practice and has questions, in their order."""
    has_questions = (
        select(Question.id)
        .where(Question.bank_id == Bank.id, Question.is_retired.is_(False), Question.version_id.is_not(None))
        .exists()
    )
    banks = db.session.scalars(
        select(Bank).where(Bank.is_public.is_(True), has_questions).order_by(Bank.position, Bank.id)
    )
    return [{"id": bank.id, "title": bank.title, "description": bank.description} for bank in banks]


def forget() -> None:
    """Drop what is kept, because the questions changed. Without Redis nothing is kept, or it expires."""
    try:
        for counted in (of_bank, question_ids, public_banks):
            cache.delete_memoized(counted)
    except RedisError:
        return
