"""How often, and how soon again, one person may sit a hiring interview: by the address that was invited."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from quizapp.errors import Conflict
from quizapp.extensions import db
from quizapp.models import Attempt, Invitation
from quizapp.receipt import received_at
from quizapp.rules import deadlines
from quizapp.services import clocks


def ensure_may_sit(invitation: Invitation, blueprint: Mapping[str, Any]) -> None:
    """Raises Conflict when the person has sat the interview as often as the blueprint allows, or too lately.

    Each invitation is sat once; sitting again takes another invitation to the same address.
    """
    problem = problem_of(invitation, blueprint)
    if problem:
        raise Conflict(problem, "Nothing was started. Whoever invited you can say how to go on.")


def problem_of(invitation: Invitation, blueprint: Mapping[str, Any]) -> str:
    """Why the invited person cannot sit the interview now for what they sat before; empty when they can."""
    moment = received_at()
    return problem_at(invitation.interview_id, invitation.email, blueprint, moment, but=invitation.id)


def problem_at(
    interview_id: str, email: str, blueprint: Mapping[str, Any], moment: datetime, *, but: int = 0
) -> str:
    """The same for an address at a moment to come; the attempt of the invitation `but` is left out."""
    earlier = db.session.scalars(
        select(Attempt)
        .join(Invitation, Attempt.invitation_id == Invitation.id)
        .where(Invitation.interview_id == interview_id, Invitation.email == email, Invitation.id != but)
    ).all()
    if not earlier:
        return ""
    most, hours = blueprint.get("attempts"), blueprint.get("cool_down")
    if most and len(earlier) >= most:
        return f"This interview was sat {len(earlier)} of {most} times with this address"
    now = received_at()
    ended = max(
        attempt.finished_at or deadlines.finished_moment(clocks.terms(attempt), now) for attempt in earlier
    )
    until = ended + timedelta(hours=hours or 0)
    return f"You can sit this again from {until:%d %B %Y, %H:%M} UTC" if moment < until else ""
