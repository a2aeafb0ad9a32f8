"""What a person finds on the home page: what runs, what to go on with, how far they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import joinedload

from quizapp.extensions import db
from quizapp.models import (
    OWN_SCOPES,
    Attempt,
    AttemptKind,
    Bank,
    Question,
    Response,
    Role,
    Submission,
    User,
)
from quizapp.receipt import database_now
from quizapp.services import (
    attempt_lines,
    banks,
    comments,
    counts,
    interview_lists,
    interviews,
    managing,
    sections,
    tryouts,
)

DAYS = 14
LISTED = 6


@dataclass(frozen=True)
class Running:
    """An interview whose clock runs."""

    attempt: Attempt
    title: str
    time_left: sections.TimeLeft
    answered: int
    count: int


@dataclass(frozen=True)
class Day:
    """One day of the last two weeks with how many tries were made on it."""

    date: date
    count: int


@dataclass(frozen=True)
class Home:
    """Everything on the page of one person."""

    running: list[Running]
    expired: list[attempt_lines.Line]  # time is over, not handed in yet
    unfinished: list[Response]  # begun in practice, not solved; the latest first
    suggestions: list[Question]  # where to begin or go on
    banks: list[dict[str, Any]]
    topics: list[dict[str, Any]]  # of the bank practised last
    topics_bank: dict[str, Any] | None
    days: list[Day]
    offers: list[interviews.Offer]  # one of each bank
    offer_count: int  # of all of them
    finished: list[attempt_lines.Line]
    hiring: list[interview_lists.Entry]  # for managers: the newest open interviews of their teams
    shared: list[attempt_lines.Line]  # for managers: mocks shared last
    shared_count: int
    named: list[
        comments.Naming
    ]  # for managers: comments that name them and that they have not read, the newest ones
    named_count: int  # of all of those

    @property
    def solved(self) -> int:
        """Questions solved in all banks."""
        return sum(bank["states"]["solved"] for bank in self.banks)

    @property
    def tried(self) -> int:
        """Questions tried and not solved."""
        return sum(bank["states"]["tried"] for bank in self.banks)

    @property
    def total(self) -> int:
        """Questions in all banks."""
        return sum(bank["total"] for bank in self.banks)

    @property
    def most(self) -> int:
        """The busiest day's count."""
        return max((day.count for day in self.days), default=0)


def show(user: User) -> Home:
    """The home page of a signed-in person."""
    history = attempt_lines.history(user)
    overview = banks.overview(user)
    latest = _latest_bank(user)
    topics_bank = next((bank for bank in overview if bank["id"] == latest), overview[0] if overview else None)
    manages = user.role in (Role.MANAGER, Role.ADMIN)
    offers = interviews.offers(user)
    return Home(
        running=[_running(line) for line in history if line.state == "running"],
        expired=[line for line in history if line.state == "closed"],
        unfinished=_unfinished(user),
        suggestions=_suggestions(user, topics_bank["id"]) if topics_bank else [],
        banks=overview,
        topics=banks.topics_of(user, topics_bank["id"]) if topics_bank else [],
        topics_bank=topics_bank,
        days=_days(user),
        offers=_one_of_each_bank(offers),
        offer_count=len(offers),
        finished=[line for line in history if line.attempt.finished_at is not None][:3],
        hiring=interview_lists.entries(user, interview_lists.Filters(state="open")).rows[:LISTED]
        if manages
        else [],
        shared=managing.latest(5) if manages else [],
        shared_count=managing.count() if manages else 0,
        named=comments.unread(user) if manages else [],
        named_count=comments.unread_count(user) if manages else 0,
    )


def _one_of_each_bank(offers: Sequence[interviews.Offer]) -> list[interviews.Offer]:
    """Of each bank the shortest interview that the person has not sat yet, else the shortest."""
    first: dict[str, interviews.Offer] = {}
    for offer in sorted(offers, key=lambda offer: bool(offer.finished or offer.running)):
        first.setdefault(offer.bank.id, offer)
    return [offer for offer in offers if offer in first.values()]


