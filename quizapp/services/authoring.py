"""What authors see: every question with its state, one question with its versions, and the difference between two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Subquery,
    case,
    cast,
    func,
    literal,
    null,
    select,
    union_all,
)

from quizapp.errors import NotFound
from quizapp.extensions import db
from quizapp.models import Bank, ErrorReport, FileFinding, Question, QuestionVersion
from quizapp.rules import differences
from quizapp.services import findings, tryouts
from quizapp.services.paging import Page, page_of

PAGE_SIZE = 50
MAX_WORDS = 6
STATES = {
    "published": "Published",
    "failed": "Failed",  # its file does not load; the version before stays published
    "draft": "Draft",  # its file does not load, and nothing of it was ever published
    "retired": "Retired",
}


@dataclass(frozen=True)
class Filters:
    """What the list is narrowed to; empty means anything."""

    text: str = ""
    bank: str = ""
    topic: str = ""
    kind: str = ""
    state: str = ""
    is_reported: bool = False
    page: int = 1

    @property
    def is_any(self) -> bool:
        """Whether something is left out."""
        return bool(self.text or self.bank or self.topic or self.kind or self.state or self.is_reported)


@dataclass(frozen=True)
class Entry:
    """One question of the list. `number` counts its versions; 0 when nothing of it was published."""

    id: str
    bank_id: str
    topic: str
    kind: str
    title: str
    state: str
    number: int
    changed_at: datetime | None
    findings: int
    reports: int  # open ones


@dataclass(frozen=True)
class Catalogue:
    """A page of the list, with what there is to filter by."""

    found: Page[Entry]
    states: dict[str, int]  # of all questions
    reported: int
    banks: list[tuple[str, str]]
    topics: list[str]
    kinds: list[str]
    other_findings: Sequence[FileFinding]


@dataclass(frozen=True)
class NumberedVersion:
    """One version of a question, counted from 1."""

    number: int
    version: QuestionVersion
    is_published: bool


@dataclass(frozen=True)
class Sheet:
    """One question for its authors. Without a version it is a file that never loaded."""

    id: str
    question: Question | None
    state: str
    versions: Sequence[NumberedVersion]  # the newest first
    findings: Sequence[FileFinding]
    open_reports: int

    @property
    def title(self) -> str:
        """Its title, or its id while there is none."""
        return self.question.title if self.question else self.id

    @property
    def published(self) -> NumberedVersion | None:
        """The version that is in use."""
        return next((one for one in self.versions if one.is_published), None)

    def version(self, number: int) -> NumberedVersion:
        """One version by its number. Raises NotFound."""
        for one in self.versions:
            if one.number == number:
                return one
        raise NotFound("There is no such version", "The question's page lists those there are.")


@dataclass(frozen=True)
class Comparison:
    """What changed from one version to another."""

    old: NumberedVersion
    new: NumberedVersion
    changes: Sequence[differences.Change]


def catalogue(filters: Filters) -> Catalogue:
    """A page of all questions that fit, and of files that never were one."""
    entries = _entries()
    states = dict.fromkeys(STATES, 0)
    states |= {
        row[0]: row[1]
        for row in db.session.execute(select(entries.c.state, func.count()).group_by(entries.c.state))
    }
    page = page_of(_fitting(entries, filters), filters.page, PAGE_SIZE)
    return Catalogue(
        found=Page([Entry(*row) for row in page.rows], page.number, page.pages, page.total),
        states=states,
        reported=db.session.scalar(
            select(func.count(func.distinct(ErrorReport.question_id))).where(ErrorReport.settled_at.is_(None))
        )
        or 0,
        banks=[
            (bank.id, bank.title)
            for bank in db.session.scalars(
                select(Bank).where(Bank.id != tryouts.BANK).order_by(Bank.position, Bank.id)
            )
        ],
        topics=list(db.session.scalars(select(entries.c.topic).distinct().order_by(entries.c.topic))),
        kinds=list(db.session.scalars(select(Question.kind).distinct().order_by(Question.kind))),
        other_findings=findings.of_other_files(),
    )


def sheet(question_id: str) -> Sheet:
    """One question by its id, also one whose file never loaded. Raises NotFound."""
    question = db.session.get(Question, question_id)
    found = findings.of_question(question_id)
    if question is None and not found:
        raise NotFound("There is no such question", "The list of questions has a search.")
    stored = db.session.scalars(
        select(QuestionVersion).where(QuestionVersion.question_id == question_id).order_by(QuestionVersion.id)
    ).all()
    numbered = [
        NumberedVersion(number, version, question is not None and version.id == question.version_id)
        for number, version in enumerate(stored, 1)
    ]
    return Sheet(
        id=question_id,
        question=question,
        state=_state_of(question, is_failing=bool(found)),
        versions=numbered[::-1],
        findings=found,
        open_reports=db.session.scalar(
            select(func.count()).where(
                ErrorReport.question_id == question_id, ErrorReport.settled_at.is_(None)
            )
        )
        or 0,
    )


def compare(of: Sheet, old: int, new: int) -> Comparison:
    """What changed between two versions. Raises NotFound."""
    before, after = of.version(old), of.version(new)
    return Comparison(before, after, differences.changes(before.version.content, after.version.content))


def _state_of(question: Question | None, *, is_failing: bool) -> str:
    if question is None or question.version_id is None:
        return "draft"
    if question.is_retired:
        return "retired"
    return "failed" if is_failing else "published"


def _entries() -> Subquery:
    """Questions in the database, and ids of files that never loaded, in the same columns."""
    failing = select(FileFinding.question_id).where(FileFinding.question_id.is_not(None))
    state = case(
        (Question.version_id.is_(None), "draft"),
        (Question.is_retired.is_(True), "retired"),
        (Question.id.in_(failing), "failed"),
        else_="published",
    )
    questions = select(
        Question.id,
        Question.bank_id,
        Question.topic,
        Question.kind,
        Question.title,
        state.label("state"),
        Question.version_id,
        Question.search_text,
    ).where(Question.bank_id != tryouts.BANK)
    drafts = (
        select(
            FileFinding.question_id,
            func.min(FileFinding.bank_id),
            func.min(FileFinding.topic),
            literal(""),
            literal(""),
            literal("draft"),
            cast(null(), Integer),
            func.lower(FileFinding.question_id),
        )
        .where(FileFinding.question_id.is_not(None), FileFinding.question_id.not_in(select(Question.id)))
        .group_by(FileFinding.question_id)
    )
    return union_all(questions, drafts).subquery("entries")


def _fitting(entries: Subquery, filters: Filters) -> Select[Any]:
    reports = _count_of(
        ErrorReport.id, ErrorReport.question_id == entries.c.id, ErrorReport.settled_at.is_(None)
    )
    query = select(
        entries.c.id,
        entries.c.bank_id,
        entries.c.topic,
        entries.c.kind,
        entries.c.title,
        entries.c.state,
        _count_of(
            QuestionVersion.id,
            QuestionVersion.question_id == entries.c.id,
            QuestionVersion.id <= entries.c.version_id,
        ).label("number"),
        select(QuestionVersion.created_at)
        .where(QuestionVersion.id == entries.c.version_id)
        .scalar_subquery()
        .label("changed_at"),
        _count_of(FileFinding.id, FileFinding.question_id == entries.c.id).label("findings"),
        reports.label("reports"),
    ).order_by(entries.c.bank_id, entries.c.topic, entries.c.id)
    for column, wanted in (
        (entries.c.bank_id, filters.bank),
        (entries.c.topic, filters.topic),
        (entries.c.kind, filters.kind),
        (entries.c.state, filters.state),
    ):
        if wanted:
            query = query.where(column == wanted)
    if filters.is_reported:
        query = query.where(reports > 0)
    for word in filters.text.lower().split()[:MAX_WORDS]:
        query = query.where(entries.c.search_text.contains(word, autoescape=True))
    return query


def _count_of(column: Any, *conditions: ColumnElement[bool]) -> Any:
    return select(func.count(column)).where(*conditions).scalar_subquery()
