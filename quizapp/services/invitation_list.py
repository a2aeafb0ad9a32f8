"""The list of an interview's invitations, and everything about one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from quizapp.errors import NotFound
from quizapp.extensions import db
from quizapp.models import Attempt, AuditEntry, InterviewRole, Invitation, Mail, MailKind, User
from quizapp.receipt import received_at
from quizapp.services import audit, hiring, invitation_states, invited, outbox
from quizapp.services.hiring import Access
from quizapp.services.invitation_states import State

PAGE_SIZE = 50
MOST_HISTORY = 50
# An entry is of the moment at which its request came in, a little before the row was made.
SLACK = timedelta(minutes=5)
_LETTERS = (MailKind.INVITATION, MailKind.REMINDER)


@dataclass(frozen=True)
class Filters:
    """What the list is narrowed to, and where it stands: at what is older, or newer, than an invitation's number."""

    text: str = ""
    state: str = ""
    older_than: int | None = None
    newer_than: int | None = None


@dataclass(frozen=True)
class Line:
    """One invitation with its state, and its last invitation or reminder."""

    invitation: Invitation
    state: State
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
    """One invitation with all that happened to it."""

    access: Access
    invitation: Invitation
    state: State
    mails: Sequence[Mail]
    history: Sequence[audit.Line]

    @property
    def may_change(self) -> bool:
        """Whether who looks may invite."""
        return self.access.may(InterviewRole.REVIEWER)

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
    query = invitation_states.with_state(now).where(Invitation.interview_id == interview_id)
    if filters.state in set(State):
        query = query.where(invitation_states.of(now) == filters.state)
    for word in filters.text.lower().split()[:6]:
        query = query.where(
            or_(
                Invitation.name.icontains(word, autoescape=True),
                Invitation.email.contains(word, autoescape=True),
            )
        )
    is_backwards = filters.newer_than is not None
    if is_backwards:
        query = query.where(Invitation.id > filters.newer_than).order_by(Invitation.id)
    else:
        if filters.older_than is not None:
            query = query.where(Invitation.id < filters.older_than)
        query = query.order_by(Invitation.id.desc())
    found = db.session.execute(query.limit(PAGE_SIZE + 1)).all()
    rows: list[tuple[Invitation, str]] = [(row[0], row[1]) for row in found]
    has_more, rows = len(rows) > PAGE_SIZE, rows[:PAGE_SIZE]
    if is_backwards:
        rows.reverse()
    mails = _last_mails([invitation.id for invitation, _ in rows])
    has_newer = has_more if is_backwards else filters.older_than is not None
    has_older = True if is_backwards else has_more
    return Listing(
        access,
        [Line(invitation, State(state), mails.get(invitation.id)) for invitation, state in rows],
        newer_than=rows[0][0].id if rows and has_newer else None,
        older_than=rows[-1][0].id if rows and has_older else None,
    )


def details(user: User, interview_id: str, invitation_id: int) -> Details:
    """One invitation. Raises NotFound, also for one of another interview."""
    access = hiring.access(user, interview_id)
    invitation = find(interview_id, invitation_id)
    mails = db.session.scalars(
        select(Mail).where(Mail.invitation_id == invitation.id).order_by(Mail.id.desc()).limit(MOST_HISTORY)
    ).all()
    return Details(access, invitation, invitation_states.state_of(invitation), mails, _history(invitation))


def find(interview_id: str, invitation_id: int, *, lock: bool = False) -> Invitation:
    """The invitation of this number and interview. Raises NotFound."""
    query = (
        select(Invitation)
        .where(Invitation.id == invitation_id, Invitation.interview_id == interview_id)
        .options(joinedload(Invitation.version), joinedload(Invitation.user))
    )
    if lock:
        query = query.with_for_update(of=Invitation).execution_options(populate_existing=True)
    invitation = db.session.scalar(query)
    if invitation is None:
        raise NotFound("There is no such invitation", "Those there are stand in the interview's list.")
    return invitation


def _last_mails(ids: Sequence[int]) -> dict[int, Mail]:
    found = db.session.scalars(
        select(Mail).where(Mail.invitation_id.in_(ids), Mail.kind.in_(_LETTERS)).order_by(Mail.id)
    )
    return {mail.invitation_id: mail for mail in found if mail.invitation_id is not None}


def _history(invitation: Invitation) -> list[audit.Line]:
    rows = db.session.execute(
        select(AuditEntry, User)
        .outerjoin(User, User.id == AuditEntry.actor_id)
        .where(
            AuditEntry.subject == invited.subject_of(invitation),
            AuditEntry.at > invitation.created_at - SLACK,
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
        return ("pass", "mailed") if outbox.is_mailing() else ("hand", "no mail server: hand the link over")
    if mail.failed_at is not None:
        return "fail", mail.problem or "not mailed"
    return ("wait", f"tried {mail.tries} times: {mail.problem}") if mail.problem else ("wait", "on its way")


def attempts_of(invitations: Sequence[Invitation]) -> dict[int, Attempt]:
    """The attempt of each invitation that was begun, by the invitation's number."""
    ids = [one.id for one in invitations]
    found = db.session.scalars(select(Attempt).where(Attempt.invitation_id.in_(ids)))
    return {one.invitation_id: one for one in found if one.invitation_id is not None}
