"""The words of mails. They are made when a mail is sent, from what holds then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formataddr, parseaddr
from typing import Any

from flask import current_app, render_template

from quizapp.models import Invitation, Mail, MailKind
from quizapp.receipt import database_now
from quizapp.rules import tokens, zones
from quizapp.services import link_keys, retakes, sign_ins

_SUBJECTS = {
    MailKind.INVITATION: "Invitation: {title}",
    MailKind.REMINDER: "Reminder: {title}",
    MailKind.CODE: "Your code: {title}",
    MailKind.RECEIPT: "Received: {title}",
    MailKind.RESET: "A new password",
    MailKind.NO_PLACE: "No place was taken: {title}",
}
_LONGEST_SUBJECT = 150


@dataclass(frozen=True)
class Letter:
    """One mail, ready to go. `to` is a name and an address in one text."""

    to: str
    subject: str
    text: str
    html: str
    domain: str  # of the site, for the mail's own number


def written(mail: Mail) -> Letter | None:
    """The letter of a mail; None when nobody needs it any more."""
    facts = _WORDS[mail.kind](mail)
    if facts is None:
        return None
    context = {"help_contact": current_app.config["HELP_CONTACT"], "base": _base(mail), **facts}
    subject = _SUBJECTS[mail.kind].format(title=context.get("title", ""))
    sender = parseaddr(current_app.config["MAIL_DEFAULT_SENDER"])[1]
    return Letter(
        to=_recipient(mail),
        subject=_line(subject),
        text=render_template(f"mail/{mail.kind}.txt", **context),
        html=render_template(f"mail/{mail.kind}.html", **context),
        domain=sender.rpartition("@")[2],
    )


def link(mail: Mail, endpoint: str, **values: Any) -> str:
    """An address of this site for a mail: on its public name, never on one that a stranger's request named."""
    return _base(mail).rstrip("/") + str(current_app.url_map.bind("site").build(endpoint, values))


def _base(mail: Mail) -> str:
    return str(current_app.config["PUBLIC_URL"] or mail.facts.get("base") or "http://localhost")


def _recipient(mail: Mail) -> str:
    person = mail.invitation or mail.user
    if person is None:
        raise ValueError(f"mail {mail.id} is to nobody")
    return formataddr((_line(person.name), person.email))


def _line(text: str) -> str:
    """One line of a mail's head: what would begin another one is a space."""
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(printable.split())[:_LONGEST_SUBJECT]


def _invitation(mail: Mail) -> dict[str, Any] | None:
    invitation = _living(mail)
    if invitation is None:
        return None
    return {**_of_interview(invitation), **_of_window(invitation), "link": _link_of(mail, invitation)}


def _reminder(mail: Mail) -> dict[str, Any] | None:
    invitation = _living(mail)
    if invitation is None or invitation.attempt is not None:
        return None
    if invitation.closes_at is not None and invitation.closes_at <= database_now():
        return None
    return {**_of_interview(invitation), **_of_window(invitation), "link": _link_of(mail, invitation)}


def _code(mail: Mail) -> dict[str, Any] | None:
    invitation = mail.invitation
    if invitation is None or invitation.code_until is None or invitation.code_until <= database_now():
        return None
    key = link_keys.key("code")
    told = tokens.code(key, invitation.id, mail.facts["salt"])
    if not tokens.is_same(tokens.code_hash(key, invitation.id, told), invitation.code_hash or ""):
        return None  # a newer one is on its way
    return {**_of_interview(invitation), "code": f"{told[:4]} {told[4:]}", "minutes": link_keys.CODE_MINUTES}


def _receipt(mail: Mail) -> dict[str, Any] | None:
    invitation = mail.invitation
    if invitation is None or invitation.attempt is None or invitation.attempt.finished_at is None:
        return None
    finished = zones.in_words(invitation.attempt.finished_at, invitation.time_zone)
    end = (invitation.attempt.blueprint or {}).get("ending") or ""
    return {**_of_interview(invitation), "finished": finished, "ending": end}


def _reset(mail: Mail) -> dict[str, Any] | None:
    user = mail.user
    if user is None or user.reset_until is None or user.reset_until <= database_now():
        return None
    token = link_keys.reset_token(mail.facts["salt"])
    if not tokens.is_same(sign_ins.token_hash(token), user.reset_hash or ""):
        return None
    until = zones.in_words(user.reset_until, "UTC")
    return {"name": user.name, "until": until, "link": link(mail, "accounts.reset", token=token)}


def _no_place(mail: Mail) -> dict[str, Any] | None:
    version = mail.invitation.version.interview.version if mail.invitation else None
    if mail.invitation is None or version is None:
        return None
    invited = mail.invitation
    problem = retakes.problem_at(invited.interview_id, invited.email, version.blueprint, database_now())
    return {"name": invited.name, "title": version.title, "problem": problem} if problem else None


_WORDS: dict[MailKind, Callable[[Mail], dict[str, Any] | None]] = {
    MailKind.INVITATION: _invitation,
    MailKind.REMINDER: _reminder,
    MailKind.CODE: _code,
    MailKind.RECEIPT: _receipt,
    MailKind.RESET: _reset,
    MailKind.NO_PLACE: _no_place,
}


def _living(mail: Mail) -> Invitation | None:
    """The invitation, while its link of that time works."""
    found = mail.invitation
    if found is None or found.revoked_at or found.declined_at:
        return None
    return found if found.generation == mail.facts.get("generation") else None


def _link_of(mail: Mail, invitation: Invitation) -> str:
    return link(mail, "invited.follow", token=link_keys.token_of(invitation))


def _of_interview(invitation: Invitation) -> dict[str, Any]:
    version = invitation.version
    minutes = float(version.blueprint["minutes"])
    return {
        "name": invitation.name,
        "title": version.title,
        "message": invitation.message,
        "minutes": int(
            round(minutes * (1 + invitation.extra_share), 6)
        ),  # 100 and 15 % are 114.99… as floats
        "percent": round(100 * invitation.extra_share),
        "questions": sum(section["count"] for section in version.blueprint["sections"]),
    }


def _of_window(invitation: Invitation) -> dict[str, str]:
    zone = invitation.time_zone
    return {
        "opens": zones.in_words(invitation.opens_at, zone) if invitation.opens_at else "",
        "closes": zones.in_words(invitation.closes_at, zone) if invitation.closes_at else "",
    }
