"""How an attempt compares: with the person's own others at the same interview, and with first attempts of others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from quizapp.extensions import db
from quizapp.models import Attempt, AttemptScore
from quizapp.rules import percentiles
from quizapp.rules.percentiles import Spread, Standing
from quizapp.services import attempt_lines, reports, showing

MOST_OWN = 12


@dataclass(frozen=True)
class Own:
    """One attempt of the same person at the interview. `number` counts from 1."""

    attempt_id: int
    number: int
    at: datetime
    percent: float
    is_complete: bool
    is_here: bool


@dataclass(frozen=True)
class Others:
    """The first finished attempts of other people. `standing` is None with too few, and while grading goes on."""

    spread: Spread
    standing: Standing | None

    @property
    def count(self) -> int:
        """How many there are."""
        return self.spread.count

    @property
    def needed(self) -> int:
        """How many there have to be before anything is said."""
        return percentiles.LEAST_OTHERS

    @property
    def is_enough(self) -> bool:
        """Whether there are as many."""
        return self.count >= self.needed


@dataclass(frozen=True)
class Comparison:
    """`own` is in the order of time, and holds the attempt itself."""

    own: list[Own]
    others: Others


def of_report(report: reports.Report) -> Comparison | None:
    """What the report's candidate may compare it with; None for a mock that they composed, which nobody else sits."""
    attempt = report.attempt
    if attempt.interview_id is None:
        return None
    spread = first_of_others(attempt)
    standing = spread.standing(report.total.percent) if report.total.is_complete else None
    return Comparison(_own(attempt), Others(spread, standing))


def first_of_others(attempt: Attempt) -> Spread:
    """The scores of the first finished attempts of others at the same interview, where they are complete.

    The database counts them: at most a thousand and one rows come back, however many people there are.
    """
    first = (
        select(func.min(Attempt.id))
        .where(
            Attempt.interview_id == attempt.interview_id,
            Attempt.kind == attempt.kind,
            Attempt.finished_at.is_not(None),
            Attempt.user_id != attempt.user_id,
        )
        .group_by(Attempt.user_id)
    )
    rows = db.session.execute(
        select(AttemptScore.percent, func.count())
        .where(AttemptScore.attempt_id.in_(first), AttemptScore.is_complete.is_(True))
        .group_by(AttemptScore.percent)
    ).all()
    return Spread({row[0]: row[1] for row in rows})


def _own(attempt: Attempt) -> list[Own]:
    """The last attempts that are finished and whose results are shown."""
    found = db.session.scalars(
        select(Attempt)
        .where(
            Attempt.user_id == attempt.user_id,
            Attempt.interview_id == attempt.interview_id,
            Attempt.kind == attempt.kind,
            Attempt.finished_at.is_not(None),
        )
        .options(joinedload(Attempt.interview))
        .order_by(Attempt.started_at, Attempt.id)
    ).all()
    numbers = {one.id: number for number, one in enumerate(found, 1)}
    shown = [one for one in found if not showing.is_withheld(one)][-MOST_OWN:]
    return [
        Own(
            attempt_id=line.attempt.id,
            number=numbers[line.attempt.id],
            at=line.attempt.started_at,
            percent=line.total.percent,
            is_complete=line.total.is_complete,
            is_here=line.attempt.id == attempt.id,
        )
        for line in attempt_lines.lines(shown)
    ]
