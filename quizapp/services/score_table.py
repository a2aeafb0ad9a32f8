"""Every candidate of a hiring interview with state, score and decision: a page of the table, or all of it in batches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from quizapp.extensions import db
from quizapp.models import (
    FINAL,
    Attempt,
    AttemptScore,
    Choice,
    Interview,
    Invitation,
    Review,
    ScoreState,
    User,
)
from quizapp.receipt import received_at
from quizapp.rules import blindness, deadlines
from quizapp.services import clocks, hiring, identities, score_streams
from quizapp.services.score_streams import Stream

PAGE_SIZE = 50
BATCH = 500
# What can be filtered by, in the order of a candidate's way. Those of `ScoreState` are of attempts.
STATES = {
    "invited": "Invited",
    "opened": "Opened",
    "running": "Running",
    "expired": "Not started in time",
    "declined": "Declined",
    "revoked": "Revoked",
    "grading": "Being graded",
    "waiting": "To be rated",
    "fault": "Not graded",
    "final": "Finished",
}
DECISIONS = {"none": "To decide", **{str(choice): str(choice).capitalize() for choice in Choice}}


@dataclass(frozen=True)
class Filters:
    """What the table is narrowed to and how it is sorted. Scores are percents; days are UTC and both included."""

    text: str = ""
    state: str = ""
    score_from: float | None = None
    score_to: float | None = None
    decision: str = ""
    reviewer_id: int | None = None
    since: date | None = None
    until: date | None = None
    order: str = score_streams.DEFAULT

    @property
    def is_any(self) -> bool:
        """Whether something is left out."""
        return replace(self, order="") != Filters(order="")

    def as_facts(self) -> dict[str, Any]:
        """All that is set, as plain JSON; `of_facts` reads it."""
        kept = {name: value for name, value in asdict(self).items() if value not in (None, "")}
        return {name: value.isoformat() if isinstance(value, date) else value for name, value in kept.items()}

    @classmethod
    def of_facts(cls, facts: Mapping[str, Any]) -> Filters:
        """The filters that gave these facts."""
        days = {name: date.fromisoformat(facts[name]) for name in ("since", "until") if name in facts}
        return cls(**{**facts, **days})


@dataclass(frozen=True)
class Row:
    """One candidate. `state` is a key of STATES; `attempt` and `score` are None before the start."""

    invitation: Invitation
    attempt: Attempt | None
    score: AttemptScore | None
    shown: blindness.Shown
    state: str
    review: Review | None
    remaining_seconds: float | None  # while it runs
    minutes_allowed: float | None

    @property
    def has_ended(self) -> bool:
        """Whether there is a score to look at."""
        return self.attempt is not None and self.attempt.finished_at is not None and self.score is not None

    @property
    def minutes_used(self) -> float | None:
        """Minutes from start to end."""
        used = self.score.seconds_used if self.score else None
        return None if used is None else round(used / 60, 1)

    @property
    def decision(self) -> Choice | None:
        """What was decided."""
        return self.review.decision if self.review else None

    @property
    def decided_by(self) -> User | None:
        """Who decided."""
        return self.review.decided_by if self.review else None


@dataclass(frozen=True)
class Table:
    """A page. `before` and `behind` are places for the address of the pages beside it; empty: there is none."""

    rows: list[Row]
    before: str
    behind: str


def page(interview: Interview, filters: Filters, place: str = "", size: int = PAGE_SIZE) -> Table:
    """One page of the table. Its cost does not grow with the table, unless a filter fits hardly anybody."""
    rows, before, behind = score_streams.read(
        _streams(interview, filters), score_streams.cursor(place) if place else None, size
    )
    return Table(_rows(interview, rows), before, behind)


def walk(interview: Interview, filters: Filters, size: int = BATCH) -> Iterator[list[Row]]:
    """All rows in batches. The session forgets each batch before the next one is read, so memory does not grow."""
    place = ""
    while True:
        found = page(interview, filters, place, size)
        if found.rows:
            yield found.rows
        place = found.behind
        if not place:
            return
        for row in found.rows:
            for one in (row.invitation, row.attempt, row.score, row.review):
                if one is not None and one in db.session:
                    db.session.expunge(one)


def count(interview: Interview, filters: Filters) -> int:
    """How many rows `walk` gives as things stand. It reads the rows, or an index of them."""
    listed = (stream.rows.subquery() for stream in _streams(interview, filters))
    return sum(db.session.scalar(select(func.count()).select_from(rows)) or 0 for rows in listed)


def reviewers(interview: Interview) -> Sequence[Any]:
    """Id and name of everybody who may look at the interview, by name: whoever decided is looked for among them."""
    people = hiring.may_see(interview).with_only_columns(User.id, User.name)
    return db.session.execute(people.order_by(User.name, User.id)).all()


def is_sortable_by_name(interview: Interview) -> bool:
    """In a blind interview the order of names would tell them."""
    return not interview.is_blind


def _streams(interview: Interview, filters: Filters) -> list[Stream]:
    order = filters.order if filters.order in score_streams.ORDERS else score_streams.DEFAULT
    if order.lstrip("-") == "name" and not is_sortable_by_name(interview):
        order = score_streams.DEFAULT
    named = _named(interview, filters.text)
    ended = [*named, *_of_ended(filters)]
    others = None if _needs_an_end(filters) else [*named, *_of_others(filters)]
    return score_streams.streams(interview.id, order, ended=ended, others=others, is_blind=interview.is_blind)


def _needs_an_end(filters: Filters) -> bool:
    return (
        filters.state in set(ScoreState) - {ScoreState.RUNNING}
        or filters.score_from is not None
        or filters.score_to is not None
        or bool(filters.decision)
        or filters.reviewer_id is not None
        or filters.since is not None
        or filters.until is not None
    )


def _named(interview: Interview, text: str) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [
        or_(
            Invitation.name.icontains(word, autoescape=True),
            Invitation.email.icontains(word, autoescape=True),
        )
        for word in text.split()[:6]
    ]
    if found and interview.is_blind:  # a search that found hidden names would tell them
        found.append(identities.is_decided())
    return found


def _of_ended(filters: Filters) -> Iterator[ColumnElement[bool]]:
    if filters.state in set(ScoreState):
        yield AttemptScore.state == ScoreState(filters.state)
    elif filters.state:
        yield Invitation.ended_at.is_(None)  # nobody who has ended is in such a state
    if filters.score_from is not None:
        yield AttemptScore.percent >= filters.score_from
    if filters.score_to is not None:
        yield AttemptScore.percent <= filters.score_to
    if filters.since is not None:
        yield AttemptScore.ended_at >= _midnight(filters.since)
    if filters.until is not None:
        yield AttemptScore.ended_at < _midnight(filters.until + timedelta(days=1))
    decided = select(Review.attempt_id).where(Review.attempt_id == Attempt.id, Review.decision.is_not(None))
    if filters.decision == "none":
        yield ~decided.exists()
    elif filters.decision:
        yield decided.where(Review.decision == Choice(filters.decision)).exists()
    if filters.reviewer_id is not None:
        yield decided.where(Review.decided_by_id == filters.reviewer_id).exists()


def _of_others(filters: Filters) -> Iterator[ColumnElement[bool]]:
    if filters.state == "running":
        yield Attempt.id.is_not(None)
    elif filters.state:
        yield _is_in_state(filters.state, received_at())


def _is_in_state(state: str, now: datetime) -> ColumnElement[bool]:
    """The same order of reasons as in `_state`."""
    revoked, declined = Invitation.revoked_at.is_not(None), Invitation.declined_at.is_not(None)
    expired = and_(Invitation.closes_at.is_not(None), Invitation.closes_at <= now)
    opened = Invitation.opened_at.is_not(None)
    reasons = {"revoked": revoked, "declined": declined, "expired": expired, "opened": opened}
    waiting: list[ColumnElement[bool]] = [Attempt.id.is_(None)]
    for name, condition in reasons.items():
        if name == state:
            return and_(*waiting, condition)
        waiting.append(~condition)
    return and_(*waiting)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), received_at().tzinfo)


def _rows(interview: Interview, found: Sequence[Any]) -> list[Row]:
    attempts = [row[1].id for row in found if row[1] is not None]
    reviews = {
        review.attempt_id: review
        for review in db.session.scalars(select(Review).where(Review.attempt_id.in_(attempts)))
    }
    now = received_at()
    return [_row(interview, row, reviews, now) for row in found]


def _row(interview: Interview, row: Any, reviews: dict[int, Review], now: datetime) -> Row:
    invitation, attempt, score = row[0], row[1], row[2]
    review = reviews.get(attempt.id) if attempt else None
    is_hidden = blindness.hides(
        is_blind=interview.is_blind, is_decided=review is not None and review.decision in FINAL
    )
    terms = clocks.terms(attempt) if attempt else None
    ends = deadlines.deadline(terms) if terms else None
    is_running = attempt is not None and attempt.finished_at is None
    return Row(
        invitation=invitation,
        attempt=attempt,
        score=score,
        shown=blindness.shown(
            invitation.name or invitation.email,
            invitation.email,
            attempt.id if attempt else None,
            is_hidden=is_hidden,
        ),
        state=_state(invitation, attempt, score, now),
        review=review,
        remaining_seconds=deadlines.remaining_seconds(terms, now) if terms and is_running else None,
        minutes_allowed=round((ends - attempt.started_at).total_seconds() / 60, 1) if ends else None,
    )


def _state(invitation: Invitation, attempt: Attempt | None, score: AttemptScore | None, now: datetime) -> str:
    if attempt is not None:
        return str(score.state) if score is not None and attempt.finished_at is not None else "running"
    if invitation.revoked_at is not None:
        return "revoked"
    if invitation.declined_at is not None:
        return "declined"
    if invitation.closes_at is not None and invitation.closes_at <= now:
        return "expired"
    return "opened" if invitation.opened_at is not None else "invited"
