"""Drawing an attempt: from a blueprint and its banks to the questions of one person, pinned to their versions."""

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
from quizapp.models import (
    Attempt,
    AttemptKind,
    InterviewVersion,
    Invitation,
    Question,
    Response,
    User,
)
from quizapp.receipt import database_now
from quizapp.rules import forms, parameters, selection, stages
from quizapp.services import retakes, sections


@dataclass(frozen=True)
class Plan:
    """What is drawn, and from where. `interview_id` is None for a mock that its candidate composed."""

    bank_id: str
    blueprint: dict[str, Any]
    interview_id: str | None = None
    kind: AttemptKind = AttemptKind.MOCK
    version_id: int | None = None  # of a hiring interview

    @property
    def banks(self) -> tuple[str, ...]:
        """Every bank that it draws from."""
        return selection.banks({"bank": self.bank_id, **self.blueprint})

    @property
    def sections(self) -> list[dict[str, Any]]:
        """The blueprint's sections, each with its banks."""
        return selection.settled({"bank": self.bank_id, **self.blueprint})

    @property
    def closes_at(self) -> datetime | None:
        """From when on it cannot be started."""
        told = self.blueprint.get("closes")
        return datetime.fromisoformat(told).astimezone(UTC) if told else None


def plan_of(version: InterviewVersion, kind: AttemptKind = AttemptKind.HIRING) -> Plan:
    """What a published version of a hiring interview draws; whoever is invited keeps theirs."""
    return Plan(version.blueprint["bank"], version.blueprint, version.interview_id, kind, version.id)


def pool(*bank_ids: str) -> Sequence[Question]:
    """The questions of some banks that can be drawn."""
    return db.session.scalars(
        select(Question)
        .where(
            Question.bank_id.in_(bank_ids), Question.is_retired.is_(False), Question.version_id.is_not(None)
        )
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
        question.bank_id,
    )


def candidates(*bank_ids: str, retired: bool = False) -> list[selection.Candidate]:
    """The same of whole banks, without loading what the questions say; `retired`: of those that are drawn no more."""
    columns = (
        Question.id,
        Question.topic,
        Question.kind,
        Question.difficulty,
        Question.minutes,
        Question.points,
        Question.bank_id,
    )
    rows = db.session.execute(
        select(*columns).where(
            Question.bank_id.in_(bank_ids),
            Question.is_retired.is_(retired),
            Question.version_id.is_not(None),
        )
    )
    return [selection.Candidate(*row) for row in rows]


def problem_of(plan: Plan) -> str:
    """Why a plan cannot be drawn at the moment; empty when it can."""
    try:
        selection.draw(plan.sections, candidates(*plan.banks), frozenset(), 0)
    except selection.PoolTooSmall as short:
        return f"It cannot be drawn at the moment: {short}."
    return ""


def new_attempt(user: User, plan: Plan, invitation: Invitation | None = None) -> Attempt:
    """An attempt of the user with its questions, its clock started now; the caller commits. Raises Conflict.

    `invitation` gives its window and extra time; of two shares of extra time the larger one holds.
    """
    if invitation is not None:
        retakes.ensure_may_sit(invitation, plan.blueprint)
    questions = {question.id: question for question in pool(*plan.banks)}
    seed = secrets.randbelow(2**31)
    asked, drawn = _drawn(user, plan, questions, seed)
    now = database_now()
    closes = [one for one in (plan.closes_at, invitation and invitation.closes_at) if one]
    attempt = Attempt(
        user_id=user.id,
        bank_id=plan.bank_id,
        interview_id=plan.interview_id,
        interview_version_id=plan.version_id,
        invitation_id=invitation.id if invitation else None,
        kind=plan.kind,
        blueprint=plan.blueprint | {"sections": asked},
        seed=seed,
        started_at=now,
        consented_at=now,
        is_recorded=invitation is not None,  # the consent to an invitation names it; a mock asks for it
        minutes=float(plan.blueprint["minutes"]),
        extra_share=max(user.extra_share, invitation.extra_share if invitation else 0.0),
        window_end=min(closes) if closes else None,
    )
    sections.begin(attempt)
    _add_responses(attempt, asked, drawn, questions)
    db.session.add(attempt)
    return attempt


def _drawn(
    user: User, plan: Plan, questions: dict[str, Question], seed: int
) -> tuple[list[dict[str, Any]], list[list[str]]]:
    """The sections as they are sat, and the ids of the questions of each. Raises Conflict."""
    asked = plan.sections
    offered = [candidate(question) for question in questions.values()]
    try:
        drawn = forms.draw(asked, offered, _seen(user), seed)
    except selection.PoolTooSmall as short:
        raise Conflict(
            f"This interview cannot be drawn: {short}",
            "Nothing was started. Whoever looks after the questions has to add some first.",
        ) from short
    if not plan.blueprint.get("shuffle", True):
        drawn = [_easiest_first(ids, questions) for ids in drawn]
    return stages.spread(asked, drawn)


def _easiest_first(ids: Sequence[str], questions: dict[str, Question]) -> list[str]:
    return sorted(ids, key=lambda id_: (questions[id_].difficulty, questions[id_].topic, id_))


def _seen(user: User) -> set[str]:
    """Questions the person met in an interview or tried in practice; a try of an interview is neither."""
    return set(
        db.session.scalars(
            select(Response.question_id)
            .join(Attempt)
            .where(
                Attempt.user_id == user.id,
                Attempt.kind != AttemptKind.TRIAL,
                or_(Attempt.kind != AttemptKind.PRACTICE, Response.tries > 0),
            )
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
