"""In which order a transaction takes rows that others change, too; and taking what has to be taken beforehand.

Two transactions that take the same two rows in different orders wait for each other for ever, and PostgreSQL ends one of
them. So every transaction takes rows table by table in the order of `TABLES`, and several rows of one table by their
numbers. Whoever has a row already may change it at any time later. SQLite has one writer, and no such question.

A row is taken by changing it, or with `with_for_update(key_share=True)`, which keeps others from changing it but not
from adding rows that point at it. Adding one, and changing one twice, takes the row that it points at for a moment, wherever
that stands in the order, and waits for nobody but those who delete it. So whoever deletes takes with `whole` what goes along
first, as everybody does: nobody who has any of it is in the middle of something then.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import or_, select

from quizapp.extensions import db
from quizapp.models import Attempt, Invitation, Response, Review, Submission

TABLES = (
    *("banks", "questions", "question_versions", "teams", "team_members"),
    *("interviews", "interview_members", "file_findings", "public_links", "invitations"),
    *("heartbeats", "attempts", "section_passes", "submissions", "regrades", "responses"),
    # What stands beside an attempt and its answers.
    *("reviews", "recommendations", "branches", "visits", "recordings", "recording_parts", "event_comments"),
    *("notes", "error_reports", "regrade_items", "point_changes", "comments", "mentions", "share_links"),
    *("exports", "export_parts", "mails", "audit_entries", "users", "sign_ins", "attempt_scores", "alarms"),
)


def invitation_of(attempt_id: int) -> None:
    """Take the invitation of an attempt, if it has one: whoever ends the attempt writes there when it ended."""
    db.session.scalar(
        select(Invitation.id)
        .join(Attempt, Attempt.invitation_id == Invitation.id)
        .where(Attempt.id == attempt_id)
        .with_for_update(of=Invitation, key_share=True)
    )


def invitations_of(attempt_ids: Iterable[int]) -> None:
    """The same for several attempts."""
    db.session.scalars(
        select(Invitation.id)
        .join(Attempt, Attempt.invitation_id == Invitation.id)
        .where(Attempt.id.in_(list(attempt_ids)))
        .order_by(Invitation.id)
        .with_for_update(of=Invitation, key_share=True)
    ).all()


def attempts(attempt_ids: Iterable[int]) -> None:
    """Take attempts that are going to be changed together."""
    db.session.scalars(
        select(Attempt.id)
        .where(Attempt.id.in_(list(attempt_ids)))
        .order_by(Attempt.id)
        .with_for_update(key_share=True)
    ).all()


def whole(attempt_ids: Iterable[int], invitation_ids: Iterable[int] = ()) -> None:
    """Take attempts that are about to go, or to lose their person, with their invitations and what others change in them.

    `invitation_ids` are invitations that go beside those of the attempts.
    """
    ids = list(attempt_ids)
    of_attempts = select(Attempt.invitation_id).where(Attempt.id.in_(ids))
    invitation = or_(Invitation.id.in_(list(invitation_ids)), Invitation.id.in_(of_attempts))
    in_them = select(Response.id).where(Response.attempt_id.in_(ids))
    for taken in (
        select(Invitation.id).where(invitation).order_by(Invitation.id),
        select(Attempt.id).where(Attempt.id.in_(ids)).order_by(Attempt.id),
        select(Submission.id).where(Submission.response_id.in_(in_them)).order_by(Submission.id),
        select(Response.id).where(Response.attempt_id.in_(ids)).order_by(Response.id),
        select(Review.attempt_id).where(Review.attempt_id.in_(ids)).order_by(Review.attempt_id),
    ):
        db.session.scalars(taken.with_for_update(key_share=True)).all()
