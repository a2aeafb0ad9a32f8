"""The test client over the candidate's application: werkzeug's, with the application in the session."""

from __future__ import annotations

import base64
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

from werkzeug.test import Client, EnvironBuilder, TestResponse

from sandbox.encoding import Encoder
from sandbox.grader import visitors
from sandbox.grader.context import run
from sandbox.values import ValueProblem

if TYPE_CHECKING:
    from sandbox.grader.sessions import Session

MAX_BODY = 700_000  # bytes of one request; a frame holds no more
_clients = itertools.count(1)


class SessionContent(dict[str, Any]):
    """The content of a Flask session, as a test changes it."""

    modified = False
    new = False
    accessed = True

    @property
    def permanent(self) -> bool:
        """Whether the session lives longer than the browser."""
        return bool(self.get("_permanent", False))

    @permanent.setter
    def permanent(self, value: bool) -> None:
        self["_permanent"] = bool(value)


class RemoteApplication:
    """The candidate's application as a WSGI callable."""

    def __init__(self, session: Session | None, app: Any, client: int) -> None:
        self._session = session
        self._app = app
        self.client = client
        self.keeps = False
        self.raised: BaseException | None = None

    @property
    def session(self) -> Session:
        """The session that the application is in."""
        return self._session or run().sessions.current()

    def body(self, **more: Any) -> dict[str, Any]:
        """An ask about this application."""
        session = self.session
        return more | ({"app": visitors.form(self._app, session)} if self._app is not None else {})

    def kept(self) -> dict[str, int]:
        """The client's number, while its `with` block has the contexts of requests kept: otherwise it is nobody's business."""
        return {"client": self.client} if self.keeps else {}

    def settings(self) -> dict[str, Any]:
        """What a client has to know of the application; it is imported for this."""
        session = self.session
        if self._app is None and (told := session.settings_ahead()) is not None:
            return told
        return session.raw(self.body(do="client"))

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        session = self.session
        content = environ["wsgi.input"].read() if "wsgi.input" in environ else b""
        if len(content) > MAX_BODY:
            msg = f"a request body of {len(content)} bytes does not fit; at most {MAX_BODY}"
            raise ValueError(msg)
        found = session.raw(self.body(do="wsgi", **self.kept(), **environ_form(environ, content)))
        try:
            status, headers = found["status"], [(str(name), str(value)) for name, value in found["headers"]]
            first, more, stream = base64.b64decode(found["body"]), found["more"] is True, found.get("stream")
        except (KeyError, TypeError, ValueError) as error:
            raise session.broken() from error
        if type(status) is not str or not status[:3].isdigit():
            raise session.broken()
        self.raised = session.decode(found["raised"])[0] if "raised" in found else None
        if self.raised is not None and not isinstance(self.raised, BaseException):
            raise session.broken()
        run().note_fault(self.raised)
        self._note(environ, content, status, first)
        start_response(status, headers)
        return Body(session, first, stream if more else None)

    def _note(self, environ: dict[str, Any], content: bytes, status: str, first: bytes) -> None:
        query = f"?{environ['QUERY_STRING']}" if environ.get("QUERY_STRING") else ""
        text = content.decode("utf-8", "replace")
        line = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}{query}"
        run().note_call(f"{line}\n{text}".strip, lambda: f"{status}\n{first.decode('utf-8', 'replace')}")


class Body:
    """A response body, streamed piece by piece from the session."""

    def __init__(self, session: Session, first: bytes, stream: Any) -> None:
        self._session = session
        self._first: bytes | None = first
        self._stream = stream
        self._is_over = stream is None

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if self._first is not None:
            first, self._first = self._first, None
            if first:
                return first
        if self._is_over:
            raise StopIteration
        found = self._session.raw({"do": "piece", "stream": self._stream})
        try:
            piece, more = base64.b64decode(found["body"]), found["more"] is True
        except (KeyError, TypeError, ValueError) as error:
            raise self._session.broken() from error
        if not more:
            self._is_over = True
            raise StopIteration
        return piece

    def close(self) -> None:
        """Tell the application that nobody wants the rest."""
        if not self._is_over and not self._session.is_closed and self._session.ended is None:
            self._is_over = True
            self._session.value({"do": "finish", "stream": self._stream})


