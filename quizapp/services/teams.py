"""Teams of managers: made, named and filled by admins. A manager sees the interviews of their teams and no others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import selectinload

from quizapp.errors import Conflict, NotFound
from quizapp.extensions import db
from quizapp.models import Interview, Role, Team, TeamMember, User
from quizapp.receipt import database_now
from quizapp.services import accounts, audit, interview_roles
from quizapp.services.accounts import NotAccepted

MAX_NAME = 120


@dataclass(frozen=True)
class Roster:
    """One team with how many interviews it has."""

    team: Team
    interviews: int

    @property
    def members(self) -> list[TeamMember]:
        """Its members by name."""
        return sorted(self.team.members, key=lambda member: (member.user.name.lower(), member.user_id))


def rosters() -> list[Roster]:
    """All teams, those in use first, by name."""
    teams = db.session.scalars(
        select(Team)
        .options(selectinload(Team.members).joinedload(TeamMember.user))
        .order_by(Team.archived_at.is_not(None), func.lower(Team.name), Team.id)
    ).all()
    rows = db.session.execute(
        select(Interview.team_id, func.count())
        .where(Interview.team_id.is_not(None))
        .group_by(Interview.team_id)
    )
    counts = {row[0]: row[1] for row in rows}
    return [Roster(team, counts.get(team.id, 0)) for team in teams]


def roster(team_id: int) -> Roster:
    """One team. Raises NotFound."""
    found = next((one for one in rosters() if one.team.id == team_id), None)
    if found is None:
        raise NotFound("There is no such team", "The page Teams lists those there are.")
    return found


def create(name: str, *, actor: User) -> Team:
    """Make a team and commit. Raises NotAccepted."""
    team = Team(name=_name(name), created_at=database_now())
    db.session.add(team)
    _flush_name(team.name)
    audit.record("team.created", team.name, actor=actor, team=team.id)
    db.session.commit()
    return team


def rename(team_id: int, name: str, *, actor: User) -> Team:
    """Give a team another name and commit. Raises NotFound, NotAccepted."""
    team = roster(team_id).team
    before, team.name = team.name, _name(name)
    if before != team.name:
        _flush_name(team.name)
        audit.record("team.renamed", team.name, actor=actor, team=team.id, before=before, after=team.name)
        db.session.commit()
    return team


def archive(team_id: int, *, archived: bool, actor: User) -> Team:
    """Put a team away, so that it gets no new interviews, or take it back; commits. What it has stays visible to it."""
    team = roster(team_id).team
    if archived is not (team.archived_at is not None):
        team.archived_at = database_now() if archived else None
        audit.record("team.archived" if archived else "team.restored", team.name, actor=actor, team=team.id)
        db.session.commit()
    return team


def add(team_id: int, email: str, *, actor: User) -> User:
    """Put the manager with this address into the team, and commit. Raises NotFound, NotAccepted."""
    team = roster(team_id).team
    try:
        person = accounts.by_email(email)
    except NotFound as refusal:
        raise NotAccepted("email", "Nobody has an account with this address.") from refusal
    if person.role not in (Role.MANAGER, Role.ADMIN):
        raise NotAccepted(
            "email", f"{person.name} is a {person.role}. Give them the role manager first, on their page."
        )
    if any(member.user_id == person.id for member in team.members):
        return person
    db.session.add(TeamMember(team_id=team.id, user_id=person.id, added_at=database_now()))
    audit.record("team.member_added", person.email, actor=actor, team=team.name)
    db.session.commit()
    return person


def remove(team_id: int, user_id: int, *, actor: User) -> User:
    """Take somebody out of the team, and commit. Their roles in its interviews open nothing from then on.

    Raises NotFound, and Conflict when an interview of the team would be left without an owner.
    """
    team = roster(team_id).team
    member = next((one for one in team.members if one.user_id == user_id), None)
    if member is None:
        raise NotFound("Nobody of this team is that", "The team's page lists its members.")
    person = member.user
    orphaned = _only_owned_by(team, user_id)
    if orphaned:
        raise Conflict(
            f"{person.name} is the last owner of “{orphaned[0].title}”"
            + (f" and {len(orphaned) - 1} more" if len(orphaned) > 1 else ""),
            "Make somebody else an owner first, on the page Roles of the interview, or archive it.",
        )
    db.session.delete(member)
    audit.record("team.member_removed", person.email, actor=actor, team=team.name)
    db.session.commit()
    return person


def _only_owned_by(team: Team, user_id: int) -> Sequence[Interview]:
    interviews = db.session.scalars(
        select(Interview)
        .where(Interview.team_id == team.id, Interview.archived_at.is_(None))
        .order_by(Interview.title)
    ).all()
    return [one for one in interviews if interview_roles.is_last_owner(one, user_id)]


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not name or len(name) > MAX_NAME:
        raise NotAccepted("name", f"Give the team a name of at most {MAX_NAME} characters.")
    return name


def _flush_name(name: str) -> None:
    try:
        db.session.flush()
    except IntegrityError as taken:
        db.session.rollback()
        raise NotAccepted("name", f"There is a team called {name} already.") from taken
