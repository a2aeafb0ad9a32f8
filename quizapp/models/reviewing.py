"""What reviewers do with an attempt: points by hand, comments, recommendations, the decision, links to share it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Enum, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quizapp.models.accounts import User
from quizapp.models.attempts import Attempt, Response
from quizapp.models.base import Base

_UNREAD = text("read_at IS NULL")


class Choice(StrEnum):
    """What becomes of a candidate. To hold is to go on deciding."""

    ADVANCE = "advance"
    HOLD = "hold"
    REJECT = "reject"


# With these it is decided; until then blind review goes on.
FINAL = (Choice.ADVANCE, Choice.REJECT)


class Review(Base):
    """The decision on an attempt as it stands. `revision` counts the decisions; `Decision` keeps each of them."""

    __tablename__ = "reviews"
    __table_args__ = (Index("ix_reviews_decision", "decision", "attempt_id"),)

    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempts.id", ondelete="CASCADE"), primary_key=True)
    revision: Mapped[int] = mapped_column(default=0)
    decision: Mapped[Choice | None] = mapped_column(Enum(Choice, native_enum=False, length=20))
    reason: Mapped[str] = mapped_column(Text, default="")
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    decided_at: Mapped[datetime | None]

    decided_by: Mapped[User | None] = relationship()


class Decision(Base):
    """One decision in the history of an attempt. Two that name the same revision cannot both be stored."""

    __tablename__ = "decisions"
    __table_args__ = (UniqueConstraint("attempt_id", "revision", name="uq_decisions_revision"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempts.id", ondelete="CASCADE"))
    revision: Mapped[int]  # from 1
    decision: Mapped[Choice] = mapped_column(Enum(Choice, native_enum=False, length=20))
    reason: Mapped[str] = mapped_column(Text)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    decided_at: Mapped[datetime]

    decided_by: Mapped[User | None] = relationship()


class Recommendation(Base):
    """What one reviewer would do, before or beside the decision."""

    __tablename__ = "recommendations"

    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempts.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    choice: Mapped[Choice] = mapped_column(Enum(Choice, native_enum=False, length=20))
    reason: Mapped[str] = mapped_column(Text, default="")
    given_at: Mapped[datetime]

    user: Mapped[User] = relationship()


class PointChange(Base):
    """Points that a person gave to an answer. `before` is what undoing gives back."""

    __tablename__ = "point_changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    response_id: Mapped[int] = mapped_column(ForeignKey("responses.id", ondelete="CASCADE"), index=True)
    is_rating: Mapped[bool] = mapped_column(default=False)  # by the rubric; else an override with a reason
    before: Mapped[dict[str, Any]]  # the response's columns that it changes
    points_before: Mapped[float | None]  # None: not graded
    points: Mapped[float]
    reason: Mapped[str] = mapped_column(Text)
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    changed_at: Mapped[datetime]
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    undone_at: Mapped[datetime | None]

    response: Mapped[Response] = relationship(foreign_keys=[response_id])
    changed_by: Mapped[User | None] = relationship(foreign_keys=[changed_by_id])
    undone_by: Mapped[User | None] = relationship(foreign_keys=[undone_by_id])


class Comment(Base):
    """What a reviewer wrote to the others, about an attempt or about one answer in it. Candidates never see it."""

    __tablename__ = "comments"
    __table_args__ = (Index("ix_comments_of_attempt", "attempt_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempts.id", ondelete="CASCADE"))
    response_id: Mapped[int | None] = mapped_column(ForeignKey("responses.id", ondelete="CASCADE"))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    text: Mapped[str] = mapped_column(Text)  # Markdown
    created_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]

    attempt: Mapped[Attempt] = relationship()
    response: Mapped[Response | None] = relationship()
    author: Mapped[User | None] = relationship()
    mentions: Mapped[list[Mention]] = relationship(
        back_populates="comment", cascade="all, delete-orphan", passive_deletes=True
    )


class Mention(Base):
    """Somebody whom a comment names, until they have read it and after."""

    __tablename__ = "mentions"
    __table_args__ = (Index("ix_mentions_unread", "user_id", sqlite_where=_UNREAD, postgresql_where=_UNREAD),)

    comment_id: Mapped[int] = mapped_column(ForeignKey("comments.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    read_at: Mapped[datetime | None]

    comment: Mapped[Comment] = relationship(back_populates="mentions")
    user: Mapped[User] = relationship()


class Depth(StrEnum):
    """How much of a report a share link shows."""

    SCORE = "score"
    FULL = "full"


class ShareLink(Base):
    """A link that shows one report to whoever has it. Its token is derived from its number and `generation`."""

    __tablename__ = "share_links"

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempts.id", ondelete="CASCADE"), index=True)
    depth: Mapped[Depth] = mapped_column(Enum(Depth, native_enum=False, length=20))
    note: Mapped[str] = mapped_column(String(200), default="")  # for whom it is
    generation: Mapped[int] = mapped_column(default=1)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    openings: Mapped[int] = mapped_column(default=0)  # counted in Redis first, brought here by the sweeper
    opened_at: Mapped[datetime | None]  # last

    created_by: Mapped[User | None] = relationship()
