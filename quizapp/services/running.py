"""Attempts that run now, for whoever looks after them: how long they still have, and more time for one or for all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import joinedload

from quizapp.errors import Forbidden, NotFound
from quizapp.extensions import db
from quizapp.models import Attempt, AttemptKind, Interview, InterviewRole, Role, TimeCredit, User
from quizapp.receipt import received_at
from quizapp.rules import deadlines
from quizapp.rules.blindness import Shown
from quizapp.services import clocks, crediting, hiring, identities

# Stands for the mocks that candidates composed themselves, which have no interview.
COMPOSED = "-"
MOST_LISTED = 500


@dataclass(frozen=True)
class House:
    """One interview with how many sit it now."""

    interview_id: str
    title: str
    count: int


@dataclass(frozen=True)
class Seat:
    """One running attempt, and its candidate as staff may see them."""

    attempt: Attempt
    candidate: Shown
    deadline: datetime | None
    remaining_seconds: float
    credits: Sequence[TimeCredit]


@dataclass(frozen=True)
class Board:
    """The running attempts at one interview, as one person sees them."""

    interview_id: str
    title: str
    may_give: bool
    seats: Sequence[Seat] = field(default_factory=tuple)
    total: int = 0


def houses(user: User) -> list[House]:
    """The interviews that the user sees and somebody sits now, by title. Mocks are for admins only."""
    counted = (
        select(Interview.id, Interview.title, func.count(Attempt.id))
        .join(Attempt, Attempt.interview_id == Interview.id)
        .where(_runs(), _seen_by(user))
        .group_by(Interview.id, Interview.title)
        .order_by(Interview.title, Interview.id)
    )
    found = [House(*row) for row in db.session.execute(counted)]
    if user.role is Role.ADMIN:
        composed = select(func.count(Attempt.id)).where(_runs(), Attempt.interview_id.is_(None))
        if count := db.session.scalar(composed):
            found.append(House(COMPOSED, "Mocks that candidates composed", count))
    return found


def board(user: User, interview_id: str) -> Board:
    """One interview's running attempts, those that end first in front. Raises NotFound."""
    title, may_give = _interview(user, interview_id)
    wanted = _at(interview_id)
    attempts = db.session.scalars(
        select(Attempt)
        .where(wanted)
        .options(joinedload(Attempt.user), joinedload(Attempt.interview))
        .order_by(Attempt.started_at)
        .limit(MOST_LISTED)
    ).all()
    given: dict[int, list[TimeCredit]] = {}
    for credit in db.session.scalars(_credits([attempt.id for attempt in attempts])):
        given.setdefault(credit.attempt_id, []).append(credit)
    now, candidates = received_at(), identities.of_many(attempts)
    seats = [_seat(one, candidates[one.id], given.get(one.id, []), now) for one in attempts]
    return Board(
        interview_id=interview_id,
        title=title,
        may_give=may_give,
        seats=sorted(seats, key=lambda seat: (seat.remaining_seconds, seat.attempt.id)),
        total=db.session.scalar(select(func.count(Attempt.id)).where(wanted)) or 0,
    )


def give(user: User, interview_id: str, attempt_id: int | None, seconds: int, reason: str, key: str) -> int:
    """Give one running attempt at the interview more time, or with None all of them, and commit; gives how many.

    Raises NotFound, Forbidden, Unprocessable.
    """
    _, may_give = _interview(user, interview_id)
    if not may_give:
        raise Forbidden(
            "That needs the role reviewer in this interview", "An owner of the interview can give it to you."
        )
    crediting.check(seconds, reason)
    wanted = _at(interview_id)
    if attempt_id is not None:
        wanted &= Attempt.id == attempt_id
    numbers = db.session.scalars(select(Attempt.id).where(wanted)).all()
    if attempt_id is not None and not numbers:
        raise NotFound("That attempt does not run any more", "It was handed in, or ended, a moment ago.")
    return crediting.give_to(numbers, seconds, reason, user, key=key)


def _interview(user: User, interview_id: str) -> tuple[str, bool]:
    """Its title, and whether the user may give time. Raises NotFound."""
    if user.role is Role.ADMIN:
        if interview_id == COMPOSED:
            return "Mocks that candidates composed", True
        interview = db.session.get(Interview, interview_id)
        if interview is not None and interview.kind != "hiring":
            return interview.title, True
    access = hiring.access(user, interview_id)
    return access.interview.title, access.may(InterviewRole.REVIEWER)


def _seat(attempt: Attempt, candidate: Shown, given: Sequence[TimeCredit], now: datetime) -> Seat:
    terms = clocks.terms(attempt)
    return Seat(
        attempt=attempt,
        candidate=candidate,
        deadline=deadlines.deadline(terms),
        remaining_seconds=deadlines.remaining_seconds(terms, now) or 0.0,
        credits=given,
    )


def _runs() -> ColumnElement[bool]:
    kinds = (AttemptKind.MOCK, AttemptKind.HIRING)
    return Attempt.finished_at.is_(None) & Attempt.minutes.is_not(None) & Attempt.kind.in_(kinds)


def _at(interview_id: str) -> ColumnElement[bool]:
    return _runs() & Attempt.interview_id.is_not_distinct_from(
        None if interview_id == COMPOSED else interview_id
    )


def _seen_by(user: User) -> ColumnElement[bool]:
    seen = hiring.is_visible_to(user)
    return seen | (Interview.kind != "hiring") if user.role is Role.ADMIN else seen


def _credits(attempt_ids: Sequence[int]) -> Select[Any]:
    return (
        select(TimeCredit)
        .where(TimeCredit.attempt_id.in_(attempt_ids))
        .options(joinedload(TimeCredit.given_by))
        .order_by(TimeCredit.id)
    )
