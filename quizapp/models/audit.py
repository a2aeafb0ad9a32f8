"""Who did what and when, for the actions that matter to others."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from quizapp.models.base import Base


class AuditEntry(Base):
    """One action, in words that stay readable when the rows it names are gone."""

    __tablename__ = "audit_entries"
    __table_args__ = (Index("ix_audit_entries_of_interview", "interview_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    action: Mapped[str] = mapped_column(String(80))
    subject: Mapped[str] = mapped_column(String(200), default="")
    interview_id: Mapped[str | None] = mapped_column(String(120))  # that it is about: its owners read it
    facts: Mapped[dict[str, Any]]
