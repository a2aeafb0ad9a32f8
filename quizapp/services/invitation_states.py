"""How far an invitation is. Everything that shows, filters or decides by it asks here."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, case, select

from quizapp.extensions import db
from quizapp.models import Attempt, Invitation
from quizapp.receipt import received_at


class State(StrEnum):
    """In words that candidates and managers read."""

    INVITED = "invited"
    OPENED = "opened"
    STARTED = "started"
    FINISHED = "finished"
    EXPIRED = "expired"
    DECLINED = "declined"
    REVOKED = "revoked"


# While it is one of these, it can still be begun.
LIVING = frozenset({State.INVITED, State.OPENED})


def of(now: datetime) -> ColumnElement[str]:
    """The state at a moment, for a query that joins `Attempt` to `Invitation` from outside, see `with_state`."""
    return case(
        (Attempt.finished_at.is_not(None), State.FINISHED.value),
        (Attempt.id.is_not(None), State.STARTED.value),
        (Invitation.revoked_at.is_not(None), State.REVOKED.value),
        (Invitation.declined_at.is_not(None), State.DECLINED.value),
        (Invitation.closes_at <= now, State.EXPIRED.value),
        (Invitation.opened_at.is_not(None), State.OPENED.value),
        else_=State.INVITED.value,
    )


def with_state(now: datetime) -> Select[Invitation, str]:
    """Invitations, each with its state at a moment."""
    return select(Invitation, of(now).label("state")).outerjoin(
        Attempt, Attempt.invitation_id == Invitation.id
    )


def state_of(invitation: Invitation, now: datetime | None = None) -> State:
    """How far one invitation is, at the moment when this request was received by default."""
    found = with_state(now or received_at()).where(Invitation.id == invitation.id)
    return State(db.session.execute(found.with_only_columns(of(now or received_at()))).scalar_one())
