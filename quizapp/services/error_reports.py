"""Errors in questions that candidates report: taken in beside their work, settled by an author with a note."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import joinedload

from quizapp.errors import Conflict, NotFound, TooMany, Unprocessable
from quizapp.extensions import db
from quizapp.models import Attempt, AttemptKind, ErrorReport, QuestionVersion, Response, User
from quizapp.receipt import database_now, received_at
from quizapp.rules import answers, parameters
from quizapp.services import audit, practice, responses, showing

MAX_TEXT = 2000
MAX_NOTE = 1000
MOST_OPEN = 3  # of one person about one question
MOST_LISTED = 200

_report = ErrorReport.__table__.c
_ANY = (
    select(_report.id)
    .where(
        _report.user_id == bindparam("user"), _report.question_id.in_(bindparam("questions", expanding=True))
    )
    .limit(1)
)


@dataclass(frozen=True)
class Read:
    """A report as an author reads it. `answer` is None unless staff may see it."""

    report: ErrorReport
    number: int  # of the version that was seen
    answer: str | None


@dataclass(frozen=True)
class Sent:
    """A report as its sender reads it. `note` is None until it is settled, and as long as it could tell the answer."""

    report: ErrorReport
    note: str | None

    @property
    def is_settled(self) -> bool:
        """Whether an author has looked into it."""
        return self.report.settled_at is not None


def send_from_practice(user: User, bank_id: str, question_id: str, fields: Mapping[str, str]) -> ErrorReport:
    """Take a report about a question that is being practised, answered or not; commits.

    Raises NotFound, Unprocessable, TooMany.
    """
    exercise = practice.show(user, bank_id, question_id)
    return _send(user, exercise.version, exercise.response, fields)


def send_from_response(user: User, response_id: int, fields: Mapping[str, str]) -> ErrorReport:
    """Take a report about a question of an attempt of one's own, running or finished; commits.

    Raises NotFound, Unprocessable, TooMany.
    """
    response = responses.own_known(response_id, user)
    return _send(user, response.version, response, fields)


def of_user(user: User) -> list[Sent]:
    """A person's own reports, the latest first."""
    return [_sent(report) for report in db.session.scalars(_own(user))]


def of_user_about(user: User, question_ids: Sequence[str]) -> dict[str, list[Sent]]:
    """Question id -> the person's own reports about it, the latest first."""
    found: dict[str, list[Sent]] = {}
    # Each page of an interview asks, and hardly anybody has reported anything.
    if db.session.execute(_ANY, {"user": user.id, "questions": list(question_ids)}).first() is None:
        return found
    for report in db.session.scalars(_own(user).where(ErrorReport.question_id.in_(question_ids))):
        found.setdefault(report.question_id, []).append(_sent(report))
    return found


def _own(user: User) -> Any:
    with_attempt = joinedload(ErrorReport.response).joinedload(Response.attempt)
    return _newest().where(ErrorReport.user_id == user.id).options(with_attempt)


def _sent(report: ErrorReport) -> Sent:
    response = report.response
    is_told = report.settled_at is not None and not (response and showing.is_withheld(response.attempt))
    return Sent(report, report.note if is_told else None)


def of_question(question_id: str) -> list[Read]:
    """All reports about a question for its authors: open ones first, the latest first."""
    versions = db.session.scalars(
        select(QuestionVersion.id)
        .where(QuestionVersion.question_id == question_id)
        .order_by(QuestionVersion.id)
    ).all()
    wanted = (
        _newest()
        .where(ErrorReport.question_id == question_id)
        .order_by(None)
        .order_by(ErrorReport.settled_at.is_not(None), ErrorReport.id.desc())
        .options(
            joinedload(ErrorReport.response).joinedload(Response.attempt), joinedload(ErrorReport.settled_by)
        )
    )
    return [
        Read(report, versions.index(report.version_id) + 1, _shown_answer(report))
        for report in db.session.scalars(wanted)
    ]


def settle(report_id: int, actor: User, note: str) -> ErrorReport:
    """Close a report with a note to whoever sent it; commits. Raises NotFound, Unprocessable, Conflict."""
    written = note.replace("\0", "").strip()
    if not written:
        raise Unprocessable("The note is missing", "Write what was found; whoever reported it reads it.")
    if len(written) > MAX_NOTE:
        raise Unprocessable("The note is too long", f"Shorten it to {MAX_NOTE} characters.")
    report = db.session.get(ErrorReport, report_id)
    if report is None:
        raise NotFound("There is no such report", "The question's page lists those there are.")
    closing = (
        update(ErrorReport)
        .where(ErrorReport.id == report_id, ErrorReport.settled_at.is_(None))
        .values(settled_at=database_now(), settled_by_id=actor.id, note=written)
        .returning(ErrorReport.id)
    )
    if db.session.execute(closing).one_or_none() is None:
        db.session.rollback()
        raise Conflict("Somebody else has settled this report", "Load the page again to read their note.")
    audit.record(
        "error_report.settled", f"report {report_id}", actor=actor, question=report.question_id, note=written
    )
    db.session.commit()
    return report


def _send(
    user: User, version: QuestionVersion, response: Response | None, fields: Mapping[str, str]
) -> ErrorReport:
    text = fields.get("text", "").replace("\r\n", "\n").replace("\0", "").strip()
    if not text:
        raise Unprocessable("The report is empty", "Write in a sentence or two what is wrong.")
    if len(text) > MAX_TEXT:
        raise Unprocessable("The report is too long", f"Shorten it to {MAX_TEXT} characters.")
    waiting = select(func.count()).where(
        ErrorReport.user_id == user.id,
        ErrorReport.question_id == version.question_id,
        ErrorReport.settled_at.is_(None),
    )
    if (db.session.scalar(waiting) or 0) >= MOST_OPEN:
        raise TooMany(
            f"{MOST_OPEN} of your reports about this question wait already",
            "Nothing is lost: an author reads them. Their state is on the page of your reports.",
        )
    is_with_answer = fields.get("with_answer") == "1" and response is not None
    report = ErrorReport(
        question_id=version.question_id,
        version_id=version.id,
        response_id=response.id if response else None,
        user_id=user.id,
        text=text,
        answer=response.answer if response and is_with_answer else None,
        sent_at=received_at(),
    )
    db.session.add(report)
    db.session.commit()
    return report


def _newest() -> Any:
    return (
        select(ErrorReport)
        .options(joinedload(ErrorReport.question), joinedload(ErrorReport.version))
        .order_by(ErrorReport.id.desc())
        .limit(MOST_LISTED)
    )


def _shown_answer(report: ErrorReport) -> str | None:
    """The answer, where staff may see it: it was sent along, or belongs to a finished mock that is shared."""
    answer = report.answer
    if answer is None and report.response is not None and _is_shared(report.response.attempt):
        answer = report.response.answer
    return None if answer is None else answers.as_text(_content(report), answer)


def _content(report: ErrorReport) -> Mapping[str, Any]:
    """The content as the reporter met it; filled with an example when that is not known any more."""
    response = report.response
    if response is not None and response.version_id == report.version_id:
        return response.content
    return parameters.example(report.version.content)


def _is_shared(attempt: Attempt) -> bool:
    return attempt.kind is AttemptKind.MOCK and attempt.is_shared and attempt.finished_at is not None
