"""What owners of an interview do when somebody who was invited asks for their data, or to be forgotten.

It is for people without an account, whose only door is the invitation. Who has an account does both themselves, and what
else that account holds is no business of the interview's owners.
"""

from __future__ import annotations

from quizapp.errors import Conflict, Unprocessable
from quizapp.extensions import db
from quizapp.models import InterviewRole, Invitation, User
from quizapp.receipt import database_now
from quizapp.services import audit, clocks, hiring, invitation_list, invited, persons
from quizapp.services.invitation_list import Details


def is_for_owners(details: Details) -> bool:
    """Whether the person is nobody's account, and not forgotten yet."""
    user = details.invitation.user
    return (user is None or user.is_guest) and not is_forgotten(details.invitation)


def is_forgotten(invitation: Invitation) -> bool:
    """Whether nobody is in this invitation any more."""
    return invitation.email.endswith(f"@{persons.PLACE}")


def take(user: User, interview_id: str, invitation_id: int) -> bytes:
    """Everything that is kept of the invited person, as a zip file for them; commits an entry of the audit log.

    Raises NotFound, Forbidden, Conflict for nobody's or an account's records, and before the decision of a blind review.
    """
    hiring.access(user, interview_id, InterviewRole.OWNER)
    details = invitation_list.details(user, interview_id, invitation_id)
    person = details.invitation.user
    if person is None or not is_for_owners(details):
        raise Conflict(
            "There are no records to take", "Who has an account takes them along on the page Account."
        )
    if details.is_apart:
        raise Conflict("Review is blind", "The records would tell whose attempt it is. Decide first.")
    content = persons.export(person)
    audit.record(
        "invitation.records_taken", invited.subject_of(details.invitation), actor=user, interview=interview_id
    )
    db.session.commit()
    return content


def forget(user: User, interview_id: str, invitation_id: int, *, is_sure: bool) -> None:
    """Take the person out of the invitation, and out of the attempt, which stays without them; commits.

    Raises NotFound, Forbidden, Unprocessable unless whoever asks is sure, Conflict for an account or while it is sat.
    """
    hiring.access(user, interview_id, InterviewRole.OWNER)
    if not is_sure:
        raise Unprocessable("Nobody was forgotten", "Tick that you know it cannot be undone.")
    invitation = invitation_list.find(interview_id, invitation_id, lock=True)
    if not is_for_owners(invitation_list.details(user, interview_id, invitation_id)):
        raise Conflict("Nobody was forgotten", "Who has an account deletes it on the page Account.")
    attempt = invitation.attempt
    if attempt is not None and attempt.finished_at is None and not clocks.is_closed(attempt):
        raise Conflict("The interview is being sat", "Wait until it is handed in; nothing was deleted.")
    if attempt is not None:
        persons.forget([attempt])
    else:
        persons.forget_invitation(invitation)
        invitation.revoked_at = invitation.revoked_at or database_now()
    audit.record("invitation.forgotten", invited.subject_of(invitation), actor=user, interview=interview_id)
    db.session.commit()
