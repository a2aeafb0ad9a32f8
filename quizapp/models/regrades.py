"""Marking the answers of finished attempts again, with a newer version of their question."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Enum, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quizapp.models.accounts import User
from quizapp.models.attempts import Response
from quizapp.models.base import Base
from quizapp.models.content import Question, QuestionVersion

_OPEN = text("state = 'OPEN'")


class RegradeState(StrEnum):
    """How far a regrade is. While it is open it is worked out, and no score has changed."""

    OPEN = "open"
    APPLIED = "applied"
    UNDONE = "undone"


class Regrade(Base):
    """One question's answers, marked again with one version. At most one is open per question."""

    __tablename__ = "regrades"
    __table_args__ = (
        Index("uq_regrades_open", "question_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[str] = mapped_column(ForeignKey("questions.id"), index=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("question_versions.id"))  # the one to mark with
    state: Mapped[RegradeState] = mapped_column(
        Enum(RegradeState, native_enum=False, length=20), default=RegradeState.OPEN
    )
    is_only_raising: Mapped[bool] = mapped_column(default=False)  # as it was applied
    started_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    started_at: Mapped[datetime]
    applied_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    applied_at: Mapped[datetime | None]
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    undone_at: Mapped[datetime | None]

    question: Mapped[Question] = relationship()
    version: Mapped[QuestionVersion] = relationship()
    started_by: Mapped[User | None] = relationship(foreign_keys=[started_by_id])
    applied_by: Mapped[User | None] = relationship(foreign_keys=[applied_by_id])
    undone_by: Mapped[User | None] = relationship(foreign_keys=[undone_by_id])


class RegradeItem(Base):
    """One response in a regrade: what it was, and what it becomes. Of code, the runs say that until it is applied."""

    __tablename__ = "regrade_items"
    __table_args__ = (UniqueConstraint("regrade_id", "response_id", name="uq_regrade_items_response"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    regrade_id: Mapped[int] = mapped_column(ForeignKey("regrades.id", ondelete="CASCADE"))
    response_id: Mapped[int] = mapped_column(ForeignKey("responses.id", ondelete="CASCADE"), index=True)
    before: Mapped[dict[str, Any]]  # the response's columns that a regrade changes
    after: Mapped[dict[str, Any] | None]
    problem: Mapped[str] = mapped_column(Text, default="")  # why the answer cannot be marked again
    is_applied: Mapped[bool] = mapped_column(default=False)

    regrade: Mapped[Regrade] = relationship()
    response: Mapped[Response] = relationship()
