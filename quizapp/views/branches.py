"""The other versions of an answer: to look at, and to take one."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as Reply

from quizapp.errors import Unprocessable, wants_json
from quizapp.extensions import limiter
from quizapp.models import AttemptKind, Response
from quizapp.security import login_required
from quizapp.services import branches
from quizapp.services.responses import Fate
from quizapp.views.responses import device, saved, who

blueprint = Blueprint("branches", __name__, url_prefix="/responses/<int:response_id>/versions")


@blueprint.get("")
@login_required
def index(response_id: int) -> str:
    found = branches.of_response(response_id, current_user)
    return render_template("branches/index.html", versions=found, back_url=_question(found.response))


@blueprint.post("/<int:branch_id>/take")
@login_required
@limiter.limit("60/minute", key_func=who)
def take(response_id: int, branch_id: int) -> dict[str, Any] | Reply:
    """Make this version the answer; JSON `{"revision": number}` from the player, a form from the list."""
    taken = branches.take(response_id, branch_id, current_user, _revision(), device())
    if wants_json():
        return saved(taken)
    if taken.fate is Fate.STALE:
        flash("Another window saved this answer in the meantime. Look at the versions once more.", "warn")
        return redirect(url_for("branches.index", response_id=response_id), code=303)
    flash("This version is your answer now. The one before is kept.", "done")
    return redirect(_question(taken.response), code=303)


def _revision() -> int:
    body = request.get_json(silent=True) if request.is_json else None
    revision = body.get("revision") if isinstance(body, dict) else request.form.get("revision", type=int)
    if type(revision) is not int:
        raise Unprocessable(
            "This names no revision", "Load the list of versions again; it knows the revision."
        )
    return revision


def _question(response: Response) -> str:
    """Where the question is answered."""
    attempt = response.attempt
    if attempt.kind is AttemptKind.PRACTICE:
        return url_for("practice.show", bank_id=attempt.bank_id, question_id=response.question_id)
    return url_for("attempts.show", attempt_id=attempt.id, q=response.position)
