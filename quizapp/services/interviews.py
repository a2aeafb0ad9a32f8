"""Interviews that are open to sit: what they ask for, on which terms a person may start, and starting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from quizapp.errors import Conflict, NotFound, Unprocessable
from quizapp.extensions import db
from quizapp.models import Attempt, AttemptKind, Bank, Interview, User
from quizapp.receipt import received_at
from quizapp.rules import deadlines, outlook, stages, titles
from quizapp.rules.outlook import Size
from quizapp.rules.showing import Release
from quizapp.services import attempts, clocks, drawing, finishing, scores, showing
from quizapp.services.drawing import Plan


@dataclass(frozen=True)
class Offer:
    """An interview as it is offered to one person."""

    plan: Plan
    bank: Bank
    running: Attempt | None = None
    sat: Sequence[Attempt] = ()  # all that are over, newest first
    kinds: Sequence[str] = field(default_factory=tuple)

    @property
    def interview_id(self) -> str | None:
        """The published interview; None for a composed mock."""
        return self.plan.interview_id

    @property
    def blueprint(self) -> dict[str, Any]:
        """The blueprint as plain JSON."""
        return self.plan.blueprint

    @property
    def title(self) -> str:
        """Its name."""
        return str(self.blueprint["title"])

    @property
    def parts(self) -> list[stages.Stage]:
        """Its parts, between barriers. A section whose questions are open one at a time is one of them."""
        sat = stages.as_sat(self.blueprint)
        begins = {one.sections[0] for one in stages.asked(sat["sections"])}
        return [stage for stage in stages.stages(sat) if stage.first in begins]

    @property
    def barriers(self) -> list[bool]:
        """For each section but the last, whether there is no way back to it from the next one."""
        sat = stages.as_sat(self.blueprint)
        part_of = {section: part.number for part in stages.stages(sat) for section in part.sections}
        asked = [one.sections for one in stages.asked(sat["sections"])]
        return [part_of[here[-1]] != part_of[after[0]] for here, after in pairwise(asked)]

    @property
    def singles(self) -> list[str]:
        """The titles of sections whose questions are open one at a time."""
        return [
            one["title"]
            for one in self.blueprint["sections"]
            if one.get("open") == "one" and one["count"] > 1
        ]

    @property
    def is_staged(self) -> bool:
        """Whether it has barriers, so that leaving a part is final."""
        return stages.is_staged(stages.as_sat(self.blueprint))

    @property
    def minutes(self) -> float:
        """Its length, without anybody's extra time."""
        return float(self.blueprint["minutes"])

    @property
    def count(self) -> int:
        """How many questions it asks."""
        return sum(section["count"] for section in self.blueprint["sections"])

    @property
    def finished(self) -> list[Attempt]:
        """Those that are handed in or closed, newest first."""
        return [attempt for attempt in self.sat if attempt.finished_at is not None]


@dataclass(frozen=True)
class Lobby:
    """An offer on the terms of one person, as they are at one moment."""

    offer: Offer
    extra_share: float
    now: datetime
    problem: str = ""  # why it cannot be started now
    retry_at: datetime | None = None  # when it can be sat again, if that is not yet

    @property
    def release(self) -> Release:
        """When the results of who starts now are shown to them."""
        return showing.promise(self.offer.plan)

    @property
    def full_minutes(self) -> float:
        """The person's length, with their extra time."""
        return self.offer.minutes * (1 + self.extra_share)

    @property
    def closes_at(self) -> datetime | None:
        """From when on nobody starts."""
        return self.offer.plan.closes_at

    @property
    def left_minutes(self) -> float:
        """How long somebody has who starts now."""
        terms = deadlines.Terms(self.now, self.offer.minutes, self.extra_share, window_end=self.closes_at)
        return (deadlines.remaining_seconds(terms, self.now) or 0.0) / 60

    @cached_property
    def sizes(self) -> list[Size]:
        """What each section comes to in points and minutes; empty when it cannot be drawn. Asks the database."""
        plan = self.offer.plan
        return outlook.sizes(plan.sections, drawing.candidates(*plan.banks))

    @property
    def size(self) -> Size:
        """What all of them come to."""
        return outlook.total(self.sizes)

    @property
    def is_cut(self) -> bool:
        """Whether the window leaves less than the full time."""
        return self.left_minutes < self.full_minutes - 1 / 60


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
    offered = [offer_of(_plan(interview), interview.bank, sat) for interview in interviews]
    return sorted(offered, key=lambda offer: (offer.bank.position, offer.minutes))


