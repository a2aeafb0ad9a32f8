"""Telling a candidate who was invited that the interview arrived."""

from __future__ import annotations

from quizapp.extensions import db
from quizapp.models import Attempt, Mail, MailKind
from quizapp.services import outbox


def confirm(attempt: Attempt) -> Mail | None:
    """Put the confirmation of a finished hiring attempt on its way (no commit); None for any other attempt."""
    if attempt.invitation_id is None or attempt.invitation is None:
        return None
    mail = outbox.add(MailKind.RECEIPT, invitation=attempt.invitation)
    db.session.flush()
    return mail


def ring(mail: Mail | None) -> None:
    """Have it sent, after the commit."""
    if mail is not None:
        outbox.ring(mail.id)