def welcome() -> dict[str, Any]:
    """What a visitor is told: the banks and how many questions of each kind there are."""
    listed = [{**bank, **counts.of_bank(bank["id"])} for bank in counts.public_banks()]
    kinds: Counter[str] = Counter()
    for bank in listed:
        kinds.update(bank["kind"])
    return {"banks": listed, "total": sum(bank["total"] for bank in listed), "kinds": dict(kinds)}


def _running(line: attempt_lines.Line) -> Running:
    answered = select(func.count()).where(
        Response.attempt_id == line.attempt.id, Response.answer.is_not(None)
    )
    time_left = sections.time_left(line.attempt, sections.standing(line.attempt))
    return Running(
        attempt=line.attempt,
        title=line.title,
        time_left=time_left or sections.TimeLeft(0.0, is_of_part=False),
        answered=db.session.scalar(answered) or 0,
        count=line.total.count,
    )


def _practised() -> Any:
    return (
        select(Response)
        .join(Attempt)
        .join(Question, Response.question_id == Question.id)
        .join(Bank, Question.bank_id == Bank.id)
    )


def _unfinished(user: User) -> list[Response]:
    """Begun and not solved: tried without success, or written and not sent."""
    wanted = (
        _practised()
        .where(
            Attempt.user_id == user.id,
            Attempt.kind == AttemptKind.PRACTICE,
            Response.is_solved.is_(False),
            or_(Response.tries > 0, Response.answer.is_not(None)),
            and_(Question.is_retired.is_(False), Bank.is_public.is_(True)),
        )
        .options(joinedload(Response.question))
        .order_by(func.coalesce(Response.saved_at, Response.answered_at).desc(), Response.id.desc())
        .limit(LISTED)
    )
    return list(db.session.scalars(wanted))


def _suggestions(user: User, bank_id: str) -> list[Question]:
    """The first questions of a bank the person has not begun, one per topic."""
    begun = set(
        db.session.scalars(
            select(Response.question_id)
            .join(Attempt)
            .where(Attempt.user_id == user.id, Attempt.kind == AttemptKind.PRACTICE)
        )
    )
    fresh = [question_id for question_id in counts.question_ids(bank_id) if question_id not in begun]
    found = {one.id: one for one in db.session.scalars(select(Question).where(Question.id.in_(fresh)))}
    chosen: dict[str, Question] = {}
    for question_id in fresh:
        if question_id in found:
            chosen.setdefault(found[question_id].topic, found[question_id])
    return list(chosen.values())[:LISTED]


def _latest_bank(user: User) -> str | None:
    return db.session.scalar(
        select(Attempt.bank_id)
        .join(Response, Response.attempt_id == Attempt.id)
        .join(Bank, Attempt.bank_id == Bank.id)
        .where(Attempt.user_id == user.id, Attempt.kind == AttemptKind.PRACTICE, Bank.is_public.is_(True))
        .order_by(func.coalesce(Response.answered_at, Response.saved_at).desc())
        .limit(1)
    )


def _days(user: User) -> list[Day]:
    """The last two weeks, days by UTC: answers given in practice and code sent in."""
    today = database_now().date()
    since = database_now() - timedelta(days=DAYS)
    answered = db.session.scalars(
        select(Response.answered_at)
        .join(Attempt)
        .where(Attempt.user_id == user.id, Response.answered_at >= since)
    ).all()
    sent = db.session.scalars(
        select(Submission.created_at)
        .join(Submission.response)
        .where(
            Submission.user_id == user.id,
            Submission.created_at >= since,
            Submission.scope.in_(OWN_SCOPES),
            Response.question_id != tryouts.QUESTION,
        )
    ).all()
    per_day = Counter(moment.date() for moment in [*answered, *sent] if moment is not None)
    days = [today - timedelta(days=back) for back in reversed(range(DAYS))]
    return [Day(day, per_day[day]) for day in days]
