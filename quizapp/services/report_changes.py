"""What a report says of versions: that a question was changed since, or that its answer was graded again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from quizapp.extensions import db
from quizapp.models import Attempt, Regrade, RegradeItem, Response
from quizapp.rules import differences, parameters


@dataclass(frozen=True)
class Regraded:
    """That an answer was marked again with a corrected version: when, and its points before."""

    at: datetime | None
    old_points: float | None


@dataclass(frozen=True)
class Since:
    """How a question differs now from what was answered: when that version was made, and what a report may tell of it."""

    at: datetime
    changes: list[differences.Change]
    is_put_back: bool  # to a version that is older than the one that was answered


def regraded(attempt: Attempt) -> dict[int, Regraded]:
    """Response id -> the regrade that its points rest on."""
    rows = db.session.execute(
        select(RegradeItem.response_id, Regrade.applied_at, RegradeItem.before)
        .join(Regrade, RegradeItem.regrade_id == Regrade.id)
        .join(Response, RegradeItem.response_id == Response.id)
        .where(
            Response.attempt_id == attempt.id,
            RegradeItem.is_applied.is_(True),
            Regrade.version_id == Response.graded_version_id,
        )
        .order_by(RegradeItem.id)
    )
    return {response_id: Regraded(at, before["points"]) for response_id, at, before in rows}


def graded(response: Response) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """The content that the points rest on, and the answer in its words."""
    version = response.graded_version
    if version is None:
        return response.content, response.answer
    values = parameters.counterpart(version.content, response.parameters)
    answer = (response.mark or {}).get("answer", response.answer)
    return parameters.filled(version.content, values), answer


def since(response: Response) -> Since | None:
    """How the version in use, or the one that was graded with, differs from what was seen; None when it does not."""
    now = response.graded_version or response.question.version
    if now is None or now.id == response.version_id:
        return None
    values = parameters.counterpart(now.content, response.parameters)
    content = parameters.filled(now.content, values) if values else parameters.example(now.content)
    found = differences.told(differences.changes(response.content, content))
    return Since(now.created_at, found, is_put_back=now.id < response.version_id)
