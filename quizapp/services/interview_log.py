"""The audit log of one interview, for its owners: who did what to it, and what was before and after.

Nothing of it names a candidate whom blind review hides, and where recommendations are independent the log does not tell
what others recommend.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from quizapp.extensions import db
from quizapp.models import Attempt, AuditEntry, Interview, InterviewRole, Invitation, User
from quizapp.rules import logged
from quizapp.rules.blindness import Shown
from quizapp.rules.logged import Change
from quizapp.services import audit, hiring, identities
from quizapp.services.hiring import Access

PAGE_SIZE = 50
# What candidates do with an invitation; its moment leads from their name to their attempt.
_BY_CANDIDATES = (
    "invitation.accepted",
    "invitation.code_sent",
    "invitation.declined",
    "invitation.taken_over",
)
# What can be about an interview, by which the page is narrowed.
ACTIONS = {
    name: words
    for name, words in audit.ACTIONS.items()
    if name.startswith(
        (
            "answer.",
            "attempt.",
            "comment.",
            "interview.",
            "invitation.",
            "public_link.",
            "scores.",
            "share_link.",
            "submission.",
        )
    )
}
_SUBJECT = re.compile(r"(attempt|invitation) (\d+)(?: to .*)?")


@dataclass(frozen=True)
class Line:
    """One entry. `attempt_id` or `invitation_id` lead to what it is about, where that is still there."""

    entry: AuditEntry
    actor: User | None
    about: str
    attempt_id: int | None
    invitation_id: int | None
    is_told: bool  # whether what was before and after may be read

    @property
    def words(self) -> str:
        """The action in words."""
        return audit.ACTIONS.get(self.entry.action, self.entry.action)

    @property
    def by(self) -> str:
        """Who did it."""
        return self.actor.name if self.actor else str(self.entry.facts.get("by") or "nobody signed in")

    @property
    def changes(self) -> list[Change]:
        """What was before and after."""
        return logged.changes(self.entry.facts) if self.is_told else []

    @property
    def further(self) -> list[tuple[str, str]]:
        """What else is known of it."""
        return logged.further(self.entry.facts) if self.is_told else []


@dataclass(frozen=True)
class Log:
    """Some entries, newest first, with the number from which older ones go on."""

    access: Access
    lines: Sequence[Line]
    older_than: int | None


def page(user: User, interview_id: str, action: str = "", older_than: int | None = None) -> Log:
    """A page of the log; it reads as many entries as it shows. Raises NotFound, and Forbidden unless the user owns it."""
    access = hiring.access(user, interview_id, InterviewRole.OWNER)
    query = (
        select(AuditEntry, User)
        .outerjoin(User, User.id == AuditEntry.actor_id)
        .where(AuditEntry.interview_id == interview_id)
        .order_by(AuditEntry.id.desc())
        .limit(PAGE_SIZE + 1)
    )
    if access.interview.is_blind:
        query = query.where(AuditEntry.action.not_in(_BY_CANDIDATES))
    if action in ACTIONS:
        query = query.where(AuditEntry.action == action)
    if older_than is not None:
        query = query.where(AuditEntry.id < older_than)
    rows = db.session.execute(query).all()
    shown = rows[:PAGE_SIZE]
    lines = _lines(access.interview, [(entry, actor) for entry, actor in shown])
    return Log(access, lines, shown[-1][0].id if len(rows) > PAGE_SIZE else None)


def _lines(interview: Interview, rows: Sequence[tuple[AuditEntry, User | None]]) -> list[Line]:
    named = [_named(entry) for entry, _ in rows]
    attempts = _candidates(interview, {number for number, _ in named if number})
    invitations = _invited(interview, {number for _, number in named if number})
    lines = []
    for (entry, actor), (attempt_id, invitation_id) in zip(rows, named, strict=True):
        about = entry.subject
        if attempt_id in attempts:
            about = attempts[attempt_id].name
        elif invitation_id in invitations:
            about = f"Invitation of {invitations[invitation_id]}"
        lines.append(
            Line(
                entry,
                actor,
                about,
                attempt_id if attempt_id in attempts else None,
                invitation_id if invitation_id in invitations else None,
                is_told=entry.action != "attempt.recommended" or not interview.is_independent,
            )
        )
    return lines


def _named(entry: AuditEntry) -> tuple[int | None, int | None]:
    """The numbers of the attempt and of the invitation that an entry is about."""
    found = _SUBJECT.fullmatch(entry.subject)
    if found is not None and found[1] == "invitation":
        return None, int(found[2])
    attempt = int(found[2]) if found is not None else entry.facts.get("attempt")
    return (attempt, None) if isinstance(attempt, int) else (None, None)


def _candidates(interview: Interview, ids: set[int]) -> dict[int, Shown]:
    """Attempt id -> who sat it, as staff may see it; attempts that are gone, or another interview's, are left out."""
    found = db.session.scalars(
        select(Attempt)
        .where(Attempt.id.in_(ids), Attempt.interview_id == interview.id)
        .options(joinedload(Attempt.user), joinedload(Attempt.interview))
    ).all()
    return identities.of_many(found)


def _invited(interview: Interview, ids: set[int]) -> dict[int, str]:
    """Invitation id -> whom it invites. Owners see that in a blind interview, too."""
    found = db.session.execute(
        select(Invitation.id, Invitation.name, Invitation.email).where(
            Invitation.id.in_(ids), Invitation.interview_id == interview.id
        )
    )
    return {number: name or email for number, name, email in found}
