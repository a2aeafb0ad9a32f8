"""How one question does, for its authors."""

from __future__ import annotations

from flask import Blueprint, render_template

from quizapp.models import Role
from quizapp.security import roles_required
from quizapp.services import authoring, item_statistics

blueprint = Blueprint("item_statistics", __name__, url_prefix="/author/questions")


@blueprint.get("/<question_id>/statistics")
@roles_required(Role.AUTHOR)
def show(question_id: str) -> str:
    """Practice, mocks and hiring apart."""
    return render_template(
        "scores/question.html",
        sheet=authoring.sheet(question_id),
        found=item_statistics.of_question(question_id),
    )
