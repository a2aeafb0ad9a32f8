"""Response headers, the Content-Security-Policy with its nonce, and who may see a page."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, redirect, request, session, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from quizapp.bodies import refuse_unstorable
from quizapp.errors import Forbidden, SignInNeeded, request_id, wants_json
from quizapp.extensions import login
from quizapp.models import Role
from quizapp.services import along, sign_ins

log = logging.getLogger(__name__)

View = TypeVar("View", bound=Callable[..., Any])

# What a page may do. Everything it loads is our own; the nonce lets the editor add its style sheet.
_POLICY = (
    "default-src 'none'",
    "script-src 'self' 'nonce-{nonce}'",
    "style-src 'self' 'nonce-{nonce}'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "font-src 'self'",
    "form-action 'self'",
    "frame-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "object-src 'none'",
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    # Not no-referrer: over https the CSRF check wants to see that a form came from a page of ours.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
_A_YEAR = 31_536_000
# Where a guest of an invitation may go: their interview, and what its pages ask for. Everything else is closed.
_FOR_GUESTS = frozenset(
    {
        "attempts",
        "branches",
        "health",
        "invited",
        "keeper",
        "notes",
        "recordings",
        "responses",
        "submissions",
        "transcripts",
        "tryouts",
        "visits",
    }
)
_FOR_GUESTS_TOO = frozenset(
    {
        "static",
        "accounts.sign_out",
        "error_reports.from_response",
        "playback.own",
        "playback.own_events",
        "playback.comment",
    }
)
_NOT_FOR_GUESTS = frozenset({"attempts.share"})


def bind(app: Flask) -> None:
    """Register the request and response hooks."""
    if public := urlsplit(app.config["PUBLIC_URL"]).hostname:
        # A spoofed Host header is refused; the machine's own names stay for health checks.
        app.config.setdefault("TRUSTED_HOSTS", None)
        app.config["TRUSTED_HOSTS"] = app.config["TRUSTED_HOSTS"] or [public, "localhost", "127.0.0.1"]
    # The cookie lives as long as a sign-in may, and is sent when it changes, not with every style sheet.
    app.config["PERMANENT_SESSION_LIFETIME"] = app.config["SIGN_IN_LIFETIME"]
    app.config["SESSION_REFRESH_EACH_REQUEST"] = False
    app.before_request(refuse_unstorable)
    app.before_request(_keep_guests_in)
    app.after_request(_add_headers)
    app.jinja_env.globals["csp_nonce"] = csp_nonce
    login.session_protection = (
        None  # sign-ins are rows on the server; an address that changes is not an attack
    )
    login.user_loader(sign_ins.load)
    login.unauthorized_handler(_ask_to_sign_in)


def csp_nonce() -> str:
    """The nonce of this response's scripts and style sheets."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    nonce: str = g.csp_nonce
    return nonce


def roles_required(*roles: Role) -> Callable[[View], View]:
    """Let only these roles pass; an admin passes everywhere. Nobody signed in: the sign-in page, or 401 for scripts.

    The role is read from the database at each request, so a role that is taken away is gone at once.
    """

    def decorate(view: View) -> View:
        beside: along.Along | None = getattr(view, "reads_along", None)

        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if beside is not None:
                along.want(beside, kwargs)
            if not current_user.is_authenticated:
                return login.unauthorized()
            if current_user.role not in {*roles, Role.ADMIN}:
                log.warning(
                    "Request %s: user %s (%s) was denied %s",
                    request_id(),
                    current_user.id,
                    current_user.role.value,
                    request.endpoint,
                )
                raise Forbidden
            return current_app.ensure_sync(view)(*args, **kwargs)

        return cast("View", guarded)

    return decorate


def login_required(view: View) -> View:
    """Let everybody pass who is signed in."""
    return roles_required(*Role)(view)


def safe_next(target: str | None) -> str:
    """A path of this site to go to after signing in; the home page when `target` is anything else."""
    home = url_for("home.index") if "home.index" in current_app.view_functions else "/"
    if not target or not target.startswith("/") or target.startswith("//"):
        return home
    if "\\" in target or any(ord(letter) <= ord(" ") or ord(letter) == 0x7F for letter in target):  # noqa: PLR2004 - DEL
        return home
    parts = urlsplit(target)
    return home if parts.scheme or parts.netloc else target


def external_url(endpoint: str, **values: Any) -> str:
    """An address to hand out: on the configured public host, never on one that a request names."""
    public: str = current_app.config["PUBLIC_URL"]
    if public:
        return public.rstrip("/") + url_for(endpoint, **values)
    return url_for(endpoint, _external=True, **values)


def is_for_guests(endpoint: str | None) -> bool:
    """Whether somebody who has an invitation instead of an account may use a route."""
    if endpoint is None or endpoint in _NOT_FOR_GUESTS:
        return endpoint is None
    return endpoint in _FOR_GUESTS_TOO or endpoint.partition(".")[0] in _FOR_GUESTS


def _keep_guests_in() -> BaseResponse | None:
    """A guest sees one interview, whatever addresses they try."""
    if is_for_guests(request.endpoint) or not current_user.is_authenticated or not current_user.is_guest:
        return None
    if request.endpoint == "home.index":
        return redirect(url_for("invited.landing"))
    raise Forbidden(
        "Your invitation opens one interview, and nothing else",
        "Go back to it from the sign at the top left. For other pages, leave it on this device and sign in.",
    )


def _ask_to_sign_in() -> BaseResponse:
    """Send people to the sign-in page and back afterwards; tell scripts."""
    if wants_json():
        raise SignInNeeded
    if sign_ins.INVITATION_DEVICE in session and request.blueprint in _FOR_GUESTS:
        # Whoever has a link of an invitation goes on with that: it may be in use on another device by now.
        return redirect(url_for("invited.landing"))
    target = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(
        url_for("accounts.sign_in", next=target) if target != "/" else url_for("accounts.sign_in")
    )


def _add_headers(response: Response) -> Response:
    ours = {**_HEADERS, "Content-Security-Policy": "; ".join(_POLICY).format(nonce=csp_nonce())}
    if current_app.config["HTTPS"]:
        ours["Strict-Transport-Security"] = f"max-age={_A_YEAR}; includeSubDomains"
    # To look for each of them by itself costs more than everything else here.
    given = {name.lower() for name, _ in response.headers}
    response.headers.extend([(name, value) for name, value in ours.items() if name.lower() not in given])
    if request.endpoint != "static":
        # Pages carry a nonce and say who is signed in: no cache may keep them, the browser's back button included.
        response.headers["Cache-Control"] = "no-store"
    elif "v" in request.args and response.status_code == 200:  # noqa: PLR2004
        response.headers["Cache-Control"] = f"public, max-age={_A_YEAR}, immutable"
    return response
