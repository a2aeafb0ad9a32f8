"""Going on with an accepted invitation on another device: with a code from the mail, or because a manager lets it."""

from __future__ import annotations

import secrets
from datetime import timedelta

from sqlalchemy import func, select

from quizapp.errors import Conflict, TooMany
from quizapp.extensions import db
from quizapp.models import Invitation, Mail, MailKind, User
from quizapp.receipt import database_now, received_at
from quizapp.rules import tokens
from quizapp.services import audit, evidence, invited, link_keys, outbox, sign_ins
from quizapp.services.accounts import NotAccepted

MOST_TRIES = 5
MOST_CODES_AN_HOUR = 3
WITHOUT_A_CODE = "Ask for a code, and type the eight digits that the mail names."


def send_code(token: str) -> None:
    """Mail a code to the invitation's address, and commit. Raises NotFound, Gone, Conflict, and TooMany."""
    invitation = _taken_by_guest(token)
    if not outbox.is_mailing():
        raise Conflict(
            "No code can be mailed from this site",
            f"Ask {invited.help_contact()} to let you go on at this device.",
        )
    now = database_now()
    recent = select(func.count(Mail.id)).where(
        Mail.invitation_id == invitation.id,
        Mail.kind == MailKind.CODE,
        Mail.created_at > now - timedelta(hours=1),
    )
    if (db.session.scalar(recent) or 0) >= MOST_CODES_AN_HOUR:
        raise TooMany(
            f"{MOST_CODES_AN_HOUR} codes were mailed within an hour",
            f"Use the last one, wait an hour, or ask {invited.help_contact()}.",
            retry_after=3600,
        )
    key, salt = link_keys.key("code"), secrets.token_hex(16)
    invitation.code_hash = tokens.code_hash(key, invitation.id, tokens.code(key, invitation.id, salt))
    invitation.code_until = now + timedelta(minutes=link_keys.CODE_MINUTES)
    invitation.code_tries = 0
    mail = outbox.add(MailKind.CODE, invitation=invitation, salt=salt)
    audit.record("invitation.code_sent", invited.subject_of(invitation), interview=invitation.interview_id)
    db.session.commit()
    outbox.ring(mail.id)


def go_on(token: str, device: str, code: str, new_device: str) -> User:
    """Move the invitation to this device and end every other session of its guest; commits, gives the guest.

    The browser that it was accepted in needs neither code nor release. `new_device` says in words what goes on.
    Raises NotFound, Gone, Conflict, and `NotAccepted` for the field `code`.
    """
    invitation = _taken_by_guest(token)
    user = db.session.get_one(User, invitation.user_id)
    if invited.is_known(invitation, device):
        db.session.rollback()
        return user
    if invited.is_released(invitation, received_at()):
        by = "a release"
    else:
        _check(invitation, code)
        by = "a code"
    invitation.code_hash = invitation.code_until = invitation.released_until = None
    invitation.device_hash = sign_ins.token_hash(device)
    ended = sign_ins.end_all(user.id)
    attempt = invitation.attempt
    audit.record(
        "invitation.taken_over",
        invited.subject_of(invitation),
        actor=user,
        interview=invitation.interview_id,
        by=by,
        device=new_device,
        sessions_ended=ended,
        attempt=attempt.id if attempt else None,
    )
    if attempt is not None:
        evidence.notice(attempt.id, "takeover", {"device": new_device})
    db.session.commit()
    return user


def _check(invitation: Invitation, typed: str) -> None:
    """Raises NotAccepted unless this is the code; a wrong one counts, and is committed."""
    digits = "".join(letter for letter in typed[:40] if letter.isdigit())
    until, kept = invitation.code_until, invitation.code_hash
    if kept is None or until is None or received_at() >= until or invitation.code_tries >= MOST_TRIES:
        db.session.rollback()
        raise NotAccepted("code", f"There is no code that could be used now. {WITHOUT_A_CODE}")
    if tokens.is_same(tokens.code_hash(link_keys.key("code"), invitation.id, digits), kept):
        return
    invitation.code_tries += 1
    left = MOST_TRIES - invitation.code_tries
    db.session.commit()
    again = f"{left} more {'try' if left == 1 else 'tries'} with this code." if left else WITHOUT_A_CODE
    raise NotAccepted("code", f"That is not the code. {again}")


def _taken_by_guest(token: str) -> Invitation:
    """The invitation, locked; raises Conflict unless a guest accepted it."""
    invitation = invited.by_token(token, lock=True)
    if invitation.user is None:
        raise Conflict("This invitation was not accepted yet", "Open its link again, and accept it.")
    if not invitation.user.is_guest:
        raise Conflict("This invitation goes with an account", "Sign in with the account that accepted it.")
    return invitation
