"""Mails on their way out: rows that a job sends, tries again later, and gives up with a reason that people can read.

A mail goes out at most once, as far as SMTP can tell. Until its text begins to go to the server, a delivery that fails
or dies is repeated. What happened after that moment without an answer is not known, so it is not repeated: the row
says so, and a person may send it again.
"""

from __future__ import annotations

import smtplib
import socket
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

from flask import current_app, has_request_context, request
from flask_mailman import EmailMultiAlternatives
from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.engine import CursorResult

from quizapp import queueing
from quizapp.extensions import db, mail
from quizapp.models import Invitation, Mail, MailKind, User
from quizapp.receipt import database_now
from quizapp.services import alarms, letters

LEASE = timedelta(minutes=3)  # above every time-out of a connection
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720))
FORGOTTEN_AFTER = timedelta(seconds=5)
MOST_AT_ONCE = 200
UNSURE = "The connection broke while it was handed over. It may have arrived; send it again if it did not."
MOOT = "It was not needed any more when its turn came."
_TEMPORARY = 500  # SMTP answers below this say: not now


def is_mailing() -> bool:
    """Whether mails reach people. Without a mail server they are files in the var folder, and links are handed over."""
    return bool(current_app.config["MAIL_SERVER"])


def add(
    kind: MailKind, *, invitation: Invitation | None = None, user: User | None = None, **facts: Any
) -> Mail:
    """A mail to the invitation's address or the person's. The caller commits, and rings then."""
    now = database_now()
    base = current_app.config["PUBLIC_URL"] or (request.url_root if has_request_context() else "")
    made = Mail(
        kind=kind,
        invitation=invitation,
        user=user,
        facts={**facts, "base": base} if base else facts,
        created_at=now,
        due_at=now,
    )
    db.session.add(made)
    return made


def ring(mail_id: int) -> bool:
    """Have a worker look at a mail, after the commit; False when Redis is away: the sweeper rings later."""
    return queueing.ring_for_mail(mail_id)


def sweep() -> int:
    """Ring for every mail that is due and in nobody's hands, and close those whose fate is not known; how many wait."""
    now = database_now()
    lost = update(Mail).where(_is_open(), Mail.handed_at.is_not(None), Mail.taken_until < now)
    _changed(lost.values(failed_at=now, problem=UNSURE))
    due = db.session.scalars(
        select(Mail.id)
        .where(_is_free(now), Mail.due_at <= now - FORGOTTEN_AFTER)
        .order_by(Mail.due_at)
        .limit(MOST_AT_ONCE)
    ).all()
    db.session.commit()
    rings = queueing.rings(queueing.MAIL) if due else None
    if rings is not None:
        for mail_id in due[rings:]:
            ring(mail_id)
    return len(due)


def deliver(mail_id: int) -> bool:
    """Send one mail, if it is due and in nobody's hands; whether it went out. Commits. Any number may try at once."""
    delivery = _taken(mail_id)
    if delivery is None:
        return False
    letter = letters.written(db.session.get_one(Mail, mail_id))
    db.session.commit()  # no transaction waits for a mail server
    if letter is None:
        _end(mail_id, delivery, problem=MOOT)
        return False
    return _sent(mail_id, delivery, letter)


def _sent(mail_id: int, delivery: int, letter: letters.Letter) -> bool:
    connection = mail.get_connection() if is_mailing() else _files()
    try:
        connection.open()
    except (OSError, smtplib.SMTPException) as error:
        _later(mail_id, delivery, _reason(error), is_site_wide=True)
        return False
    try:
        if not _write(mail_id, delivery, handed_at=database_now()):
            return False
        connection.send_messages([_message(mail_id, letter)])
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPResponseException) as error:
        _refused(mail_id, delivery, error)
        return False
    except (OSError, smtplib.SMTPException) as error:
        _end(mail_id, delivery, problem=f"{UNSURE} ({_reason(error)})")
        return False
    finally:
        _close(connection)
    _write(mail_id, delivery, sent_at=database_now(), problem="", taken_until=None)
    alarms.settle("mail")
    return True


