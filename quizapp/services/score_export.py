"""The score table as CSV and XLSX, with all answers on request: row after row, so that memory does not grow with it."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import IO, Any

from sqlalchemy import select

from quizapp.extensions import db
from quizapp.models import Interview, InterviewVersion, QuestionVersion, Response, ResponseState
from quizapp.rules import answers, parameters, spreadsheets
from quizapp.services import score_table
from quizapp.services.score_table import STATES, Filters, Row

# With answers each row brings along what it answered, which may be large.
BATCH_WITH_ANSWERS = 100
# A sheet of XLSX ends at 1,048,576 rows; what is longer goes on in a further one.
SHEET_ROWS = 1_000_000
PART_BYTES = 64 * 1024
ANSWER_COLUMNS = (
    "Candidate",
    "E-mail",
    "Position",
    "Section",
    "Question",
    "Kind",
    "State",
    "Points",
    "Of points",
    "Answer",
)
_STATES = {
    ResponseState.OPEN: "open",
    ResponseState.GRADING: "being graded",
    ResponseState.MARKED: "graded",
    ResponseState.WAITING: "to be rated",
    ResponseState.NOT_GRADED: "not graded",
}
Cell = str | float | int | datetime | None
Told = Callable[[int], None]  # is told after each batch how many candidates are done


def csv_of(
    interview: Interview, filters: Filters, *, with_answers: bool = False, told: Told | None = None
) -> Iterator[bytes]:
    """The table in UTF-8, with a mark in front by which Excel knows it; with answers there is a row for each of them."""
    titles = _section_titles(interview)
    heading = _columns(titles)
    yield b"\xef\xbb\xbf" + _lines([_plain_row([*heading, *ANSWER_COLUMNS[2:]] if with_answers else heading)])
    for rows in _batches(interview, filters, with_answers=with_answers, told=told):
        people = [(row, _plain_row(_cells(row, titles))) for row in rows]
        if not with_answers:
            yield _lines(own for _, own in people)
            continue
        answered = _answers(rows)
        yield _lines(
            own + _plain_row(given)
            for row, own in people
            for given in answered.get(_number(row), [[None] * (len(ANSWER_COLUMNS) - 2)])
        )


def xlsx_of(
    interview: Interview, filters: Filters, *, with_answers: bool = False, told: Told | None = None
) -> Iterator[bytes]:
    """The table as a workbook, which is whole, in a temporary file, before its first bytes come.

    The answers are in sheets of their own. Every text is written as text, never as a formula, a link or a number.
    """
    with tempfile.TemporaryFile() as kept:
        _write(kept, interview, filters, with_answers=with_answers, told=told)
        kept.seek(0)
        while part := kept.read(PART_BYTES):
            yield part


FORMS = {"csv": csv_of, "xlsx": xlsx_of}


def _write(
    kept: IO[bytes], interview: Interview, filters: Filters, *, with_answers: bool, told: Told | None
) -> None:
    import xlsxwriter  # noqa: PLC0415 - slow to load, and few ask for a workbook

    book = xlsxwriter.Workbook(kept, {"constant_memory": True, "default_date_format": "yyyy-mm-dd hh:mm:ss"})
    titles = _section_titles(interview)
    people = _Sheet(book, "Candidates", _columns(titles))
    given = _Sheet(book, "Answers", ANSWER_COLUMNS) if with_answers else None
    for rows in _batches(interview, filters, with_answers=with_answers, told=told):
        answered = _answers(rows) if given else {}
        for row in rows:
            people.add(_cells(row, titles))
            for cells in answered.get(_number(row), []):
                if given:
                    given.add([row.shown.name, row.shown.email, *cells])
    book.close()


class _Sheet:
    """One table of a workbook, over as many sheets as it needs."""

    def __init__(self, book: Any, name: str, heading: Sequence[str]) -> None:
        self._book, self._name, self._heading = book, name, heading
        self._bold = book.add_format({"bold": True})
        # The mark that an apostrophe typed in front of a cell leaves: it stays text also when somebody edits it.
        self._quoted = book.add_format({"quote_prefix": True})
        self._sheets = 0
        self._begin()

    def add(self, cells: Sequence[Cell]) -> None:
        """Write a row below the last one."""
        if self._row == SHEET_ROWS:
            self._begin()
        for column, cell in enumerate(cells):
            self._write(column, cell)
        self._row += 1

    def _begin(self) -> None:
        self._sheets += 1
        self._sheet = self._book.add_worksheet(
            self._name if self._sheets == 1 else f"{self._name} {self._sheets}"
        )
        self._sheet.freeze_panes(1, 0)
        for column, title in enumerate(self._heading):
            self._sheet.write_string(0, column, spreadsheets.held(title), self._bold)
        self._row = 1

    def _write(self, column: int, cell: Cell) -> None:
        if isinstance(cell, str):
            style = self._quoted if spreadsheets.is_formula(cell) else None
            self._sheet.write_string(self._row, column, spreadsheets.held(cell), style)
        elif isinstance(cell, datetime):
            self._sheet.write_datetime(self._row, column, cell.astimezone(UTC).replace(tzinfo=None))
        elif cell is not None:
            self._sheet.write_number(self._row, column, cell)


def _batches(
    interview: Interview, filters: Filters, *, with_answers: bool, told: Told | None
) -> Iterator[list[Row]]:
    done = 0
    for rows in score_table.walk(
        interview, filters, BATCH_WITH_ANSWERS if with_answers else score_table.BATCH
    ):
        yield rows
        done += len(rows)
        if told is not None:
            told(done)


def _columns(titles: Sequence[str]) -> list[str]:
    return [
        "Candidate",
        "E-mail",
        "State",
        "Points",
        "Of points",
        "Percent",
        *titles,
        "Minutes used",
        "Minutes allowed",
        "Started (UTC)",
        "Ended (UTC)",
        "Decision",
        "Decided by",
        "Decided (UTC)",
    ]


def _cells(row: Row, titles: Sequence[str]) -> list[Cell]:
    score = row.score if row.has_ended else None
    parts = {part["title"]: part["points"] for part in score.sections} if score else {}
    review = row.review
    return [
        row.shown.name,
        row.shown.email,
        STATES[row.state],
        score.points if score else None,
        score.max_points if score else None,
        score.percent if score else None,
        *(parts.get(title) for title in titles),
        row.minutes_used,
        row.minutes_allowed,
        row.attempt.started_at if row.attempt else None,
        row.attempt.finished_at if row.attempt else None,
        str(row.decision) if row.decision else None,
        row.decided_by.name if row.decided_by else None,
        review.decided_at if review else None,
    ]


def _section_titles(interview: Interview) -> list[str]:
    """The sections of all versions of the interview, in their order, each title once."""
    versions = db.session.scalars(
        select(InterviewVersion.blueprint)
        .where(InterviewVersion.interview_id == interview.id)
        .order_by(InterviewVersion.number)
    )
    return list(dict.fromkeys(section["title"] for one in versions for section in one.get("sections", [])))


def _number(row: Row) -> int:
    return row.attempt.id if row.attempt else 0


def _answers(rows: Sequence[Row]) -> dict[int, list[list[Cell]]]:
    """Attempt id -> a list of cells for each of its responses, in their order."""
    ids = [_number(row) for row in rows if row.has_ended]
    found = db.session.execute(
        select(
            Response.attempt_id,
            Response.position,
            Response.section,
            Response.question_id,
            Response.version_id,
            Response.state,
            Response.points,
            Response.max_points,
            Response.parameters,
            Response.answer,
        )
        .where(Response.attempt_id.in_(ids))
        .order_by(Response.attempt_id, Response.position)
    ).all()
    versions = {one.version_id for one in found}
    known = select(QuestionVersion.id, QuestionVersion.content).where(QuestionVersion.id.in_(versions))
    contents = {row.id: row.content for row in db.session.execute(known)}
    titles = {_number(row): _titles(row.score.sections) for row in rows if row.score}
    told: dict[int, list[list[Cell]]] = {}
    for one in found:
        named = titles.get(one.attempt_id, [])
        content = parameters.filled(contents[one.version_id], one.parameters)
        told.setdefault(one.attempt_id, []).append(
            [
                one.position,
                named[one.section] if one.section < len(named) else None,
                one.question_id,
                content["kind"],
                _STATES[one.state],
                one.points,
                one.max_points,
                answers.as_text(content, one.answer) if one.answer else None,
            ]
        )
    return told


def _titles(sections: Sequence[Mapping[str, Any]]) -> list[str]:
    """The title of the section for each section of the attempt, of which one may have become several."""
    return [part["title"] for part in sections for _ in range(part.get("parts", 1))]


def _lines(rows: Any) -> bytes:
    buffer = io.StringIO()
    writer = csv.writer(buffer, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    writer.writerows(rows)
    return buffer.getvalue().encode("utf-8", "replace")


def _plain_row(cells: Sequence[Cell]) -> list[str | float | int]:
    return [_plain(cell) for cell in cells]


def _plain(cell: Cell) -> str | float | int:
    if isinstance(cell, datetime):
        return f"{cell.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
    if isinstance(cell, str):
        return spreadsheets.defused(cell.replace("\0", "\N{REPLACEMENT CHARACTER}"))
    return "" if cell is None else cell
