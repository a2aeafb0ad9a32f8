"""A candidate's signed copy of an attempt, and the keys that such copies are checked with."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, render_template
from flask_login import current_user

from quizapp.extensions import limiter
from quizapp.security import login_required
from quizapp.services import attempts, reports, site_keys, transcripts
from quizapp.views.responses import who

blueprint = Blueprint("transcripts", __name__)


@blueprint.get("/attempts/<int:attempt_id>/transcript")
@login_required
@limiter.limit("20/minute", key_func=who)
def show(attempt_id: int) -> Response:
    """The zip file of one's own finished attempt."""
    attempt = attempts.own(attempt_id, current_user)
    reports.ensure_ready(attempt)
    made = transcripts.of_attempt(attempt, current_user)
    reply = Response(made, mimetype="application/zip")
    reply.headers.set("Content-Disposition", "attachment", filename=f"transcript-{attempt_id}.zip")
    return reply


@blueprint.get("/transcript-keys")
def keys() -> str:
    """The public keys with what to do with them."""
    return render_template("transcripts/keys.html", keys=site_keys.public_keys())


@blueprint.get("/transcript-keys.json")
def keys_json() -> dict[str, Any]:
    """The same for programs."""
    found = site_keys.public_keys()
    return {
        "algorithm": "Ed25519",
        "keys": [
            {"id": key.id, "public_key": key.text, "is_current": number == 0}
            for number, key in enumerate(found)
        ],
    }
