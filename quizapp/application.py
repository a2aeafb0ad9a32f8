"""The application factory's parts, in the order in which they are put together."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask

from quizapp import config, errors, extensions, pages, receipt, security, views

if TYPE_CHECKING:
    from collections.abc import Mapping


def assemble(settings: Mapping[str, Any]) -> Flask:
    """Build the Flask application from defaults, environment and `settings`, in this order."""
    app = Flask("quizapp", instance_path=str(Path(config.var_folder(settings)).resolve()))
    config.load(app, settings)
    extensions.bind(app)
    receipt.bind(app)
    security.bind(app)
    errors.bind(app)
    pages.bind(app)
    views.register(app)
    return app
