"""Notes that a candidate takes during an attempt."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from quizapp.errors import BadRequest, Unprocessable, Unsupported
from quizapp.extensions import limiter
from quizapp.security import login_required
from quizapp.services import notes
from quizapp.views.responses import who

blueprint = Blueprint("notes", __name__, url_prefix="/attempts/<int:attempt_id>/notes")


@blueprint.put("")
@login_required
@limiter.limit("240/minute", key_func=who)
def save(attempt_id: int) -> dict[str, Any]:
    """Save `{"text": string, "revision": number}`; 409 with the current notes when another window was faster."""
    if not request.is_json:
        raise Unsupported
    body = request.get_json()
    if not isinstance(body, dict):
        raise BadRequest("The body has to be a JSON object", 'Send {"text": "...", "revision": number}.')
    text, revision = body.get("text"), body.get("revision")
    if not isinstance(text, str) or type(revision) is not int:
        raise Unprocessable("The notes need a text and a revision", "Load the page again; it knows both.")
    return notes.state(notes.save(current_user, attempt_id, text, revision))


@blueprint.post("")
@login_required
@limiter.limit("240/minute", key_func=who)
def save_form(attempt_id: int) -> Response:
    """The same from a plain form, which goes back to its question."""
    position = request.args.get("q", type=int)
    try:
        text, revision = request.form.get("text", ""), request.form.get("revision", 0, type=int)
        notes.save(current_user, attempt_id, text, revision)
    except (Unprocessable, notes.StaleNotes) as refusal:
        flash(f"{refusal.message}. {refusal.what_to_do}", "warn")
    return redirect(url_for("attempts.show", attempt_id=attempt_id, q=position, _anchor="notes"), code=303)
