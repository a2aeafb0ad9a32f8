"""Source code that was sent once and never changes, with the verdict on it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Enum, ForeignKey, Index, String, Text, UniqueConstraint, literal_column, text
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.sql.elements import ColumnElement

from quizapp.models.attempts import Response
from quizapp.models.base import Base
from quizapp.models.content import QuestionVersion
from quizapp.models.regrades import RegradeItem
from quizapp.rules import parameters

# The verdict of a submission that its sender stopped: it counts as if it had never been sent.
CANCELLED = "cancelled"


class Scope(StrEnum):
    """What a submission is run against: own input or requests, the visible tests, or all tests."""

    RUN = "run"
    SAMPLE = "sample"
    FULL = "full"
    REGRADE = "regrade"  # all tests of a newer version, for a regrade; counts only once that is applied
    REVIEW = "review"  # all tests, for a reviewer who reads the attempt; counts nowhere
    REVIEW_RUN = "review_run"  # own input or requests, for the same


# What a candidate sends. Everything else is sent by staff or by the site, and is none of the candidate's tries.
OWN_SCOPES = (Scope.RUN, Scope.SAMPLE, Scope.FULL)
_JUDGED_AS = {Scope.REGRADE: Scope.FULL, Scope.REVIEW: Scope.FULL, Scope.REVIEW_RUN: Scope.RUN}


class SubmissionState(StrEnum):
    """The row is the truth; the queue is a doorbell."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"


# The words of partial indexes. A query has to repeat them, values and all, or the index is not used: see `is_open`.
_OPEN = "state != 'DONE'"
_REGRADED = "regrade_item_id IS NOT NULL"
_TROUBLED = "settled_at IS NULL AND (internal_errors > 0 OR verdict = 'internal_error')"


def _where(condition: str) -> dict[str, Any]:
    """The condition of an index for both stores."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


class Submission(Base):
    """One sending of code. Verdicts are written only by the delivery that holds the lease."""

    __tablename__ = "submissions"
    __table_args__ = (
        UniqueConstraint("response_id", "idempotency_key", name="uq_submissions_key"),
        Index("ix_submissions_open", "queue", "turn", "id", **_where(_OPEN)),
        Index("ix_submissions_turn", "queue", "turn"),
        Index("ix_submissions_turn_of_user", "user_id", "turn"),
        Index("ix_submissions_finished_at", "finished_at"),
        Index("ix_submissions_troubled", "id", **_where(_TROUBLED)),
        Index("ix_submissions_regrade_item", "regrade_item_id", **_where(_REGRADED)),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    response_id: Mapped[int] = mapped_column(ForeignKey("responses.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    scope: Mapped[Scope] = mapped_column(Enum(Scope, native_enum=False, length=20))
    queue: Mapped[str] = mapped_column(String(20), default="live")  # live, expiry, bulk
    turn: Mapped[int] = mapped_column(default=0)  # place in its queue, fair between users: see services.turns
    idempotency_key: Mapped[str] = mapped_column(String(64))
    body_hash: Mapped[str] = mapped_column(String(64))  # of files, scope, stdin, requests
    files: Mapped[dict[str, Any]]  # path -> text
    stdin: Mapped[str] = mapped_column(Text, default="")
    requests: Mapped[list[Any]]  # of the request panel
    state: Mapped[SubmissionState] = mapped_column(
        Enum(SubmissionState, native_enum=False, length=20), default=SubmissionState.QUEUED
    )
    delivery: Mapped[int] = mapped_column(default=0)
    forgiven: Mapped[int] = mapped_column(default=0)  # deliveries that no longer count against it
    taken_at: Mapped[datetime | None]  # when its last delivery began
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
    settled_at: Mapped[datetime | None]  # when an operator gave up on it; the audit log has the note
    regrade_item_id: Mapped[int | None] = mapped_column(ForeignKey("regrade_items.id"))

    response: Mapped[Response] = relationship()
    regrade_item: Mapped[RegradeItem | None] = relationship()

    @property
    def judged_as(self) -> Scope:
        """How it is run and judged: as what a candidate would send."""
        return _JUDGED_AS.get(self.scope, self.scope)

    @property
    def is_review(self) -> bool:
        """Whether a reviewer sent it, so that it counts nowhere."""
        return self.scope in (Scope.REVIEW, Scope.REVIEW_RUN)

    @property
    def version(self) -> QuestionVersion:
        """The version whose tests judge it: the one that was answered, of a regrade its newer one."""
        return self.response.version if self.regrade_item is None else self.regrade_item.regrade.version

    @property
    def values(self) -> dict[str, Any] | None:
        """What fills a parameterised version of it."""
        drawn = self.response.parameters
        return drawn if self.regrade_item is None else parameters.counterpart(self.version.content, drawn)

    @property
    def content(self) -> dict[str, Any]:
        """The content that it is judged by, filled."""
        return parameters.filled(self.version.content, self.values)


def is_open(of: type[Submission] = Submission) -> ColumnElement[bool]:
    """The condition of submissions that wait or run, in the words of their index."""
    return of.state != literal_column("'DONE'")


def is_troubled() -> ColumnElement[bool]:
    """The condition of submissions that the sandbox failed on and nobody has settled, in the words of their index."""
    failed = (Submission.internal_errors > literal_column("0")) | (
        Submission.verdict == literal_column("'internal_error'")
    )
    return Submission.settled_at.is_(None) & failed
