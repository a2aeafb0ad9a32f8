"""A hiring interview to invite to, people who invite and are invited, and the mails that go out."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from quizapp.extensions import db
from quizapp.models import (
    Attempt,
    AuditEntry,
    Interview,
    InterviewMember,
    InterviewRole,
    InterviewVersion,
    Invitation,
    Mail,
    Team,
    TeamMember,
    User,
)
from quizapp.services import link_keys, outbox
from tests.quizapp.people import Person, csrf_token
from tests.quizapp.shelf import BLUEPRINT

INTERVIEW = "backend-1"
LIST = f"/manage/interviews/{INTERVIEW}/invitations"


def hiring_interview(
    app: Flask, *owners: Person, role: InterviewRole | None = InterviewRole.OWNER, **changes: Any
) -> None:
    """Make the interview `INTERVIEW` of a team of these people, with one version; needs a published library."""
    ids = [person.id for person in owners]
    with app.app_context():
        now = datetime.now(UTC)
        team = Team(name=f"Team of {INTERVIEW}", created_at=now)
        interview = Interview(
            id=INTERVIEW, bank_id="basics", kind="hiring", title="Backend, first round",
            blueprint={}, team=team, created_at=now,
        )  # fmt: skip
        db.session.add_all([team, interview])
        db.session.flush()
        blueprint = BLUEPRINT | {"title": "Backend, first round"} | changes
        asked = [{"topics": "any", "difficulty": [1, 5], **one} for one in blueprint["sections"]]
        blueprint["sections"] = asked
        version = InterviewVersion(
            interview_id=INTERVIEW, number=1, title="Backend, first round", blueprint=blueprint, created_at=now
        )  # fmt: skip
        db.session.add(version)
        db.session.flush()
        interview.version_id = version.id
        for user_id in ids:
            db.session.add(TeamMember(team_id=team.id, user_id=user_id, added_at=now))
            if role:
                given = InterviewMember(interview_id=INTERVIEW, user_id=user_id, role=role, given_at=now)
                db.session.add(given)
        db.session.commit()


def invite(by: Person, email: str = "cara@example.org", name: str = "Cara Sommer", **form: str) -> Invitation:
    """Invite one person by the form, and give the invitation."""
    reply = by.post(LIST, {"email": email, "name": name, **form})
    assert reply.status_code == 303, reply.text
    return stored(by.app, email)


def stored(app: Flask, email: str = "cara@example.org") -> Invitation:
    """The newest invitation to this address as it is stored now."""
    with app.app_context():
        query = select(Invitation).where(Invitation.email == email).order_by(Invitation.id.desc()).limit(1)
        return db.session.scalars(query).one()


def set_columns(app: Flask, invitation: Invitation, **values: Any) -> None:
    """Change an invitation in the database, as time would."""
    with app.app_context():
        found = db.session.get_one(Invitation, invitation.id)
        for name, value in values.items():
            setattr(found, name, value)
        db.session.commit()


def token_of(app: Flask, invitation: Invitation) -> str:
    """The text of its link now."""
    with app.app_context():
        return link_keys.token_of(db.session.get_one(Invitation, invitation.id))


def audited(app: Flask, action: str) -> list[AuditEntry]:
    """The audit log's entries of one action, oldest first."""
    with app.app_context():
        query = select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.id)
        return list(db.session.scalars(query))


@dataclass
class Guest:
    """Somebody with a link, at a browser of their own."""

    app: Flask
    token: str
    client: FlaskClient = field(init=False)

    def __post_init__(self) -> None:
        self.client = self.app.test_client()

    def open(self) -> TestResponse:
        """Follow the link."""
        return self.client.get(f"/i/{self.token}", follow_redirects=True)

    def post(self, path: str, form: dict[str, str] | None = None, **options: Any) -> TestResponse:
        """Press a button of an invitation's page."""
        sent = {"csrf_token": csrf_of(self.client), "link": self.token, **(form or {})}
        return self.client.post(path, data=sent, **options)

    def accept(self, **form: str) -> TestResponse:
        """Open the link, and accept."""
        self.open()
        return self.post("/invitation/accept", form)

    def start(self, invitation: Invitation) -> int:
        """Start the clock; gives the attempt's number."""
        reply = self.post(f"/invitations/{invitation.id}/start", {"consent": "1"})
        assert reply.status_code == 303, reply.text
        assert "/attempts/" in reply.location, self.client.get(reply.location).text
        return int(reply.location.rsplit("/", 1)[1])

    def who(self) -> User | None:
        """Whose sign-in this browser has, by the name on its page."""
        page = self.client.get("/invitation").text
        with self.app.app_context():
            for user in db.session.scalars(select(User)):
                if f'<span class="small muted">{user.name}</span>' in page:
                    return user
        return None


def csrf_of(client: FlaskClient) -> str:
    """The token of this browser's session, wherever it may look."""
    found = re.search(r'<meta name="csrf-token" content="([^"]+)">', client.get("/invitation").text)
    return found[1] if found else csrf_token(client)


def attempt_of(app: Flask, invitation: Invitation) -> Attempt:
    """The attempt that it was used for."""
    with app.app_context():
        return db.session.scalars(select(Attempt).where(Attempt.invitation_id == invitation.id)).one()


def mails(app: Flask, kind: str | None = None) -> list[Mail]:
    """The outbox's rows, oldest first."""
    with app.app_context():
        found = db.session.scalars(select(Mail).order_by(Mail.id))
        return [mail for mail in found if kind is None or mail.kind == kind]


def deliver_all(app: Flask) -> int:
    """Send what is due, as the worker's job does; how many went out."""
    with app.app_context():
        return sum(outbox.deliver(mail.id) for mail in mails(app) if not mail.sent_at and not mail.failed_at)


def read(content: bytes) -> EmailMessage:
    """A mail as a mail program reads it."""
    message = message_from_bytes(content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def text_of(message: EmailMessage, kind: str = "plain") -> str:
    """Its words, as text or as HTML."""
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")
