"""Two to four candidates of one interview side by side, question by question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from quizapp.errors import Unprocessable
from quizapp.extensions import db
from quizapp.models import Attempt, Choice, Interview, InterviewRole, Review, User
from quizapp.rules import answers, blindness, scoring
from quizapp.services import hiring, identities, reports
from quizapp.services.attempts import WHOLE
from quizapp.services.report_items import Item

LEAST, MOST = 2, 4


@dataclass(frozen=True)
class Person:
    """One of those who are compared, with the report on their attempt."""

    attempt: Attempt
    shown: blindness.Shown
    report: reports.Report
    decision: Choice | None


@dataclass(frozen=True)
class Cell:
    """One person's answer to one question, in words."""

    item: Item
    text: str
    files: dict[str, str]  # of code


@dataclass(frozen=True)
class Line:
    """One question, and who of the people answered it in which way; None for whom it was not asked."""

    question_id: str
    title: str
    kind: str
    topic: str
    cells: list[Cell | None]

    @property
    def content(self) -> dict[str, Any]:
        """What was asked, as the first who was asked it met it."""
        return next(cell.item.content for cell in self.cells if cell)

    @property
    def has_versions(self) -> bool:
        """Whether not all of them met the same words."""
        return len({cell.item.response.version_id for cell in self.cells if cell}) > 1


@dataclass(frozen=True)
class Comparison:
    """What all were asked, in the order of the first one's form, and what only some were."""

    interview: Interview
    people: list[Person]
    shared: list[Line]
    others: list[Line]

    @property
    def is_same_form(self) -> bool:
        """Whether everybody was asked the same questions."""
        return not self.others

    @property
    def sections(self) -> list[tuple[str, list[scoring.Total | None]]]:
        """Each section of anybody's form, and what everybody got there; None for whom it was not in the form."""
        sums = [dict(person.report.sections) for person in self.people]
        titles = list(dict.fromkeys(title for one in sums for title in one))
        return [(title, [one.get(title) for one in sums]) for title in titles] if len(titles) > 1 else []


def of(user: User, interview_id: str, attempt_ids: Sequence[int]) -> Comparison:
    """Compare the attempts, in the order given; each counts once.

    Raises NotFound for one that the user does not see or that is of another interview, and Unprocessable for too few,
    too many, or one that has not ended.
    """
    interview = hiring.access(user, interview_id).interview
    ids = list(dict.fromkeys(attempt_ids))
    if not LEAST <= len(ids) <= MOST:
        raise Unprocessable(
            f"Choose {LEAST} to {MOST} candidates", "Tick them in the score table, then press Compare."
        )
    listed = [hiring.attempt(user, number, InterviewRole.VIEWER, *WHOLE)[0] for number in ids]
    if any(attempt.interview_id != interview.id for attempt in listed):
        raise Unprocessable("They sat different interviews", "Compare candidates of one interview.")
    if any(attempt.finished_at is None for attempt in listed):
        raise Unprocessable("Not all of them have finished", "Compare candidates who have a score.")
    known = identities.of_many(listed)
    decided = dict(
        db.session.execute(select(Review.attempt_id, Review.decision).where(Review.attempt_id.in_(ids))).all()
    )
    people = [Person(one, known[one.id], reports.report(one), decided.get(one.id)) for one in listed]
    lines = _lines(people)
    return Comparison(
        interview=interview,
        people=people,
        shared=[line for line in lines if all(line.cells)],
        others=[line for line in lines if not all(line.cells)],
    )


def _lines(people: Sequence[Person]) -> list[Line]:
    """A line per question: those of the first form in its order, then what the second one adds, and so on."""
    asked = [{item.response.question_id: item for item in person.report.items} for person in people]
    lines = []
    for question_id in dict.fromkeys(id_ for items in asked for id_ in items):
        met = [items.get(question_id) for items in asked]
        first = next(item for item in met if item is not None)
        lines.append(
            Line(
                question_id,
                first.content["title"],
                first.content["kind"],
                first.content["topic"],
                [None if item is None else Cell(item, _words(item), _files(item)) for item in met],
            )
        )
    return lines


def _words(item: Item) -> str:
    """The answer in words; of code nothing, its files are shown."""
    if item.answer is None or answers.is_coded(item.content):
        return ""
    return answers.as_text(item.content, item.answer)


def _files(item: Item) -> dict[str, str]:
    """Of code what was judged, else what was saved last; without the files that stayed as they were given."""
    if not answers.is_coded(item.content):
        return {}
    files: dict[str, str] = item.details.get("files") or (item.answer or {}).get("files") or {}
    given = item.content.get("files") or {}
    return {path: text for path, text in files.items() if text != given.get(path)} or files
