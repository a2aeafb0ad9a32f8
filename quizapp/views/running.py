"""Attempts that run now: how long they have, and more time for them; for managers and admins."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from quizapp.errors import NotFound, Unprocessable
from quizapp.models import Role
from quizapp.pages import duration, plural
from quizapp.security import roles_required
from quizapp.services import running

blueprint = Blueprint("running", __name__, url_prefix="/manage/running")

EVERYBODY = "all"
MOST_DIGITS = 5


@blueprint.get("")
@roles_required(Role.MANAGER)
def index() -> str:
    return render_template("running/index.html", houses=running.houses(current_user))


@blueprint.get("/<interview_id>")
@roles_required(Role.MANAGER)
def show(interview_id: str) -> str:
    return _page(interview_id, form={}, problem=None)


@blueprint.post("/<interview_id>")
@roles_required(Role.MANAGER)
def give(interview_id: str) -> str | Response | tuple[str, int]:
    """Give one attempt, or all that run, more time; the form's key makes a double click one gift."""
    form = {name: request.form.get(name, "") for name in ("attempt", "minutes", "seconds", "reason", "key")}
    try:
        seconds = 60 * _whole(form["minutes"]) + _whole(form["seconds"])
        wanted = None if form["attempt"] == EVERYBODY else _whole(form["attempt"])
        count = running.give(
            current_user, interview_id, wanted, seconds, form["reason"], form["key"][:64] or uuid.uuid4().hex
        )
    except (Unprocessable, NotFound) as refusal:
        return _page(interview_id, form=form, problem=refusal), refusal.status
    if count:
        flash(
            f"{duration(seconds)} more for {plural(count, 'attempt')}. Open pages show it within seconds.",
            "done",
        )
    else:
        flash("Nothing was given: it was given already, or nobody sits this interview any more.", "warn")
    return redirect(url_for("running.show", interview_id=interview_id), code=303)


def _page(interview_id: str, *, form: dict[str, str], problem: Any) -> str:
    return render_template(
        "running/show.html",
        board=running.board(current_user, interview_id),
        form=form,
        problem=problem,
        key=uuid.uuid4().hex,
        everybody=EVERYBODY,
    )


def _whole(text: str) -> int:
    text = text.strip() or "0"
    if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS + 4:
        return int(text)
    raise Unprocessable(
        "That is no whole number", "Write minutes and seconds as whole numbers, such as 5 and 0."
    )
