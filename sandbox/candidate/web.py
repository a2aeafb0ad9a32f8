"""The candidate's web application: found, asked over WSGI, and its sessions and commands, all inside the session."""

from __future__ import annotations

import base64
import io
import re
import sys
import types
from contextlib import ExitStack
from typing import Any

from sandbox.candidate.faults import safe_text

NAMES = ("app", "application", "create_app", "make_app")
BODY_CHUNK = 256 * 1024
MAX_HEADERS = 200
_STATUS = re.compile(r"[0-9]{3}( [^\r\n\0]{0,200})?")
MAX_HEADER = 16 * 1024


class NoApplication(Exception):
    """No WSGI application is where one was expected."""


class BadAnswer(Exception):
    """The application broke the rules of WSGI."""


def find_application(module: Any) -> Any:
    """`app`, `application`, or what `create_app()` gives, of a module. Raises `NoApplication`."""
    for name in NAMES[:2]:
        found = getattr(module, name, None)
        if callable(found):
            return found
    for name in NAMES[2:]:
        factory = getattr(module, name, None)
        if callable(factory):
            return factory()
    msg = f"{module.__name__}.py has no `app`, `application` or `create_app()`"
    raise NoApplication(msg)


def ready_application(module: Any) -> Any:
    """What `find_application` would give, where it is an ordinary Flask application that lies there ready made, else None.

    Nothing of the candidate's is executed for it.
    """
    flask = sys.modules.get("flask")
    if flask is None or type(module) is not types.ModuleType:
        return None
    found: Any = next((vars(module)[name] for name in NAMES[:2] if callable(vars(module).get(name))), None)
    return found if type(found) is flask.Flask and type(found.config) is flask.Config else None


def is_flask(app: Any) -> bool:
    """Whether this is a Flask application."""
    flask = sys.modules.get("flask")
    return flask is not None and isinstance(app, flask.Flask)


def client_settings(app: Any) -> dict[str, Any]:
    """What a test client has to know of an application."""
    if not is_flask(app):
        return {"flask": False}
    return {
        "flask": True,
        "server_name": app.config.get("SERVER_NAME")
        if isinstance(app.config.get("SERVER_NAME"), str)
        else None,
        "root": str(app.config.get("APPLICATION_ROOT") or "/"),
        "scheme": str(app.config.get("PREFERRED_URL_SCHEME") or "http"),
    }


def calm(app: Any) -> Any:
    """The application with testing and debug off, so that an exception is a 500 as on a server."""
    if is_flask(app) and (app.testing or app.debug):
        app.testing = app.debug = False
    return app


def overhear_faults() -> list[BaseException]:
    """A list that Flask's own 500 pages put the exception behind them into."""
    heard: list[BaseException] = []
    flask = sys.modules.get("flask")
    if flask is not None:

        def note(_sender: Any, exception: BaseException, **_more: Any) -> None:
            heard[:] = [exception]

        flask.got_request_exception.connect(note, weak=False)
    return heard


