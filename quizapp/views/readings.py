"""Answers that a person grades, for managers and for authors, who wrote the rubrics."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from quizapp.errors import Conflict, Refusal, Unprocessable, wants_json
from quizapp.models import Role
from quizapp.security import roles_required
from quizapp.services import readings

blueprint = Blueprint("readings", __name__, url_prefix="/answers-to-grade")


@blueprint.get("")
@roles_required(Role.MANAGER, Role.AUTHOR)
def index() -> str:
    return render_template("readings/index.html", queue=readings.queue())


@blueprint.get("/<int:response_id>")
@roles_required(Role.MANAGER, Role.AUTHOR)
def show(response_id: int) -> str:
    return _page(response_id)


@blueprint.post("/<int:response_id>")
@roles_required(Role.MANAGER, Role.AUTHOR)
def grade(response_id: int) -> Response | tuple[str, int]:
    """Give the points; what was typed comes back with the refusal when they are not taken."""
    try:
        readings.grade(response_id, current_user, request.form)
    except (Unprocessable, Conflict) as refusal:
        if wants_json():
            raise
        return _page(response_id, refusal), refusal.status
    flash("Graded. The candidate sees it in the report.", "done")
    return redirect(url_for("readings.index"), code=303)


def _page(response_id: int, problem: Refusal | None = None) -> str:
    response = readings.find(response_id)
    return render_template(
        "readings/show.html",
        response=response,
        seen=readings.seen(response),
        problem=problem,
        typed=request.form if problem else {},
    )
