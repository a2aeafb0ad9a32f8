"""How one hiring interview is reviewed: seen by its team, changed by its owners."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from quizapp.models import Role
from quizapp.security import roles_required
from quizapp.services import hiring, reviewing

blueprint = Blueprint("reviewing", __name__, url_prefix="/manage/interviews/<interview_id>/reviewing")


@blueprint.get("")
@roles_required(Role.MANAGER)
def show(interview_id: str) -> str:
    access = hiring.access(current_user, interview_id)
    return render_template("reviewing/interview.html", access=access, interview=access.interview)


@blueprint.post("")
@roles_required(Role.MANAGER)
def change(interview_id: str) -> Response:
    reviewing.change(
        current_user,
        interview_id,
        is_blind=request.form.get("blind") == "1",
        is_independent=request.form.get("independent") == "1",
    )
    flash("Saved. It holds for every candidate of this interview from now on.", "done")
    return redirect(url_for("reviewing.show", interview_id=interview_id), code=303)
