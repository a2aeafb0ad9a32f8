"""Hiring: teams of managers, what an interview said at one time, who may do what in it, and who is invited."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Enum, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quizapp.models.accounts import User
from quizapp.models.attempts import Attempt
from quizapp.models.base import Base
from quizapp.models.content import Interview

_ENDED = "ended_at IS NOT NULL"
_REMINDED_LATER = "remind_at IS NOT NULL AND reminded_at IS NULL"


def _where(condition: str) -> dict[str, Any]:
    """The condition of an index for both stores."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


class InterviewRole(StrEnum):
    """What a manager may do in one interview; each includes those after it."""

    OWNER = "owner"  # edits, invites, gives roles
    REVIEWER = "reviewer"  # invites, scores, comments, decides
    VIEWER = "viewer"  # reads


class Team(Base):
    """Managers who see the same interviews."""

    __tablename__ = "teams"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]

    members: Mapped[list[TeamMember]] = relationship(back_populates="team", cascade="all, delete-orphan")


class TeamMember(Base):
    """One person in one team."""

    __tablename__ = "team_members"

    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    added_at: Mapped[datetime]

    team: Mapped[Team] = relationship(back_populates="members")
    user: Mapped[User] = relationship()


class InterviewVersion(Base):
    """What a hiring interview said when it was published. Never changed: whoever is invited keeps theirs."""

    __tablename__ = "interview_versions"
    __table_args__ = (UniqueConstraint("interview_id", "number", name="uq_interview_versions_number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    interview_id: Mapped[str] = mapped_column(ForeignKey("interviews.id", ondelete="CASCADE"))
    number: Mapped[int]  # from 1
    title: Mapped[str] = mapped_column(String(200))
    blueprint: Mapped[dict[str, Any]]
    note: Mapped[str] = mapped_column(Text, default="")  # what changed, by who published it
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))

    interview: Mapped[Interview] = relationship(foreign_keys=[interview_id])
    created_by: Mapped[User | None] = relationship()


class InterviewMember(Base):
    """The role of one person in one interview. Others of its team are viewers."""

    __tablename__ = "interview_members"

    interview_id: Mapped[str] = mapped_column(
        ForeignKey("interviews.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    role: Mapped[InterviewRole] = mapped_column(Enum(InterviewRole, native_enum=False, length=20))
    given_at: Mapped[datetime]

    user: Mapped[User] = relationship()


class Invitation(Base):
    """One candidate's way into one interview. Its link is derived from its number and `generation`."""

    __tablename__ = "invitations"
    __table_args__ = (
        Index("ix_invitations_of_interview", "interview_id", "id"),
        Index("ix_invitations_name", "interview_id", "name", "id"),
        Index("ix_invitations_unended", "interview_id", "id", **_where("ended_at IS NULL")),
        Index("ix_invitations_remind_at", "remind_at", **_where(_REMINDED_LATER)),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    interview_id: Mapped[str] = mapped_column(ForeignKey("interviews.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("interview_versions.id"))
    email: Mapped[str] = mapped_column(String(254), index=True)  # lower case
    name: Mapped[str] = mapped_column(String(120), default="")
    message: Mapped[str] = mapped_column(
        Text, default=""
    )  # from who invites, for the mail and the landing page
    generation: Mapped[int] = mapped_column(default=1)  # raised by revoking: older links are void
    opens_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    time_zone: Mapped[str] = mapped_column(String(60), default="UTC")  # in which the window was given
    extra_share: Mapped[float] = mapped_column(default=0.0)  # 0.25 = 25 % more time
    is_from_public_link: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    # Who sits it: an account, or a guest made for it. Set once, by the candidate's button.
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    bound_at: Mapped[datetime | None]
    device_hash: Mapped[str | None] = mapped_column(String(64))  # of what the browser keeps that may go on
    opened_at: Mapped[datetime | None]
    declined_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    remind_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    # Of the code that lets a bound invitation go on at another device; a manager's release needs none.
    code_hash: Mapped[str | None] = mapped_column(String(64))
    code_until: Mapped[datetime | None]
    code_tries: Mapped[int] = mapped_column(default=0)
    released_until: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]  # when its attempt ended; see services.scores

    interview: Mapped[Interview] = relationship()
    version: Mapped[InterviewVersion] = relationship()
    user: Mapped[User | None] = relationship(foreign_keys=[user_id])
    created_by: Mapped[User | None] = relationship(foreign_keys=[created_by_id])
    attempt: Mapped[Attempt | None] = relationship(back_populates="invitation", uselist=False)


class ScoreState(StrEnum):
    """What keeps an attempt's score from being final, the strongest reason first."""

    RUNNING = "running"
    GRADING = "grading"  # a verdict is on its way
    FAULT = "fault"  # a fault of ours: something could not be graded
    WAITING = "waiting"  # for a person to rate an answer
    FINAL = "final"


class AttemptScore(Base):
    """The stored total of an attempt, so that a table of many need not add up responses. See services.scores."""

    __tablename__ = "attempt_scores"
    __table_args__ = (
        # One for each order of the score table; what runs stands behind what has ended in all of them.
        Index("ix_attempt_scores_percent", "interview_id", "percent", "attempt_id", **_where(_ENDED)),
        Index("ix_attempt_scores_ended", "interview_id", "ended_at", "attempt_id", **_where(_ENDED)),
        Index("ix_attempt_scores_seconds", "interview_id", "seconds_used", "attempt_id", **_where(_ENDED)),
        Index("ix_attempt_scores_state", "interview_id", "state", "percent", "attempt_id", **_where(_ENDED)),
    )

    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempts.id", ondelete="CASCADE"), primary_key=True)
    interview_id: Mapped[str | None] = mapped_column(ForeignKey("interviews.id"))
    state: Mapped[ScoreState] = mapped_column(
        Enum(ScoreState, native_enum=False, length=20), default=ScoreState.RUNNING
    )
    points: Mapped[float]
    max_points: Mapped[float]
    percent: Mapped[float]  # 0..100, one decimal
    is_complete: Mapped[bool]
    ended_at: Mapped[datetime | None]  # the attempt's own, repeated for the indexes
    seconds_used: Mapped[float | None]  # None while it runs
    # [{"title", "points", "max_points"}] as the blueprint asks; "parts": how many of the attempt's sections one became.
    sections: Mapped[list[Any]]
    refreshed_at: Mapped[datetime]

    attempt: Mapped[Attempt] = relationship()
