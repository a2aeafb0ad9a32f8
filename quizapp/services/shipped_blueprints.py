"""What a hiring interview can begin with: blueprints that files describe, mocks and hiring ones alike.

A file belongs to no team, so nobody is invited to what it describes. Any manager makes an interview of their team from it.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from quizapp.extensions import db
from quizapp.models import Bank, Interview


def listed() -> Sequence[Interview]:
    """All of them, those for hiring first, then in the order of their banks."""
    order = (Interview.kind, Bank.position, Interview.title)  # "hiring" stands before "mock"
    return db.session.scalars(_described().order_by(*order)).all()


def find(interview_id: str) -> Interview | None:
    """The one of this id; None for what teams made, and what is not published any more."""
    return db.session.scalar(_described().where(Interview.id == interview_id))


def _described() -> Select[Interview]:
    return (
        select(Interview)
        .join(Bank)
        .where(Interview.created_at.is_(None), Interview.is_open.is_(True))
        .options(joinedload(Interview.bank))
    )
