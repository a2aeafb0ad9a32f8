"""The audit log of one interview, for its owners."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask_login import current_user

from quizapp.bodies import row_number
from quizapp.models import Role
from quizapp.security import roles_required
from quizapp.services import interview_log

blueprint = Blueprint("interview_log", __name__, url_prefix="/manage/interviews/<interview_id>/log")


@blueprint.get("")
@roles_required(Role.MANAGER)
def index(interview_id: str) -> str:
    """Who did what, newest first."""
    action = request.args.get("action", "")
    found = interview_log.page(
        current_user, interview_id, action, request.args.get("older_than", type=row_number)
    )
    return render_template(
        "reviewing/log.html",
        found=found,
        interview=found.access.interview,
        action=action,
        actions=interview_log.ACTIONS,
        is_first=not request.args.get("older_than"),
    )
