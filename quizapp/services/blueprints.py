"""Hiring interviews as their owners write them: a draft that is saved with its revision, and versions made of it.

The draft is `Interview.blueprint`. Publishing makes an InterviewVersion, which is never changed: new invitations get it,
and whoever was invited before keeps theirs.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, update

from quizapp.errors import Conflict, NotFound, Unprocessable
from quizapp.extensions import db
from quizapp.models import (
    Bank,
    Interview,
    InterviewMember,
    InterviewRole,
    Question,
    Role,
    Team,
    TeamMember,
    User,
)
from quizapp.questions import blueprint_form
from quizapp.questions.blueprint_form import Reading, Typed
from quizapp.receipt import database_now
from quizapp.rules import differences, outlook
from quizapp.rules.outlook import Outlook
from quizapp.services import audit, drawing, hiring, shipped_blueprints, tryouts
from quizapp.services.hiring import Access

MAX_TITLE = 200
MAX_NOTE = 500
# Fields with their names on the page, in its order. What no difference shows is left out.
TITLES = {
    "title": "Title",
    "minutes": "Minutes",
    "description": "Welcome",
    "ending": "Ending",
    "sections": "Sections",
    "pass_line": "Line to pass",
    "attempts": "How often it may be sat",
    "cool_down": "Hours between two attempts",
    "closes": "Closes",
    "shuffle": "Random order",
    "results": "When candidates see results",
    "verdicts": "Verdicts while it runs",
}
_PARTS: tuple[tuple[str, list[str], int], ...] = (
    ("Concepts", ["choice", "text"], 4),
    ("Read code", ["output", "bug", "order"], 3),
    ("Write code", ["code"], 2),
)
WELCOME = (
    "This interview is about Flask and Python. You can use documentation, as at work.\n\n"
    "Read the rules, try your environment out, and start when you have the time."
)


class Outdated(Conflict):
    """Somebody else saved the draft after it was opened. `theirs` is how it is now, `changes` how that differs."""

    code = "outdated_draft"
    message = "Somebody else saved this draft after you opened it"
    what_to_do = "Both are shown: compare them, then save yours over it or take theirs."

    def __init__(
        self, revision: int, theirs: Mapping[str, Any], changes: Sequence[differences.Change]
    ) -> None:
        super().__init__(beside={"revision": revision})
        self.revision = revision
        self.theirs = theirs
        self.changes = changes


class Unreadable(Unprocessable):
    """Fields of the form cannot be used; `errors` has a sentence for each."""

    message = "Some fields cannot be used as they are"
    what_to_do = "Each of them says what it takes. Nothing of what you typed is lost."

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(beside={"fields": dict(errors)})
        self.errors = errors


@dataclass(frozen=True)
class Source:
    """A bank that can be drawn from."""

    id: str
    title: str
    is_public: bool
    count: int


def sources() -> list[Source]:
    """Every bank with questions, those for hiring first."""
    rows = db.session.execute(
        select(Bank.id, Bank.title, Bank.is_public, func.count(Question.id))
        .join(Question, Question.bank_id == Bank.id)
        .where(
            Bank.id != tryouts.BANK,
            Question.is_retired.is_(False),
            Question.version_id.is_not(None),
        )
        .group_by(Bank.id, Bank.title, Bank.is_public, Bank.position)
        .order_by(Bank.is_public, Bank.position, Bank.id)
    )
    return [Source(*row) for row in rows]


def teams_of(user: User) -> Sequence[Team]:
    """The teams that the user may make interviews for: an admin for all."""
    query = select(Team).where(Team.archived_at.is_(None)).order_by(func.lower(Team.name), Team.id)
    if user.role is not Role.ADMIN:
        query = query.where(Team.members.any(TeamMember.user_id == user.id))
    return db.session.scalars(query).all()


def create(user: User, title: str, team_id: int) -> Interview:
    """A new interview of a team with the usual three parts as its draft; the user owns it. Commits.

    Raises Unreadable for a title that cannot be used, NotFound for a team that is not the user's, and Conflict where
    there is no bank to draw from.
    """
    offered = sources()
    if not offered:
        raise Conflict("There is no bank to draw from", "Questions are published from files first.")
    bank = next((one.id for one in offered if one.is_public), offered[0].id)
    blueprint = {
        "bank": bank,
        "title": title,
        "interview": "hiring",
        "minutes": 60,
        "description": WELCOME,
        "attempts": 1,
        "results": "never",
        "sections": _usual_sections(bank),
    }
    return _made(user, title, _team(user, team_id), blueprint)


def duplicate(user: User, interview_id: str, title: str, team_id: int) -> Interview:
    """A new interview whose draft is that of another one, or what a file describes; commits. Raises as `create` does."""
    source = source_of(user, interview_id)
    blueprint = source.blueprint | {"title": title}
    if is_from_file(source) and not blueprint.get("attempts"):  # mocks are sat as often as one likes
        blueprint["attempts"] = 1
    return _made(user, title, _team(user, team_id), blueprint, copied=interview_id)


def source_of(user: User, interview_id: str) -> Interview:
    """What the user may begin an interview with. Raises NotFound."""
    return shipped_blueprints.find(interview_id) or hiring.access(user, interview_id).interview


def save(user: User, interview_id: str, typed: Typed, revision: int) -> Interview:
    """Save the draft and commit. Raises NotFound, Forbidden, Unreadable, Outdated, and Conflict for an archived one."""
    interview = editable(user, interview_id)
    reading = read(typed, interview)
    if reading.blueprint is None:
        raise Unreadable(reading.errors)
    before = interview.blueprint
    # The condition is in the statement: of two who save at once, one finds it outdated.
    saving = (
        update(Interview)
        .where(Interview.id == interview_id, Interview.draft_revision == revision)
        .values(blueprint=reading.blueprint, title=reading.blueprint["title"], draft_revision=revision + 1)
    )
    if db.session.execute(saving, execution_options={"synchronize_session": False}).rowcount != 1:  # type: ignore[attr-defined]
        db.session.rollback()
        db.session.refresh(interview)
        theirs = interview.blueprint
        raise Outdated(interview.draft_revision, theirs, told_changes(theirs, reading.blueprint))
    told = told_changes(before, reading.blueprint)
    if told:
        audit.record("interview.draft_saved", interview.title, actor=user, **as_facts(interview, told))
    db.session.commit()
    db.session.refresh(interview)
    return interview


def archive(user: User, interview_id: str, *, archived: bool) -> Interview:
    """Put an interview away or take it back, and commit: nobody new is invited, what runs goes on. Owners only."""
    interview = hiring.access(user, interview_id, InterviewRole.OWNER).interview
    if archived is (interview.archived_at is not None):
        return interview
    interview.archived_at = database_now() if archived else None
    interview.is_open = not archived and interview.version_id is not None
    audit.record(
        "interview.archived" if archived else "interview.restored",
        interview.title,
        actor=user,
        interview=interview.id,
    )
    db.session.commit()
    return interview


def told_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[differences.Change]:
    """What is different between two blueprints, of what owners write."""
    return [change for change in differences.changes(old, new, TITLES) if change.name in TITLES]


def as_facts(interview: Interview, told: Sequence[differences.Change]) -> dict[str, Any]:
    """A difference for the log: by field the lines that went and came."""
    changed = {
        change.name: {
            "before": [row.text for row in change.rows if row.sign == "remove"],
            "after": [row.text for row in change.rows if row.sign == "add"],
        }
        for change in told
    }
    return {"interview": interview.id, "changed": changed}


def read(typed: Typed, interview: Interview) -> Reading:
    """What the form says, as a blueprint of this interview."""
    return blueprint_form.read(typed, interview.id, [source.id for source in sources()])


def outlook_of(sections: Sequence[Mapping[str, Any]]) -> Outlook:
    """What these sections could draw now; each of them names its banks."""
    named = sorted({bank for section in sections for bank in section["banks"]})
    public = {source.id for source in sources() if source.is_public}
    pool, retired = drawing.candidates(*named), drawing.candidates(*named, retired=True)
    return outlook.outlook(sections, pool, retired, public)


def is_from_file(interview: Interview) -> bool:
    """Whether a file describes it: then it is changed there, and duplicated here."""
    return interview.created_at is None


def _usual_sections(bank: str) -> list[dict[str, Any]]:
    """The usual parts, as far as the bank has questions for them."""
    sections = [
        {"title": part, "banks": [bank], "kinds": kinds, "topics": "any", "count": count}
        for part, kinds, count in _PARTS
    ]
    fits = outlook_of(sections).fits
    return [
        {**section, "count": min(fit.available, fit.wanted)}
        for section, fit in zip(sections, fits, strict=True)
        if fit.available
    ]


def _made(user: User, title: str, team: Team, blueprint: dict[str, Any], copied: str = "") -> Interview:
    title = title.strip()
    if not title or len(title) > MAX_TITLE or "\n" in title:
        raise Unreadable({"title": blueprint_form.WORDS["title"]})
    id_ = f"{_slug(title)}-{secrets.token_hex(4)}"
    now = database_now()
    typed = blueprint_form.typed(blueprint | {"title": title})
    known = blueprint_form.read(typed, id_, [source.id for source in sources()])
    interview = Interview(
        id=id_,
        bank_id=blueprint["bank"],
        kind="hiring",
        title=title,
        # What was copied may name a bank that is gone: then it is mended in the draft.
        blueprint=known.blueprint or blueprint | {"id": id_, "title": title},
        is_open=False,
        team_id=team.id,
        created_at=now,
    )
    db.session.add(interview)
    db.session.flush()
    db.session.add(InterviewMember(interview_id=id_, user_id=user.id, role=InterviewRole.OWNER, given_at=now))
    facts = {"interview": id_, "team": team.name} | ({"copied_from": copied} if copied else {})
    audit.record("interview.created", title, actor=user, **facts)
    db.session.commit()
    return interview


def _team(user: User, team_id: int) -> Team:
    found = next((team for team in teams_of(user) if team.id == team_id), None)
    if found is None:
        raise NotFound("There is no such team of yours", "An admin puts people into teams.")
    return found


def editable(user: User, interview_id: str) -> Interview:
    """An interview whose draft the user may change. Raises NotFound, Forbidden, Conflict."""
    found: Access = hiring.access(user, interview_id, InterviewRole.OWNER)
    if is_from_file(found.interview):
        raise Conflict("A file describes this interview", "Change the file, or duplicate the interview.")
    if found.interview.archived_at is not None:
        raise Conflict("This interview is archived", "Take it back from the archive to change it.")
    return found.interview


def _slug(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:40].strip("-") or "interview"
