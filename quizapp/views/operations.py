"""The operator's page: how the site's machinery is, and what somebody has to look at."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from quizapp import livestatus
from quizapp.errors import Conflict, NotFound, Unprocessable
from quizapp.models import Role
from quizapp.security import roles_required
from quizapp.services import alarms, operations

blueprint = Blueprint("operations", __name__, url_prefix="/admin/operations")


@blueprint.get("")
@roles_required(Role.ADMIN)
def index() -> str:
    """Queues, workers, the sandbox, alarms and submissions that it failed on."""
    return render_template(
        "admin/operations.html",
        found=operations.overview(),
        kinds=alarms.KINDS,
        no_worker=livestatus.NO_WORKER,
        max_note=operations.MAX_NOTE,
    )


@blueprint.get("/submissions/<int:submission_id>")
@roles_required(Role.ADMIN)
def submission(submission_id: int) -> str:
    """One submission that the sandbox failed on: what was sent, and what happened."""
    return render_template(
        "admin/submission.html",
        troubled=operations.find(submission_id),
        kinds=alarms.KINDS,
        max_note=operations.MAX_NOTE,
    )


@blueprint.post("/submissions/<int:submission_id>/grade-again")
@roles_required(Role.ADMIN)
def grade_again(submission_id: int) -> Response:
    """Have it graded once more."""
    try:
        is_rung = operations.grade_again(submission_id, current_user)
    except (NotFound, Conflict) as refusal:
        flash(f"{refusal.message}. {refusal.what_to_do}", "warn")
    else:
        when = "is next in its queue" if is_rung else "waits until Redis is back"
        flash(f"Submission {submission_id} {when}.", "done")
    return redirect(url_for("operations.index"), code=303)


@blueprint.post("/submissions/<int:submission_id>/give-up")
@roles_required(Role.ADMIN)
def give_up(submission_id: int) -> Response:
    """Take it off the page, with a note."""
    try:
        operations.give_up(submission_id, current_user, request.form.get("note", ""))
    except Unprocessable as refusal:
        flash(f"{refusal.message}. {refusal.what_to_do}", "warn")
        return redirect(url_for("operations.submission", submission_id=submission_id), code=303)
    except NotFound as refusal:
        flash(f"{refusal.message}. {refusal.what_to_do}", "warn")
    else:
        flash(f"Submission {submission_id} keeps its verdict; the audit log has the note.", "done")
    return redirect(url_for("operations.index"), code=303)


@blueprint.post("/alarms/<int:alarm_id>/settle")
@roles_required(Role.ADMIN)
def settle(alarm_id: int) -> Response:
    """Close an alarm, with a note."""
    try:
        operations.settle_alarm(alarm_id, current_user, request.form.get("note", ""))
    except (Unprocessable, Conflict) as refusal:
        flash(f"{refusal.message}. {refusal.what_to_do}", "warn")
    else:
        flash("The alarm is settled; the audit log has the note.", "done")
    return redirect(url_for("operations.index"), code=303)