def _message(mail_id: int, letter: letters.Letter) -> EmailMultiAlternatives:
    domain = letter.domain or "localhost"
    message = EmailMultiAlternatives(
        letter.subject,
        letter.text,
        to=[letter.to],
        # The same in every delivery, so that a mail system that sees it twice knows.
        headers={"Message-ID": f"<mail-{mail_id}@{domain}>", "Auto-Submitted": "auto-generated"},
    )
    message.attach_alternative(letter.html, "text/html")
    return message


def _files() -> Any:
    Path(current_app.config["MAIL_FILE_PATH"]).mkdir(mode=0o700, parents=True, exist_ok=True)
    return mail.get_connection()


def _close(connection: Any) -> None:
    try:
        connection.close()
    except (OSError, smtplib.SMTPException):
        current_app.logger.info("The mail server did not say good-bye")


def _refused(mail_id: int, delivery: int, error: Exception) -> None:
    """The server said no, so nothing went out: for now, or for good."""
    codes = (
        [code for code, _ in error.recipients.values()]
        if isinstance(error, smtplib.SMTPRecipientsRefused)
        else [cast("smtplib.SMTPResponseException", error).smtp_code]
    )
    if max(codes, default=0) < _TEMPORARY:
        _later(mail_id, delivery, _reason(error))
    else:
        _end(mail_id, delivery, problem=_reason(error))


def _later(mail_id: int, delivery: int, reason: str, *, is_site_wide: bool = False) -> None:
    if is_site_wide:
        alarms.raise_alarm("mail", f"The mail server cannot be used: {reason} Mails wait until it can.")
    if delivery > len(PAUSES):
        _end(mail_id, delivery, problem=f"{reason} Given up after {delivery} tries.")
        return
    due = database_now() + PAUSES[delivery - 1]
    _write(mail_id, delivery, due_at=due, handed_at=None, taken_until=None, problem=reason)


def _end(mail_id: int, delivery: int, *, problem: str) -> None:
    _write(mail_id, delivery, failed_at=database_now(), taken_until=None, problem=problem)


def _taken(mail_id: int) -> int | None:
    """Take the mail; gives the number of this delivery, None when it is not to be taken."""
    now = database_now()
    taking = update(Mail).where(Mail.id == mail_id, _is_free(now), Mail.due_at <= now)
    if not _changed(taking.values(taken_until=now + LEASE, tries=Mail.tries + 1)):
        return None
    return db.session.scalars(select(Mail.tries).where(Mail.id == mail_id)).one()


def _write(mail_id: int, delivery: int, **values: Any) -> bool:
    """Write what became of a delivery, as long as it is the last one."""
    return _changed(
        update(Mail).where(Mail.id == mail_id, Mail.tries == delivery, _is_open()).values(**values)
    )


def _changed(statement: Any) -> bool:
    options = {"synchronize_session": False}
    done = cast("CursorResult[Any]", db.session.execute(statement, execution_options=options))
    db.session.commit()
    return done.rowcount > 0


def _is_open() -> ColumnElement[bool]:
    return Mail.sent_at.is_(None) & Mail.failed_at.is_(None)


def _is_free(now: datetime) -> ColumnElement[bool]:
    in_no_hands = or_(Mail.taken_until.is_(None), Mail.taken_until < now)
    return _is_open() & Mail.handed_at.is_(None) & in_no_hands


def _reason(error: Exception) -> str:
    """What the server said, or why it could not be asked, as one line."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, words = next(iter(error.recipients.values()))
        told = f"The mail server refused the address: {code} {_text(words)}"
    elif isinstance(error, smtplib.SMTPResponseException):
        told = f"The mail server said {error.smtp_code} {_text(error.smtp_error)}"
    elif isinstance(error, (socket.gaierror, ConnectionError)):
        told = f"The mail server cannot be reached: {error.strerror or type(error).__name__}"
    elif isinstance(error, TimeoutError):
        told = "The mail server did not answer in time"
    else:
        told = f"{type(error).__name__}: {error}"
    return " ".join(told.split())[:300].rstrip(".") + "."


def _text(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said
