"""The score table of a hiring interview: looking, comparing, taking it along, and how its questions do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from flask import Blueprint, Response, render_template, request, stream_with_context
from flask_login import current_user

from quizapp.bodies import row_number
from quizapp.models import Interview, InterviewRole, Role
from quizapp.receipt import received_at
from quizapp.security import roles_required
from quizapp.services import (
    hiring,
    item_statistics,
    score_export,
    score_streams,
    score_summary,
    score_table,
    side_by_side,
)
from quizapp.services.score_table import DECISIONS, STATES, Filters

blueprint = Blueprint("scores", __name__, url_prefix="/manage/interviews/<interview_id>")

MAX_TEXT = 100
# What the table can show beside who it is, in its order; those that stand when nobody has chosen.
COLUMNS = {
    "score": "Score",
    "parts": "By section",
    "time": "Time",
    "ended": "Finished",
    "state": "State",
    "decision": "Decision",
    "reviewer": "Reviewer",
}
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Only these go on to other pages: other names in an address mean something to url_for.
_KEPT = ("q", "state", "from", "to", "decision", "reviewer", "since", "until", "order")


@blueprint.get("/scores")
@roles_required(Role.MANAGER)
def index(interview_id: str) -> str:
    """One page of the table."""
    access = hiring.access(current_user, interview_id)
    filters = _filters()
    return render_template(
        "scores/table.html",
        access=access,
        interview=access.interview,
        found=score_table.page(access.interview, filters, request.args.get("at", "")),
        summary=score_summary.of(interview_id),
        filters=filters,
        reviewers=score_table.reviewers(access.interview),
        is_named=score_table.is_sortable_by_name(access.interview),
        may_take_answers=access.may(InterviewRole.REVIEWER),
        columns=COLUMNS,
        shown=_columns(),
        states=STATES,
        decisions=DECISIONS,
        arguments=_arguments(),
    )


@blueprint.get("/scores.csv")
@roles_required(Role.MANAGER)
def as_csv(interview_id: str) -> Response:
    """All rows that fit the filters, as they are read."""
    interview, with_answers = _exported(interview_id)
    lines = score_export.csv_of(interview, _filters(), with_answers=with_answers)
    return _download(lines, "text/csv", f"{_filename(interview)}.csv")


@blueprint.get("/scores.xlsx")
@roles_required(Role.MANAGER)
def as_xlsx(interview_id: str) -> Response:
    """The same as a workbook, which is whole before it is sent."""
    interview, with_answers = _exported(interview_id)
    parts = score_export.xlsx_of(interview, _filters(), with_answers=with_answers)
    return _download(parts, _XLSX, f"{_filename(interview)}.xlsx")


@blueprint.get("/compare")
@roles_required(Role.MANAGER)
def compare(interview_id: str) -> str:
    """Two to four candidates side by side."""
    ids = request.args.getlist("attempt", type=row_number)
    return render_template(
        "scores/compare.html", found=side_by_side.of(current_user, interview_id, ids[: side_by_side.MOST + 1])
    )


@blueprint.get("/statistics")
@roles_required(Role.MANAGER)
def statistics(interview_id: str) -> str:
    """How the interview does as a whole, and each of its questions."""
    access = hiring.access(current_user, interview_id)
    found = item_statistics.of_interview(interview_id)
    return render_template(
        "scores/statistics.html",
        access=access,
        interview=access.interview,
        found=found,
        as_of=datetime.fromisoformat(found["as_of"]),
        leads_to_questions=current_user.role in (Role.AUTHOR, Role.ADMIN),
    )


def _exported(interview_id: str) -> tuple[Interview, bool]:
    """The interview that is taken along, and whether with the answers, which needs a reviewer."""
    with_answers = request.args.get("answers") == "1"
    needed = InterviewRole.REVIEWER if with_answers else InterviewRole.VIEWER
    return hiring.access(current_user, interview_id, needed).interview, with_answers


def _download(parts: Iterator[bytes], mimetype: str, name: str) -> Response:
    reply = Response(stream_with_context(parts), mimetype=mimetype)
    reply.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return reply


def _filename(interview: Interview) -> str:
    kept = "".join(sign if sign.isascii() and sign.isalnum() else "-" for sign in interview.id)
    return f"scores-{kept}-{received_at():%Y-%m-%d}"


def _columns() -> list[str]:
    chosen = [name for name in COLUMNS if name in request.args.getlist("column")]
    return chosen or list(COLUMNS)


def _arguments() -> dict[str, Any]:
    """Filters, order and columns as they stand in the address."""
    kept: dict[str, Any] = {name: request.args[name] for name in _KEPT if request.args.get(name)}
    if chosen := [name for name in request.args.getlist("column") if name in COLUMNS]:
        kept["column"] = chosen
    return kept


def _filters() -> Filters:
    """What the address asks for; whatever cannot be meant is left out."""
    order = request.args.get("order", "")
    state, decision = request.args.get("state", ""), request.args.get("decision", "")
    return Filters(
        text=request.args.get("q", "")[:MAX_TEXT].replace("\0", "").strip(),
        state=state if state in STATES else "",
        score_from=_percent("from"),
        score_to=_percent("to"),
        decision=decision if decision in DECISIONS else "",
        reviewer_id=request.args.get("reviewer", type=row_number),
        since=_day("since"),
        until=_day("until"),
        order=order if order in score_streams.ORDERS else score_streams.DEFAULT,
    )


def _percent(name: str) -> float | None:
    value = request.args.get(name, type=float)
    return value if value is not None and 0 <= value <= 100 else None  # noqa: PLR2004 - percent


def _day(name: str) -> date | None:
    try:
        day = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return day if 1970 <= day.year < 2200 else None  # noqa: PLR2004 - what a clock can show
