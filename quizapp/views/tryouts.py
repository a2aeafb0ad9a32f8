"""What the try-out before an interview asks the server for."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, url_for
from flask_login import current_user

from quizapp import livestatus
from quizapp.extensions import limiter
from quizapp.receipt import received_at
from quizapp.security import login_required
from quizapp.services import tryouts
from quizapp.views.responses import who

blueprint = Blueprint("tryouts", __name__, url_prefix="/try-out")


@blueprint.post("")
@login_required
@limiter.limit("30/hour", key_func=who)
def begin() -> dict[str, Any]:
    """Where to save and where to run; both are the addresses that every answer in code has."""
    response = tryouts.begin(current_user)
    return {
        "draft_url": url_for("responses.save", response_id=response.id),
        "submissions_url": url_for("submissions.create", response_id=response.id),
        "revision": response.revision,
        "file": tryouts.FILE,
        "sandbox_problem": livestatus.sandbox_problem(),
    }


@blueprint.get("/clock")
@login_required
def clock() -> dict[str, Any]:
    """The moment at which this was received, by the clock that interviews run on."""
    return {"now": received_at().isoformat()}
