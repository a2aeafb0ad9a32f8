"""What a personal link opens: the invitation, accepting it, going on at another device, and the page before the start."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, session, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from quizapp.errors import Closed, Conflict, Gone, Unprocessable
from quizapp.extensions import limiter
from quizapp.models import User
from quizapp.rules import zones
from quizapp.security import login_required
from quizapp.services import invited, outbox, sign_ins, takeovers
from quizapp.services.accounts import NotAccepted
from quizapp.views.accounts import client_address
from quizapp.views.interviews import has_consent
from quizapp.views.responses import who

blueprint = Blueprint("invited", __name__)

LINK, DEVICE = sign_ins.INVITATION, sign_ins.INVITATION_DEVICE
MAX_TOKEN = 100


@blueprint.record_once
def _limits(state: Any) -> None:
    """How often is too often from one address; an operator can set others."""
    state.app.config.setdefault("LIMIT_INVITATION_LINKS", "300 per 10 minutes")
    state.app.config.setdefault("LIMIT_INVITATION_CODES", "30 per 10 minutes")


def _setting(name: str) -> Any:
    return lambda: current_app.config[name]


@blueprint.after_request
def _keep_private(response: Response) -> Response:
    """Nothing of these pages is for search engines, and no address of them for other sites."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@blueprint.get("/i/<token>")
def follow(token: str) -> Response:
    """Take a link's token out of the address, so that it stays out of histories and logs. Changes nothing else.

    It has no limit of its own: the page that follows has one, and a refusal here would write the link into the log.
    """
    session[LINK] = token[:MAX_TOKEN]
    session.setdefault(DEVICE, secrets.token_urlsafe(24))
    return redirect(url_for("invited.landing"))


@blueprint.get("/invitation")
@limiter.limit(_setting("LIMIT_INVITATION_LINKS"), key_func=client_address)
def landing() -> str:
    """The invitation of the link that was opened here last."""
    return _landing()


def _landing(refusal: NotAccepted | None = None) -> str:
    meeting = invited.meet(_token(), _signed_in(), session.get(DEVICE, ""))
    invitation = meeting.invitation
    return render_template(
        "invited/landing.html",
        meeting=meeting,
        invitation=invitation,
        version=invitation.version,
        blueprint=invitation.version.blueprint,
        token=session[LINK],
        is_mailing=outbox.is_mailing(),
        refusal=refusal,
        in_words=zones.in_words,
    )


@blueprint.post("/invitation/accept")
@limiter.limit(_setting("LIMIT_INVITATION_LINKS"), key_func=client_address)
def accept() -> Response:
    """Bind the invitation to a guest made for it, or, where that was asked for, to the account that is signed in."""
    token, device = _sent_token(), _device()
    person = _signed_in()
    account = person if person is not None and request.form.get("as") == "account" else None
    if account is not None and account.is_guest:
        raise Unprocessable("This is no account", "Accept the invitation without one.")
    user = invited.accept(token, device, account)
    if user.is_guest:
        _begin_as(user, token, device)
    return redirect(url_for("invited.lobby", invitation_id=_number_of(token)), code=303)


@blueprint.post("/invitation/decline")
@limiter.limit(_setting("LIMIT_INVITATION_LINKS"), key_func=client_address)
def decline() -> Response:
    """Say no."""
    invited.decline(_sent_token())
    return redirect(url_for("invited.landing"), code=303)


@blueprint.post("/invitation/code")
@limiter.limit(_setting("LIMIT_INVITATION_CODES"), key_func=client_address)
def send_code() -> Response:
    """Mail a code with which this device may go on."""
    takeovers.send_code(_sent_token())
    flash("A code is on its way to the address of the invitation. It works for 15 minutes.", "done")
    return redirect(url_for("invited.landing"), code=303)


@blueprint.post("/invitation/go-on")
@limiter.limit(_setting("LIMIT_INVITATION_CODES"), key_func=client_address)
def go_on() -> str | Response | tuple[str, int]:
    """Go on at this device, which ends every other one."""
    token, device = _sent_token(), _device()
    words = sign_ins.device_in_words(request.user_agent.string)
    try:
        user = takeovers.go_on(token, device, request.form.get("code", ""), words)
    except NotAccepted as refusal:
        return _landing(refusal), refusal.status
    _begin_as(user, token, device)
    return redirect(url_for("invited.lobby", invitation_id=_number_of(token)), code=303)


@blueprint.get("/invitations/<int:invitation_id>")
@login_required
def lobby(invitation_id: int) -> str:
    """The terms, the try-out, and the button that starts the clock."""
    invitation, lobby = invited.lobby(current_user, invitation_id)
    return render_template(
        "invited/lobby.html",
        lobby=lobby,
        invitation=invitation,
        attempt=invitation.attempt,
        start_url=url_for("invited.start", invitation_id=invitation_id),
        change_url=None,
        choices=[],
        in_words=zones.in_words,
    )


@blueprint.post("/invitations/<int:invitation_id>/start")
@login_required
@limiter.limit("20/hour", key_func=who)
def start(invitation_id: int) -> Response:
    """Start the clock."""
    try:
        attempt = invited.start(current_user, invitation_id, consents=has_consent())
    except (Unprocessable, Conflict, Closed) as refusal:
        flash(f"{refusal.message}. {refusal.what_to_do}", "warn")
        return redirect(url_for("invited.lobby", invitation_id=invitation_id), code=303)
    return redirect(url_for("attempts.show", attempt_id=attempt.id), code=303)


@blueprint.post("/invitations/leave")
@login_required
def leave() -> Response:
    """Sign a guest out of this device, and forget it: going on needs a code then."""
    if current_user.is_guest:
        sign_ins.end_current()
    return redirect(url_for("home.index"), code=303)


def _signed_in() -> User | None:
    return current_user._get_current_object() if current_user.is_authenticated else None  # noqa: SLF001


def _token() -> str:
    token = session.get(LINK)
    if not token:
        raise Gone("No invitation is open here", "Open the link of your invitation again.")
    return str(token)


def _sent_token() -> str:
    """The link that the form is about, which need not be the one that was opened last."""
    token = request.form.get("link", "")[:MAX_TOKEN] or _token()
    session[LINK] = token
    return token


def _device() -> str:
    """What this browser keeps to be known again."""
    return str(session.setdefault(DEVICE, secrets.token_urlsafe(24)))


def _begin_as(guest: User, token: str, device: str) -> None:
    sign_ins.begin(guest)
    session[LINK], session[DEVICE] = token, device


def _number_of(token: str) -> int:
    return int(token.partition("-")[0])
