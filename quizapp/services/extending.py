"""A later end for everybody who was invited and has not begun, given at once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func
from sqlalchemy.orm import joinedload

from quizapp.errors import Unprocessable
from quizapp.extensions import db
from quizapp.models import Invitation, MailKind, User
from quizapp.receipt import received_at
from quizapp.rules.invitees import Window
from quizapp.services import audit, drawing, invitation_states, invited, inviting, outbox
from quizapp.services.hiring import Access
from quizapp.services.invitation_states import LIVING, State

AT_ONCE = 500  # invitations of one transaction


@dataclass(frozen=True)
class Prospect:
    """Whom a later end may be for."""

    access: Access
    open: int  # may still begin, and have an end
    expired: int  # did not begin in time


def prospect(user: User, interview_id: str) -> Prospect:
    """How many people there are to extend the time of. Raises NotFound, Forbidden for who may not invite."""
    access = inviting.access_for(user, interview_id)
    now = received_at()
    counted = [_count(now, interview_id, states) for states in (LIVING, frozenset({State.EXPIRED}))]
    return Prospect(access, *counted)


def extend(user: User, interview_id: str, window: Window, *, with_expired: bool, is_mailed: bool) -> int:
    """Give a later end to all who have not begun, with a mail that says it if wanted, and commit; to how many.

    Who has no end, or a later one, keeps it, and nobody's is set beyond that of the interview itself. Reminders move with the
    end. Raises NotFound, Forbidden, and Unprocessable without an end.
    """
    inviting.access_for(user, interview_id)
    if window.closes_at is None:
        raise Unprocessable("No end is given", "Say until when people may begin.", beside={"field": "closes"})
    states = LIVING | {State.EXPIRED} if with_expired else LIVING
    done = last = rung = 0
    while ids := _taken(interview_id, window.closes_at, states, last):
        mails = []
        for invitation in _still(ids, states):
            if not _is_extended(user, invitation, window):
                continue
            done += 1
            if is_mailed:
                mails.append(
                    outbox.add(MailKind.INVITATION, invitation=invitation, generation=invitation.generation)
                )
        db.session.commit()
        last = ids[-1]
        for mail in mails[: inviting.RUNG_AT_ONCE - rung]:
            outbox.ring(mail.id)
            rung += 1
    db.session.rollback()
    return done


def _taken(interview_id: str, closes_at: datetime, states: Collection[State], last: int) -> Sequence[int]:
    """The next invitations whose end is earlier, by number and locked: nobody begins one meanwhile."""
    found = (
        invitation_states.with_state(received_at())
        .with_only_columns(Invitation.id)
        .where(
            Invitation.interview_id == interview_id,
            Invitation.id > last,
            Invitation.closes_at < closes_at,
            _is_in(states),
        )
        .order_by(Invitation.id)
        .limit(AT_ONCE)
    )
    return db.session.scalars(found.with_for_update(of=Invitation, key_share=True)).all()


def _still(ids: Sequence[int], states: Collection[State]) -> Sequence[Invitation]:
    """Those of them that were not begun, declined or revoked while they were waited for."""
    found = (
        invitation_states.with_state(received_at())
        .with_only_columns(Invitation)
        .where(Invitation.id.in_(ids), _is_in(states))
        .options(joinedload(Invitation.version))
        .order_by(Invitation.id)
        .execution_options(populate_existing=True)
    )
    return db.session.scalars(found).all()


def _is_extended(user: User, invitation: Invitation, window: Window) -> bool:
    before = inviting.as_facts(invitation)
    ends = [window.closes_at, drawing.plan_of(invitation.version).closes_at]
    closes_at = min(one for one in ends if one is not None)
    was = invitation.closes_at
    if was is None or closes_at <= was:
        return False
    if invitation.remind_at is not None:
        ahead = was - invitation.remind_at
        is_to_come = closes_at - ahead > received_at()
        invitation.remind_at, invitation.reminded_at = closes_at - ahead if is_to_come else None, None
    invitation.closes_at, invitation.time_zone = closes_at, window.time_zone
    audit.record(
        "invitation.changed",
        invited.subject_of(invitation),
        actor=user,
        interview=invitation.interview_id,
        before=before,
        after=inviting.as_facts(invitation),
    )
    return True


def _count(now: datetime, interview_id: str, states: Collection[State]) -> int:
    counted = invitation_states.with_state(now).with_only_columns(func.count(Invitation.id))
    here = (Invitation.interview_id == interview_id, Invitation.closes_at.is_not(None), _is_in(states, now))
    return db.session.scalar(counted.where(*here)) or 0


def _is_in(states: Collection[State], now: datetime | None = None) -> ColumnElement[bool]:
    return invitation_states.of(now or received_at()).in_(sorted(states))
