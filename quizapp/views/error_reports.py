"""Reporting an error in a question, beside whatever one is doing, and what became of one's reports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from quizapp.errors import TooMany, Unprocessable, wants_json
from quizapp.extensions import limiter
from quizapp.models import AttemptKind
from quizapp.models import Response as Answered
from quizapp.security import login_required
from quizapp.services import error_reports, responses
from quizapp.views.responses import who

blueprint = Blueprint("error_reports", __name__)

HOW_OFTEN = "10/hour;30/day"
TOLD = "Thank you. An author reads it."


@blueprint.get("/error-reports")
@login_required
def index() -> str:
    """One's own reports and their state."""
    return render_template("error_reports/index.html", reports=error_reports.of_user(current_user))


@blueprint.post("/practice/<bank_id>/<question_id>/error-reports")
@login_required
@limiter.limit(HOW_OFTEN, key_func=who)
def from_practice(bank_id: str, question_id: str) -> Response | dict[str, Any]:
    """Report an error in the question that one practises."""
    back = url_for("practice.show", bank_id=bank_id, question_id=question_id)
    return _answered(
        lambda: error_reports.send_from_practice(current_user, bank_id, question_id, request.form), back
    )


@blueprint.post("/responses/<int:response_id>/error-reports")
@login_required
@limiter.limit(HOW_OFTEN, key_func=who)
def from_response(response_id: int) -> Response | dict[str, Any]:
    """Report an error in a question of one's own attempt, also while it runs.

    Where no scripts run, the form of the answer brings the report along, and comes here once the answer is saved.
    """
    back = _where(responses.own(response_id, current_user))
    fields: Mapping[str, str] = request.form
    if "error_text" in fields:
        fields = {"text": fields["error_text"], "with_answer": fields.get("with_answer", "")}
    return _answered(lambda: error_reports.send_from_response(current_user, response_id, fields), back)


def _answered(send: Any, back: str) -> Response | dict[str, Any]:
    if wants_json():
        send()
        return {"message": TOLD}
    try:
        send()
    except (Unprocessable, TooMany) as refusal:
        flash(f"{refusal.message}. {refusal.what_to_do}", "warn")
    else:
        flash(TOLD, "done")
    return redirect(back, code=303)


def _where(response: Answered) -> str:
    """The page on which the question is seen."""
    attempt = response.attempt
    if attempt.kind is AttemptKind.PRACTICE:
        return url_for("practice.show", bank_id=attempt.bank_id, question_id=response.question_id)
    if attempt.finished_at is None:
        return url_for("attempts.show", attempt_id=attempt.id, q=response.position)
    return url_for("attempts.report", attempt_id=attempt.id, _anchor=f"q{response.position}")
