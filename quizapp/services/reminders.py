"""Reminding invited people once, at the moment that was set, as long as they have not begun."""

from __future__ import annotations

from sqlalchemy import update

from quizapp.extensions import db
from quizapp.models import Invitation, MailKind
from quizapp.receipt import database_now
from quizapp.services import invitation_states, outbox

MOST_AT_ONCE = 200


def send_due() -> int:
    """Put every reminder whose moment has come on its way; commits, gives how many. Called by the sweeper."""
    now = database_now()
    due = (
        invitation_states.with_state(now)
        .where(Invitation.remind_at <= now, Invitation.reminded_at.is_(None))
        .order_by(Invitation.remind_at)
        .limit(MOST_AT_ONCE)
    )
    mails = []
    for invitation, state in sorted(db.session.execute(due).all(), key=lambda row: row[0].id):
        is_wanted = state in invitation_states.LIVING
        # Whoever has begun, or may not any more, is reminded of nothing, now or later.
        told = {"reminded_at": now} if is_wanted else {"remind_at": None}
        taking = (
            update(Invitation)
            .where(Invitation.id == invitation.id, Invitation.reminded_at.is_(None))
            .values(**told)
        )
        taken = db.session.execute(taking, execution_options={"synchronize_session": False})
        if is_wanted and taken.rowcount == 1:  # type: ignore[attr-defined]
            kind, generation = MailKind.REMINDER, invitation.generation
            mails.append(outbox.add(kind, invitation=invitation, generation=generation))
    db.session.commit()
    for mail in mails:
        outbox.ring(mail.id)
    return len(mails)
