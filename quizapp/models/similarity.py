"""What code answers to one question of one interview have in common."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quizapp.models.attempts import Response
from quizapp.models.base import Base


class ComparedAnswer(Base):
    """A code answer whose fingerprints are stored. There is one for every answer that was looked at, empty ones too."""

    __tablename__ = "compared_answers"
    __table_args__ = (Index("ix_compared_answers_question", "interview_id", "question_id"),)

    response_id: Mapped[int] = mapped_column(ForeignKey("responses.id", ondelete="CASCADE"), primary_key=True)
    interview_id: Mapped[str] = mapped_column(String(120))
    question_id: Mapped[str] = mapped_column(String(120))
    count: Mapped[int]  # of fingerprints
    compared_at: Mapped[datetime]


class Fingerprint(Base):
    """One fingerprint of one answer, found by its hash: see `quizapp.rules.fingerprints`."""

    __tablename__ = "fingerprints"
    __table_args__ = (Index("ix_fingerprints_hash", "interview_id", "question_id", "hash", "response_id"),)

    response_id: Mapped[int] = mapped_column(
        ForeignKey("compared_answers.response_id", ondelete="CASCADE"), primary_key=True
    )
    hash: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    interview_id: Mapped[str] = mapped_column(String(120))
    question_id: Mapped[str] = mapped_column(String(120))


class SimilarPair(Base):
    """Two answers that have much in common, the earlier one first. What is shown is counted anew."""

    __tablename__ = "similar_pairs"
    __table_args__ = (
        UniqueConstraint("first_id", "second_id", name="uq_similar_pairs_answers"),
        Index("ix_similar_pairs_of_interview", "interview_id", "question_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    interview_id: Mapped[str] = mapped_column(String(120))
    question_id: Mapped[str] = mapped_column(String(120))
    first_id: Mapped[int] = mapped_column(ForeignKey("responses.id", ondelete="CASCADE"))
    second_id: Mapped[int] = mapped_column(ForeignKey("responses.id", ondelete="CASCADE"), index=True)
    found_at: Mapped[datetime]

    first: Mapped[Response] = relationship(foreign_keys=[first_id])
    second: Mapped[Response] = relationship(foreign_keys=[second_id])
