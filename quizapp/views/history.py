"""What a person has done: interviews and practice."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask_login import current_user

from quizapp.security import login_required
from quizapp.services import attempt_lines, counts, reports, sitting_again

blueprint = Blueprint("history", __name__)


@blueprint.get("/history")
@login_required
def index() -> str:
    lines = attempt_lines.history(current_user)
    return render_template(
        "history/index.html",
        lines=lines,
        allowed=reports.minutes_allowed,
        numbers=sitting_again.numbers([line.attempt for line in lines]),
        again=sitting_again.of_user(current_user),
        practice=attempt_lines.practice_of(current_user),
        banks={bank["id"]: bank for bank in counts.public_banks()},
    )
