"""Signing in and out, registering, and one's own account."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from typing import Any

from flask import (
    Blueprint,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_limiter.util import get_remote_address
from flask_login import current_user
from werkzeug.wrappers import Response

from quizapp.errors import Gone, NotFound
from quizapp.extensions import limiter
from quizapp.forms import (
    ForgottenForm,
    PasswordForm,
    RegisterForm,
    ResetForm,
    SignInForm,
    refuse_long_passwords,
)
from quizapp.security import login_required, safe_next
from quizapp.services import accounts, audit, forgotten, outbox, sign_ins

blueprint = Blueprint("accounts", __name__)

_KNOWN_DEVICE = "quizapp_device"
_A_YEAR = 31_536_000
Page = str | tuple[str, int] | Response


def client_address() -> str:
    """Whom a limit per address counts: the address, or the network of 64 bits that one person has with IPv6."""
    raw = get_remote_address()
    try:
        address = ipaddress.ip_address(raw)
    except ValueError:
        return raw
    if address.version == 6:  # noqa: PLR2004
        return str(ipaddress.ip_network((address, 64), strict=False))
    return raw


def _account() -> str:
    """Whom a limit per account counts.

    A device on which this account was signed in before has a count of its own, so that a stranger who guesses at an
    account cannot lock its owner out.
    """
    email = request.form.get("email", "").strip().lower()[:300]
    shown = request.cookies.get(_KNOWN_DEVICE, "")
    known = hmac.compare_digest(shown.encode(), _device_mark(email).encode())
    return hashlib.sha256(f"{email} {known}".encode("utf-8", "replace")).hexdigest()[:32]


def _device_mark(email: str) -> str:
    key = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.new(key, f"device {email}".encode("utf-8", "replace"), "sha256").hexdigest()


def _has_failed(response: Response) -> bool:
    return response.status_code != 302  # noqa: PLR2004 - success sends the browser on


def _setting(name: str) -> Any:
    return lambda: current_app.config[name]


@blueprint.record_once
def _limits(state: Any) -> None:
    """How often is too often; an operator can set others."""
    state.app.config.setdefault("LIMIT_SIGN_IN_ADDRESS", "50 per 10 minutes")
    state.app.config.setdefault("LIMIT_SIGN_IN_ACCOUNT", "10 per 10 minutes")
    state.app.config.setdefault("LIMIT_REGISTER", "30 per hour")
    state.app.config.setdefault("LIMIT_RESET", "30 per 10 minutes")
    state.app.config.setdefault("LIMIT_FORGOTTEN", "10 per hour")


@blueprint.route("/sign-in", methods=["GET", "POST"])
@limiter.limit(
    _setting("LIMIT_SIGN_IN_ADDRESS"), key_func=client_address, methods=["POST"], deduct_when=_has_failed
)
@limiter.limit(
    _setting("LIMIT_SIGN_IN_ACCOUNT"), key_func=_account, methods=["POST"], deduct_when=_has_failed
)
def sign_in() -> Page:
    """Sign in, and go on to where one came from."""
    target = safe_next(request.args.get("next"))
    if current_user.is_authenticated:
        return redirect(target)
    if request.method == "POST":
        refuse_long_passwords()
    form = SignInForm()
    is_refused = False
    if form.validate_on_submit():
        user = accounts.prove(form.email.data, form.password.data)
        if user is not None:
            sign_ins.begin(user, stay=form.stay.data)
            return _remember_device(redirect(target), user.email)
        is_refused = True
    status = 401 if is_refused else 422 if form.is_submitted() else 200
    return render_template("accounts/sign_in.html", form=form, is_refused=is_refused), status


def _remember_device(response: Response, email: str) -> Response:
    config = current_app.config
    response.set_cookie(
        _KNOWN_DEVICE,
        _device_mark(email),
        max_age=_A_YEAR,
        secure=config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
        path=url_for("accounts.sign_in"),
    )
    return response


@blueprint.route("/register", methods=["GET", "POST"])
@limiter.limit(_setting("LIMIT_REGISTER"), key_func=client_address, methods=["POST"])
def register() -> Page:
    """Make an account and sign in."""
    if not current_app.config["REGISTRATION"]:
        raise NotFound(
            "Accounts are made by an admin here", "Ask whoever runs this site for an account, then sign in."
        )
    if current_user.is_authenticated:
        return redirect(safe_next(None))
    if request.method == "POST":
        refuse_long_passwords()
    form = RegisterForm()
    if form.validate_on_submit():
        try:
            user = accounts.register(form.email.data, form.name.data, form.password.data)
        except accounts.NotAccepted as refusal:
            form.refuse(refusal)
        else:
            sign_ins.begin(user)
            flash("Your account is ready.", "done")
            return _remember_device(redirect(safe_next(request.args.get("next"))), user.email)
    return render_template("accounts/register.html", form=form), 422 if form.is_submitted() else 200


@blueprint.post("/sign-out")
def sign_out() -> Response:
    """Sign this device out; without anybody signed in it is done already."""
    if current_user.is_authenticated:
        audit.record("account.signed_out", current_user.email, actor=current_user)
        sign_ins.end_current()
    sign_ins.forget_session()
    return redirect(url_for("accounts.sign_in"))


@blueprint.route("/account", methods=["GET", "POST"])
@login_required
@limiter.limit(
    _setting("LIMIT_SIGN_IN_ADDRESS"), key_func=client_address, methods=["POST"], deduct_when=_has_failed
)
def settings() -> Page:
    """One's own account: password and devices."""
    if request.method == "POST":
        refuse_long_passwords()
    form = PasswordForm()
    if form.validate_on_submit():
        try:
            accounts.change_password(current_user.id, form.current.data, form.password.data)
        except accounts.NotAccepted as refusal:
            form.refuse(refusal)
        else:
            flash("Your password is changed. Every other device is signed out.", "done")
            return redirect(url_for("accounts.settings"))
    devices = sign_ins.open_ones(current_user.id)
    page = render_template(
        "accounts/settings.html", form=form, devices=devices, this_device=sign_ins.current_id()
    )
    return page, 422 if form.is_submitted() else 200


