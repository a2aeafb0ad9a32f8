"""Going through an interview with barriers: which part a person is in, and leaving it for good."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from quizapp.errors import Closed, Conflict
from quizapp.extensions import db
from quizapp.models import Attempt, SectionPass
from quizapp.receipt import database_now, received_at
from quizapp.rules import deadlines
from quizapp.rules.stages import Stage, asked, is_staged, stages
from quizapp.services import clocks, holding


class PartOver(Closed):
    """The time of the part that somebody is in is over, and that of the interview is not."""

    code = "part_over"
    message = "The time of this part is over"
    what_to_do = "What was saved in time counts. Go on to the next part."


@dataclass(frozen=True)
class Standing:
    """Where a person stands in an attempt with barriers: the part that was entered last."""

    stage: Stage
    next_stage: Stage | None
    count: int  # parts in all
    terms: deadlines.SectionTerms
    deadline: datetime | None
    remaining_seconds: float | None
    is_over: bool

    @property
    def is_last(self) -> bool:
        """Whether no part comes after it."""
        return self.next_stage is None

    def holds(self, section: int) -> bool:
        """Whether a section of the blueprint is open now."""
        return section in self.stage.sections


@dataclass(frozen=True)
class TimeLeft:
    """How long somebody can go on where they are, in seconds; `is_of_part`: their part ends before the interview does."""

    seconds: float
    is_of_part: bool


@dataclass(frozen=True)
class PartTime:
    """How long somebody was in a part. Minutes; used None: it was not entered, allowed None: no clock of its own."""

    title: str
    minutes_used: float | None
    minutes_allowed: float | None


def begin(attempt: Attempt) -> None:
    """Enter the first part of an attempt that has just been made (no commit)."""
    if is_staged(attempt.blueprint):
        attempt.passes = _passes(stages(attempt.blueprint)[0], attempt.started_at)


def standing(attempt: Attempt, moment: datetime | None = None) -> Standing | None:
    """Where the person is at `moment` (default: this request); None when all sections are open all the time."""
    if not is_staged(attempt.blueprint):
        return None
    parts = stages(attempt.blueprint)
    entered = {one.section for one in attempt.passes}
    stage = [part for part in parts if part.first in entered][-1]
    found = clocks.section_terms(attempt, stage.first)
    if found is None:
        raise ValueError(attempt.id)
    whole, now = clocks.terms(attempt), moment or received_at()
    return Standing(
        stage=stage,
        next_stage=parts[stage.number + 1] if stage.number + 1 < len(parts) else None,
        count=len(parts),
        terms=found,
        deadline=deadlines.section_deadline(whole, found),
        remaining_seconds=deadlines.section_remaining_seconds(whole, found, now),
        is_over=clocks.is_section_closed(attempt, stage.first, now),
    )


def time_left(attempt: Attempt, here: Standing | None) -> TimeLeft | None:
    """What is left of the part, where that is less than of the interview; None without a clock.

    A part whose time is over has nothing left, and the next one can be entered: then the interview's time is told.
    """
    whole = deadlines.remaining_seconds(clocks.terms(attempt), received_at())
    of_part = here.remaining_seconds if here is not None and not here.is_over else None
    if of_part is not None and (whole is None or of_part < whole):
        return TimeLeft(of_part, is_of_part=True)
    return None if whole is None else TimeLeft(whole, is_of_part=False)


def times(attempt: Attempt) -> list[PartTime]:
    """How long the person was in each part of a finished attempt; empty without barriers.

    Questions of a section that were open one at a time are told as that section, with the sum of their times.
    """
    if not is_staged(attempt.blueprint):
        return []
    told = {part.first: _time(attempt, part) for part in stages(attempt.blueprint)}
    found = []
    for one in asked((attempt.blueprint or {})["sections"]):
        singles = [told[number] for number in one.sections if number in told]
        if len(one.sections) > 1:
            used, allowed = (
                [getattr(part, name) for part in singles] for name in ("minutes_used", "minutes_allowed")
            )
            found.append(PartTime(one.title, _sum(used), _sum(allowed)))
        else:
            found += singles
    return found


def _time(attempt: Attempt, part: Stage) -> PartTime:
    one = next((one for one in attempt.passes if one.section == part.first), None)
    section = clocks.section_terms(attempt, part.first)
    used = None if one is None or one.left_at is None else _minutes(one.left_at, one.entered_at)
    ends = deadlines.section_deadline(clocks.terms(attempt), section) if section else None
    allowed = _minutes(ends, one.entered_at) if part.minutes and one and ends else None
    return PartTime(part.title, used, allowed)


def _sum(minutes: list[float | None]) -> float | None:
    known = [one for one in minutes if one is not None]
    return round(sum(known), 1) if known else None


def _minutes(ends: datetime, begins: datetime) -> float:
    return round(max(0.0, (ends - begins).total_seconds()) / 60, 1)


def is_entered(attempt: Attempt, section: int) -> bool:
    """Whether the questions of a section may be known to the person."""
    return not is_staged(attempt.blueprint) or any(one.section == section for one in attempt.passes)


def leave(attempt: Attempt, number: int) -> None:
    """Leave the part of this number for good, enter the next one, and commit; a repeated call changes nothing.

    Raises Closed when the interview is over, Conflict when no part comes after it.
    """
    holding.attempts([attempt.id])  # as whoever ends it, or gives it time
    db.session.refresh(attempt)
    if clocks.is_closed(attempt):
        raise Closed(
            "This interview is over", "Nothing more is taken. Your report shows what arrived in time."
        )
    here = standing(attempt)
    if here is None or (here.next_stage is None and number == here.stage.number):
        raise Conflict("No part comes after this one", "Hand in when you are done.")
    if number != here.stage.number or here.next_stage is None:
        return  # the other half of a double click, or another window, was faster
    close(attempt, deadlines.left_moment(clocks.terms(attempt), here.terms, received_at()))
    for entered in _passes(here.next_stage, database_now()):
        entered.attempt_id = attempt.id
        db.session.add(entered)
    try:
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
    db.session.refresh(attempt)


def close(attempt: Attempt, moment: datetime) -> None:
    """Note when the sections that are open were left (no commit)."""
    if not is_staged(attempt.blueprint):
        return
    db.session.execute(
        update(SectionPass)
        .where(SectionPass.attempt_id == attempt.id, SectionPass.left_at.is_(None))
        .values(left_at=moment),
        execution_options={"synchronize_session": False},
    )


def _passes(stage: Stage, moment: datetime) -> list[SectionPass]:
    return [
        SectionPass(section=section, entered_at=moment, credit_seconds=0.0, outage_seconds=0.0)
        for section in stage.sections
    ]
