"""Who may see and do what in hiring interviews. Every page of that side asks here, with the role that it needs.

A manager sees the interviews of their teams. In one interview a person is owner, reviewer or viewer, as an owner says;
others of its team are viewers. An admin is owner everywhere. Attempts are found through their interview, so a person's
practice, mocks and tries are never among them.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, or_, select, true
from sqlalchemy.orm import joinedload
from sqlalchemy.sql.base import ExecutableOption

from quizapp.errors import Forbidden, NotFound
from quizapp.extensions import db
from quizapp.models import (
    Attempt,
    AttemptKind,
    Interview,
    InterviewMember,
    InterviewRole,
    Role,
    TeamMember,
    User,
)

# What a role may do is what those after it may, and more.
_RANK = {InterviewRole.VIEWER: 1, InterviewRole.REVIEWER: 2, InterviewRole.OWNER: 3}


@dataclass(frozen=True)
class Access:
    """One interview as one person meets it."""

    interview: Interview
    role: InterviewRole

    def may(self, role: InterviewRole) -> bool:
        """Whether the person may do what this role may."""
        return _RANK[self.role] >= _RANK[role]

    def ensure(self, role: InterviewRole) -> Access:
        """Itself, where the person may do what this role may. Raises Forbidden."""
        if not self.may(role):
            raise Forbidden(
                f"That needs the role {role} in this interview; yours is {self.role}",
                "An owner of the interview can give it to you, on its page Roles.",
            )
        return self


def is_visible_to(user: User) -> ColumnElement[bool]:
    """The condition of interviews that the user sees; to be used where `Interview` is selected from."""
    if user.role is Role.ADMIN:
        return Interview.kind == "hiring"
    if user.role is not Role.MANAGER:
        return ~true()
    teams = select(TeamMember.team_id).where(TeamMember.user_id == user.id)
    return (Interview.kind == "hiring") & Interview.team_id.in_(teams)


def interviews(user: User) -> Select[Interview]:
    """All hiring interviews that the user sees, archived ones too, newest first."""
    return (
        select(Interview)
        .where(is_visible_to(user))
        .options(joinedload(Interview.team), joinedload(Interview.version))
        .order_by(Interview.created_at.desc(), Interview.id)
    )


def access(user: User, interview_id: str, needed: InterviewRole = InterviewRole.VIEWER) -> Access:
    """The interview with the user's role in it.

    Raises NotFound when the user does not see it, whether it exists or not, and Forbidden when the role is too low.
    """
    row = db.session.execute(_with_role(user).where(Interview.id == interview_id)).one_or_none()
    if row is None:
        raise NotFound("There is no such interview", "Those of your team are listed under Interviews.")
    return _allowed(user, row[0], row[1], needed)


def attempt(
    user: User,
    attempt_id: int,
    needed: InterviewRole = InterviewRole.VIEWER,
    *loaded: ExecutableOption,
) -> tuple[Attempt, Access]:
    """An attempt at a hiring interview, with the user's role there. Raises as `access` does."""
    row = db.session.execute(
        _with_role(user)
        .join(Attempt, Attempt.interview_id == Interview.id)
        .add_columns(Attempt)
        .where(Attempt.id == attempt_id, Attempt.kind == AttemptKind.HIRING)
        .options(*loaded)
    ).one_or_none()
    if row is None:
        raise NotFound(
            "There is no such attempt", "Those at your team's interviews are listed in their score tables."
        )
    return row[2], _allowed(user, row[0], row[1], needed)


def may_see(interview: Interview) -> Select[User]:
    """The enabled people who see the interview: admins, and the managers of its team."""
    in_team = select(TeamMember.user_id).where(TeamMember.team_id == interview.team_id)
    return select(User).where(
        User.is_enabled,
        or_(User.role == Role.ADMIN, (User.role == Role.MANAGER) & User.id.in_(in_team)),
    )


def _with_role(user: User) -> Select[Interview, InterviewRole | None]:
    given = (InterviewMember.interview_id == Interview.id) & (InterviewMember.user_id == user.id)
    return (
        select(Interview, InterviewMember.role).outerjoin(InterviewMember, given).where(is_visible_to(user))
    )


def _allowed(user: User, interview: Interview, given: InterviewRole | None, needed: InterviewRole) -> Access:
    role = InterviewRole.OWNER if user.role is Role.ADMIN else given or InterviewRole.VIEWER
    return Access(interview, role).ensure(needed)
