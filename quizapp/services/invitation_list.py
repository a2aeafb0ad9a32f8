"""The list of an interview's invitations, and everything about one of them.

Where review is blind and a candidate is not decided on, whoever may not invite sees the name that stands for them. Whoever
invites sees name and address, and nothing that leads from them to the attempt: neither its number nor its moments.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import joinedload

from quizapp.errors import NotFound
from quizapp.extensions import db
from quizapp.models import Attempt, AuditEntry, Invitation, Mail, MailKind, User
from quizapp.receipt import received_at
from quizapp.rules import blindness
from quizapp.rules.blindness import Shown
from quizapp.services import audit, hiring, identities, invitation_states, invited, inviting, outbox
from quizapp.services.hiring import Access
from quizapp.services.invitation_states import State

PAGE_SIZE = 50
MOST_HISTORY = 50
# An entry is of the moment at which its request came in, a little before the row was made.
SLACK = timedelta(minutes=5)
_LETTERS = (MailKind.INVITATION, MailKind.REMINDER)
# What candidates do; its moment leads to their attempt.
_BY_CANDIDATES = ("invitation.accepted", "invitation.code_sent", "invitation.taken_over")


@dataclass(frozen=True)
class Filters:
    """What the list is narrowed to, and where it stands: at what is older, or newer, than an invitation's number."""

    text: str = ""
    state: str = ""
    older_than: int | None = None
    newer_than: int | None = None


@dataclass(frozen=True)
class Line:
    """One invitation with its state, whom the reader sees in it, and its last invitation or reminder."""

    invitation: Invitation
    state: State
    shown: Shown
    mail: Mail | None


@dataclass(frozen=True)
class Listing:
    """Some invitations, newest first, with the numbers from which the neighbouring pages go on."""

    access: Access
    lines: Sequence[Line]
    newer_than: int | None
    older_than: int | None


@dataclass(frozen=True)
class Details:
    """One invitation with all that happened to it.

    `is_apart`: the reader sees who it is, so that nothing may lead to the attempt, on which nobody has decided yet.
    """

    access: Access
    invitation: Invitation
    state: State
    shown: Shown
    is_apart: bool
    mails: Sequence[Mail]
    history: Sequence[audit.Line]

    @property
    def may_change(self) -> bool:
        """Whether who looks may invite."""
        return inviting.may_invite(self.access)

    @property
    def is_living(self) -> bool:
        """Whether it can still be begun."""
        return self.state in invitation_states.LIVING

    @property
    def is_of_guest(self) -> bool:
        """Whether it was accepted without an account."""
        return self.invitation.user is not None and self.invitation.user.is_guest


def listing(user: User, interview_id: str, filters: Filters) -> Listing:
    """One page. It reads as many rows as it shows, and no total, so it does not grow with the table."""
    access = hiring.access(user, interview_id)
    now = received_at()
    query = (
        invitation_states.with_state(now)
        .add_columns(Attempt.id, identities.is_decided())
        .where(Invitation.interview_id == interview_id)
    )
    if filters.state in set(State):
        query = query.where(invitation_states.of(now) == filters.state)
    query = query.where(*_named(access, filters.text))
    is_backwards = filters.newer_than is not None
    if is_backwards:
        query = query.where(Invitation.id > filters.newer_than).order_by(Invitation.id)
    else:
        if filters.older_than is not None:
            query = query.where(Invitation.id < filters.older_than)
        query = query.order_by(Invitation.id.desc())
    found = db.session.execute(query.limit(PAGE_SIZE + 1)).all()
    has_more, rows = len(found) > PAGE_SIZE, list(found[:PAGE_SIZE])
    if is_backwards:
        rows.reverse()
    mails = _last_mails([row[0].id for row in rows])
    has_newer = has_more if is_backwards else filters.older_than is not None
    has_older = True if is_backwards else has_more
    return Listing(
        access,
        [
            Line(one, State(state), _shown(access, one, number, is_decided=is_decided), mails.get(one.id))
            for one, state, number, is_decided in rows
        ],
        newer_than=rows[0][0].id if rows and has_newer else None,
        older_than=rows[-1][0].id if rows and has_older else None,
    )


