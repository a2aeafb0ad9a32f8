"""The list of hiring interviews that a manager sees, with how many are invited, running and finished in each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select

from quizapp.extensions import db
from quizapp.models import (
    Attempt,
    AttemptKind,
    Interview,
    InterviewMember,
    InterviewRole,
    Invitation,
    Role,
    User,
)
from quizapp.services import hiring, publishing
from quizapp.services.paging import Page, page_of

PAGE_SIZE = 25
STATES = {
    "open": "Open",
    "draft": "Draft",  # nothing of it was published yet
    "archived": "Archived",
}


@dataclass(frozen=True)
class Filters:
    """What the list is narrowed to; an empty state leaves out what is archived."""

    text: str = ""
    state: str = ""
    is_mine: bool = False
    page: int = 1

    @property
    def is_any(self) -> bool:
        """Whether something was chosen."""
        return bool(self.text or self.state or self.is_mine)


@dataclass(frozen=True)
class Entry:
    """One interview of the list."""

    interview: Interview
    role: InterviewRole
    invited: int
    running: int
    finished: int

    @property
    def state(self) -> str:
        """A key of STATES."""
        if self.interview.archived_at is not None:
            return "archived"
        return "draft" if self.interview.version is None else "open"

    @property
    def is_changed(self) -> bool:
        """Whether its draft says something else than what is published."""
        return publishing.is_changed(self.interview)


def entries(user: User, filters: Filters) -> Page[Entry]:
    """A page of the interviews that the user sees, newest first."""
    found = page_of(_fitting(user, filters), filters.page, PAGE_SIZE)
    rows = _entries(user, [row[0] for row in found.rows])
    return Page(rows, found.number, found.pages, found.total)


def entry(user: User, access: hiring.Access) -> Entry:
    """One interview with its counts."""
    return _entries(user, [access.interview])[0]


def count(user: User) -> int:
    """How many interviews the user sees at all."""
    return (
        db.session.scalar(select(func.count()).select_from(hiring.interviews(user).order_by(None).subquery()))
        or 0
    )


def _entries(user: User, listed: Sequence[Interview]) -> list[Entry]:
    ids = [interview.id for interview in listed]
    roles = _roles(user, ids)
    invited = _counts(
        select(Invitation.interview_id, func.count())
        .where(Invitation.interview_id.in_(ids), Invitation.revoked_at.is_(None))
        .group_by(Invitation.interview_id)
    )
    running, finished = (_counts(_attempts(ids, is_over=is_over)) for is_over in (False, True))
    usual = InterviewRole.OWNER if user.role is Role.ADMIN else InterviewRole.VIEWER
    return [
        Entry(
            interview,
            usual if user.role is Role.ADMIN else roles.get(interview.id, usual),
            invited.get(interview.id, 0),
            running.get(interview.id, 0),
            finished.get(interview.id, 0),
        )
        for interview in listed
    ]


def _fitting(user: User, filters: Filters) -> Select[Interview]:
    query = hiring.interviews(user)
    if filters.state == "archived":
        query = query.where(Interview.archived_at.is_not(None))
    else:
        query = query.where(Interview.archived_at.is_(None))
    if filters.state in ("open", "draft"):
        is_draft = Interview.version_id.is_(None)
        query = query.where(is_draft if filters.state == "draft" else ~is_draft)
    if filters.is_mine:
        query = query.where(
            Interview.id.in_(select(InterviewMember.interview_id).where(InterviewMember.user_id == user.id))
        )
    for word in filters.text.lower().split()[:6]:
        query = query.where(func.lower(Interview.title).contains(word, autoescape=True))
    return query


def _roles(user: User, ids: Sequence[str]) -> dict[str, InterviewRole]:
    rows = db.session.execute(
        select(InterviewMember.interview_id, InterviewMember.role).where(
            InterviewMember.user_id == user.id, InterviewMember.interview_id.in_(ids)
        )
    )
    return {row.interview_id: row.role for row in rows}


def _attempts(ids: Sequence[str], *, is_over: bool) -> Select[str | None, int]:
    over = Attempt.finished_at.is_not(None) if is_over else Attempt.finished_at.is_(None)
    return (
        select(Attempt.interview_id, func.count())
        .where(Attempt.interview_id.in_(ids), Attempt.kind == AttemptKind.HIRING, over)
        .group_by(Attempt.interview_id)
    )


def _counts(query: Select[*tuple[Any, ...]]) -> dict[str, int]:
    return {row[0]: row[1] for row in db.session.execute(query)}
