"""Signs of life of the site's parts, and the times in which one of them was away."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from quizapp.models.base import Base


class Heartbeat(Base):
    """When a part of the site last gave a sign of life; a part of several processes has one row for all of them."""

    __tablename__ = "heartbeats"

    part: Mapped[str] = mapped_column(String(40), primary_key=True)  # web, sweeper
    at: Mapped[datetime]


class Outage(Base):
    """A time in which a part of the site was away, from its last sign of life to the next one."""

    __tablename__ = "outages"

    id: Mapped[int] = mapped_column(primary_key=True)
    part: Mapped[str] = mapped_column(String(40))
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime] = mapped_column(index=True)