class RemoteClient(Client):
    """Sends requests to the candidate's application: status, headers, cookies, streamed bodies.

    An exception in the application is a 500, as on a server; `client.exception` is what escaped from it, if anything.
    """

    def __init__(self, application: RemoteApplication, settings: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(application, TestResponse, use_cookies=kwargs.pop("use_cookies", True))
        self.remote = application
        self.environ_base: dict[str, Any] = {"REMOTE_ADDR": "127.0.0.1", "HTTP_USER_AGENT": "Werkzeug"}
        self._settings = settings
        self._extra = kwargs

    @property
    def exception(self) -> BaseException | None:
        """What the last request's application raised out of itself."""
        return self.remote.raised

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Send a request; the arguments of `werkzeug.test.Client.open`."""
        if args and isinstance(args[0], EnvironBuilder | dict):
            return super().open(*args, **kwargs)
        if "base_url" not in kwargs:
            kwargs["base_url"] = self._base(kwargs.pop("subdomain", None), kwargs.pop("url_scheme", None))
        base = dict(self.environ_base)
        base.update(kwargs.pop("environ_base", None) or {})
        return super().open(*args, environ_base=base, **kwargs)

    def _base(self, subdomain: str | None, scheme: str | None) -> str:
        host = self._settings.get("server_name") or "localhost"
        root = str(self._settings.get("root") or "/").lstrip("/")
        return f"{scheme or self._settings.get('scheme') or 'http'}://{f'{subdomain}.' if subdomain else ''}{host}/{root}"

    def __enter__(self) -> Self:
        self.remote.keeps = True
        self.remote.session.value(self.remote.body(do="keep", on=True, **self.remote.kept()))
        return self

    def __exit__(self, *_error: object) -> None:
        if self.remote.session.ended is None and not self.remote.session.is_closed:
            self.remote.session.value(self.remote.body(do="keep", on=False, **self.remote.kept()))
        self.remote.keeps = False

    @contextmanager
    def session_transaction(self, *args: Any, **kwargs: Any) -> Iterator[SessionContent]:
        """The Flask session of this client, to look at and to change."""
        session = self.remote.session
        kwargs.setdefault("base_url", self._base(None, None))
        environ = EnvironBuilder(*args, **kwargs).get_environ()
        self._add_cookies_to_wsgi(environ)
        form = environ_form(environ, b"")
        found = session.value(self.remote.body(do="session_open", **form), ("flask:session",))
        if type(found) is not dict:
            raise session.broken()
        content = SessionContent(found)
        yield content
        encoder = Encoder(lambda value: visitors.form(value, session))
        try:
            changed = encoder.encode(dict(content))
        except ValueProblem as problem:
            raise TypeError(str(problem)) from None
        cookies = session.value(self.remote.body(do="session_save", content=changed, **form))
        if type(cookies) is not list or not all(type(cookie) is str for cookie in cookies):
            raise session.broken()
        host = environ["HTTP_HOST"].rpartition(":")[0] or environ["HTTP_HOST"]
        self._update_cookies_from_response(host, environ["SCRIPT_NAME"] + environ["PATH_INFO"], cookies)


def environ_form(environ: dict[str, Any], content: bytes) -> dict[str, Any]:
    """The texts of a WSGI environment, and the request's body."""
    texts = {
        key: value
        for key, value in environ.items()
        if type(value) is str and key.isascii() and not key.startswith("werkzeug.")
    }
    return {"environ": texts, "body": base64.b64encode(content).decode("ascii")}


def client_for(session: Session | None, app: Any, **kwargs: Any) -> RemoteClient:
    """A client for an application object of a session, or (None) for the one that the candidate's files define."""
    application = RemoteApplication(session, app, next(_clients))
    return RemoteClient(application, application.settings(), **kwargs)
