"""What is done before anybody waits: imports, and one request through an empty application."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Iterable

MODULES = (
    "asyncio", "calendar", "collections", "concurrent.futures", "contextlib", "copy", "csv", "dataclasses", "datetime",
    "decimal", "enum", "fractions", "functools", "hashlib", "heapq", "hmac", "html", "inspect", "io", "itertools", "json",
    "logging", "math", "operator", "pathlib", "random", "re", "secrets", "sqlite3", "statistics", "string", "tempfile",
    "textwrap", "threading", "time", "traceback", "types", "typing", "unicodedata", "urllib.parse", "uuid", "zoneinfo",
    "click.testing", "flask.cli", "flask.testing", "flask.views", "itsdangerous", "markupsafe", "werkzeug.test",
)  # fmt: skip


def warm_up(preload: Iterable[str] = ()) -> None:
    """Import what exercises use most, let one request touch what requests touch, and import `preload` on top."""
    import flask  # noqa: PLC0415 - the point of this function

    for name in MODULES:
        importlib.import_module(name)
    app = flask.Flask("warm", root_path="/", instance_path="/", static_folder=None)
    app.secret_key = "warm"  # noqa: S105

    @app.route("/<int:number>")
    def view(number: int) -> flask.Response:
        flask.session["seen"] = number
        return flask.jsonify(number=number, text=flask.render_template_string("{{ n }}", n=number))

    with app.test_client() as client:
        client.get("/1", headers={"Accept": "application/json"})
        client.post("/nowhere", json={"a": 1})
    for name in preload:
        with contextlib.suppress(Exception):  # the `load` that asks for it fails in the same way, and says so
            importlib.import_module(name)
