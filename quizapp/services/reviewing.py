"""How an interview is reviewed: blind, and independently of one another. Its owners say so, at any time."""

from __future__ import annotations

from quizapp.extensions import db
from quizapp.models import Interview, InterviewRole, User
from quizapp.services import audit, hiring


def change(user: User, interview_id: str, *, is_blind: bool, is_independent: bool) -> Interview:
    """Set both, and commit; the audit log has what was before. Raises NotFound, Forbidden unless the user owns it."""
    interview = hiring.access(user, interview_id, InterviewRole.OWNER).interview
    before = _told(interview)
    interview.is_blind, interview.is_independent = is_blind, is_independent
    if before != _told(interview):
        audit.record(
            "interview.reviewing_changed",
            f"interview {interview.id}",
            actor=user,
            interview=interview.id,
            before=before,
            after=_told(interview),
        )
    db.session.commit()
    return interview


def _told(interview: Interview) -> dict[str, bool]:
    return {"blind": interview.is_blind, "independent": interview.is_independent}
