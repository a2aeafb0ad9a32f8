"""The public link of an interview: asking for a place."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from quizapp.errors import Closed, Conflict
from quizapp.extensions import limiter
from quizapp.rules import zones
from quizapp.services import link_keys, outbox, public_links
from quizapp.services.accounts import NotAccepted
from quizapp.views.accounts import client_address

blueprint = Blueprint("joining", __name__)


@blueprint.record_once
def _limits(state: Any) -> None:
    """How often is too often from one address; an operator can set others."""
    state.app.config.setdefault("LIMIT_JOINING", "20 per hour")


@blueprint.after_request
def _keep_private(response: Response) -> Response:
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@blueprint.route("/join/<interview_id>/<token>", methods=["GET", "POST"])
@limiter.limit(lambda: current_app.config["LIMIT_JOINING"], key_func=client_address, methods=["POST"])
def ask(interview_id: str, token: str) -> str | Response | tuple[str, int]:
    """Ask for name and address; the personal link comes by mail, or at once where nothing can be mailed."""
    link = public_links.by_token(interview_id, token)
    errors: dict[str, str] = {}
    problem, status, is_sent = public_links.problem_of(link), 200, False
    if request.method == "POST":
        try:
            invitation = public_links.take_place(
                interview_id, token, request.form.get("name", ""), request.form.get("email", "")
            )
        except NotAccepted as not_accepted:
            errors, status = {not_accepted.field: not_accepted.message}, not_accepted.status
        except Closed as closed:
            problem, status = closed.message, closed.status
        except Conflict as conflict:  # about the address, and nothing is mailed that could say so
            errors, status = {"email": f"{conflict.message}. {conflict.what_to_do}"}, conflict.status
        else:
            if invitation is not None:
                return redirect(url_for("invited.follow", token=link_keys.token_of(invitation)), code=303)
            is_sent = True
    link = public_links.by_token(interview_id, token)
    page = render_template(
        "invited/join.html",
        link=link,
        version=link.interview.version,
        title=link.interview.version.title if link.interview.version else link.interview.title,
        problem=problem,
        errors=errors,
        is_sent=is_sent,
        is_mailing=outbox.is_mailing(),
        in_words=zones.in_words,
    )
    return page, status
