"""The log of what people did that matters to others: signing in, roles, links, switching accounts off."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from typing import Any

from flask import has_request_context, request
from sqlalchemy import or_, select

from quizapp.errors import request_id
from quizapp.extensions import db
from quizapp.models import AuditEntry, User
from quizapp.receipt import received_at
from quizapp.services.paging import Page, page_of

log = logging.getLogger(__name__)

# Every action with its words; `record` takes no other.
ACTIONS = {
    "account.registered": "Account made",
    "account.signed_in": "Signed in",
    "account.reset_asked": "Link for a new password asked for",
    "account.sign_in_failed": "Sign-in failed",
    "account.signed_out": "Signed out",
    "account.device_signed_out": "Device signed out",
    "account.password_changed": "Password changed",
    "account.password_reset": "Password set with a link",
    "alarm.settled": "Alarm settled",
    "attempt.credited": "Time given",
    "answer.graded": "Answer graded",
    "answer.points_set": "Points set by hand",
    "answer.points_undone": "Points given back as they were",
    "answer.regraded": "Answer marked again",
    "answer.run_again": "Answer run by a reviewer",
    "attempt.decided": "Decision",
    "attempt.recommended": "Recommendation",
    "comment.added": "Comment written",
    "comment.deleted": "Comment deleted",
    "comment.edited": "Comment changed",
    "error_report.settled": "Error report settled",
    "invitation.accepted": "Invitation accepted",
    "invitation.changed": "Invitation changed",
    "invitation.code_sent": "Code for another device mailed",
    "invitation.created": "Invited",
    "invitation.declined": "Invitation declined",
    "invitation.forgotten": "Invited person forgotten",
    "invitation.link_renewed": "Invitation's link replaced",
    "invitation.links_taken": "Links of invitations taken as a file",
    "invitation.records_taken": "Records of an invited person taken",
    "invitation.released": "Invitation released to another device",
    "invitation.resent": "Invitation mailed again",
    "invitation.revoked": "Invitation revoked",
    "invitation.taken_over": "Interview continued on another device",
    "person.deleted": "Person deleted",
    "person.exported": "Own records taken",
    "public_link.changed": "Public link changed",
    "interview.archived": "Interview archived",
    "interview.created": "Interview made",
    "interview.draft_saved": "Draft of an interview saved",
    "interview.published": "Interview published",
    "interview.restored": "Interview taken back from the archive",
    "interview.reviewing_changed": "Way of reviewing changed",
    "interview.role_changed": "Role in an interview changed",
    "regrade.applied": "Regrade applied",
    "regrade.discarded": "Regrade discarded",
    "regrade.started": "Regrade worked out",
    "regrade.undone": "Regrade undone",
    "scores.exported": "Export asked for",
    "scores.export_deleted": "Export deleted",
    "share_link.made": "Share link made",
    "share_link.revoked": "Share link revoked",
    "retention.applied": "Old interviews ended",
    "submission.given_up": "Submission given up",
    "submission.graded_again": "Submission graded again",
    "team.archived": "Team archived",
    "team.created": "Team made",
    "team.member_added": "Put into a team",
    "team.member_removed": "Taken out of a team",
    "team.renamed": "Team renamed",
    "team.restored": "Team taken back from the archive",
    "user.created": "Account made from the command line",
    "user.role_changed": "Role changed",
    "user.disabled": "Account switched off",
    "user.enabled": "Account switched on",
    "user.extra_time_set": "Extra time set",
    "user.reset_link_made": "Reset link made",
}


@dataclass(frozen=True)
class Line:
    """One entry as the page shows it."""

    entry: AuditEntry
    actor: User | None

    @property
    def words(self) -> str:
        """The action in words."""
        return ACTIONS.get(self.entry.action, self.entry.action)


def record(
    action: str, subject: str, *, actor: User | None = None, interview: str | None = None, **facts: Any
) -> None:
    """Add an entry; the caller commits. It goes to the log as well, as one line of JSON.

    `interview` is the id of the interview that it is about: its owners read the entry in that interview's own log.

    What is about a candidate's work names the attempt by its number: addresses in facts would outlive the person.
    """
    if action not in ACTIONS:
        raise ValueError(action)
    if interview is not None:
        facts = {"interview": interview, **facts}
    if has_request_context():
        facts = {"address": request.remote_addr, "request": request_id(), **facts}
    else:
        facts = {"by": "command line", **facts}
    db.session.add(
        AuditEntry(
            at=received_at(),
            actor_id=actor.id if actor else None,
            action=action,
            subject=subject[:200],
            interview_id=interview,
            facts=facts,
        )
    )
    log.info(
        "%s",
        json.dumps({"action": action, "subject": subject, "actor": actor.email if actor else None, **facts}),
    )


def entries(text: str = "", action: str = "", page: int = 1) -> Page[Line]:
    """Entries, the newest first; `text` looks in the subject and the actor's address."""
    query = (
        select(AuditEntry, User)
        .outerjoin(User, User.id == AuditEntry.actor_id)
        .order_by(AuditEntry.id.desc())
    )
    if text:
        query = query.where(
            or_(
                AuditEntry.subject.icontains(text, autoescape=True),
                User.email.icontains(text, autoescape=True),
            )
        )
    if action in ACTIONS:
        query = query.where(AuditEntry.action == action)
    found = page_of(query, page, size=50)
    return Page([Line(entry, actor) for entry, actor in found.rows], found.number, found.pages, found.total)
