"""Drawing an attempt: from a blueprint and a bank to the questions of one person, pinned to their versions."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from quizapp.errors import Conflict
from quizapp.extensions import db
from quizapp.models import Attempt, AttemptKind, Question, Response, User
from quizapp.receipt import database_now
from quizapp.rules import forms, parameters, selection
from quizapp.services import sections


@dataclass(frozen=True)
class Plan:
    """What is drawn, and from where. `interview_id` is None for a mock that its candidate composed."""

    bank_id: str
    blueprint: dict[str, Any]
    interview_id: str | None = None

    @property
    def closes_at(self) -> datetime | None:
        """From when on it cannot be started."""
        told = self.blueprint.get("closes")
        return datetime.fromisoformat(told).astimezone(UTC) if told else None


def pool(bank_id: str) -> Sequence[Question]:
    """The questions of a bank that can be drawn."""
    return db.session.scalars(
        select(Question)
        .where(Question.bank_id == bank_id, Question.is_retired.is_(False), Question.version_id.is_not(None))
        .options(joinedload(Question.version))
    ).all()


def candidate(question: Question) -> selection.Candidate:
    """What drawing needs to know of a question."""
    return selection.Candidate(
        question.id,
        question.topic,
        question.kind,
        question.difficulty,
        question.minutes,
        question.points,
    )


def candidates(bank_id: str) -> list[selection.Candidate]:
    """The same of a whole bank, without loading what the questions say."""
    columns = (
        Question.id,
        Question.topic,
        Question.kind,
        Question.difficulty,
        Question.minutes,
        Question.points,
    )
    rows = db.session.execute(
        select(*columns).where(
            Question.bank_id == bank_id, Question.is_retired.is_(False), Question.version_id.is_not(None)
        )
    )
    return [selection.Candidate(*row) for row in rows]


def problem_of(plan: Plan) -> str:
    """Why a plan cannot be drawn at the moment; empty when it can."""
    try:
        selection.draw(plan.blueprint["sections"], candidates(plan.bank_id), frozenset(), 0)
    except selection.PoolTooSmall as short:
        return f"It cannot be drawn at the moment: {short}."
    return ""


def new_attempt(user: User, plan: Plan) -> Attempt:
    """An attempt of the user with its questions, its clock started now; the caller commits. Raises Conflict."""
    questions = {question.id: question for question in pool(plan.bank_id)}
    asked = plan.blueprint["sections"]
    seed = secrets.randbelow(2**31)
    offered = [candidate(question) for question in questions.values()]
    try:
        drawn = forms.draw(asked, offered, _seen(user), seed)
    except selection.PoolTooSmall as short:
        raise Conflict(
            f"This interview cannot be drawn: {short}",
            "Nothing was started. Whoever looks after the questions has to add some first.",
        ) from short
    now = database_now()
    attempt = Attempt(
        user_id=user.id,
        bank_id=plan.bank_id,
        interview_id=plan.interview_id,
        kind=AttemptKind.MOCK,
        blueprint=plan.blueprint,
        seed=seed,
        started_at=now,
        consented_at=now,
        minutes=float(plan.blueprint["minutes"]),
        extra_share=user.extra_share,
        window_end=plan.closes_at,
    )
    sections.begin(attempt)
    _add_responses(attempt, asked, drawn, questions)
    db.session.add(attempt)
    return attempt


def _seen(user: User) -> set[str]:
    """Questions the person met in an interview or tried in practice."""
    return set(
        db.session.scalars(
            select(Response.question_id)
            .join(Attempt)
            .where(Attempt.user_id == user.id, or_(Attempt.kind != AttemptKind.PRACTICE, Response.tries > 0))
        )
    )


def _add_responses(
    attempt: Attempt,
    asked: Sequence[dict[str, Any]],
    drawn: Sequence[Sequence[str]],
    questions: dict[str, Question],
) -> None:
    listed = [(number, question_id) for number, ids in enumerate(drawn) for question_id in ids]
    for position, (number, question_id) in enumerate(listed, 1):
        question = questions[question_id]
        seed = (attempt.seed + position * 7919) & 0x7FFFFFFF
        attempt.responses.append(
            Response(
                question_id=question_id,
                version_id=question.version_id,
                position=position,
                section=number,
                seed=seed,
                parameters=parameters.drawn(question.version.content, seed) if question.version else None,
                max_points=asked[number].get("points") or question.points,
            )
        )
