"""Who may do what in one hiring interview: seen by its team, changed by its owners."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from quizapp.errors import Conflict, Unprocessable
from quizapp.models import InterviewRole, Role
from quizapp.security import roles_required
from quizapp.services import hiring, interview_roles

blueprint = Blueprint("interview_roles", __name__, url_prefix="/manage/interviews/<interview_id>/roles")


@blueprint.get("")
@roles_required(Role.MANAGER)
def index(interview_id: str) -> str:
    return _page(hiring.access(current_user, interview_id))


@blueprint.post("/<int:user_id>")
@roles_required(Role.MANAGER)
def give(interview_id: str, user_id: int) -> Response | tuple[str, int]:
    """Give one person of the team a role in the interview."""
    access = hiring.access(current_user, interview_id, InterviewRole.OWNER)
    try:
        role = InterviewRole(request.form.get("role", ""))
    except ValueError:
        raise Unprocessable("There is no such role", "Choose one of the roles in the list.") from None
    try:
        person = interview_roles.give(current_user, interview_id, user_id, role)
    except Conflict as refusal:
        return _page(access, refusal), refusal.status
    flash(f"{person.name} is {role} of this interview now.", "done")
    return redirect(url_for("interview_roles.index", interview_id=interview_id), code=303)


def _page(access: hiring.Access, problem: Conflict | None = None) -> str:
    return render_template(
        "blueprints/roles.html",
        access=access,
        interview=access.interview,
        holders=interview_roles.holders(access.interview),
        roles=list(InterviewRole),
        problem=problem,
    )
