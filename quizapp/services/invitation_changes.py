"""What owners and reviewers do with one invitation afterwards. Each change is in the audit log, before and after."""

from __future__ import annotations

from datetime import datetime, timedelta

from quizapp.errors import Conflict, Unprocessable
from quizapp.extensions import db
from quizapp.models import Invitation, MailKind, User
from quizapp.receipt import database_now, received_at
from quizapp.rules import invitees
from quizapp.services import audit, drawing, invitation_states, invited, inviting, outbox
from quizapp.services.invitation_list import find
from quizapp.services.invitation_states import LIVING, State

RELEASE_HOURS = 24


def resend(user: User, interview_id: str, invitation_id: int) -> None:
    """Mail the link again, and commit. Raises Conflict when it opens nothing any more."""
    invitation = _locked(user, interview_id, invitation_id)
    _ensure_open(invitation)
    audit.record("invitation.resent", invited.subject_of(invitation), actor=user, interview=interview_id)
    _mail_and_commit(invitation)


def renew_link(user: User, interview_id: str, invitation_id: int) -> None:
    """Void the link and mail a new one, and commit; whoever accepted it stays signed in."""
    invitation = _locked(user, interview_id, invitation_id)
    _ensure_open(invitation)
    before = invitation.generation
    invitation.generation += 1
    audit.record(
        "invitation.link_renewed",
        invited.subject_of(invitation),
        actor=user,
        interview=interview_id,
        before={"generation": before},
        after={"generation": invitation.generation},
    )
    _mail_and_commit(invitation)


def revoke(user: User, interview_id: str, invitation_id: int) -> None:
    """Void the invitation and its link, and commit. Raises Conflict once it was begun."""
    invitation = _locked(user, interview_id, invitation_id)
    state = invitation_states.state_of(invitation)
    if state in (State.STARTED, State.FINISHED):
        raise Conflict(
            "This interview was begun", "What was begun cannot be revoked; the link can be replaced."
        )
    if state is State.REVOKED:
        return
    invitation.generation += 1
    invitation.revoked_at = database_now()
    invitation.code_hash = invitation.released_until = None
    after = {"state": State.REVOKED.value}
    audit.record(
        "invitation.revoked",
        invited.subject_of(invitation),
        actor=user,
        interview=interview_id,
        before={"state": state.value},
        after=after,
    )
    db.session.commit()


def release(user: User, interview_id: str, invitation_id: int) -> None:
    """Let the next device that has the link go on without a code, for a day, and commit."""
    invitation = _locked(user, interview_id, invitation_id)
    if invitation.user is None or not invitation.user.is_guest or invitation.revoked_at is not None:
        raise Conflict(
            "There is nothing to release",
            "An invitation that nobody accepted opens with its link; one of an account, by signing in.",
        )
    before = invitation.released_until
    invitation.released_until = database_now() + timedelta(hours=RELEASE_HOURS)
    audit.record(
        "invitation.released",
        invited.subject_of(invitation),
        actor=user,
        interview=interview_id,
        before={"released_until": before and before.isoformat()},
        after={"released_until": invitation.released_until.isoformat()},
    )
    db.session.commit()


def change(
    user: User,
    interview_id: str,
    invitation_id: int,
    window: invitees.Window,
    extra_share: float,
    remind_hours: int,
) -> None:
    """Set window, extra time and reminder anew, and commit.

    Once it was begun only a later end is taken, which lengthens the running attempt as well. Raises Unprocessable for
    terms that cannot be, Conflict when it is over or was taken back.
    """
    invitation = _locked(user, interview_id, invitation_id)
    state = invitation_states.state_of(invitation)
    if state not in (State.INVITED, State.OPENED, State.STARTED, State.EXPIRED):
        raise Conflict(f"This invitation is {state}", "Its terms cannot be changed any more.")
    _ensure_within(invitation, window.closes_at)
    before = inviting.as_facts(invitation)
    if state is State.STARTED:
        _ensure_only_later(invitation, window, extra_share)
    else:
        invitation.opens_at, invitation.extra_share = window.opens_at, extra_share
        remind_at = inviting.reminder(window.closes_at, remind_hours, received_at())
        if remind_at != invitation.remind_at:
            invitation.remind_at, invitation.reminded_at = remind_at, None
    invitation.closes_at, invitation.time_zone = window.closes_at, window.time_zone
    if invitation.attempt is not None:
        ends = [window.closes_at, drawing.plan_of(invitation.version).closes_at]
        invitation.attempt.window_end = min((one for one in ends if one is not None), default=None)
    after = inviting.as_facts(invitation)
    if before == after:
        db.session.rollback()
        return
    audit.record(
        "invitation.changed",
        invited.subject_of(invitation),
        actor=user,
        interview=interview_id,
        before=before,
        after=after,
    )
    db.session.commit()


def _ensure_within(invitation: Invitation, closes_at: datetime | None) -> None:
    last = drawing.plan_of(invitation.version).closes_at
    if last is not None and (closes_at is None or closes_at > last):
        raise Unprocessable(
            f"The interview itself closes on {last:%d %B %Y at %H:%M} UTC",
            "Give an end that is not later.",
            beside={"field": "closes"},
        )


def _ensure_only_later(invitation: Invitation, window: invitees.Window, extra_share: float) -> None:
    earlier = window.closes_at is not None and (
        invitation.closes_at is None or window.closes_at < invitation.closes_at
    )
    changed = {
        "closes": earlier,
        "opens": window.opens_at != invitation.opens_at,
        "extra": extra_share != invitation.extra_share,
    }
    if any(changed.values()):
        raise Conflict(
            "This interview was begun",
            "Only a later end can be set now. More time for what runs is given on the page Running.",
            beside={"field": next(name for name, is_changed in changed.items() if is_changed)},
        )


def _locked(user: User, interview_id: str, invitation_id: int) -> Invitation:
    inviting.interview_for(user, interview_id)
    return find(interview_id, invitation_id, lock=True)


def _ensure_open(invitation: Invitation) -> None:
    state = invitation_states.state_of(invitation)
    if state not in LIVING and state is not State.STARTED:
        raise Conflict(
            f"This invitation is {state}", "Its link opens nothing. Extend it, or invite the person again."
        )


def _mail_and_commit(invitation: Invitation) -> None:
    mail = outbox.add(MailKind.INVITATION, invitation=invitation, generation=invitation.generation)
    db.session.commit()
    outbox.ring(mail.id)
