"""How long questions were worked on."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from quizapp.models.base import Base


class Visit(Base):
    """One loading of a question's page in an attempt, and for how many seconds somebody was active on it.

    The page counts, and tells its count so far again and again, so a repeated or lost message changes nothing.
    """

    __tablename__ = "visits"
    __table_args__ = (UniqueConstraint("response_id", "key", name="uq_visits_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    response_id: Mapped[int] = mapped_column(ForeignKey("responses.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(64))  # made by the page
    seconds: Mapped[float] = mapped_column(default=0.0)
    first_at: Mapped[datetime]  # when it can have begun at the earliest, as far as the server knows
    last_at: Mapped[datetime]  # when it was told of last
