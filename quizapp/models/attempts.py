"""Attempts and the responses in them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import Enum, ForeignKey, Index, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quizapp.models.accounts import User
from quizapp.models.base import Base
from quizapp.models.content import Interview, Question, QuestionVersion
from quizapp.rules import parameters

if TYPE_CHECKING:
    from quizapp.models.hiring import InterviewVersion, Invitation


class AttemptKind(StrEnum):
    """Practice of one bank without a clock, or an interview. A trial is a manager's own try of one: it counts nowhere."""

    PRACTICE = "practice"
    MOCK = "mock"
    HIRING = "hiring"
    TRIAL = "trial"


class ResponseState(StrEnum):
    """How far a response is. `NOT_GRADED` is a fault of ours, `WAITING` is for a person: both leave the score incomplete."""

    OPEN = "open"
    GRADING = "grading"
    MARKED = "marked"
    WAITING = "waiting"
    NOT_GRADED = "not_graded"


class Attempt(Base):
    """One candidate's pass through an interview or through the practice of a bank."""

    __tablename__ = "attempts"
    __table_args__ = (
        # One practice attempt per person and bank, one running attempt per person and interview.
        Index(
            "uq_attempts_practice",
            "user_id",
            "bank_id",
            unique=True,
            sqlite_where=text("kind = 'PRACTICE'"),
            postgresql_where=text("kind = 'PRACTICE'"),
        ),
        Index(
            "uq_attempts_running",
            "user_id",
            "interview_id",
            unique=True,
            sqlite_where=text("finished_at IS NULL AND interview_id IS NOT NULL"),
            postgresql_where=text("finished_at IS NULL AND interview_id IS NOT NULL"),
        ),
        Index("uq_attempts_invitation_id", "invitation_id", unique=True),
        # The sweeper looks through the running ones every few seconds, however many are over.
        Index(
            "ix_attempts_unfinished",
            "id",
            sqlite_where=text("finished_at IS NULL"),
            postgresql_where=text("finished_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    bank_id: Mapped[str] = mapped_column(ForeignKey("banks.id"), index=True)
    interview_id: Mapped[str | None] = mapped_column(ForeignKey("interviews.id"), index=True)
    kind: Mapped[AttemptKind] = mapped_column(Enum(AttemptKind, native_enum=False, length=20))
    blueprint: Mapped[dict[str, Any] | None]  # as it was when the attempt began
    seed: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime]
    consented_at: Mapped[datetime | None]  # to what is recorded and who sees it
    finished_at: Mapped[datetime | None]
    minutes: Mapped[float | None]  # None: no clock
    extra_share: Mapped[float] = mapped_column(default=0.0)  # 0.25 = 25 % more time
    credit_seconds: Mapped[float] = mapped_column(default=0.0)  # given by people
    outage_seconds: Mapped[float] = mapped_column(default=0.0)  # owed for the site's own outages
    window_end: Mapped[datetime | None]
    is_shared: Mapped[bool] = mapped_column(default=False)  # the candidate shows this mock to managers
    # Whether the candidate agreed that it is recorded how answers come about: see quizapp.rules.tapes.
    is_recorded: Mapped[bool] = mapped_column(default=False, server_default=false())
    invitation_id: Mapped[int | None] = mapped_column(ForeignKey("invitations.id"))
    interview_version_id: Mapped[int | None] = mapped_column(ForeignKey("interview_versions.id"))

    user: Mapped[User] = relationship()
    interview: Mapped[Interview | None] = relationship()
    invitation: Mapped[Invitation | None] = relationship(back_populates="attempt")
    interview_version: Mapped[InterviewVersion | None] = relationship()
    responses: Mapped[list[Response]] = relationship(
        back_populates="attempt", order_by="Response.position", cascade="all, delete-orphan"
    )
    passes: Mapped[list[SectionPass]] = relationship(
        order_by="SectionPass.section", cascade="all, delete-orphan"
    )


class SectionPass(Base):
    """When a section of an attempt was entered and left. Only attempts with barriers or timed sections have them."""

    __tablename__ = "section_passes"
    __table_args__ = (UniqueConstraint("attempt_id", "section", name="uq_section_passes_section"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempts.id", ondelete="CASCADE"))
    section: Mapped[int]  # the number in the blueprint, from 0
    entered_at: Mapped[datetime]
    left_at: Mapped[datetime | None]
    credit_seconds: Mapped[float] = mapped_column(
        default=0.0
    )  # of the attempt's, those given while it was open
    outage_seconds: Mapped[float] = mapped_column(default=0.0)


class Response(Base):
    """The answer to one question in one attempt, saved as it is typed. `revision` counts the saves."""

    __tablename__ = "responses"
    __table_args__ = (
        UniqueConstraint("attempt_id", "question_id", name="uq_responses_question"),
        # What is being graded; the condition is repeated, value and all, by who looks for it.
        Index(
            "ix_responses_grading",
            "attempt_id",
            sqlite_where=text("state = 'GRADING'"),
            postgresql_where=text("state = 'GRADING'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempts.id", ondelete="CASCADE"), index=True)
    question_id: Mapped[str] = mapped_column(ForeignKey("questions.id"), index=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("question_versions.id"))
    position: Mapped[int] = mapped_column(default=0)
    section: Mapped[int] = mapped_column(default=0)
    seed: Mapped[int] = mapped_column(default=0)  # of the order in which options and lines are shown
    parameters: Mapped[dict[str, Any] | None]  # what was drawn for a parameterised question, name -> value
    answer: Mapped[dict[str, Any] | None]  # shape by kind, see quizapp.rules.marking
    revision: Mapped[int] = mapped_column(default=0)
    saved_at: Mapped[datetime | None]
    state: Mapped[ResponseState] = mapped_column(
        Enum(ResponseState, native_enum=False, length=20), default=ResponseState.OPEN
    )
    points: Mapped[float | None]  # best so far; None: nothing was judged
    first_points: Mapped[float | None]  # of the first try
    is_solved: Mapped[bool] = mapped_column(default=False)  # all of it right once, whatever hints cost
    max_points: Mapped[float]
    mark: Mapped[dict[str, Any] | None]  # feedback of the last marking
    tries: Mapped[int] = mapped_column(default=0)
    hints_used: Mapped[int] = mapped_column(default=0)
    is_flagged: Mapped[bool] = mapped_column(default=False)
    answered_at: Mapped[datetime | None]
    # The version that its points rest on since a regrade; None: the one that was answered.
    graded_version_id: Mapped[int | None] = mapped_column(ForeignKey("question_versions.id"))
    # The points that a reviewer set by hand, with a reason; while there are some, no verdict and no regrade changes them.
    override_id: Mapped[int | None] = mapped_column(
        ForeignKey("point_changes.id", use_alter=True, name="fk_responses_override_id_point_changes")
    )

    attempt: Mapped[Attempt] = relationship(back_populates="responses")
    question: Mapped[Question] = relationship()
    version: Mapped[QuestionVersion] = relationship(foreign_keys=[version_id])
    graded_version: Mapped[QuestionVersion | None] = relationship(foreign_keys=[graded_version_id])

    @property
    def content(self) -> dict[str, Any]:
        """The content of its version as this person met it, with what was drawn in place of its placeholders."""
        return parameters.filled(self.version.content, self.parameters)


class Branch(Base):
    """Another version of an answer: kept, never current by itself.

    It was based on an older revision, came after the deadline, or was current until its owner took another one instead.
    """

    __tablename__ = "branches"

    id: Mapped[int] = mapped_column(primary_key=True)
    response_id: Mapped[int] = mapped_column(ForeignKey("responses.id", ondelete="CASCADE"), index=True)
    answer: Mapped[dict[str, Any]]
    based_on: Mapped[int]
    is_late: Mapped[bool] = mapped_column(default=False)
    device: Mapped[str] = mapped_column(String(200), default="")
    received_at: Mapped[datetime]
    is_replaced: Mapped[bool] = mapped_column(default=False, server_default=false())


class Notes(Base):
    """What a candidate writes down during an attempt, for nobody else. `revision` counts the saves."""

    __tablename__ = "notes"

    attempt_id: Mapped[int] = mapped_column(
        ForeignKey("attempts.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    text: Mapped[str] = mapped_column(Text)
    revision: Mapped[int]
    saved_at: Mapped[datetime]
