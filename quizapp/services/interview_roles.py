"""Who is owner, reviewer or viewer of one interview, and giving these roles. Each change is in the audit log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, select

from quizapp.errors import Conflict, NotFound
from quizapp.extensions import db
from quizapp.models import Interview, InterviewMember, InterviewRole, Role, TeamMember, User
from quizapp.receipt import database_now
from quizapp.services import audit, hiring


@dataclass(frozen=True)
class Holder:
    """One person of the interview's team with their role in it."""

    user: User
    role: InterviewRole
    is_given: bool  # False: they have it as a member of the team
    is_last_owner: bool


def holders(interview: Interview) -> list[Holder]:
    """Everybody of the team who sees the interview, owners first. Admins, who own all, are not listed."""
    given = {one.user_id: one.role for one in _members(interview.id)}
    people = db.session.scalars(_team(interview).order_by(func.lower(User.name), User.id)).all()
    owners = [person for person in people if given.get(person.id) is InterviewRole.OWNER]
    listed = [
        Holder(
            person,
            given.get(person.id, InterviewRole.VIEWER),
            is_given=person.id in given,
            is_last_owner=owners == [person],
        )
        for person in people
    ]
    order = list(InterviewRole)
    return sorted(listed, key=lambda holder: order.index(holder.role))


def give(actor: User, interview_id: str, user_id: int, role: InterviewRole) -> User:
    """Give somebody of the team a role in the interview, and commit. Viewer is what everybody of the team is.

    Raises NotFound, Forbidden unless the actor owns it, and Conflict for the last owner: somebody has to be asked.
    """
    interview = hiring.access(actor, interview_id, InterviewRole.OWNER).interview
    # Two owners who take the role from each other at the same time take turns here.
    db.session.refresh(interview, with_for_update={"key_share": True})
    person = db.session.scalar(_team(interview).where(User.id == user_id))
    if person is None:
        raise NotFound("Nobody of this team is that", "An admin puts managers into teams.")
    member = db.session.get(InterviewMember, (interview_id, user_id), populate_existing=True)
    before = member.role if member else InterviewRole.VIEWER
    if before is role:
        return person
    if before is InterviewRole.OWNER and is_last_owner(interview, user_id):
        raise Conflict(
            f"{person.name} is the last owner of this interview", "Make somebody else an owner first."
        )
    if role is InterviewRole.VIEWER and member is not None:
        db.session.delete(member)
    elif member is not None:
        member.role, member.given_at = role, database_now()
    else:
        db.session.add(
            InterviewMember(interview_id=interview_id, user_id=user_id, role=role, given_at=database_now())
        )
    audit.record(
        "interview.role_changed",
        person.email,
        actor=actor,
        interview=interview_id,
        before=before,
        after=role,
    )
    db.session.commit()
    return person


def is_last_owner(interview: Interview, user_id: int) -> bool:
    """Whether nobody else of the team owns the interview, while this person does."""
    owners = select(InterviewMember.user_id).where(
        InterviewMember.interview_id == interview.id, InterviewMember.role == InterviewRole.OWNER
    )
    people = set(db.session.scalars(_team(interview).where(User.id.in_(owners)).with_only_columns(User.id)))
    return people == {user_id}


def _team(interview: Interview) -> Select[User]:
    """The enabled managers and admins of the interview's team."""
    in_team = select(TeamMember.user_id).where(TeamMember.team_id == interview.team_id)
    return select(User).where(
        User.is_enabled, User.role.in_([Role.MANAGER, Role.ADMIN]), User.id.in_(in_team)
    )


def _members(interview_id: str) -> Sequence[InterviewMember]:
    return db.session.scalars(
        select(InterviewMember).where(InterviewMember.interview_id == interview_id)
    ).all()
