"""Interviews that are open to sit: what they ask for, and drawing one for a person."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from quizapp.errors import Conflict, NotFound
from quizapp.extensions import db
from quizapp.models import Attempt, AttemptKind, Bank, Interview, Question, Response, User
from quizapp.receipt import database_now
from quizapp.rules import parameters, selection, stages, titles
from quizapp.services import attempts, clocks, sections


@dataclass(frozen=True)
class Offer:
    """An interview as it is offered to one person."""

    interview: Interview
    count: int  # questions
    running: Attempt | None
    finished: Sequence[Attempt] = ()  # newest first
    problem: str = ""  # why it cannot be started now
    kinds: Sequence[str] = field(default_factory=tuple)

    @property
    def blueprint(self) -> dict[str, Any]:
        """The blueprint as plain JSON."""
        return self.interview.blueprint

    @property
    def parts(self) -> list[stages.Stage]:
        """Its parts, between barriers."""
        return stages.stages(self.blueprint)

    @property
    def is_staged(self) -> bool:
        """Whether it has barriers, so that leaving a part is final."""
        return stages.is_staged(self.blueprint)

    @property
    def minutes(self) -> float:
        """Its length."""
        return float(self.interview.blueprint["minutes"])


def offers(user: User) -> list[Offer]:
    """All open mock interviews, in the order of their banks, the shortest first."""
    interviews = db.session.scalars(
        select(Interview)
        .join(Bank)
        .where(Interview.is_open.is_(True), Interview.kind == "mock", Bank.is_public.is_(True))
        .options(joinedload(Interview.bank))
        .order_by(Bank.position, Interview.title)
    ).all()
    sat = attempts.of_user(user)
    offered = [_offer(interview, sat) for interview in interviews]
    return sorted(offered, key=lambda offer: (offer.interview.bank.position, offer.minutes))


def lobby(user: User, interview_id: str) -> Offer:
    """One interview with whether it can be started; `NotFound` when it is not open to all."""
    interview = _open_interview(interview_id)
    offer = _offer(interview, attempts.of_user(user))
    return Offer(
        interview=interview,
        count=offer.count,
        running=offer.running,
        finished=offer.finished,
        problem="" if offer.running else _problem(interview),
        kinds=offer.kinds,
    )


def start(user: User, interview_id: str) -> Attempt:
    """Draw the questions, start the clock and commit. One attempt runs at a time: a second start gives that one.

    Raises NotFound, and Conflict when the bank has too few questions.
    """
    interview = _open_interview(interview_id)
    running = attempts.running(user, interview_id)
    if running is not None:
        if not clocks.is_closed(running):
            return running
        attempts.finalise(running)
    pool = _pool(interview.bank_id)
    seed = secrets.randbelow(2**31)
    asked = interview.blueprint["sections"]
    try:
        drawn = selection.draw(asked, [_candidate(one) for one in pool], _seen(user), seed)
    except selection.PoolTooSmall as short:
        raise Conflict(
            f"This interview cannot be drawn: {short}",
            "Nothing was started. Whoever looks after the questions has to add some first.",
        ) from short
    attempt = _attempt(user, interview, seed)
    sections.begin(attempt)
    _add_responses(attempt, asked, drawn, {one.id: one for one in pool})
    db.session.add(attempt)
    try:
        db.session.commit()
    except IntegrityError:  # the other half of a double click was faster
        db.session.rollback()
        other = attempts.running(user, interview_id)
        if other is None:
            raise
        return other
    return attempt


def _open_interview(interview_id: str) -> Interview:
    interview = db.session.scalar(
        select(Interview)
        .join(Bank)
        .where(
            Interview.id == interview_id,
            Interview.is_open.is_(True),
            Interview.kind == "mock",
            Bank.is_public.is_(True),
        )
    )
    if interview is None:
        raise NotFound("There is no such interview", "What is open is listed on the page Interviews.")
    return interview


def _offer(interview: Interview, sat: Sequence[Attempt]) -> Offer:
    mine = [attempt for attempt in sat if attempt.interview_id == interview.id]
    asked = interview.blueprint["sections"]
    named = {kind for section in asked if section["kinds"] != "any" for kind in section["kinds"]}
    is_any = any(section["kinds"] == "any" for section in asked)
    return Offer(
        interview=interview,
        count=sum(section["count"] for section in asked),
        running=next((a for a in mine if a.finished_at is None and not clocks.is_closed(a)), None),
        finished=[a for a in mine if a.finished_at is not None],
        kinds=[kind for kind in titles.KINDS if is_any or kind in named],
    )


def _problem(interview: Interview) -> str:
    pool = [_candidate(question) for question in _pool(interview.bank_id)]
    try:
        selection.draw(interview.blueprint["sections"], pool, set(), 0)
    except selection.PoolTooSmall as short:
        return f"It cannot be drawn at the moment: {short}."
    return ""


def _pool(bank_id: str) -> Sequence[Question]:
    return db.session.scalars(
        select(Question)
        .where(Question.bank_id == bank_id, Question.is_retired.is_(False), Question.version_id.is_not(None))
        .options(joinedload(Question.version))
    ).all()


def _candidate(question: Question) -> selection.Candidate:
    return selection.Candidate(
        question.id, question.topic, question.kind, question.difficulty, question.minutes
    )


def _seen(user: User) -> set[str]:
    """Questions the person met in an interview or tried in practice."""
    return set(
        db.session.scalars(
            select(Response.question_id)
            .join(Attempt)
            .where(Attempt.user_id == user.id, or_(Attempt.kind != AttemptKind.PRACTICE, Response.tries > 0))
        )
    )


def _attempt(user: User, interview: Interview, seed: int) -> Attempt:
    return Attempt(
        user_id=user.id,
        bank_id=interview.bank_id,
        interview_id=interview.id,
        kind=AttemptKind.MOCK,
        blueprint=interview.blueprint,
        seed=seed,
        started_at=database_now(),
        minutes=float(interview.blueprint["minutes"]),
    )


def _add_responses(
    attempt: Attempt,
    asked: Sequence[dict[str, Any]],
    drawn: Sequence[Sequence[str]],
    pool: dict[str, Question],
) -> None:
    listed = [(number, question_id) for number, ids in enumerate(drawn) for question_id in ids]
    for position, (number, question_id) in enumerate(listed, 1):
        question = pool[question_id]
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
