"""Maps every failure to one shape: a page for people, `{"error": {...}}` for scripts.

Services raise a `Refusal`; whatever else goes wrong arrives as a Werkzeug exception. Both say what is so and what to
do next, and carry the request's number, which is in the log as well.
"""

from __future__ import annotations

import logging
import secrets
import sqlite3
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, ClassVar
from urllib.parse import quote

from flask import Flask, Response, g, jsonify, make_response, render_template, request
from flask_limiter import RateLimitExceeded
from flask_wtf.csrf import CSRFError
from redis.exceptions import RedisError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, SecurityError

from quizapp.extensions import db, limiter

log = logging.getLogger(__name__)

LOGGED_PATH = "quizapp.path"  # of a request's environment: what an access log may tell of its address


class Refusal(Exception):
    """Something was asked for that is not done; the text says why and what to do instead.

    `beside` is put beside "error" in the JSON shape, for a caller that can act on it (the current state of what was
    to be saved, for example). `retry_after` is in seconds.
    """

    status: ClassVar[int] = 400
    code: ClassVar[str] = "bad_request"
    message = "This request cannot be understood"
    what_to_do = "Go back, check what was entered, and send it again."

    def __init__(
        self,
        message: str | None = None,
        what_to_do: str | None = None,
        *,
        code: str | None = None,
        beside: Mapping[str, Any] | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message or self.message)
        self.message = message or self.message
        self.what_to_do = what_to_do or self.what_to_do
        self.name = code or self.code
        self.beside = dict(beside or {})
        self.retry_after = retry_after


class BadRequest(Refusal):
    """The request itself is malformed."""


class SignInNeeded(Refusal):
    """Nobody is signed in, or the session has ended."""

    status = 401
    code = "sign_in_needed"
    message = "Nobody is signed in"
    what_to_do = "Sign in, then try again. What you typed is kept in this browser."


class Forbidden(Refusal):
    """Signed in, but not with a role that may do this."""

    status = 403
    code = "forbidden"
    message = "This page is not open to your account"
    what_to_do = "If you need it for your work, ask an admin of this site for the role."


class NotFound(Refusal):
    """There is no such thing, or it belongs to somebody else: the same answer for both."""

    status = 404
    code = "not_found"
    message = "There is no page at this address"
    what_to_do = "The address may be mistyped, or what was here is gone. Start from the home page."


class Conflict(Refusal):
    """What was sent is based on a state that is no longer so."""

    status = 409
    code = "conflict"
    message = "This changed in the meantime"
    what_to_do = "Load the page again to see how it is now, then repeat your change."


class Closed(Conflict):
    """The time for this is over."""

    code = "closed"
    message = "The time for this is over"
    what_to_do = "Nothing more can be changed here. What arrived in time is counted."


class Gone(Refusal):
    """A link that worked once and does no more."""

    status = 410
    code = "gone"
    message = "This link no longer works"
    what_to_do = "It was used already, or its time is over. Ask whoever gave it to you for a new one."


class TooLarge(Refusal):
    """More was sent than is taken."""

    status = 413
    code = "too_large"
    message = "What was sent is too large"
    what_to_do = "Shorten it and send it again."


class Unsupported(Refusal):
    """The body is not of the type that is read here."""

    status = 415
    code = "unsupported_type"
    message = "The content type is not one that is read here"
    what_to_do = "Send JSON, with the header Content-Type: application/json."


class Unprocessable(Refusal):
    """Well formed, but it cannot be what was meant."""

    status = 422
    code = "unprocessable"
    message = "Something in what was entered cannot be right"
    what_to_do = "Go back, correct it, and send it again."


class TooMany(Refusal):
    """A rate limit; `retry_after` says when it goes on."""

    status = 429
    code = "too_many"
    message = "That was too often in a short time"
    what_to_do = "Wait a moment, then try again."


class Unavailable(Refusal):
    """One of our own stores does not answer."""

    status = 503
    code = "unavailable"
    message = "This does not work for the moment"
    what_to_do = (
        "A part of the service does not answer. Nothing you did caused it. Try again in a few seconds."
    )


@dataclass(frozen=True)
class Answer:
    """What an error page or its JSON shape says."""

    status: int
    code: str
    message: str
    what_to_do: str
    beside: dict[str, Any] = field(default_factory=dict)
    retry_after: int | None = None

    @property
    def is_ours(self) -> bool:
        """True for faults of the service, which are nobody else's failure."""
        return self.status >= HTTPStatus.INTERNAL_SERVER_ERROR


_HTTP = {
    400: Answer(400, BadRequest.code, BadRequest.message, BadRequest.what_to_do),
    401: Answer(401, SignInNeeded.code, SignInNeeded.message, SignInNeeded.what_to_do),
    403: Answer(403, Forbidden.code, Forbidden.message, Forbidden.what_to_do),
    404: Answer(404, NotFound.code, NotFound.message, NotFound.what_to_do),
    405: Answer(
        405,
        "method_not_allowed",
        "This address does not take that kind of request",
        "Go back to the page you came from and use its buttons or links.",
    ),
    409: Answer(409, Conflict.code, Conflict.message, Conflict.what_to_do),
    410: Answer(410, Gone.code, Gone.message, Gone.what_to_do),
    413: Answer(413, TooLarge.code, TooLarge.message, TooLarge.what_to_do),
    415: Answer(415, Unsupported.code, Unsupported.message, Unsupported.what_to_do),
    422: Answer(422, Unprocessable.code, Unprocessable.message, Unprocessable.what_to_do),
    429: Answer(429, TooMany.code, TooMany.message, TooMany.what_to_do),
    500: Answer(
        500,
        "fault",
        "Something broke on our side",
        "It was written down with the number below. Nothing you did caused it. Try again; if it happens again, "
        "tell whoever runs this site, with the number.",
    ),
    503: Answer(503, Unavailable.code, Unavailable.message, Unavailable.what_to_do),
}
_OTHER_HOST = Answer(
    400,
    "other_host",
    "This site does not answer under this name",
    "Use the address you were given. Whoever runs the site sets its name with QUIZAPP_PUBLIC_URL.",
)
_OUTDATED_FORM = Answer(
    400,
    "outdated_form",
    "The page you sent was open too long",
    "Go back, load the page again, and repeat what you did. This guards you against forms that other sites send in "
    "your name.",
)