def lobby(user: User, interview_id: str) -> Lobby:
    """One interview with whether it can be started; `NotFound` when it is not open to all."""
    interview = _open_interview(interview_id)
    return lobby_of(user, offer_of(_plan(interview), interview.bank, attempts.of_user(user)))


def start(user: User, interview_id: str, *, consents: bool, records: bool = False) -> Attempt:
    """Draw the questions, start the clock and commit. One attempt runs at a time: a second start gives that one.

    Raises NotFound, Unprocessable without consent, and Conflict when it is too early or too late to sit it, or the
    bank has too few questions.
    """
    interview = _open_interview(interview_id)
    return begin(user, _plan(interview), interview.bank, consents=consents, records=records)


def begin(user: User, plan: Plan, bank: Bank, *, consents: bool, records: bool = False) -> Attempt:
    """The same for any plan; `records`: how answers come about, too. What ran out of time is closed first."""
    for attempt in offer_of(plan, bank, attempts.of_user(user)).sat:
        if attempt.finished_at is None:
            finishing.finalise(attempt)
    # The two halves of a double click take turns from here on.
    db.session.scalar(select(User.id).where(User.id == user.id).with_for_update(key_share=True))
    offer = offer_of(plan, bank, attempts.of_user(user))
    if offer.running is not None:
        return offer.running
    if not consents:
        raise Unprocessable(
            "The clock was not started",
            "Tick that you know what is recorded and who sees it. Nothing is recorded without it.",
        )
    _ensure_startable(lobby_of(user, offer))
    attempt = drawing.new_attempt(user, plan)
    attempt.is_recorded = attempt.is_recorded or records
    try:
        scores.refresh(attempt)
        db.session.commit()
    except IntegrityError:  # the other half of a double click was faster
        db.session.rollback()
        other = offer_of(plan, bank, attempts.of_user(user)).running
        if other is None:
            raise
        return other
    return attempt


def offer_of(plan: Plan, bank: Bank, listed: Sequence[Attempt]) -> Offer:
    """What the plan offers to the person whose attempts are listed."""
    mine = [
        attempt
        for attempt in listed
        if attempt.interview_id == plan.interview_id and attempt.kind is AttemptKind.MOCK
    ]
    sections = plan.blueprint["sections"]
    named = {kind for section in sections if section["kinds"] != "any" for kind in section["kinds"]}
    is_any = any(section["kinds"] == "any" for section in sections)
    running = next((one for one in mine if not clocks.is_closed(one)), None)
    return Offer(
        plan=plan,
        bank=bank,
        running=running,
        sat=[attempt for attempt in mine if attempt is not running],
        kinds=[kind for kind in titles.KINDS if is_any or kind in named],
    )


def lobby_of(user: User, offer: Offer) -> Lobby:
    """The terms on which the user may start now."""
    now = received_at()
    problem, again_at = "", None
    if offer.running is None:
        closes_at = offer.plan.closes_at
        again_at = retry_at(offer, now)
        most = offer.blueprint.get("attempts")
        if closes_at is not None and now >= closes_at:
            problem = f"It closed on {closes_at:%d %B %Y} at {closes_at:%H:%M} UTC."
        elif most and len(offer.sat) >= most:
            problem = f"You have sat it {len(offer.sat)} of {most} times."
        else:
            problem = drawing.problem_of(offer.plan)
    return Lobby(offer, user.extra_share, now, problem, again_at)


def _ensure_startable(terms: Lobby) -> None:
    if terms.problem:
        raise Conflict(terms.problem.rstrip("."), "Nothing was started.")
    if terms.retry_at is not None:
        raise Conflict(
            f"You can sit this again from {terms.retry_at:%d %B %Y, %H:%M} UTC",
            "Nothing was started. Practice and other mock interviews are open meanwhile.",
        )


def retry_at(offer: Offer, now: datetime) -> datetime | None:
    """The end of the cool-down after the last attempt; None when it is over, or there is none."""
    hours = offer.blueprint.get("cool_down")
    if not hours or not offer.sat:
        return None
    ended = max(
        attempt.finished_at or deadlines.finished_moment(clocks.terms(attempt), now) for attempt in offer.sat
    )
    until = ended + timedelta(hours=hours)
    return until if now < until else None


def _plan(interview: Interview) -> Plan:
    return Plan(interview.bank_id, interview.blueprint, interview.id)


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
        .options(joinedload(Interview.bank))
    )
    if interview is None:
        raise NotFound("There is no such interview", "What is open is listed on the page Interviews.")
    return interview
