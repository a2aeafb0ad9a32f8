"""The figures above the score table. A small interview is counted for each page, a large one once a minute for everybody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, literal, select

from quizapp.extensions import cache, db
from quizapp.models import Attempt, AttemptScore, Invitation, ScoreState
from quizapp.receipt import received_at

# Up to here counting takes a few milliseconds.
SMALL = 2000
KEPT_SECONDS = 60
# So few scores are drawn one by one.
DRAWN_SINGLY = 30
BARS = 10


@dataclass(frozen=True)
class Summary:
    """Counts of candidates, the medians of those whose score is final, and how their scores spread."""

    candidates: int
    ended: int
    running: int
    to_rate: int
    median_percent: float | None
    median_minutes: float | None
    scores: list[float]  # each of them, when they are few
    bars: list[int]  # else how many there are in each tenth of the scale
    as_of: datetime | None  # None: now

    @property
    def final(self) -> int:
        """How many scores are final."""
        return sum(self.bars)


def of(interview_id: str) -> Summary:
    """The figures of one interview."""
    few = select(literal(1)).where(Invitation.interview_id == interview_id).limit(SMALL + 1).subquery()
    if (db.session.scalar(select(func.count()).select_from(few)) or 0) <= SMALL:
        return _read(_counted(interview_id), is_kept=False)
    return _read(_kept(interview_id), is_kept=True)


@cache.memoize(timeout=KEPT_SECONDS)
def _kept(interview_id: str) -> dict[str, Any]:
    return _counted(interview_id)


def _read(counted: dict[str, Any], *, is_kept: bool) -> Summary:
    moment = datetime.fromisoformat(counted["as_of"]) if is_kept else None
    return Summary(**(counted | {"as_of": moment}))


def _counted(interview_id: str) -> dict[str, Any]:
    """The figures as JSON keeps them."""
    of_ended = (AttemptScore.interview_id == interview_id, AttemptScore.ended_at.is_not(None))
    of_final = (*of_ended, AttemptScore.state == ScoreState.FINAL)
    counts = select(AttemptScore.state, func.count().label("number")).where(*of_ended)
    by_state = {row.state: row.number for row in db.session.execute(counts.group_by(AttemptScore.state))}
    unended = (Invitation.interview_id == interview_id, Invitation.ended_at.is_(None))
    others = db.session.scalar(select(func.count()).select_from(Invitation).where(*unended)) or 0
    running = db.session.scalar(
        select(func.count())
        .select_from(Invitation)
        .join(Attempt, Attempt.invitation_id == Invitation.id)
        .where(*unended)
    )
    final = by_state.get(ScoreState.FINAL, 0)
    tenth = func.floor(AttemptScore.percent / (100 / BARS))
    bars = [0] * BARS
    for number, count in db.session.execute(select(tenth, func.count()).where(*of_final).group_by(tenth)):
        bars[min(BARS - 1, int(number))] += count
    few = select(AttemptScore.percent).where(*of_final).order_by(AttemptScore.percent)
    seconds = _middle(AttemptScore.seconds_used, of_final, final)
    return {
        "candidates": sum(by_state.values()) + others,
        "ended": sum(by_state.values()),
        "running": running or 0,
        "to_rate": by_state.get(ScoreState.WAITING, 0),
        "median_percent": _middle(AttemptScore.percent, of_final, final),
        "median_minutes": None if seconds is None else round(seconds / 60, 1),
        "scores": list(db.session.scalars(few)) if final < DRAWN_SINGLY else [],
        "bars": bars,
        "as_of": received_at().isoformat(),
    }


def _middle(column: Any, conditions: Any, count: int) -> float | None:
    """The median, read from the middle of an index."""
    if not count:
        return None
    first, number = (count - 1) // 2, 2 - count % 2
    middle: Sequence[float] = db.session.scalars(
        select(column).where(*conditions).order_by(column).offset(first).limit(number)
    ).all()
    return round(sum(middle) / len(middle), 1)
