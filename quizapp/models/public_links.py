"""Links with which people invite themselves to an interview, up to a number of places."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quizapp.models.base import Base
from quizapp.models.content import Interview


class PublicLink(Base):
    """The public link of one interview. A place is an invitation that came by it and was not revoked."""

    __tablename__ = "public_links"

    interview_id: Mapped[str] = mapped_column(
        ForeignKey("interviews.id", ondelete="CASCADE"), primary_key=True
    )
    generation: Mapped[int] = mapped_column(default=1)  # raised for a new link: older ones are void
    is_open: Mapped[bool] = mapped_column(default=True)
    places: Mapped[int]
    # What the invitations that come by it are given.
    message: Mapped[str] = mapped_column(Text, default="")
    opens_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    time_zone: Mapped[str] = mapped_column(String(60), default="UTC")
    changed_at: Mapped[datetime]
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))

    interview: Mapped[Interview] = relationship()
