"""Versions of hiring interviews: publishing a draft, what is published, and what changed between two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from quizapp.errors import Conflict, NotFound
from quizapp.extensions import db
from quizapp.models import Attempt, Interview, InterviewVersion, Invitation, User
from quizapp.questions import blueprint_form
from quizapp.receipt import database_now
from quizapp.rules import differences, outlook, selection
from quizapp.rules.outlook import Outlook
from quizapp.services import audit, blueprints

MAX_NOTE = 500


class NotDrawable(Conflict):
    """The draft asks for more than its banks have."""

    code = "not_drawable"


@dataclass(frozen=True)
class Comparison:
    """What changed from one version to another; a number of 0 is the draft."""

    old: int
    new: int
    changes: Sequence[differences.Change]


def publish(user: User, interview_id: str, revision: int, note: str) -> InterviewVersion:
    """Make a version of the draft that was seen, and commit; the same draft again gives the version there is.

    Raises NotFound, Forbidden, Outdated, Unreadable, and Conflict for an archived one or one that cannot be drawn.
    """
    interview = blueprints.editable(user, interview_id)
    db.session.refresh(interview, with_for_update={"key_share": True})  # two who publish at once take turns
    if interview.draft_revision != revision:
        raise blueprints.Outdated(interview.draft_revision, interview.blueprint, [])
    if interview.version and interview.version.blueprint == interview.blueprint:
        return interview.version
    _ensure_drawable(interview)
    before = interview.version
    version = InterviewVersion(
        interview_id=interview.id,
        number=1 + (_newest_number(interview.id) or 0),
        title=interview.title,
        blueprint=interview.blueprint,
        note=note.strip()[:MAX_NOTE],
        created_at=database_now(),
        created_by_id=user.id,
    )
    db.session.add(version)
    db.session.flush()
    interview.version_id, interview.is_open = version.id, True
    interview.bank_id = interview.blueprint["bank"]
    told = blueprints.told_changes(before.blueprint, version.blueprint) if before else []
    facts = blueprints.as_facts(interview, told)
    audit.record(
        "interview.published",
        interview.title,
        actor=user,
        before_version=before.number if before else None,
        after_version=version.number,
        note=version.note,
        **facts,
    )
    db.session.commit()
    return version


def _ensure_drawable(interview: Interview) -> None:
    """Raises Unreadable for a draft that cannot be read, and NotDrawable for one that asks for too much."""
    reading = blueprints.read(blueprint_form.typed(interview.blueprint), interview)
    if reading.blueprint is None:
        raise blueprints.Unreadable(reading.errors)
    found = blueprints.outlook_of(list(reading.sections.values()))
    if found.problem:
        raise NotDrawable(
            found.problem.rstrip("."), "Nothing was published. Ask for less, or draw from more banks."
        )


def versions(interview: Interview) -> Sequence[InterviewVersion]:
    """All of an interview, the newest first."""
    return db.session.scalars(
        select(InterviewVersion)
        .where(InterviewVersion.interview_id == interview.id)
        .order_by(InterviewVersion.number.desc())
    ).all()


def compare(interview: Interview, old: int, new: int) -> Comparison:
    """What changed between two versions by their numbers; 0 is the draft. Raises NotFound."""
    known = {version.number: version.blueprint for version in versions(interview)} | {0: interview.blueprint}
    if old not in known or new not in known:
        raise NotFound("There is no such version", "The interview's page Versions lists those there are.")
    return Comparison(old, new, blueprints.told_changes(known[old], known[new]))


def is_changed(interview: Interview) -> bool:
    """Whether the draft says something else than the published version."""
    if interview.version is None or interview.version.blueprint == interview.blueprint:
        return False
    # A key that came to be after the version was made, and says nothing in the draft, changes nothing.
    return bool(draft_changes(interview))


def draft_changes(interview: Interview) -> Sequence[differences.Change]:
    """What the draft changes about the published version; nothing before the first one."""
    if interview.version is None:
        return []
    return blueprints.told_changes(interview.version.blueprint, interview.blueprint)


def invited(interview: Interview) -> dict[int, int]:
    """How many were invited to each version, by its id."""
    rows = db.session.execute(
        select(Invitation.version_id, func.count())
        .where(Invitation.interview_id == interview.id)
        .group_by(Invitation.version_id)
    )
    return {row[0]: row[1] for row in rows}


def open_invitations(interview: Interview) -> int:
    """How many people are invited and have not begun: they keep the version they were invited to."""
    query = (
        select(func.count(Invitation.id))
        .outerjoin(Attempt, Attempt.invitation_id == Invitation.id)
        .where(
            Invitation.interview_id == interview.id,
            Invitation.revoked_at.is_(None),
            Invitation.declined_at.is_(None),
            Attempt.id.is_(None),
        )
    )
    return db.session.scalar(query) or 0


def warnings_of(version: InterviewVersion) -> list[str]:
    """What is wrong with a published version by now: questions go and banks change after it was made."""
    return outlook.warnings(outlook_of_version(version), float(version.blueprint["minutes"]))


def outlook_of_version(version: InterviewVersion) -> Outlook:
    """What a published version could draw now."""
    return blueprints.outlook_of(selection.settled(version.blueprint))


def _newest_number(interview_id: str) -> int | None:
    return db.session.scalar(
        select(func.max(InterviewVersion.number)).where(InterviewVersion.interview_id == interview_id)
    )
