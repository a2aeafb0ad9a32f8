"""Interviews that are open, and the page before one begins."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from quizapp.errors import Unprocessable
from quizapp.extensions import limiter
from quizapp.security import login_required
from quizapp.services import interviews, invited
from quizapp.views.responses import who

blueprint = Blueprint("interviews", __name__, url_prefix="/interviews")


@blueprint.get("")
@login_required
def index() -> str:
    return render_template(
        "interviews/index.html",
        offers=interviews.offers(current_user),
        invitations=invited.of_user(current_user),
    )


@blueprint.get("/<interview_id>")
@login_required
def lobby(interview_id: str) -> str:
    return render_template(
        "interviews/lobby.html",
        lobby=interviews.lobby(current_user, interview_id),
        start_url=url_for("interviews.start", interview_id=interview_id),
        change_url=None,
        choices=[],
    )


@blueprint.post("/<interview_id>/start")
@login_required
@limiter.limit("20/hour", key_func=who)
def start(interview_id: str) -> Response:
    try:
        attempt = interviews.start(
            current_user, interview_id, consents=has_consent(), records=wants_recording()
        )
    except Unprocessable as refusal:
        flash(f"{refusal.message}. {refusal.what_to_do}", "warn")
        return redirect(url_for("interviews.lobby", interview_id=interview_id), code=303)
    return redirect(url_for("attempts.show", attempt_id=attempt.id), code=303)


def has_consent() -> bool:
    """Whether the box is ticked that starting asks for."""
    return request.form.get("consent") == "1"


def wants_recording() -> bool:
    """Whether the box is ticked that has recorded how answers come about; a mock needs none of it."""
    return request.form.get("record") == "1"
