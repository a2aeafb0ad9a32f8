"""Code answers of one interview that have much in common, side by side."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask_login import current_user

from quizapp.models import Role
from quizapp.rules import fingerprints
from quizapp.security import roles_required
from quizapp.services import hiring, similarity

blueprint = Blueprint("similarity", __name__, url_prefix="/manage/interviews/<interview_id>/similarity")


@blueprint.get("")
@roles_required(Role.MANAGER)
def index(interview_id: str) -> str:
    access = hiring.access(current_user, interview_id)
    return render_template(
        "similarity/index.html",
        interview=access.interview,
        role=access.role,
        groups=similarity.of_interview(current_user, interview_id),
        most=similarity.MOST_SHOWN,
        rules=fingerprints,
    )


@blueprint.get("/<int:pair_id>")
@roles_required(Role.MANAGER)
def show(interview_id: str, pair_id: int) -> str:
    interview = hiring.access(current_user, interview_id).interview
    return render_template(
        "similarity/show.html",
        interview=interview,
        beside=similarity.beside(current_user, interview_id, pair_id),
        rules=fingerprints,
    )
