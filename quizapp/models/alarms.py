"""What an operator has to look at, kept until somebody, or the cause's end, settles it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from quizapp.models.base import Base


class Alarm(Base):
    """One thing that is wrong. The same thing again counts up; at most one is open per kind and subject."""

    __tablename__ = "alarms"
    __table_args__ = (
        Index(
            "uq_alarms_open",
            "kind",
            "subject",
            unique=True,
            sqlite_where=text("settled_at IS NULL"),
            postgresql_where=text("settled_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))  # a key of quizapp.services.alarms.KINDS
    subject: Mapped[str] = mapped_column(
        String(120), default=""
    )  # e.g. "submission 12"; empty: the whole site
    text: Mapped[str] = mapped_column(Text)  # what happened and what to do, for people
    count: Mapped[int] = mapped_column(default=1)
    raised_at: Mapped[datetime]
    last_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
