"""What candidates say is wrong with a question."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quizapp.models.accounts import User
from quizapp.models.attempts import Response
from quizapp.models.base import Base
from quizapp.models.content import Question, QuestionVersion

_OPEN = text("settled_at IS NULL")


class ErrorReport(Base):
    """One person's report that something in one version of a question is wrong; open until an author settles it."""

    __tablename__ = "error_reports"
    __table_args__ = (
        Index("ix_error_reports_open", "question_id", sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[str] = mapped_column(ForeignKey("questions.id"), index=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("question_versions.id"))  # the one that was seen
    response_id: Mapped[int | None] = mapped_column(ForeignKey("responses.id", ondelete="SET NULL"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    text: Mapped[str] = mapped_column(Text)
    answer: Mapped[dict[str, Any] | None]  # as it was then, when the reporter sent it along
    sent_at: Mapped[datetime]
    note: Mapped[str] = mapped_column(Text, default="")  # to the reporter
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))

    question: Mapped[Question] = relationship()
    version: Mapped[QuestionVersion] = relationship()
    response: Mapped[Response | None] = relationship()
    user: Mapped[User | None] = relationship(foreign_keys=[user_id])
    settled_by: Mapped[User | None] = relationship(foreign_keys=[settled_by_id])
