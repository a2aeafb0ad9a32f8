"""Inviting people to a hiring interview. Owners and reviewers of it may, owners alone where review is blind.

Viewers read the list, and so do reviewers of a blind interview: without names and addresses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from quizapp.errors import Conflict, Unprocessable
from quizapp.extensions import db
from quizapp.models import Interview, InterviewRole, InterviewVersion, Invitation, MailKind, User
from quizapp.receipt import database_now, received_at
from quizapp.rules.invitees import Invitee, Reading, Terms, Window
from quizapp.services import audit, drawing, hiring, invitable, invitation_states, invited, outbox
from quizapp.services.hiring import Access
from quizapp.services.invitable import Judged, Standing

MAX_MESSAGE = 4000
REMINDER_HOURS = (0, 24, 48, 72, 168)  # before the window closes; 0: none
RUNG_AT_ONCE = 100  # the sweeper rings for the others


@dataclass(frozen=True)
class Preview:
    """What would become of everybody in a list."""

    reading: Reading
    rows: Sequence[Judged]

    @property
    def new(self) -> list[Judged]:
        """Who would be invited."""
        return [one for one in self.rows if one.standing is Standing.NEW]

    @property
    def again(self) -> list[Judged]:
        """Who has sat the interview and may sit it again, when whoever invites says so."""
        return [one for one in self.rows if one.standing is Standing.AGAIN]

    @property
    def left_out(self) -> list[Judged]:
        """Who is invited already, or cannot sit it again."""
        return [one for one in self.rows if one.standing is Standing.OUT]


@dataclass(frozen=True)
class Wishes:
    """What the invitations of one list have in common beside the terms of each line."""

    message: str = ""
    remind_hours: int = 0
    again: bool = False  # whether who has sat it, and may sit it again, is invited too


def access_for(user: User, interview_id: str) -> Access:
    """The access of somebody who may invite to an interview, as far as it takes people. Raises NotFound, Forbidden."""
    access = hiring.access(user, interview_id)
    return access.ensure(needed_role(access.interview))


def interview_for(user: User, interview_id: str) -> Interview:
    """An interview that the user may invite to. Raises NotFound, Forbidden."""
    return access_for(user, interview_id).interview


def needed_role(interview: Interview) -> InterviewRole:
    """Who may invite. Reviewers of a blind interview may not: they would know whom they judge."""
    return InterviewRole.OWNER if interview.is_blind else InterviewRole.REVIEWER


def may_invite(access: Access) -> bool:
    """Whether this person may."""
    return access.may(needed_role(access.interview))


def preview(user: User, interview_id: str, reading: Reading) -> Preview:
    """Say what would become of everybody in a list. Writes nothing."""
    interview = interview_for(user, interview_id)
    return Preview(reading, invitable.judged(interview, _invitable(interview), reading.invitees))


def invite(user: User, interview_id: str, reading: Reading, wishes: Wishes) -> list[Invitation]:
    """Invite everybody in a list who can be, and commit; all of them or, with any flaw, nobody.

    Raises NotFound, Forbidden, Conflict while the interview takes nobody, Unprocessable for a list with flaws.
    """
    if reading.flaws:
        raise Unprocessable("Nobody was invited", "Mend the lines that are named, and check the list again.")
    interview = interview_for(user, interview_id)
    version = _invitable(interview)
    # Two halves of a double click take turns, and the second finds everybody invited.
    db.session.scalar(
        select(Interview.id).where(Interview.id == interview.id).with_for_update(key_share=True)
    )
    wanted = {Standing.NEW, Standing.AGAIN} if wishes.again else {Standing.NEW}
    listed = invitable.judged(interview, version, reading.invitees)
    made = [made_of(version, one.person, wishes, by=user) for one in listed if one.standing in wanted]
    mails = [outbox.add(MailKind.INVITATION, invitation=one, generation=one.generation) for one in made]
    for one in made:
        audit.record(
            "invitation.created",
            invited.subject_of(one),
            actor=user,
            interview=one.interview_id,
            after=as_facts(one),
            version=version.number,
        )
    db.session.commit()
    for mail in mails[:RUNG_AT_ONCE]:
        outbox.ring(mail.id)
    return made


def made_of(version: InterviewVersion, person: Invitee, wishes: Wishes, *, by: User | None) -> Invitation:
    """One invitation with its number (no commit). The blueprint's own end, where it is earlier, ends the window."""
    now = database_now()
    ends = [one for one in (person.window.closes_at, drawing.plan_of(version).closes_at) if one is not None]
    closes_at = min(ends) if ends else None
    invitation = Invitation(
        interview_id=version.interview_id,
        version=version,
        email=person.email,
        name=person.name,
        message=wishes.message.strip()[:MAX_MESSAGE],
        opens_at=person.window.opens_at,
        closes_at=closes_at,
        time_zone=person.window.time_zone,
        extra_share=person.extra_share,
        remind_at=reminder(closes_at, wishes.remind_hours, now),
        created_by_id=by.id if by else None,
        is_from_public_link=by is None,
        created_at=now,
    )
    db.session.add(invitation)
    db.session.flush()
    return invitation


def reminder(closes_at: datetime | None, hours: int, now: datetime) -> datetime | None:
    """When to remind somebody whose window closes then; None for never, and when that moment has passed."""
    if closes_at is None or hours not in REMINDER_HOURS or not hours:
        return None
    moment = closes_at - timedelta(hours=hours)
    return moment if moment > now else None


def terms(window: Window, extra_share: float) -> Terms:
    """What holds for the lines of a list that say nothing else, from now on."""
    return Terms(window, received_at(), extra_share)


def as_facts(invitation: Invitation) -> dict[str, Any]:
    """What the audit log keeps of an invitation's terms."""
    moments = {name: getattr(invitation, name) for name in ("opens_at", "closes_at", "remind_at")}
    told: dict[str, Any] = {name: moment and moment.isoformat() for name, moment in moments.items()}
    return told | {"time_zone": invitation.time_zone, "extra_percent": round(100 * invitation.extra_share)}


def _invitable(interview: Interview) -> InterviewVersion:
    """The version that new invitations get. Raises Conflict when there is none, or nobody is invited any more."""
    if interview.archived_at is not None:
        raise Conflict("This interview is archived", "Take it back from the archive to invite people to it.")
    version = interview.version
    if version is None:
        raise Conflict("This interview is not published yet", "Publish it first; then people can be invited.")
    return version


def is_in_the_way(interview: Interview, email: str) -> Invitation | None:
    """The invitation to this address that is still open or being sat."""
    now = received_at()
    return db.session.scalar(
        invitation_states.with_state(now)
        .with_only_columns(Invitation)
        .where(
            Invitation.interview_id == interview.id,
            Invitation.email == email,
            invitation_states.of(now).in_([state.value for state in invitable.IN_THE_WAY]),
        )
        .options(joinedload(Invitation.version))
        .limit(1)
    )
