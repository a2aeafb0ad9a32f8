"""Source code that was sent once and never changes, with the verdict on it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Enum, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quizapp.models.attempts import Response
from quizapp.models.base import Base


class Scope(StrEnum):
    """What a submission is run against: own input or requests, the visible tests, or all tests."""

    RUN = "run"
    SAMPLE = "sample"
    FULL = "full"


class SubmissionState(StrEnum):
    """The row is the truth; the queue is a doorbell."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"


class Submission(Base):
    """One sending of code. Verdicts are written only by the delivery that holds the lease."""

    __tablename__ = "submissions"
    __table_args__ = (
        UniqueConstraint("response_id", "idempotency_key", name="uq_submissions_key"),
        Index("ix_submissions_state", "state", "lease_until"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    response_id: Mapped[int] = mapped_column(ForeignKey("responses.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    scope: Mapped[Scope] = mapped_column(Enum(Scope, native_enum=False, length=20))
    queue: Mapped[str] = mapped_column(String(20), default="live")  # live, expiry, bulk
    idempotency_key: Mapped[str] = mapped_column(String(64))
    body_hash: Mapped[str] = mapped_column(String(64))  # of files, scope, stdin, requests
    files: Mapped[dict[str, Any]]  # path -> text
    stdin: Mapped[str] = mapped_column(Text, default="")
    requests: Mapped[list[Any]]  # of the request panel
    state: Mapped[SubmissionState] = mapped_column(
        Enum(SubmissionState, native_enum=False, length=20), default=SubmissionState.QUEUED
    )
    delivery: Mapped[int] = mapped_column(default=0)
    lease_owner: Mapped[str | None] = mapped_column(String(120))
    lease_until: Mapped[datetime | None]
    internal_errors: Mapped[int] = mapped_column(default=0)
    is_from_draft: Mapped[bool] = mapped_column(default=False)  # graded from the last save when time ran out
    is_from_cache: Mapped[bool] = mapped_column(default=False)
    verdict: Mapped[str | None] = mapped_column(String(20))
    share: Mapped[float | None]  # of the points, 0..1
    outcome: Mapped[dict[str, Any] | None]  # sandbox.protocol.Outcome in its JSON form
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]

    response: Mapped[Response] = relationship()
