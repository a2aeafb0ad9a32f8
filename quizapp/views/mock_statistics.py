"""How mock interviews do as a whole, for authors: those that are shipped as files, which belong to no team."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, render_template

from quizapp.models import AttemptKind, Role
from quizapp.security import roles_required
from quizapp.services import item_statistics, mock_lists

blueprint = Blueprint("mock_statistics", __name__, url_prefix="/author/interviews")


@blueprint.get("")
@roles_required(Role.AUTHOR)
def index() -> str:
    """Every mock interview with how often it was sat."""
    return render_template("scores/mocks.html", entries=mock_lists.entries())


@blueprint.get("/<interview_id>/statistics")
@roles_required(Role.AUTHOR)
def show(interview_id: str) -> str:
    """One of them: its scores and its questions."""
    interview = mock_lists.find(interview_id)
    found = item_statistics.of_interview(interview.id, AttemptKind.MOCK.value)
    return render_template(
        "scores/mock.html",
        interview=interview,
        found=found,
        as_of=datetime.fromisoformat(found["as_of"]),
        leads_to_questions=True,
    )