@blueprint.post("/account/devices/<int:sign_in_id>/sign-out")
@login_required
def end_sign_in(sign_in_id: int) -> Response:
    """Sign out one of one's own devices."""
    if sign_in_id == sign_ins.current_id():
        return sign_out()
    sign_ins.end(current_user.id, sign_in_id)
    flash("The device is signed out.", "done")
    return redirect(url_for("accounts.settings"))


@blueprint.post("/account/devices/sign-out")
@login_required
def end_other_sign_ins() -> Response:
    """Sign out every device but this one."""
    sign_ins.end_others(current_user.id)
    flash("Every other device is signed out.", "done")
    return redirect(url_for("accounts.settings"))


@blueprint.route("/forgot-password", methods=["GET", "POST"])
@limiter.limit(_setting("LIMIT_FORGOTTEN"), key_func=client_address, methods=["POST"])
def forgot_password() -> Page:
    """Have a link for a new password mailed. The page says the same for every address."""
    is_mailing, is_sent = outbox.is_mailing(), False
    form = ForgottenForm()
    if is_mailing and form.validate_on_submit():
        try:
            forgotten.ask(form.email.data)
        except accounts.NotAccepted as refusal:
            form.refuse(refusal)
        else:
            is_sent = True
    page = render_template("accounts/forgotten.html", form=form, is_mailing=is_mailing, is_sent=is_sent)
    return page, 422 if form.is_submitted() and is_mailing and not is_sent else 200


@blueprint.get("/reset/<token>")
@limiter.limit(_setting("LIMIT_RESET"), key_func=client_address)
def reset(token: str) -> Response:
    """Take a reset link's token out of the address, so that it stays out of histories and logs."""
    session["reset"] = token[:100]
    return redirect(url_for("accounts.choose_password"))


@blueprint.route("/reset", methods=["GET", "POST"])
@limiter.limit(_setting("LIMIT_RESET"), key_func=client_address, methods=["POST"])
def choose_password() -> Page:
    """Set a new password with the link that was opened."""
    token = session.get("reset")
    if not token:
        raise Gone(
            "There is no open reset link here",
            "Open the link again, or have a new one mailed: the page for signing in leads there.",
        )
    if request.method == "POST":
        refuse_long_passwords()
    owner = accounts.owner_of_reset(token)
    form = ResetForm()
    if form.validate_on_submit():
        try:
            accounts.redeem_reset(token, form.password.data)
        except accounts.NotAccepted as refusal:
            form.refuse(refusal)
        else:
            sign_ins.forget_session()
            flash("Your new password is set. Sign in with it.", "done")
            return redirect(url_for("accounts.sign_in"))
    page = render_template("accounts/reset.html", form=form, email=owner.email)
    return page, 422 if form.is_submitted() else 200
