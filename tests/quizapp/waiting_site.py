"""The site with three pages more, which wait; gunicorn serves it as `tests.quizapp.waiting_site:make()`."""

import threading
from typing import Any

from flask import Flask, g

from quizapp import create_app, crew

go = threading.Event()


def make() -> Flask:
    """The application, from the environment's settings."""
    app = create_app()

    @app.get("/test/outside")
    def outside() -> str:
        with crew.outside():
            go.wait(120)
        return "back"

    @app.get("/test/stuck")
    def stuck() -> str:
        go.wait(120)
        return "back"

    @app.get("/test/go")
    def release() -> str:
        go.set()
        return "gone"

    @app.put("/test/received")
    def received() -> dict[str, Any]:
        return {"at": g.received_monotonic}

    app.extensions["csrf"].exempt(received)
    return app
