"""Autosave: what is typed, a moment after it was typed."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request, url_for
from flask_login import current_user

from quizapp import paces
from quizapp.bodies import json_object
from quizapp.errors import Closed, Conflict, Unprocessable
from quizapp.security import login_required
from quizapp.services import along, clocks, plain_saves, responses
from quizapp.services.plain_saves import Confirmed
from quizapp.services.responses import Fate, Saving

blueprint = Blueprint("responses", __name__)


def who() -> str:
    """The rate limits' key: the person, wherever they sit."""
    return f"user:{current_user.get_id()}"


@blueprint.put("/responses/<int:response_id>/draft")
@login_required
@paces.at_most(240)
@along.reads(plain_saves.ANSWER)
def save(response_id: int) -> dict[str, Any]:
    answer, revision = read_save()
    if confirmed := plain_saves.save(response_id, current_user, answer, revision):
        return told(confirmed)
    is_unchanged = json_object().get("unchanged") is True
    return saved(
        responses.save(response_id, current_user, answer, revision, device(), is_unchanged=is_unchanged)
    )


def device() -> str:
    """What the browser calls itself, kept beside a save that did not become current."""
    return request.user_agent.string[:200]


def read_save() -> tuple[Any, int]:
    """The answer and the revision it is based on. Raises Unsupported, BadRequest, Unprocessable."""
    body = json_object()
    revision = body.get("revision")
    if type(revision) is not int or not 0 <= revision < 2**31:
        raise Unprocessable("The save names no revision", "Load the page again; it knows the revision.")
    return body.get("answer"), revision


def saved(saving: Saving) -> dict[str, Any]:
    """The reply to a save. Raises Conflict for a stale one and Closed for a late one; what is new in them is kept aside."""
    response = saving.response
    if saving.fate is Fate.LATE:
        raise Closed(
            "This interview is over" if clocks.is_closed(response.attempt) else "This part is over",
            "What you sent is kept and marked as late, but it does not count.",
            beside={"branch": saving.branch_id},
        )
    confirmed = Confirmed(response.id, response.revision, response.saved_at)
    if saving.fate in (Fate.STALE, Fate.UNCHANGED):
        is_kept = saving.fate is Fate.STALE
        raise Conflict(
            "Another window saved this answer in the meantime",
            "Choose which one to keep. What you sent is kept beside it."
            if is_kept
            else "Go on from that one. Nothing was changed in what you sent, so it is not kept.",
            code="stale",
            beside={
                "current": {"answer": response.answer, **_state(confirmed)},
                **({"branch": saving.branch_id} if is_kept else {}),
            },
        )
    return told(confirmed)


def told(confirmed: Confirmed) -> dict[str, Any]:
    """The reply to a save that is stored. It tells the clock where that costs nothing, so that the page need not ask."""
    return {
        **_state(confirmed),
        **({"clock": confirmed.clock} if confirmed.clock else {}),
        "draft_url": url_for("responses.save", response_id=confirmed.response_id),
        "submissions_url": url_for("submissions.create", response_id=confirmed.response_id),
    }


def _state(confirmed: Confirmed) -> dict[str, Any]:
    return {
        "response_id": confirmed.response_id,
        "revision": confirmed.revision,
        "saved_at": confirmed.saved_at.isoformat() if confirmed.saved_at else None,
    }
