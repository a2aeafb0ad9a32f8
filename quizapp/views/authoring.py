"""The authors' pages: all questions with their state, and one question with its versions, findings and reports."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from quizapp.errors import Conflict, Unprocessable
from quizapp.models import Role
from quizapp.questions.content import public_view
from quizapp.rules import marking, parameters
from quizapp.security import roles_required
from quizapp.services import authoring, error_reports
from quizapp.services.paging import page_number

blueprint = Blueprint("authoring", __name__, url_prefix="/author/questions")

MAX_TEXT = 100


@blueprint.get("")
@roles_required(Role.AUTHOR)
def index() -> str | Response:
    """Every question, to search and to filter."""
    filters = _filters()
    catalogue = authoring.catalogue(filters)
    if filters.page != catalogue.found.number:
        return redirect(url_for("authoring.index", page=catalogue.found.number, **_arguments()))
    return render_template(
        "authoring/index.html",
        catalogue=catalogue,
        filters=filters,
        arguments=_arguments(),
        states=authoring.STATES,
    )


@blueprint.get("/<question_id>")
@roles_required(Role.AUTHOR)
def show(question_id: str) -> str:
    """One question as the candidate sees it, with its answer side; `version` shows an older one."""
    sheet = authoring.sheet(question_id)
    number = request.args.get("version", type=int)
    shown = sheet.version(number) if number else sheet.published or next(iter(sheet.versions), None)
    return render_template("authoring/show.html", sheet=sheet, shown=shown, **_preview(shown))


@blueprint.get("/<question_id>/versions")
@roles_required(Role.AUTHOR)
def versions(question_id: str) -> str:
    """All versions, and the difference between two of them; the last change when none are named."""
    sheet = authoring.sheet(question_id)
    newest = sheet.versions[0].number if sheet.versions else 0
    new = request.args.get("new", newest, type=int)
    old = request.args.get("old", new - 1, type=int)
    comparison = authoring.compare(sheet, old, new) if newest > 1 and old else None
    return render_template("authoring/versions.html", sheet=sheet, comparison=comparison)


@blueprint.get("/<question_id>/reports")
@roles_required(Role.AUTHOR)
def reports(question_id: str) -> str:
    """What candidates report about a question."""
    return render_template(
        "authoring/reports.html",
        sheet=authoring.sheet(question_id),
        reports=error_reports.of_question(question_id),
        max_note=error_reports.MAX_NOTE,
    )


@blueprint.post("/<question_id>/reports/<int:report_id>")
@roles_required(Role.AUTHOR)
def settle_report(question_id: str, report_id: int) -> Response:
    """Settle a report with a note to whoever sent it."""
    try:
        error_reports.settle(report_id, current_user, request.form.get("note", ""))
    except (Unprocessable, Conflict) as refusal:
        flash(f"{refusal.message}. {refusal.what_to_do}", "warn")
    else:
        flash("Settled. Whoever reported it sees your note.", "done")
    return redirect(url_for("authoring.reports", question_id=question_id), code=303)


def _preview(shown: authoring.NumberedVersion | None) -> dict[str, Any]:
    """What the player's templates read, for somebody who has not answered, and what is told afterwards."""
    if shown is None:
        return {"question": None, "content": None, "feedback": None}
    content = parameters.example(shown.version.content)
    is_marked = content["kind"] not in ("code", "tests", "free")
    return {
        "question": public_view(content),
        "content": content,
        "feedback": marking.mark(content, None).feedback if is_marked else None,
        "pieces": {piece.id: piece.text for piece in marking.pieces(content)}
        if content["kind"] == "order"
        else {},
        "sets": len(parameters.sets_of(shown.version.content)),
        "mode": "preview",
        "response": None,
        "mark": None,
    }


def _arguments() -> dict[str, Any]:
    """The filters as they stand in the address. Only these: other names mean something to url_for."""
    names = ("q", "bank", "topic", "kind", "state", "reported")
    return {name: request.args[name] for name in names if request.args.get(name)}


def _filters() -> authoring.Filters:
    def word(name: str) -> str:
        return request.args.get(name, "")[:MAX_TEXT].strip()

    return authoring.Filters(
        text=word("q"),
        bank=word("bank"),
        topic=word("topic"),
        kind=word("kind"),
        state=word("state") if word("state") in authoring.STATES else "",
        is_reported=word("reported") == "1",
        page=page_number(request.args.get("page")),
    )
