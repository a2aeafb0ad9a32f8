"""What is done before anybody waits: imports, and one request through an empty application."""

from __future__ import annotations

import contextlib
import importlib
import sys
import types
from collections.abc import Collection, Iterable, Iterator

from sandbox.candidate import builders

MODULES = (
    "calendar", "collections", "concurrent.futures", "contextlib", "copy", "csv", "dataclasses", "datetime",
    "decimal", "enum", "fractions", "functools", "hashlib", "heapq", "hmac", "html", "inspect", "io", "itertools", "json",
    "logging", "math", "operator", "pathlib", "random", "re", "secrets", "sqlite3", "string", "tempfile",
    "textwrap", "threading", "time", "traceback", "types", "typing", "unicodedata", "urllib.parse", "uuid", "zoneinfo",
    "flask.cli", "flask.views", "itsdangerous", "markupsafe", "werkzeug.test",
)  # fmt: skip
# What takes long to import and few programs need: imported when a submitted text holds the word.
SELDOM = {"asyncio": "async"}


def warm_up(preload: Iterable[str] = ()) -> None:
    """Import what exercises use most, let one request touch what requests touch, and import `preload` on top."""
    with put_off("importlib", "metadata"):  # which Flask uses in its commands only
        import flask  # noqa: PLC0415 - the point of this function
    from werkzeug.test import Client  # noqa: PLC0415

    for name in MODULES:
        importlib.import_module(name)
    builders.put_off()
    app = flask.Flask("warm", root_path="/", instance_path="/", static_folder=None)
    app.secret_key = "warm"  # noqa: S105

    @app.route("/<int:number>")
    def view(number: int) -> flask.Response:
        flask.session["seen"] = number
        return flask.jsonify(number=number, text=flask.render_template_string("{{ n }}", n=number))

    client = Client(app)  # Flask's own brings a debugger along, for the commands that it can run as well
    client.get("/1", headers={"Accept": "application/json"})
    client.post("/nowhere", json={"a": 1})
    for name in preload:
        with contextlib.suppress(Exception):  # the `load` that asks for it fails in the same way, and says so
            importlib.import_module(name)


@contextlib.contextmanager
def put_off(package: str, name: str) -> Iterator[None]:
    """Have what is imported in a block go without a module that it only needs when it is called.

    Afterwards the module is not there; who asks its package for it, or imports it, gets it.
    """
    whole, parent = f"{package}.{name}", importlib.import_module(package)
    if whole in sys.modules:
        yield
        return
    sys.modules[whole] = types.ModuleType(whole)
    try:
        yield
    finally:
        del sys.modules[whole]

    def imported(asked: str) -> types.ModuleType:
        if asked == name:
            return importlib.import_module(whole)
        msg = f"module {package!r} has no attribute {asked!r}"
        raise AttributeError(msg)

    parent.__getattr__ = imported  # type: ignore[method-assign]


def named_in(texts: Collection[str]) -> list[str]:
    """The modules of `SELDOM` that these texts seem to need and that are not there yet."""
    missing = {name: word for name, word in SELDOM.items() if name not in sys.modules}
    return [name for name, word in missing.items() if any(word in text for text in texts)]
