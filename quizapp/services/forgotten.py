"""Forgotten passwords: who asks gets a link by mail, the same as admins make.

The answer is the same whether there is an account or not, and so is nearly all of the work. Asking again mails the link that is
open already, so that nobody's asking voids what somebody is about to use.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import func, select

from quizapp.extensions import db
from quizapp.models import Mail, MailKind, User
from quizapp.receipt import database_now
from quizapp.rules import tokens
from quizapp.services import accounts, audit, link_keys, outbox, sign_ins

LIFETIME = timedelta(hours=2)
LEFT = timedelta(minutes=30)  # a link that ends sooner is replaced
MOST_MAILS_AN_HOUR = 3  # to one person, whoever asks


def ask(email: str) -> None:
    """Mail a link for a new password to this address, if an account that is switched on has it; commits.

    Raises NotAccepted for what is no address. Only where mails reach people, see `outbox.is_mailing`.
    """
    email = accounts.normal_email(email)
    query = select(User).where(User.email == email, User.is_enabled, User.is_guest.is_(False))
    user = db.session.scalar(query.with_for_update(key_share=True))
    audit.record("account.reset_asked", user.email if user else "")
    mail = _mail(user) if user is not None else None
    db.session.commit()
    if mail is not None:
        outbox.ring(mail.id)


def _mail(user: User) -> Mail | None:
    """A mail with the person's open link, or a new one; None when there were enough of them."""
    now = database_now()
    recent = select(func.count(Mail.id)).where(
        Mail.user_id == user.id, Mail.kind == MailKind.RESET, Mail.created_at > now - timedelta(hours=1)
    )
    if (db.session.scalar(recent) or 0) >= MOST_MAILS_AN_HOUR:
        return None
    salt = _salt_of_open_link(user, now)
    if not salt:
        salt = secrets.token_hex(16)
        user.reset_hash = sign_ins.token_hash(link_keys.reset_token(salt))
        user.reset_until = now + LIFETIME
    return outbox.add(MailKind.RESET, user=user, salt=salt)


def _salt_of_open_link(user: User, now: datetime) -> str:
    """What the person's open link can be made from again; empty when there is none that lasts."""
    if user.reset_hash is None or user.reset_until is None or user.reset_until < now + LEFT:
        return ""
    newest = select(Mail).where(Mail.user_id == user.id, Mail.kind == MailKind.RESET)
    for mail in db.session.scalars(newest.order_by(Mail.id.desc()).limit(MOST_MAILS_AN_HOUR)):
        salt = str(mail.facts.get("salt", ""))
        if tokens.is_same(sign_ins.token_hash(link_keys.reset_token(salt)), user.reset_hash):
            return salt
    return ""
