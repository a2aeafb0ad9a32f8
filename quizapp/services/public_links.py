"""The public link of an interview: whoever has it asks for a place, and gets a personal link."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from quizapp.errors import Closed, Conflict, NotFound, Unprocessable
from quizapp.extensions import db
from quizapp.models import Interview, InterviewVersion, Invitation, Mail, MailKind, PublicLink, User
from quizapp.receipt import database_now, received_at
from quizapp.rules import tokens
from quizapp.rules.invitees import Invitee, Window
from quizapp.services import accounts, audit, invited, inviting, link_keys, outbox, public_places, retakes

MOST_PLACES = 100_000
MOST_MAILS_AN_HOUR = 3  # of one invitation, asked for by the public link


def of(interview: Interview) -> tuple[PublicLink | None, int]:
    """The public link of an interview, if it has one, and how many of its places are taken."""
    return db.session.get(PublicLink, interview.id), public_places.taken(interview.id)


def change(
    user: User, interview_id: str, *, places: int, is_open: bool, message: str, window: Window
) -> PublicLink:
    """Make the public link, or set its terms, and commit. Raises NotFound, Forbidden, Unprocessable, Conflict."""
    interview = inviting.interview_for(user, interview_id)
    if not 1 <= places <= MOST_PLACES:
        raise Unprocessable(
            "That is no number of places",
            f"Give a number from 1 to {MOST_PLACES}.",
            beside={"field": "places"},
        )
    if is_open and interview.version is None:
        raise Conflict(
            "This interview is not published yet", "Publish it first; then its link can be opened."
        )
    db.session.scalar(
        select(Interview.id).where(Interview.id == interview_id).with_for_update(key_share=True)
    )
    now = database_now()
    link = db.session.get(PublicLink, interview_id)
    before = _as_facts(link) if link else None
    if link is None:
        link = PublicLink(interview_id=interview_id, generation=1)
        db.session.add(link)
    link.places, link.is_open, link.message = places, is_open, message.strip()[: inviting.MAX_MESSAGE]
    link.opens_at, link.closes_at, link.time_zone = window.opens_at, window.closes_at, window.time_zone
    link.changed_at, link.changed_by_id = now, user.id
    audit.record(
        "public_link.changed",
        f"public link of {interview_id}",
        actor=user,
        interview=interview_id,
        before=before,
        after=_as_facts(link),
    )
    db.session.commit()
    return link


def renew(user: User, interview_id: str) -> None:
    """Void the public link and make a new one, and commit. Raises NotFound, Forbidden."""
    inviting.interview_for(user, interview_id)
    link = public_places.locked(interview_id)
    if link is None:
        raise NotFound("There is no public link", "Make one first.")
    before = _as_facts(link)
    link.generation += 1
    audit.record(
        "public_link.changed",
        f"public link of {interview_id}",
        actor=user,
        interview=interview_id,
        before=before,
        after=_as_facts(link),
    )
    db.session.commit()


def by_token(interview_id: str, token: str) -> PublicLink:
    """The public link of this address. Raises NotFound, also for an older one."""
    link = db.session.scalar(
        select(PublicLink)
        .where(PublicLink.interview_id == interview_id)
        .options(joinedload(PublicLink.interview).joinedload(Interview.version))
    )
    if link is None or not tokens.is_same(link_keys.public_token(link), token):
        raise NotFound("This link leads to no interview", "Part of it may be missing, or it was replaced.")
    return link


def problem_of(link: PublicLink) -> str:
    """Why nobody gets a place by the link at the moment; empty when they do."""
    now = received_at()
    interview = link.interview
    if not link.is_open or interview.archived_at is not None or interview.version is None:
        return "This link is closed"
    if link.closes_at is not None and now >= link.closes_at:
        return "The time for this interview is over"
    return "All places are taken" if public_places.taken(link.interview_id) >= link.places else ""


def take_place(interview_id: str, token: str, name: str, email: str) -> Invitation | None:
    """Give a place to this person and have the personal link mailed; commits.

    Gives the invitation where nothing can be mailed, for its link to be opened at once, and None otherwise: then the answer is
    the same whether the address has a place already, can have none or gets one, and the mail says which. The places are counted
    under a lock; asking again holds none for longer, and who has no attempt left takes none. Raises NotFound, NotAccepted, Closed,
    and where nothing is mailed Conflict for such an address and for one that is known, unless nobody accepted that in
    time: then anybody may have typed it.
    """
    by_token(interview_id, token)
    email, name = accounts.normal_email(email), accounts.normal_name(name)
    link = public_places.locked(interview_id)
    if link is None:
        raise NotFound("This link leads to no interview", "Part of it may be missing, or it was replaced.")
    problem = problem_of(link)
    known = inviting.is_in_the_way(link.interview, email)
    if known is not None and not outbox.is_mailing():
        if public_places.has_lapsed(known) and not problem:
            db.session.rollback()
            return known
        raise Conflict(
            "There is a place for this address already",
            f"Go on with its own link, or ask {invited.help_contact()}.",
        )
    if known is not None:
        _mail_again(known, MailKind.INVITATION)
    elif not problem:
        known = _refused(link, email) or _given(link, name, email)
    if problem:
        raise Closed(problem, "Whoever has a place already gets the link mailed again.")
    return None if outbox.is_mailing() else known


def _refused(link: PublicLink, email: str) -> Invitation | None:
    """The last invitation of who cannot sit the interview again, or not yet, to whom a mail says so; None for everybody else.

    Raises Conflict where nothing is mailed.
    """
    version: InterviewVersion | None = link.interview.version
    if version is None:
        raise Closed
    begins = max(received_at(), link.opens_at) if link.opens_at else received_at()
    problem = retakes.problem_at(link.interview_id, email, version.blueprint, begins)
    if not problem:
        return None
    if not outbox.is_mailing():
        raise Conflict(problem, f"No place was taken. If that is not right, ask {invited.help_contact()}.")
    last = db.session.scalars(
        select(Invitation)
        .where(Invitation.interview_id == link.interview_id, Invitation.email == email)
        .order_by(Invitation.id.desc())
        .limit(1)
    ).one()
    _mail_again(last, MailKind.NO_PLACE)
    return last


def _given(link: PublicLink, name: str, email: str) -> Invitation:
    version: InterviewVersion | None = link.interview.version
    if version is None:
        raise Closed
    window = Window(link.opens_at, link.closes_at, link.time_zone)
    person = Invitee(0, email, name, 0.0, window)
    invitation = inviting.made_of(version, person, inviting.Wishes(link.message), by=None)
    mail = outbox.add(MailKind.INVITATION, invitation=invitation, generation=invitation.generation)
    facts = inviting.as_facts(invitation)
    audit.record(
        "invitation.created",
        invited.subject_of(invitation),
        interview=link.interview_id,
        by="public link",
        after=facts,
    )
    db.session.commit()
    outbox.ring(mail.id)
    return invitation


def _mail_again(invitation: Invitation, kind: MailKind) -> None:
    recent = select(func.count(Mail.id)).where(
        Mail.invitation_id == invitation.id,
        Mail.kind == kind,
        Mail.created_at > database_now() - timedelta(hours=1),
    )
    if (db.session.scalar(recent) or 0) >= MOST_MAILS_AN_HOUR:
        db.session.rollback()
        return
    mail = outbox.add(kind, invitation=invitation, generation=invitation.generation)
    db.session.commit()
    outbox.ring(mail.id)


def _as_facts(link: PublicLink) -> dict[str, object]:
    return {
        "places": link.places,
        "is_open": link.is_open,
        "generation": link.generation,
        "opens_at": link.opens_at and link.opens_at.isoformat(),
        "closes_at": link.closes_at and link.closes_at.isoformat(),
    }
