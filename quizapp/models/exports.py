"""Exports of score tables that a job makes, because they take longer than a page may."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quizapp.models.base import Base
from quizapp.models.content import Interview

_OPEN = text("made_at IS NULL AND failed_at IS NULL")


class Export(Base):
    """One file that somebody asked for. The row is the truth, the queue a doorbell; it goes when it expires."""

    __tablename__ = "exports"
    __table_args__ = (
        Index("ix_exports_open", "asked_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_exports_of_person", "asked_by_id", "interview_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    interview_id: Mapped[str] = mapped_column(ForeignKey("interviews.id", ondelete="CASCADE"), index=True)
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    asked_at: Mapped[datetime]
    form: Mapped[str] = mapped_column(String(10))  # csv or xlsx
    with_answers: Mapped[bool]
    filters: Mapped[dict[str, Any]]  # as `quizapp.services.score_table.Filters` holds them
    is_blind: Mapped[bool] = mapped_column(default=False)  # whether review was blind when it was made
    total: Mapped[int | None]  # candidates, known when it is begun
    done: Mapped[int] = mapped_column(default=0)
    tries: Mapped[int] = mapped_column(default=0)  # also the number of the delivery that may write
    taken_until: Mapped[datetime | None]  # the lease of a delivery
    made_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]  # given up
    problem: Mapped[str] = mapped_column(Text, default="")  # of the last try, for people
    size: Mapped[int] = mapped_column(default=0)  # bytes
    expires_at: Mapped[datetime | None] = mapped_column(index=True)

    interview: Mapped[Interview] = relationship()


class ExportPart(Base):
    """A piece of such a file, compressed; they are small so that neither a worker nor a page holds the whole."""

    __tablename__ = "export_parts"

    export_id: Mapped[int] = mapped_column(ForeignKey("exports.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # from 0
    content: Mapped[bytes] = mapped_column(LargeBinary)
