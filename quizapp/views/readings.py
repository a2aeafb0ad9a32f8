"""Answers that a person grades, for managers and for authors, who wrote the rubrics."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from quizapp.errors import Conflict, Unprocessable
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
    response = readings.find(response_id)
    return render_template("readings/show.html", response=response, seen=readings.seen(response))


@blueprint.post("/<int:response_id>")
@roles_required(Role.MANAGER, Role.AUTHOR)
def grade(response_id: int) -> Response:
    try:
        readings.grade(response_id, current_user, request.form)
    except (Unprocessable, Conflict) as refusal:
        flash(f"{refusal.message}. {refusal.what_to_do}", "warn")
        return redirect(url_for("readings.show", response_id=response_id), code=303)
    flash("Graded. The candidate sees it in the report.")
    return redirect(url_for("readings.index"), code=303)
