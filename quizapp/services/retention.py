"""What becomes of old interviews: after so many days an attempt at a team's interview loses its person, or goes.

`QUIZAPP_RETENTION_DAYS` says after how many days, `QUIZAPP_RETENTION` what happens then: `anonymise` cuts the way to the
person and keeps answers and scores for figures, `delete` takes all of it. Nothing happens unless the days are set. What
is due is listed first, and the list is what the job works off. Practice and mocks are the candidate's own and stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import ColumnElement, Select, delete, func, select, update
from sqlalchemy.orm import joinedload, selectinload

from quizapp.extensions import db
from quizapp.models import Attempt, AttemptKind, Invitation, Submission, User
from quizapp.receipt import database_now
from quizapp.services import audit, exports, holding, persons

AT_ONCE = 100  # attempts of one transaction
ANONYMISE, DELETE = "anonymise", "delete"


@dataclass(frozen=True)
class Terms:
    """What the site's settings say. `days` is None when everything is kept."""

    days: int | None
    act: str

    def before(self, now: datetime) -> datetime | None:
        """What ended before this is due."""
        return None if self.days is None else now - timedelta(days=self.days)


@dataclass(frozen=True)
class Due:
    """What would happen now. `attempts` and `invitations` are the oldest of so many."""

    attempts: Sequence[Attempt]
    attempt_count: int
    invitations: Sequence[Invitation]
    invitation_count: int


def terms() -> Terms:
    """The settings."""
    days = current_app.config["RETENTION_DAYS"]
    return Terms(days or None, current_app.config["RETENTION"])


def due(most: int = AT_ONCE) -> Due:
    """What is due now; changes nothing."""
    before = terms().before(database_now())
    if before is None:
        return Due([], 0, [], 0)
    attempts = _due_attempts(before)
    invitations = _due_invitations(before)
    return Due(
        db.session.scalars(attempts.order_by(Attempt.finished_at).limit(most)).all(),
        _count(attempts),
        db.session.scalars(invitations.order_by(Invitation.id).limit(most)).all(),
        _count(invitations),
    )


def apply() -> tuple[int, int]:
    """Do what is due, some at a time, each lot in one transaction; gives how many attempts and invitations it was."""
    done = [0, 0]
    act = terms().act
    while (listed := due()).attempts or listed.invitations:
        holding.whole([one.id for one in listed.attempts], [one.id for one in listed.invitations])
        if act == DELETE:
            for attempt in listed.attempts:
                _delete(attempt)
        else:
            persons.forget(listed.attempts)
        for invitation in listed.invitations:
            if act == DELETE:
                _delete_invitation(invitation)
            else:
                persons.forget_invitation(invitation)
        counts = len(listed.attempts), len(listed.invitations)
        audit.record("retention.applied", act, attempts=counts[0], invitations=counts[1])
        db.session.commit()
        done = [one + other for one, other in zip(done, counts, strict=True)]
    return done[0], done[1]


def _delete_invitation(invitation: Invitation) -> None:
    """Delete an invitation that was never begun, with the guest who was made for it."""
    guest = invitation.user if invitation.user is not None and invitation.user.is_guest else None
    exports.drop(invitation.interview_id)
    db.session.delete(invitation)
    if guest is not None:
        db.session.flush()
        db.session.execute(delete(User).where(User.id == guest.id))


def _due_attempts(before: datetime) -> Select[Attempt]:
    due = select(Attempt).where(Attempt.kind == AttemptKind.HIRING, Attempt.finished_at < before)
    if terms().act == ANONYMISE:
        due = due.where(Attempt.user.has(~_is_forgotten()))
    return due.options(
        joinedload(Attempt.user), joinedload(Attempt.interview), selectinload(Attempt.responses),
        joinedload(Attempt.invitation),
    )  # fmt: skip


def _due_invitations(before: datetime) -> Select[Invitation]:
    """Those that nobody sat: their window closed, or they were withdrawn or declined, or nothing came of them."""
    ended = func.coalesce(
        Invitation.revoked_at, Invitation.declined_at, Invitation.closes_at, Invitation.created_at
    )
    due = select(Invitation).where(ended < before, ~Invitation.attempt.has())
    if terms().act == ANONYMISE:
        due = due.where(~Invitation.email.endswith(f"@{persons.PLACE}"))
    return due.options(joinedload(Invitation.interview))


def _is_forgotten() -> ColumnElement[bool]:
    return User.email.endswith(f"@{persons.PLACE}")


def _delete(attempt: Attempt) -> None:
    invitation, guest = attempt.invitation, attempt.user if attempt.user.is_guest else None
    attempt.invitation = None
    responses = [response.id for response in attempt.responses]
    db.session.flush()
    db.session.execute(
        update(Submission).where(Submission.response_id.in_(responses)).values(regrade_item_id=None)
    )
    db.session.execute(delete(Attempt).where(Attempt.id == attempt.id))
    if invitation is not None:
        exports.drop(invitation.interview_id)
        db.session.delete(invitation)
        db.session.flush()
    if guest is not None:
        db.session.execute(delete(User).where(User.id == guest.id))


def _count(of: Select[Attempt] | Select[Invitation]) -> int:
    ids = of.with_only_columns(func.count(), maintain_column_froms=True).options()
    return db.session.scalar(ids.order_by(None)) or 0
