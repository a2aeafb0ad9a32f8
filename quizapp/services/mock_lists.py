"""The mock interviews that are described by files, for authors."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from quizapp.errors import NotFound
from quizapp.extensions import db
from quizapp.models import Attempt, AttemptKind, Bank, Interview


@dataclass(frozen=True)
class Entry:
    """One mock with how many people handed it in, and how often."""

    interview: Interview
    people: int
    attempts: int


def entries() -> list[Entry]:
    """All of them, in the order of their banks, those that are not open any more last."""
    counted = (
        select(Attempt.interview_id, func.count(Attempt.user_id.distinct()), func.count())
        .where(Attempt.kind == AttemptKind.MOCK, Attempt.finished_at.is_not(None))
        .group_by(Attempt.interview_id)
    )
    counts = {row[0]: (row[1], row[2]) for row in db.session.execute(counted)}
    listed = db.session.scalars(_mocks().order_by(Interview.is_open.desc(), Bank.position, Interview.title))
    return [Entry(one, *counts.get(one.id, (0, 0))) for one in listed]


def find(interview_id: str) -> Interview:
    """One of them. Raises NotFound, also for interviews of teams: those are their managers'."""
    found = db.session.scalar(_mocks().where(Interview.id == interview_id))
    if found is None:
        raise NotFound("There is no such mock interview", "Those there are stand in the list.")
    return found


def _mocks() -> Select[Interview]:
    return select(Interview).join(Bank).where(Interview.kind == "mock").options(joinedload(Interview.bank))
