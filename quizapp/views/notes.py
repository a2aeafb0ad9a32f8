"""Notes that a candidate takes during an attempt."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from quizapp.bodies import row_number
from quizapp.errors import BadRequest, Unprocessable, Unsupported
from quizapp.extensions import limiter
from quizapp.models import Notes
from quizapp.security import login_required
from quizapp.services import attempts, notes, reports
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
    """The same from the page of notes that could not be saved; what still cannot stands in its form again."""
    position = request.args.get("q", type=int)
    text, revision = request.form.get("text", ""), request.form.get("revision", 0, type=row_number)
    try:
        is_beside = _saved(attempt_id, text, revision)
    except (Unprocessable, notes.StaleNotes) as refusal:
        return typed_again(attempt_id, position, text, refusal)
    anchor = None if is_beside else "notes"  # what is said of it stands above
    return redirect(url_for("attempts.show", attempt_id=attempt_id, q=position, _anchor=anchor), code=303)


def kept_with_answer(attempt_id: int) -> Unprocessable | notes.StaleNotes | None:
    """Save the notes that a plain form of a question sends along, if they were changed in it; gives why they cannot be."""
    text = request.form.get("notes", "")
    if notes.mark(text) == request.form.get("notes_given", notes.mark("")):
        return None
    try:
        _saved(attempt_id, text, request.form.get("notes_revision", 0, type=row_number))
    except (Unprocessable, notes.StaleNotes) as refusal:
        return refusal
    return None


def beside_question(stored: Notes | None) -> dict[str, Any]:
    """What the page of a question shows of the notes, and by what it is known whether they were changed there."""
    text = stored.text if stored else ""
    return {"notes": stored, "notes_text": text, "notes_given": notes.mark(text)}


def _saved(attempt_id: int, text: str, revision: int) -> bool:
    """Save and say what became of it; gives whether another window's notes stand above. Raises as `notes.save_beside`."""
    is_beside = notes.save_beside(current_user, attempt_id, text, revision)
    if is_beside:
        flash(
            "Another window saved these notes in the meantime. Both texts stand there now, one below the other.",
            "warn",
        )
    return is_beside


def typed_again(
    attempt_id: int, position: int | None, text: str, refusal: Unprocessable | notes.StaleNotes
) -> Response:
    """What was typed, in a form, beside what is stored: nothing of it was saved."""
    attempt = attempts.own(attempt_id, current_user)
    page = render_template(
        "notes/refused.html",
        attempt=attempt,
        title=reports.title(attempt),
        position=position,
        typed=text,
        stored=notes.of_attempt(attempt),
        most=notes.MAX_CHARACTERS,
        refusal=refusal,
    )
    return make_response(page, refusal.status)
