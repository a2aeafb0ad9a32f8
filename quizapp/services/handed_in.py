"""What a candidate sees of a finished attempt whose results are not shown: what arrived, and nothing that was found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from quizapp.extensions import db
from quizapp.models import CANCELLED, Attempt, Response, Scope, Submission
from quizapp.rules import answers
from quizapp.rules.showing import Release
from quizapp.services import attempts, late_edits, reports, showing


@dataclass(frozen=True)
class Arrived:
    """What arrived for one question. Of one that was never reached `is_known` is False, and nothing of it is told."""

    response: Response
    position: int
    title: str
    kind: str
    is_known: bool
    is_answered: bool
    text: str  # the last save in lines that people can read; empty without one
    saved_at: datetime | None
    sent: int  # full submissions that were not stopped
    late: int  # edits that came too late


@dataclass(frozen=True)
class Kept:
    """A finished attempt without its results."""

    attempt: Attempt
    title: str
    release: Release
    items: list[Arrived]
    minutes_used: float

    @property
    def answered(self) -> int:
        """How many questions were answered."""
        return sum(item.is_answered for item in self.items)


def of_attempt(attempt: Attempt) -> Kept:
    """What arrived in a finished attempt."""
    sent = _sent(attempt)
    late = late_edits.of_attempt(attempt)
    listed = zip(attempt.responses, attempts.items(attempt), strict=True)
    return Kept(
        attempt=attempt,
        title=reports.title(attempt),
        release=showing.release(attempt),
        items=[
            Arrived(
                response=response,
                position=item.position,
                title=item.title,
                kind=item.kind,
                is_known=item.is_known,
                is_answered=item.is_answered,
                text=answers.as_text(response.content, response.answer) if response.answer else "",
                saved_at=response.saved_at,
                sent=sent.get(response.id, 0),
                late=len(late.get(response.id, ())),
            )
            for response, item in listed
        ],
        minutes_used=reports.minutes_used(attempt) or 0.0,
    )


def _sent(attempt: Attempt) -> dict[int, int]:
    """Response id -> full submissions that were sent by hand and not stopped."""
    rows = db.session.execute(
        select(Submission.response_id, func.count())
        .join(Response, Submission.response_id == Response.id)
        .where(
            Response.attempt_id == attempt.id,
            Submission.scope == Scope.FULL,
            Submission.is_from_draft.is_(False),
            Submission.verdict.is_distinct_from(CANCELLED),
        )
        .group_by(Submission.response_id)
    )
    return {row[0]: row[1] for row in rows}
