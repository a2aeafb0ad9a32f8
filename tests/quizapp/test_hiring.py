"""Who sees which interview, and what they may do there."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask

from quizapp.errors import Forbidden, NotFound
from quizapp.extensions import db
from quizapp.models import (
    Attempt,
    AttemptKind,
    Bank,
    Interview,
    InterviewMember,
    InterviewRole,
    Role,
    Team,
    TeamMember,
    User,
)
from quizapp.services import hiring

NOW = datetime(2026, 5, 1, 9, tzinfo=UTC)
OWNER, REVIEWER, VIEWER = InterviewRole.OWNER, InterviewRole.REVIEWER, InterviewRole.VIEWER


def user(email: str, role: Role = Role.MANAGER) -> User:
    made = User(email=email, name=email, role=role, password_hash="", created_at=NOW)
    db.session.add(made)
    db.session.flush()
    return made


def team(name: str, *people: User) -> Team:
    made = Team(name=name, created_at=NOW, members=[TeamMember(user=one, added_at=NOW) for one in people])
    db.session.add(made)
    db.session.flush()
    return made


def interview(name: str, of: Team | None, kind: str = "hiring") -> Interview:
    if db.session.get(Bank, "fresher") is None:
        db.session.add(Bank(id="fresher", title="Fresher"))
    made = Interview(id=name, bank_id="fresher", kind=kind, title=name, blueprint={}, team=of, created_at=NOW)
    db.session.add(made)
    db.session.flush()
    return made


def give(where: Interview, who: User, role: InterviewRole) -> None:
    db.session.add(InterviewMember(interview_id=where.id, user_id=who.id, role=role, given_at=NOW))
    db.session.flush()


def test_a_manager_sees_the_interviews_of_their_teams_and_no_mock(app: Flask) -> None:
    with app.app_context():
        ines, omar = user("ines@example.org"), user("omar@example.org")
        interview("backend", team("Backend", ines))
        interview("data", team("Data", omar))
        interview("mock", None, kind="mock")
        assert [one.id for one in db.session.scalars(hiring.interviews(ines))] == ["backend"]
        assert [one.id for one in db.session.scalars(hiring.interviews(omar))] == ["data"]
        admin = user("ada@example.org", Role.ADMIN)
        assert {one.id for one in db.session.scalars(hiring.interviews(admin))} == {"backend", "data"}
        for role in (Role.CANDIDATE, Role.AUTHOR):
            other = user(f"{role}@example.org", role)
            assert db.session.scalars(hiring.interviews(other)).all() == []


@pytest.mark.parametrize(
    ("given", "may"),
    [
        (None, {VIEWER}),
        (VIEWER, {VIEWER}),
        (REVIEWER, {VIEWER, REVIEWER}),
        (OWNER, {VIEWER, REVIEWER, OWNER}),
    ],
)
def test_a_role_may_what_those_below_it_may(
    app: Flask, given: InterviewRole | None, may: set[InterviewRole]
) -> None:
    with app.app_context():
        ines = user("ines@example.org")
        backend = interview("backend", team("Backend", ines))
        if given:
            give(backend, ines, given)
        for needed in InterviewRole:
            if needed in may:
                assert hiring.access(ines, "backend", needed).interview is backend
            else:
                with pytest.raises(Forbidden, match=f"needs the role {needed}"):
                    hiring.access(ines, "backend", needed)


def test_a_role_without_the_team_opens_nothing(app: Flask) -> None:
    with app.app_context():
        ines, omar = user("ines@example.org"), user("omar@example.org")
        backend = interview("backend", team("Backend", ines))
        give(backend, omar, OWNER)
        with pytest.raises(NotFound):
            hiring.access(omar, "backend")
        with pytest.raises(NotFound):
            hiring.access(ines, "there is none")


def test_only_attempts_at_the_interview_are_found(app: Flask) -> None:
    with app.app_context():
        ines, cara = user("ines@example.org"), user("cara@example.org", Role.CANDIDATE)
        backend = interview("backend", team("Backend", ines))
        made = {
            kind: Attempt(
                user_id=cara.id,
                bank_id="fresher",
                interview_id=None if kind is AttemptKind.PRACTICE else backend.id,
                kind=kind,
                started_at=NOW,
                finished_at=NOW,
            )
            for kind in AttemptKind
        }
        db.session.add_all(made.values())
        db.session.flush()
        found, access = hiring.attempt(ines, made[AttemptKind.HIRING].id)
        assert found is made[AttemptKind.HIRING]
        assert access.role is VIEWER
        for kind in (AttemptKind.PRACTICE, AttemptKind.MOCK):
            with pytest.raises(NotFound):
                hiring.attempt(ines, made[kind].id)
        with pytest.raises(NotFound):
            hiring.attempt(user("omar@example.org"), made[AttemptKind.HIRING].id)


def test_who_may_see_an_interview(app: Flask) -> None:
    with app.app_context():
        ines, gone = user("ines@example.org"), user("gone@example.org")
        gone.is_enabled = False
        admin = user("ada@example.org", Role.ADMIN)
        was_manager = user("cara@example.org", Role.CANDIDATE)
        user("omar@example.org")
        backend = interview("backend", team("Backend", ines, gone, was_manager))
        assert set(db.session.scalars(hiring.may_see(backend))) == {ines, admin}
