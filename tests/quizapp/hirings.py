"""Hiring in tests: an interview of a team, who may do what in it, and candidates who sat it."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask
from sqlalchemy import select

from quizapp.extensions import db
from quizapp.models import (
    AttemptKind,
    Interview,
    InterviewMember,
    InterviewRole,
    InterviewVersion,
    Invitation,
    Team,
    TeamMember,
    User,
)
from quizapp.receipt import database_now
from quizapp.services import drawing
from quizapp.services.drawing import Plan
from tests.quizapp.people import Person
from tests.quizapp.shelf import BLUEPRINT
from tests.quizapp.sittings import CHANGED, Sitting, judge

OWNER, REVIEWER, VIEWER = InterviewRole.OWNER, InterviewRole.REVIEWER, InterviewRole.VIEWER


@dataclass
class Hiring:
    """A hiring interview with a team of its own."""

    app: Flask
    interview_id: str
    team_id: int

    def give(self, person: Person, role: InterviewRole | None) -> None:
        """Put somebody into the team, with a role in the interview; None leaves them a viewer without one."""
        person_id = person.id
        with self.app.app_context():
            now = database_now()
            if db.session.get(TeamMember, (self.team_id, person_id)) is None:
                db.session.add(TeamMember(team_id=self.team_id, user_id=person_id, added_at=now))
            given = db.session.get(InterviewMember, (self.interview_id, person_id))
            if given is not None:
                db.session.delete(given)
                db.session.flush()
            if role is not None:
                db.session.add(
                    InterviewMember(
                        interview_id=self.interview_id, user_id=person_id, role=role, given_at=now
                    )
                )
            db.session.commit()

    def set(self, **columns: Any) -> None:
        """Change columns of the interview, such as `is_blind`."""
        with self.app.app_context():
            interview = db.session.get_one(Interview, self.interview_id)
            for name, value in columns.items():
                setattr(interview, name, value)
            db.session.commit()

    def start(self, person: Person, **columns: Any) -> Sitting:
        """Invite somebody who has an account, bind the invitation and start the clock; `columns` are the attempt's."""
        person_id = person.id
        with self.app.app_context():
            user = db.session.get_one(User, person_id)
            interview = db.session.get_one(Interview, self.interview_id)
            now = database_now()
            invitation = Invitation(
                interview_id=interview.id,
                version_id=interview.version_id,
                email=user.email,
                name=user.name,
                created_at=now,
                user_id=user.id,
                bound_at=now,
                opened_at=now,
            )
            db.session.add(invitation)
            attempt = drawing.new_attempt(user, Plan(interview.bank_id, interview.blueprint, interview.id))
            attempt.kind = AttemptKind.HIRING
            attempt.invitation, attempt.interview_version_id = invitation, interview.version_id
            for name, value in columns.items():
                setattr(attempt, name, value)
            db.session.commit()
            return Sitting(person, attempt.id)

    def sat(self, person: Person, *, right: bool = True, code: float | None = None) -> Sitting:
        """A whole attempt, handed in: everything right or wrong, and code with this share of its tests, or none."""
        sitting = self.start(person)
        sitting.answer_all(right=right)
        if code is not None:
            sitting.save("code", CHANGED)
        sitting.hand_in()
        if code is not None:
            judge(person, "accepted" if code == 1 else "wrong_answer", code)
        return sitting


def hire(
    app: Flask,
    people: Mapping[InterviewRole, Person] | None = None,
    *,
    name: str = "backend",
    blueprint: Mapping[str, Any] | None = None,
    bank: str = "basics",
    **columns: Any,
) -> Hiring:
    """A published hiring interview on a bank of the shelf, with these people in its team; `columns` are the interview's."""
    content = copy.deepcopy(BLUEPRINT) | {"id": name, "title": "Backend engineer", **(blueprint or {})}
    with app.app_context():
        now = database_now()
        team = Team(name=f"Team of {name}", created_at=now)
        interview = Interview(
            id=name,
            bank_id=bank,
            kind="hiring",
            title=content["title"],
            blueprint=content,
            team=team,
            created_at=now,
            **columns,
        )
        version = InterviewVersion(
            interview=interview, number=1, title=content["title"], blueprint=content, created_at=now
        )
        db.session.add_all([interview, version])
        db.session.flush()
        interview.version_id = version.id
        db.session.commit()
        made = Hiring(app, name, db.session.scalars(select(Team.id).where(Team.name == team.name)).one())
    for role, person in (people or {}).items():
        made.give(person, role)
    return made
