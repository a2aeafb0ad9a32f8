"""What tests do with a Flask application other than requests: its sessions, its commands."""

from __future__ import annotations

from typing import Any


def open_session(app: Any, environ: dict[str, Any]) -> dict[str, Any]:
    """The content of the session that a client's cookies carry."""
    context = app.request_context(environ)
    found = app.session_interface.open_session(app, context.request)
    if found is None:
        msg = "Session backend did not open a session."
        raise RuntimeError(msg)
    return dict(found)


def save_session(app: Any, environ: dict[str, Any], content: dict[str, Any]) -> list[str]:
    """Make the session hold `content`; the Set-Cookie headers that the client has to keep."""
    context = app.request_context(environ)
    found = app.session_interface.open_session(app, context.request)
    if dict(found) != content:
        found.clear()
        found.update(content)
    response = app.response_class()
    if not app.session_interface.is_null_session(found):
        app.session_interface.save_session(app, found, response)
    cookies: list[str] = response.headers.getlist("Set-Cookie")
    return cookies


def run_command(app: Any, args: list[str], given: str | None, env: dict[str, str] | None) -> dict[str, Any]:
    """Run one of the application's commands as `flask ARGS` would."""
    import inspect  # noqa: PLC0415

    from flask.testing import FlaskCliRunner  # noqa: PLC0415 - only where the package is

    split = (
        {"mix_stderr": False} if "mix_stderr" in inspect.signature(FlaskCliRunner.__init__).parameters else {}
    )
    outcome = FlaskCliRunner(app, **split).invoke(args=args, input=given, env=env)
    return {
        "exit_code": outcome.exit_code,
        "output": outcome.output,
        "stdout": outcome.stdout,
        "stderr": outcome.stderr,
        "exception": None if isinstance(outcome.exception, SystemExit) else outcome.exception,
    }
