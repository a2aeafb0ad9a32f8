"""The application factory's parts, in the order in which they are put together."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from quizapp import config, errors, extensions, pages, receipt, security, views
from quizapp.repeating import Site

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Flask


def assemble(settings: Mapping[str, Any], *, has_views: bool = True) -> Flask:
    """Build the Flask application from defaults, environment and `settings`, in this order.

    A command that neither serves a page nor names its address starts sooner without the views.
    """
    app = Site("quizapp", instance_path=str(Path(config.var_folder(settings)).resolve()))
    config.load(app, settings)
    extensions.bind(app)
    receipt.bind(app)
    security.bind(app)
    errors.bind(app)
    pages.bind(app)
    if has_views:
        views.register(app)
    return app
