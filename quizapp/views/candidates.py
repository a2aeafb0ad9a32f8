"""The report on a candidate, the points that reviewers give, their recommendations and the decision."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from quizapp.errors import Conflict, Refusal, Unprocessable, wants_json
from quizapp.extensions import limiter
from quizapp.models import Choice, Role
from quizapp.papers import report as papers
from quizapp.security import roles_required
from quizapp.services import candidate_reports, decisions, overrides, reports
from quizapp.views.responses import who

blueprint = Blueprint("candidates", __name__, url_prefix="/manage/attempts/<int:attempt_id>")


@blueprint.get("")
@roles_required(Role.MANAGER)
def show(attempt_id: int) -> str:
    return page(attempt_id)


@blueprint.get("/report.pdf")
@roles_required(Role.MANAGER)
@limiter.limit("20/minute", key_func=who)
def pdf(attempt_id: int) -> Response:
    """The report for print and keeping, without what reviewers wrote."""
    found = candidate_reports.show(current_user, attempt_id)
    items = [replace(item, whose="Their answer") for item in found.report.items]
    made = papers.pdf(
        replace(found.report, items=items),
        reports.minutes_allowed(found.attempt),
        None,
        [],
        candidate=found.candidate.name,
    )
    reply = Response(made, mimetype="application/pdf")
    reply.headers.set("Content-Disposition", "attachment", filename=f"report-{attempt_id}.pdf")
    return reply


@blueprint.post("/decision")
@roles_required(Role.MANAGER)
def decide(attempt_id: int) -> Response | tuple[str, int]:
    """Decide; what was typed comes back with the refusal when it is not taken."""
    try:
        review = decisions.decide(current_user, attempt_id, request.form)
    except (Unprocessable, Conflict) as refusal:
        return refused(attempt_id, "decision", refusal)
    words = decisions.WORDS[review.decision].lower() if review.decision else ""
    flash(f"Decided: {words}.", "done")
    return back(attempt_id, "decision")


@blueprint.post("/recommendation")
@roles_required(Role.MANAGER)
def recommend(attempt_id: int) -> Response | tuple[str, int]:
    try:
        decisions.recommend(current_user, attempt_id, request.form)
    except (Unprocessable, Conflict) as refusal:
        return refused(attempt_id, "recommendation", refusal)
    flash("Your recommendation is kept.", "done")
    return back(attempt_id, "recommendations")


@blueprint.post("/answers/<int:response_id>/rating")
@roles_required(Role.MANAGER)
def rate(attempt_id: int, response_id: int) -> Response | tuple[str, int]:
    """Give points by the rubric."""
    try:
        response = overrides.rate(current_user, attempt_id, response_id, request.form)
    except (Unprocessable, Conflict) as refusal:
        return refused(attempt_id, f"points-{response_id}", refusal)
    flash("Points saved.", "done")
    return back(attempt_id, f"q{response.position}")


@blueprint.post("/answers/<int:response_id>/points")
@roles_required(Role.MANAGER)
def override(attempt_id: int, response_id: int) -> Response | tuple[str, int]:
    """Set points by hand, with a reason."""
    try:
        response = overrides.override(current_user, attempt_id, response_id, request.form)
    except (Unprocessable, Conflict) as refusal:
        return refused(attempt_id, f"points-{response_id}", refusal)
    flash("Points set.", "done")
    return back(attempt_id, f"q{response.position}")


@blueprint.post("/answers/<int:response_id>/points/undo")
@roles_required(Role.MANAGER)
def undo(attempt_id: int, response_id: int) -> Response | tuple[str, int]:
    try:
        response = overrides.undo(current_user, attempt_id, response_id, request.form)
    except Conflict as refusal:
        return refused(attempt_id, f"points-{response_id}", refusal)
    flash("Points given back as they were.", "done")
    return back(attempt_id, f"q{response.position}")


def page(attempt_id: int, *, form: str = "", problem: Refusal | None = None) -> str:
    """The report; `form` names the one that was refused, whose fields come back as they were typed."""
    found = candidate_reports.show(current_user, attempt_id)
    return render_template(
        "reviewing/show.html",
        found=found,
        report=found.report,
        allowed=reports.minutes_allowed(found.attempt),
        form=form,
        problem=problem,
        typed=request.form if problem else {},
        words=decisions.WORDS,
        choices=list(Choice),
    )


def refused(attempt_id: int, form: str, problem: Refusal) -> tuple[str, int]:
    """The page with what was refused and why; scripts get the shape that all errors have."""
    if wants_json():
        raise problem
    return page(attempt_id, form=form, problem=problem), problem.status


def back(attempt_id: int, anchor: str) -> Response:
    """To the report, at the part that changed."""
    values: dict[str, Any] = {"_anchor": anchor} if anchor else {}
    return redirect(url_for("candidates.show", attempt_id=attempt_id, **values), code=303)
