"""People without an account: made for one invitation, and known on the devices where its link was accepted.

What is personal of them stands in their invitation (address, name, message) and in the name of their user row;
`persons.forget_invitation` empties both. Nothing else keeps a copy: mails are written when they are sent, and the
audit log names invitations by number.
"""

from __future__ import annotations

from quizapp.extensions import db
from quizapp.models import Invitation, Role, User
from quizapp.receipt import database_now

NOBODY = "Guest"


def made_for(invitation: Invitation) -> User:
    """A guest for this invitation. Nobody can sign in as one: there is no password, and no address that gets mail."""
    guest = User(
        email=f"invitation-{invitation.id}@guest.invalid",
        name=invitation.name or NOBODY,
        role=Role.CANDIDATE,
        password_hash="",
        is_guest=True,
        created_at=database_now(),
    )
    db.session.add(guest)
    db.session.flush()
    return guest
