"""Autosave: what is typed, a moment after it was typed."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request, url_for
from flask_login import current_user

from quizapp.errors import BadRequest, Closed, Conflict, Unprocessable, Unsupported
from quizapp.extensions import limiter
from quizapp.security import login_required
from quizapp.services import clocks, responses
from quizapp.services.responses import Fate, Saving

blueprint = Blueprint("responses", __name__)


def who() -> str:
    """The rate limits' key: the person, wherever they sit."""
    return f"user:{current_user.get_id()}"


@blueprint.put("/responses/<int:response_id>/draft")
@login_required
@limiter.limit("240/minute", key_func=who)
def save(response_id: int) -> dict[str, Any]:
    answer, revision = read_save()
    return saved(responses.save(response_id, current_user, answer, revision, device()))


def device() -> str:
    """What the browser calls itself, kept beside a save that did not become current."""
    return request.user_agent.string[:200]


def read_save() -> tuple[Any, int]:
    """The answer and the revision it is based on. Raises Unsupported, BadRequest, Unprocessable."""
    if not request.is_json:
        raise Unsupported
    try:
        body = request.get_json()
    except RecursionError as error:
        raise BadRequest("The JSON is nested too deeply") from error
    if not isinstance(body, dict):
        raise BadRequest("The body has to be a JSON object", 'Send {"answer": {...}, "revision": number}.')
    revision = body.get("revision")
    if type(revision) is not int or not 0 <= revision < 2**31:
        raise Unprocessable("The save names no revision", "Load the page again; it knows the revision.")
    return body.get("answer"), revision


def saved(saving: Saving) -> dict[str, Any]:
    """The reply to a save. Raises Conflict for a stale one and Closed for a late one; both are kept aside."""
    response = saving.response
    if saving.fate is Fate.LATE:
        raise Closed(
            "This interview is over" if clocks.is_closed(response.attempt) else "This part is over",
            "What you sent is kept and marked as late, but it does not count.",
            beside={"branch": saving.branch_id},
        )
    state = {
        "response_id": response.id,
        "revision": response.revision,
        "saved_at": response.saved_at.isoformat() if response.saved_at else None,
    }
    if saving.fate is Fate.STALE:
        raise Conflict(
            "Another window saved this answer in the meantime",
            "Choose which one to keep. What you sent is kept beside it.",
            code="stale",
            beside={"current": {"answer": response.answer, **state}, "branch": saving.branch_id},
        )
    return {
        **state,
        "draft_url": url_for("responses.save", response_id=response.id),
        "submissions_url": url_for("submissions.create", response_id=response.id),
    }