def bind(app: Flask) -> None:
    """Register the error handlers and give every request its number."""

    @app.before_request
    def number() -> None:
        request_id()

    def log_fault(exc_info: Any) -> None:
        log.error("Request %s to %r broke", request_id(), _path(), exc_info=exc_info)

    app.log_exception = log_fault  # type: ignore[method-assign]  # Flask's own writes the whole path

    @app.after_request
    def show_number(response: Response) -> Response:
        response.headers["X-Request-ID"] = request_id()
        request.environ[LOGGED_PATH] = quote(_path())
        return response

    app.register_error_handler(Refusal, _on_refusal)
    app.register_error_handler(CSRFError, _on_csrf)
    app.register_error_handler(RateLimitExceeded, _on_rate_limit)
    app.register_error_handler(HTTPException, _on_http)
    app.register_error_handler(RedisError, _on_store_failure)
    app.register_error_handler(OperationalError, _on_store_failure)


def request_id() -> str:
    """The number of the current request, made at its first use; shown on error pages and written to the log."""
    if "request_id" not in g:
        g.request_id = f"r-{secrets.token_hex(6)}"
    number: str = g.request_id
    return number


def wants_json() -> bool:
    """True when the caller is a script: JSON was sent or asked for, or the path is the API's."""
    if request.path.startswith("/api/") or request.is_json:
        return True
    accepted = request.accept_mimetypes
    return accepted.best_match(["text/html", "application/json"]) == "application/json"


def answer(what: Answer) -> Response:
    """Make the response for an error, as a page or as JSON."""
    if wants_json():
        response = jsonify(
            error={
                "code": what.code,
                "message": what.message,
                "what_to_do": what.what_to_do,
                "request": request_id(),
            },
            **what.beside,
        )
    else:
        response = make_response(_page(what))
    response.status_code = what.status
    if what.retry_after is not None:
        response.headers["Retry-After"] = str(what.retry_after)
    return response


def _page(what: Answer) -> str:
    """The error page. With a store away it is drawn again without whoever is signed in, and then without our layout."""
    for _ in range(2):
        try:
            return render_template("errors/error.html", error=what, request_id=request_id())
        except Exception:  # whatever it is, the person gets an answer
            log.exception("The error page of request %s could not be drawn in full", request_id())
    return render_template("errors/bare.html", error=what, request_id=request_id())


def _on_refusal(refusal: Refusal) -> Response:
    db.session.rollback()
    what = Answer(
        refusal.status,
        refusal.name,
        refusal.message,
        refusal.what_to_do,
        refusal.beside,
        refusal.retry_after,
    )
    return answer(what)


def _path() -> str:
    """The path for logs, without the text of a link: whoever reads a log could open what the link opens."""
    token = (request.view_args or {}).get("token")
    return request.path.replace(token, "...") if token else request.path


def _on_csrf(error: CSRFError) -> Response:
    log.warning("Request %s to %r refused: %s", request_id(), _path(), error.description)
    return answer(_OUTDATED_FORM)


def _on_rate_limit(_error: RateLimitExceeded) -> Response:
    current = limiter.current_limit
    wait = max(1, int(current.reset_at - time.time())) if current else 60
    log.warning("Request %s to %r refused: too many requests", request_id(), _path())
    return answer(
        Answer(429, TooMany.code, TooMany.message, f"Try again in {_in_words(wait)}.", retry_after=wait)
    )


def _on_http(error: HTTPException) -> Response:
    """Answer any Werkzeug exception; redirects that routing raises pass as they are."""
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    if status < HTTPStatus.BAD_REQUEST:
        return make_response(error.get_response())
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("Request %s to %r failed with %s", request_id(), _path(), status)
        db.session.rollback()
    if isinstance(error, SecurityError):
        # The request names a host that is not ours, so no address on a page could be right.
        return make_response(
            render_template("errors/bare.html", error=_OTHER_HOST, request_id=request_id()), 400
        )
    what = _HTTP.get(status)
    if what is None:
        family = _HTTP[500] if status >= HTTPStatus.INTERNAL_SERVER_ERROR else _HTTP[400]
        what = Answer(status, family.code, family.message, family.what_to_do)
    response = answer(what)
    for name, value in error.get_headers(request.environ):
        if name.lower() in ("allow", "retry-after"):
            response.headers[name] = value
    return response


def _on_store_failure(error: OperationalError | RedisError) -> Response:
    """A store that does not answer is 503; a statement the database cannot run is a fault of ours and stays one."""
    db.session.rollback()
    if isinstance(error, OperationalError) and isinstance(error.orig, sqlite3.OperationalError):
        text = str(error.orig)
        if not any(word in text for word in ("locked", "busy", "unable to open", "disk", "readonly")):
            raise error
    log.error("Request %s to %r: a store does not answer", request_id(), _path(), exc_info=error)
    what = _HTTP[503]
    return answer(Answer(what.status, what.code, what.message, what.what_to_do, retry_after=5))


def _in_words(seconds: int) -> str:
    if seconds < 90:  # noqa: PLR2004 - up to there seconds read better
        return f"{seconds} seconds" if seconds > 1 else "a second"
    return f"{round(seconds / 60)} minutes"
