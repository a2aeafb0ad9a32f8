"""The score table of a hiring interview: looking, comparing, taking it along, and how its questions do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, stream_with_context, url_for
from flask_login import current_user
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as Reply

from quizapp.bodies import row_number
from quizapp.models import Interview, InterviewRole, Role
from quizapp.receipt import received_at
from quizapp.security import roles_required
from quizapp.services import (
    exports,
    hiring,
    item_statistics,
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
_TYPES = {"csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
# Only these go on to other pages: other names in an address mean something to url_for.
_KEPT = ("q", "state", "from", "to", "decision", "reviewer", "since", "until", "order")


@blueprint.get("/scores")
@roles_required(Role.MANAGER)
def index(interview_id: str) -> str:
    """One page of the table."""
    access = hiring.access(current_user, interview_id)
    filters = filters_of(request.args)
    summary = score_summary.of(interview_id)
    return render_template(
        "scores/table.html",
        access=access,
        interview=access.interview,
        found=score_table.page(access.interview, filters, request.args.get("at", "")),
        summary=summary,
        made_by_job={
            with_answers: summary.candidates > most for with_answers, most in exports.DIRECT_MOST.items()
        },
        filters=filters,
        reviewers=score_table.reviewers(access.interview),
        is_named=score_table.is_sortable_by_name(access.interview),
        may_take_answers=access.may(InterviewRole.REVIEWER),
        columns=COLUMNS,
        shown=_columns(),
        states=STATES,
        decisions=DECISIONS,
        arguments=arguments_of(request.args) | _chosen(),
    )


@blueprint.post("/scores.csv")
@roles_required(Role.MANAGER)
def as_csv(interview_id: str) -> Reply:
    """All rows that fit the filters of the address, as they are read; of a large interview the page that has them made."""
    return _exported(interview_id, "csv")


@blueprint.post("/scores.xlsx")
@roles_required(Role.MANAGER)
def as_xlsx(interview_id: str) -> Reply:
    """The same as a workbook, which is whole before it is sent."""
    return _exported(interview_id, "xlsx")


@blueprint.get("/compare")
@roles_required(Role.MANAGER)
def compare(interview_id: str) -> str:
    """Two to four candidates side by side."""
    ids = request.args.getlist("attempt", type=row_number)
    return render_template(
        "scores/compare.html",
        found=side_by_side.of(current_user, interview_id, ids[: side_by_side.MOST + 1]),
        decisions=DECISIONS,
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


def _exported(interview_id: str, form: str) -> Reply:
    """The table as a file, with answers for reviewers who ask for them."""
    with_answers = request.args.get("answers") == "1"
    filters = filters_of(request.args)
    found = exports.sent_at_once(current_user, interview_id, form, filters, with_answers=with_answers)
    if found is None:
        wish = arguments_of(request.args) | {"form": form, "answers": int(with_answers)}
        return redirect(url_for("exports.index", interview_id=interview_id, **wish), code=303)
    interview, parts = found
    return download(parts, interview, form)


def download(parts: Iterator[bytes], interview: Interview, form: str) -> Response:
    """A file of the interview's table, sent as it comes."""
    kept = "".join(sign if sign.isascii() and sign.isalnum() else "-" for sign in interview.id)
    reply = Response(stream_with_context(parts), mimetype=_TYPES[form])
    name = f"scores-{kept}-{received_at():%Y-%m-%d}.{form}"
    reply.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return reply


def _columns() -> list[str]:
    chosen = [name for name in COLUMNS if name in request.args.getlist("column")]
    return chosen or list(COLUMNS)


def _chosen() -> dict[str, list[str]]:
    """The columns that stand in the address."""
    chosen = [name for name in request.args.getlist("column") if name in COLUMNS]
    return {"column": chosen} if chosen else {}


def arguments_of(sent: Mapping[str, str]) -> dict[str, Any]:
    """Filters and order as they stand in an address, or in the form that has an export made."""
    return {name: sent[name] for name in _KEPT if sent.get(name)}


def filters_of(sent: MultiDict[str, str]) -> Filters:
    """What an address or a form asks for; whatever cannot be meant is left out."""
    order = sent.get("order", "")
    state, decision = sent.get("state", ""), sent.get("decision", "")
    return Filters(
        text=sent.get("q", "")[:MAX_TEXT].replace("\0", "").strip(),
        state=state if state in STATES else "",
        score_from=_percent(sent, "from"),
        score_to=_percent(sent, "to"),
        decision=decision if decision in DECISIONS else "",
        reviewer_id=sent.get("reviewer", type=row_number),
        since=_day(sent, "since"),
        until=_day(sent, "until"),
        order=order if order in score_streams.ORDERS else score_streams.DEFAULT,
    )


def _percent(sent: MultiDict[str, str], name: str) -> float | None:
    value = sent.get(name, type=float)
    return value if value is not None and 0 <= value <= 100 else None  # noqa: PLR2004 - percent


def _day(sent: MultiDict[str, str], name: str) -> date | None:
    try:
        day = date.fromisoformat(sent.get(name, ""))
    except ValueError:
        return None
    return day if 1970 <= day.year < 2200 else None  # noqa: PLR2004 - what a clock can show
