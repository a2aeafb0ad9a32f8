"""How answers came about: what pages recorded, what the server itself noticed, and what candidates say to it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quizapp.models.base import Base


class Recording(Base):
    """What one page of an attempt recorded, from when it was opened: see `quizapp.rules.tapes`."""

    __tablename__ = "recordings"
    __table_args__ = (UniqueConstraint("response_id", "session", name="uq_recordings_session"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempts.id", ondelete="CASCADE"), index=True)
    response_id: Mapped[int] = mapped_column(ForeignKey("responses.id", ondelete="CASCADE"))
    session: Mapped[str] = mapped_column(String(32))  # the page's own random name
    device: Mapped[str] = mapped_column(String(80), default="")  # in words, from the user agent
    opened_at: Mapped[datetime]  # by the server's clock: the moment of receipt less the page's age
    received_at: Mapped[datetime]
    next_sequence: Mapped[int] = mapped_column(default=0)
    # The head of the tape: what the next frame is checked against.
    files: Mapped[list[Any]]
    lengths: Mapped[list[Any]]
    ended: Mapped[int] = mapped_column(default=0)  # hundredths of a second since it was opened
    size: Mapped[int] = mapped_column(default=0)  # characters of JSON
    is_cut: Mapped[bool] = mapped_column(default=False)  # edits after this were not kept: the attempt's most

    parts: Mapped[list[RecordingPart]] = relationship(
        order_by="RecordingPart.number", cascade="all, delete-orphan"
    )


class RecordingPart(Base):
    """A stretch of a recording, compressed. The last one grows until it is full."""

    __tablename__ = "recording_parts"

    recording_id: Mapped[int] = mapped_column(
        ForeignKey("recordings.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True)
    entries: Mapped[bytes] = mapped_column(LargeBinary)
    size: Mapped[int]  # characters of JSON


class AttemptEvent(Base):
    """Something the server itself noticed in an attempt, such as a takeover by another device."""

    __tablename__ = "attempt_events"

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempts.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(40))  # a key of quizapp.rules.evidence.SERVER_KINDS
    at: Mapped[datetime]
    facts: Mapped[dict[str, Any]]


class EventComment(Base):
    """What the candidate says to one event of an attempt. `event` is the event's key, see `quizapp.rules.evidence`."""

    __tablename__ = "event_comments"

    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempts.id", ondelete="CASCADE"), primary_key=True)
    event: Mapped[str] = mapped_column(String(80), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime]
