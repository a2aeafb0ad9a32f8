"""What arrived too late in an attempt: kept for whoever reads the report, and never graded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from quizapp.extensions import db
from quizapp.models import Attempt, Branch, Response
from quizapp.rules import answers


@dataclass(frozen=True)
class LateEdit:
    """One save that came too late: its moment of receipt, and the answer in lines that people can read."""

    at: datetime
    text: str


def of_attempt(attempt: Attempt) -> dict[int, list[LateEdit]]:
    """Response id -> what was kept of its late saves, the first one first; responses without any are left out."""
    responses = {response.id: response for response in attempt.responses}
    late: dict[int, list[LateEdit]] = {}
    found = db.session.scalars(
        select(Branch)
        .join(Response, Branch.response_id == Response.id)
        .where(Response.attempt_id == attempt.id, Branch.is_late.is_(True))
        .order_by(Branch.id)
    )
    for branch in found:
        text = answers.as_text(responses[branch.response_id].content, branch.answer)
        late.setdefault(branch.response_id, []).append(LateEdit(branch.received_at, text))
    return late
