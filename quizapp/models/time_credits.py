"""Time that people gave to running attempts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quizapp.models.accounts import User
from quizapp.models.attempts import Attempt
from quizapp.models.base import Base


class TimeCredit(Base):
    """Seconds that somebody gave to an attempt while it ran, and why. `Attempt.credit_seconds` is the sum."""

    __tablename__ = "time_credits"
    # One press of a button gives once, however often its form arrives.
    __table_args__ = (UniqueConstraint("attempt_id", "key", name="uq_time_credits_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempts.id", ondelete="CASCADE"), index=True)
    seconds: Mapped[int]
    reason: Mapped[str] = mapped_column(String(300))
    key: Mapped[str] = mapped_column(String(64))
    given_at: Mapped[datetime]
    given_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))

    attempt: Mapped[Attempt] = relationship()
    given_by: Mapped[User | None] = relationship()
