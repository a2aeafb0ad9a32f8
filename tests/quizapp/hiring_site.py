"""A team with an interview, people in every role of it, somebody invited and an attempt, for tests of the hiring side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask

from quizapp.extensions import db
from quizapp.models import (
    Attempt,
    Interview,
    InterviewRole,
    Invitation,
    Role,
    User,
)
from quizapp.questions import blueprint_form
from quizapp.questions.blueprint_form import Typed, TypedSection
from quizapp.receipt import database_now
from quizapp.services import blueprints, drawing, finishing, interview_roles, publishing, teams
from tests.quizapp.people import Person

MakePerson = Callable[..., Person]

SECTIONS = (
    TypedSection(key="0", title="Concepts", banks=("basics",), kinds=("choice",), count="2"),
    TypedSection(key="1", title="Write code", banks=("basics",), kinds=("code",), count="1", points="20"),
)
TYPED = Typed(title="Backend engineer", minutes="45", description="Welcome.", sections=SECTIONS)


class Cast(dict[str, Person]):
    """People by name, each signed in when they are asked for the first time; it takes a while."""

    def __getitem__(self, name: str) -> Person:
        person = super().__getitem__(name)
        if name not in self._arrived:
            self._arrived.add(name)
            assert person.sign_in().status_code == 302
        return person

    def __init__(self, people: dict[str, Person]) -> None:
        super().__init__(people)
        self._arrived: set[str] = set()


@dataclass
class HiringSite:
    """One team's interview `Backend engineer`, published, with everybody who has to do with it."""

    app: Flask
    people: Cast
    team_id: int = 0
    interview_id: str = ""
    version_id: int = 0

    @property
    def path(self) -> str:
        """Where the interview lies."""
        return f"/manage/interviews/{self.interview_id}"

    def user(self, name: str) -> User:
        """The account of one of the people; in an application context."""
        return db.session.get_one(User, self.id_of(name))

    def id_of(self, name: str) -> int:
        """The number of somebody's account, who need not be signed in."""
        return dict.__getitem__(self.people, name).id


def build(app: Flask, make_person: MakePerson) -> HiringSite:
    """The site with owner, reviewer, viewer, stranger (a manager of another team), author, candidate and admin."""
    people = {
        name: make_person(role, name=f"{name.capitalize()} Person", is_signed_in=False)
        for name, role in {
            "owner": Role.MANAGER,
            "reviewer": Role.MANAGER,
            "viewer": Role.MANAGER,
            "stranger": Role.MANAGER,
            "author": Role.AUTHOR,
            "candidate": Role.CANDIDATE,
            "admin": Role.ADMIN,
        }.items()
    }
    for person in people.values():
        assert person.id  # read now: SQLite has one writer, and asking opens a context of its own
    site = HiringSite(app, Cast(people))
    with app.app_context():
        admin, owner = site.user("admin"), site.user("owner")
        site.team_id = teams.create("Backend", actor=admin).id
        for name in ("owner", "reviewer", "viewer"):
            teams.add(site.team_id, people[name].email, actor=admin)
        other = teams.create("Data", actor=admin)
        teams.add(other.id, people["stranger"].email, actor=admin)
        interview = blueprints.create(owner, "Backend engineer", site.team_id)
        site.interview_id = interview.id
        blueprints.save(owner, interview.id, TYPED, 0)
        site.version_id = publishing.publish(owner, interview.id, 1, "The first one.").id
        interview_roles.give(owner, interview.id, people["reviewer"].id, InterviewRole.REVIEWER)
    return site


def invite(site: HiringSite, email: str = "cara@example.org") -> int:
    """Somebody invited to the published version, who has not begun."""
    with site.app.app_context():
        interview = db.session.get_one(Interview, site.interview_id)
        invitation = Invitation(
            interview_id=interview.id,
            version_id=interview.version_id,
            email=email,
            name="Cara Diaz",
            created_at=database_now(),
        )
        db.session.add(invitation)
        db.session.commit()
        return invitation.id


def sit(site: HiringSite, invitation_id: int, who: str = "candidate", *, finished: bool = True) -> int:
    """The attempt of one of the people by an invitation, handed in unless `finished` is false."""
    with site.app.app_context():
        invitation, user = db.session.get_one(Invitation, invitation_id), site.user(who)
        invitation.user_id = user.id
        attempt = drawing.new_attempt(user, drawing.plan_of(invitation.version), invitation)
        db.session.commit()
        if finished:
            finishing.finalise(attempt)
        return attempt.id


def form_of(typed: Typed, revision: int, **further: str) -> dict[str, object]:
    """The editor's form as a browser sends it."""
    form: dict[str, object] = {
        name: getattr(typed, name)
        for name in (
            "title",
            "minutes",
            "description",
            "ending",
            "pass_line",
            "cool_down",
            "attempts",
            "results",
            "verdicts",
        )
    }
    form |= {"revision": str(revision), "section": [section.key for section in typed.sections], **further}
    if typed.shuffle:
        form["shuffle"] = "1"
    for section in typed.sections:
        for name in (
            "title",
            "count",
            "least",
            "most",
            "shortest",
            "longest",
            "points",
            "own_minutes",
            "open",
        ):
            form[f"{section.key}-{name}"] = getattr(section, name)
        form |= {f"{section.key}-mix-{degree}": count for degree, count in enumerate(section.mix, 1)}
        for name in ("banks", "topics", "kinds"):
            form[f"{section.key}-{name}"] = list(getattr(section, name))
        if section.barrier:
            form[f"{section.key}-barrier"] = "1"
    return form


def stored_typed(site: HiringSite) -> Typed:
    """The draft as the editor would show it now."""
    with site.app.app_context():
        return blueprint_form.typed(db.session.get_one(Interview, site.interview_id).blueprint)


__all__ = ["SECTIONS", "TYPED", "Attempt", "HiringSite", "build", "form_of", "invite", "sit", "stored_typed"]
