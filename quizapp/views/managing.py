"""Mocks that candidates shared, for hiring managers."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from quizapp.models import Role
from quizapp.security import roles_required
from quizapp.services import managing, reports
from quizapp.services.paging import page_number

blueprint = Blueprint("managing", __name__, url_prefix="/manage")

MAX_TEXT = 100


@blueprint.get("")
@roles_required(Role.MANAGER)
def mocks() -> str | Response:
    filters = _filters()
    table = managing.table(filters)
    if filters.page != table.page:
        return redirect(url_for("managing.mocks", page=table.page, **_arguments()))
    return render_template("managing/mocks.html", table=table, filters=filters, arguments=_arguments())


@blueprint.get("/mocks/<int:attempt_id>")
@roles_required(Role.MANAGER)
def mock(attempt_id: int) -> str:
    report = managing.mock(attempt_id)
    return render_template(
        "managing/mock.html",
        report=report,
        allowed=reports.minutes_allowed(report.attempt),
        show=_shown(),
    )


def _shown() -> str:
    show = request.args.get("show", "all")
    return show if show in ("lost", "flagged") else "all"


def _arguments() -> dict[str, Any]:
    """The filters as they stand in the address. Only these: other names mean something to url_for."""
    return {name: request.args[name] for name in ("q", "interview", "score", "order") if name in request.args}


def _filters() -> managing.Filters:
    order = request.args.get("order", "-score")
    score = request.args.get("score", 0.0, type=float)
    return managing.Filters(
        text=request.args.get("q", "")[:MAX_TEXT].strip(),
        interview_id=request.args.get("interview", "")[:MAX_TEXT],
        score_from=score if 0 <= score <= 100 else 0.0,  # noqa: PLR2004 - percent
        order=order if order in managing.ORDERS else "-score",
        page=page_number(request.args.get("page")),
    )
