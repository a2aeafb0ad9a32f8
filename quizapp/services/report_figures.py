"""The figures of a report beside its points: what its form was expected to give, time, and tries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from quizapp.extensions import db
from quizapp.models import CANCELLED, Attempt, Response, Scope, Submission
from quizapp.rules import forms, scoring
from quizapp.services import visits

if TYPE_CHECKING:
    from quizapp.services.report_items import Item


@dataclass(frozen=True)
class Effort:
    """What went into one response. `seconds` without pauses; None when its pages never told (as without scripts)."""

    seconds: float | None = None
    submissions: int = 0  # in full, sent by hand
    runs: int = 0  # of samples, own input and requests


@dataclass(frozen=True)
class Bar:
    """One row of a chart: the points of a topic or part, what its questions were expected to give, and time."""

    title: str
    total: scoring.Total
    expected_percent: float | None
    seconds: float | None
    count_measured: int  # of its questions, those whose time is known


def efforts(attempt: Attempt) -> dict[int, Effort]:
    """Response id -> what went into it, for every response of the attempt; two queries."""
    measured = visits.seconds(attempt)
    rows = db.session.execute(
        select(Submission.response_id, Submission.scope, func.count())
        .join(Response, Submission.response_id == Response.id)
        .where(
            Response.attempt_id == attempt.id,
            Submission.is_from_draft.is_(False),
            Submission.verdict.is_distinct_from(CANCELLED),
            Submission.scope.in_([Scope.FULL, Scope.SAMPLE, Scope.RUN]),
        )
        .group_by(Submission.response_id, Submission.scope)
    ).all()
    sent = {(response_id, scope): count for response_id, scope, count in rows}
    return {
        response.id: Effort(
            measured.get(response.id),
            sent.get((response.id, Scope.FULL), 0),
            sent.get((response.id, Scope.SAMPLE), 0) + sent.get((response.id, Scope.RUN), 0),
        )
        for response in attempt.responses
    }


def bars(groups: Iterable[tuple[str, scoring.Total, Sequence[Item]]]) -> list[Bar]:
    """A bar for each group of items with its title and total."""
    return [_bar(title, total, items) for title, total, items in groups]


def expected_percent(items: Iterable[Item]) -> float | None:
    """What the items are expected to give by their authors' difficulty, in percent of their points."""
    share = forms.expected_share((item.response.content["difficulty"], item.max_points) for item in items)
    return None if share is None else round(100 * share, 1)


def _bar(title: str, total: scoring.Total, items: Sequence[Item]) -> Bar:
    known = [item.effort.seconds for item in items if item.effort.seconds is not None]
    return Bar(title, total, expected_percent(items), sum(known) if known else None, len(known))