def details(user: User, interview_id: str, invitation_id: int) -> Details:
    """One invitation. Raises NotFound, also for one of another interview."""
    access = hiring.access(user, interview_id)
    invitation = find(interview_id, invitation_id)
    number, is_decided = db.session.execute(
        select(Attempt.id, identities.is_decided()).where(Attempt.invitation_id == invitation.id)
    ).one_or_none() or (None, False)
    shown = _shown(access, invitation, number, is_decided=is_decided)
    is_apart = access.interview.is_blind and not shown.is_hidden and number is not None and not is_decided
    kinds = _LETTERS if is_apart else tuple(MailKind)
    mails = db.session.scalars(
        select(Mail)
        .where(Mail.invitation_id == invitation.id, Mail.kind.in_(kinds))
        .order_by(Mail.id.desc())
        .limit(MOST_HISTORY)
    ).all()
    return Details(
        access=access,
        invitation=invitation,
        state=invitation_states.state_of(invitation),
        shown=shown,
        is_apart=is_apart,
        mails=[] if shown.is_hidden else mails,  # what a mail server says of a failure names the address
        history=_history(invitation, without=_BY_CANDIDATES if is_apart else ()),
    )


def find(interview_id: str, invitation_id: int, *, lock: bool = False) -> Invitation:
    """The invitation of this number and interview. Raises NotFound."""
    query = (
        select(Invitation)
        .where(Invitation.id == invitation_id, Invitation.interview_id == interview_id)
        .options(joinedload(Invitation.version), joinedload(Invitation.user))
    )
    if lock:
        query = query.with_for_update(of=Invitation, key_share=True).execution_options(populate_existing=True)
    invitation = db.session.scalar(query)
    if invitation is None:
        raise NotFound("There is no such invitation", "Those there are stand in the interview's list.")
    return invitation


def _last_mails(ids: Sequence[int]) -> dict[int, Mail]:
    found = db.session.scalars(
        select(Mail).where(Mail.invitation_id.in_(ids), Mail.kind.in_(_LETTERS)).order_by(Mail.id)
    )
    return {mail.invitation_id: mail for mail in found if mail.invitation_id is not None}


def _shown(access: Access, invitation: Invitation, number: int | None, *, is_decided: bool) -> Shown:
    """Whom the reader sees in an invitation; `number` is that of its attempt."""
    is_hidden = blindness.hides(is_blind=access.interview.is_blind, is_decided=is_decided)
    return blindness.shown(
        invitation.name or invitation.email,
        invitation.email,
        number,
        is_hidden=is_hidden and not inviting.may_invite(access),
    )


def _named(access: Access, text: str) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [
        or_(
            Invitation.name.icontains(word, autoescape=True),
            Invitation.email.contains(word, autoescape=True),
        )
        for word in text.lower().split()[:6]
    ]
    if found and access.interview.is_blind and not inviting.may_invite(access):
        found.append(identities.is_decided())  # a search that found hidden names would tell them
    return found


def _history(invitation: Invitation, without: Sequence[str]) -> list[audit.Line]:
    rows = db.session.execute(
        select(AuditEntry, User)
        .outerjoin(User, User.id == AuditEntry.actor_id)
        .where(
            AuditEntry.subject == invited.subject_of(invitation),
            AuditEntry.at > invitation.created_at - SLACK,
            AuditEntry.action.not_in(without),
        )
        .order_by(AuditEntry.id.desc())
        .limit(MOST_HISTORY)
    ).all()
    return [audit.Line(entry, actor) for entry, actor in rows]


def mail_in_words(mail: Mail | None) -> tuple[str, str]:
    """What became of a mail: a sign for the page (pass, wait, fail or hand) and a few words."""
    if mail is None:
        return "hand", "not mailed"
    if mail.sent_at is not None:
        if outbox.is_mailing():
            return "pass", "mailed"
        has_link = mail.kind in ("invitation", "reminder")
        return "hand", "no mail server: hand the link over" if has_link else "no mail server: not mailed"
    if mail.failed_at is not None:
        return "fail", mail.problem or "not mailed"
    return ("wait", f"tried {mail.tries} times: {mail.problem}") if mail.problem else ("wait", "on its way")
