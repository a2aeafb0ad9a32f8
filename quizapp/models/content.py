"""Banks, questions with their immutable versions, and the interviews that blueprints describe."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quizapp.models.base import Base

if TYPE_CHECKING:
    from quizapp.models.hiring import InterviewVersion, Team


class Bank(Base):
    """A named set of questions, as its `bank.yaml` says."""

    __tablename__ = "banks"

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text, default="")
    is_public: Mapped[bool] = mapped_column(default=True)
    position: Mapped[int] = mapped_column(default=0)

    questions: Mapped[list[Question]] = relationship(back_populates="bank")


class Question(Base):
    """One item by its stable id. The columns repeat what lists filter by; the content is in the version."""

    __tablename__ = "questions"

    id: Mapped[str] = mapped_column(String(120), primary_key=True)
    bank_id: Mapped[str] = mapped_column(ForeignKey("banks.id"), index=True)
    version_id: Mapped[int | None] = mapped_column(
        ForeignKey("question_versions.id", use_alter=True, name="fk_questions_version_id")
    )  # the published one
    title: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(20))
    level: Mapped[str] = mapped_column(String(20))
    topic: Mapped[str] = mapped_column(String(60), index=True)
    difficulty: Mapped[int]
    minutes: Mapped[float]
    points: Mapped[float]
    search_text: Mapped[str] = mapped_column(Text, default="")  # title, prompt, tags in lower case
    path: Mapped[str] = mapped_column(String(400), default="")
    is_retired: Mapped[bool] = mapped_column(default=False)

    bank: Mapped[Bank] = relationship(back_populates="questions")
    version: Mapped[QuestionVersion | None] = relationship(foreign_keys=[version_id], post_update=True)


class QuestionVersion(Base):
    """What a question said at one time. Never changed after it was written, but for the recorded contract."""

    __tablename__ = "question_versions"
    __table_args__ = (UniqueConstraint("question_id", "content_hash", name="uq_question_versions_content"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[str] = mapped_column(ForeignKey("questions.id"), index=True)
    content_hash: Mapped[str] = mapped_column(String(64))
    content: Mapped[dict[str, Any]]
    contract: Mapped[
        dict[str, Any] | None
    ]  # what the reference solution's run recorded; see sandbox.protocol
    created_at: Mapped[datetime]

    question: Mapped[Question] = relationship(foreign_keys=[question_id])


class Interview(Base):
    """A published blueprint that people sit."""

    __tablename__ = "interviews"

    id: Mapped[str] = mapped_column(String(120), primary_key=True)
    bank_id: Mapped[str] = mapped_column(ForeignKey("banks.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20), default="mock")
    title: Mapped[str] = mapped_column(String(200))
    blueprint: Mapped[dict[str, Any]]
    is_open: Mapped[bool] = mapped_column(default=True)
    # Of hiring interviews only. `blueprint` is the draft that owners edit, `version_id` what new invitations get.
    team_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id"), index=True)
    version_id: Mapped[int | None] = mapped_column(
        ForeignKey(
            "interview_versions.id", use_alter=True, name="fk_interviews_version_id_interview_versions"
        )
    )
    draft_revision: Mapped[int] = mapped_column(default=0, server_default="0")  # counts the draft's saves
    is_blind: Mapped[bool] = mapped_column(
        default=False, server_default=false()
    )  # names come after decisions
    # Reviewers see each other's recommendations only after giving their own.
    is_independent: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[datetime | None]
    archived_at: Mapped[datetime | None]

    bank: Mapped[Bank] = relationship()
    team: Mapped[Team | None] = relationship()
    version: Mapped[InterviewVersion | None] = relationship(foreign_keys=[version_id], post_update=True)


class FileFinding(Base):
    """What was wrong in a file at the last sync, for its author to see. The set is replaced by each sync."""

    __tablename__ = "file_findings"

    id: Mapped[int] = mapped_column(primary_key=True)
    path: Mapped[str] = mapped_column(String(400))  # below its root
    # The file's name. No foreign key: the question may never have been published. None: a file of another sort.
    question_id: Mapped[str | None] = mapped_column(String(120), index=True)
    bank_id: Mapped[str] = mapped_column(String(80), default="")
    topic: Mapped[str] = mapped_column(String(60), default="")
    line: Mapped[int]  # from 1, as `column`
    column: Mapped[int]
    code: Mapped[str] = mapped_column(String(60))
    message: Mapped[str] = mapped_column(Text)
    hint: Mapped[str] = mapped_column(Text, default="")
    found_at: Mapped[datetime]  # by the sync that saw it first