class Exchange:
    """One request to the application and its streamed body."""

    heard: list[BaseException] | None = (
        None  # see `overhear_faults`; made with the first request of the process
    )

    def __init__(self, contexts: ExitStack | None) -> None:
        self._contexts = contexts
        self._status: str | None = None
        self._headers: list[tuple[str, str]] = []
        self._written: list[bytes] = []
        self._sent = False
        self._iterator: Any = None
        self._iterable: Any = None
        self._error: BaseException | None = None

    def run(self, app: Any, environ: dict[str, Any]) -> dict[str, Any]:
        """Call the application. Status, headers and the first piece of the body, or all of it when its length is known."""
        if Exchange.heard is None:
            Exchange.heard = overhear_faults()
        Exchange.heard.clear()
        kept: list[Any] = []
        if self._contexts is not None:
            environ["werkzeug.debug.preserve_context"] = kept.append
        try:
            self._iterable = app(environ, self._start)
            self._iterator = iter(self._iterable)
            first, is_over = self._until_started()
        except Exception as error:  # noqa: BLE001 - a server answers 500, whatever was raised
            self.close()
            return _failed(error)
        finally:
            if self._contexts is not None:
                for context in kept:
                    self._contexts.enter_context(context)
        pieces = [first] if first else []
        if not is_over and any(name.lower() == "content-length" for name, _ in self._headers):
            is_over = self._read_on(pieces)
        if is_over:
            self.close()
        return self._answer(pieces, is_over)

    def _answer(self, pieces: list[bytes], is_over: bool) -> dict[str, Any]:
        answer: dict[str, Any] = {
            "status": self._status,
            "headers": [
                [name[:MAX_HEADER], value[:MAX_HEADER]] for name, value in self._headers[:MAX_HEADERS]
            ],
            "body": base64.b64encode(b"".join(pieces)).decode("ascii"),
            "more": not is_over,
        }
        fault = self._error or (Exchange.heard[0] if Exchange.heard else None)
        if fault is not None:
            answer["raised"] = fault
        return answer

    def _read_on(self, pieces: list[bytes]) -> bool:
        size = 0
        while size < BODY_CHUNK:
            try:
                piece = next(self._iterator)
            except StopIteration:
                return True
            except Exception as error:  # noqa: BLE001 - the stream breaks off, as it does on a server
                self._error = error
                return True
            pieces.append(_piece(piece))
            size += len(piece)
        return False

    def more(self) -> dict[str, Any]:
        """The next piece of a streamed body."""
        pieces: list[bytes] = []
        is_over = False
        try:
            piece = _piece(next(self._iterator))
            pieces.append(piece)
        except StopIteration:
            is_over = True
        if is_over:
            self.close()
        return {"body": base64.b64encode(b"".join(pieces)).decode("ascii"), "more": not is_over}

    def close(self) -> None:
        """End the answer, as a server does."""
        close = getattr(self._iterable, "close", None)
        self._iterable = self._iterator = None
        if close is not None:
            close()

    def _until_started(self) -> tuple[bytes, bool]:
        for piece in self._iterator:
            if piece:
                self._check()
                return b"".join([*self._written, _piece(piece)]), False
            if self._status is not None and not isinstance(piece, bytes):
                _piece(piece)
        self._check()
        return b"".join(self._written), True

    def _check(self) -> None:
        if self._status is None:
            msg = "the application never called start_response"
            raise BadAnswer(msg)

    def _start(self, status: Any, headers: Any, exc_info: Any = None) -> Any:
        if self._status is not None and exc_info is None:
            msg = "the application called start_response twice"
            raise BadAnswer(msg)
        if type(status) is not str or not _STATUS.fullmatch(status):
            msg = f"start_response was given the status {safe_text(repr, status, 80)}; it is a text like '200 OK'"
            raise BadAnswer(msg)
        self._headers = [_header(pair) for pair in headers]
        self._status = status
        return self._written.append


def _header(pair: Any) -> tuple[str, str]:
    name, value = pair
    if not isinstance(name, str) or not isinstance(value, str):
        msg = "header names and values are texts"
        raise BadAnswer(msg)
    name, value = str.__str__(name), str.__str__(value)
    if any(mark in name or mark in value for mark in "\r\n\0"):
        msg = f"the header {safe_text(repr, name, 80)} holds a line break"
        raise BadAnswer(msg)
    return name, value


def _piece(piece: Any) -> bytes:
    if not isinstance(piece, bytes):
        msg = f"the body holds {safe_text(repr, piece, 80)}; WSGI wants bytes"
        raise BadAnswer(msg)
    return bytes(piece)


def _failed(error: BaseException) -> dict[str, Any]:
    body = b"<!doctype html>\n<title>500 Internal Server Error</title>\n<h1>Internal Server Error</h1>\n"
    return {
        "status": "500 Internal Server Error",
        "headers": [["Content-Type", "text/html; charset=utf-8"], ["Content-Length", str(len(body))]],
        "body": base64.b64encode(body).decode("ascii"),
        "more": False,
        "raised": error,
    }


def environ_of(form: dict[str, Any]) -> dict[str, Any]:
    """A WSGI environment from the texts of a test's client and the body in base64."""
    environ: dict[str, Any] = dict(form["environ"])
    environ["wsgi.version"] = (1, 0)
    environ["wsgi.input"] = io.BytesIO(base64.b64decode(form["body"]))
    environ["wsgi.errors"] = sys.stderr
    environ["wsgi.multithread"] = environ["wsgi.multiprocess"] = environ["wsgi.run_once"] = False
    return environ


def panel_request(app: Any, body: dict[str, Any], limit: int = 512 * 1024) -> dict[str, Any]:
    """One request of the request panel: texts in, texts out."""
    from werkzeug.test import EnvironBuilder  # noqa: PLC0415 - only where the package is

    headers = [(str(name), str(value)) for name, value in body.get("headers", [])]
    builder = EnvironBuilder(
        path=str(body.get("path") or "/"),
        method=str(body.get("method") or "GET").upper(),
        headers=headers,
        data=str(body.get("body", "")).encode("utf-8", "replace"),
    )
    exchange = Exchange(None)
    answer = exchange.run(app, builder.get_environ())
    content = base64.b64decode(answer["body"])
    while answer["more"] and len(content) <= limit:
        answer |= exchange.more()
        content += base64.b64decode(answer["body"])
    code, _, reason = answer["status"].partition(" ")
    return {
        "status": int(code),
        "reason": reason,
        "headers": answer["headers"],
        "body": content[:limit].decode("utf-8", "replace"),
        "body_cut": len(content) > limit,
    } | ({"raised": answer["raised"]} if "raised" in answer else {})
