"""quizapp: practise and assess Flask and Python interviews."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Flask


def create_app(settings: Mapping[str, Any] | None = None) -> Flask:
    """Assemble the application: settings, extensions, views. No query, no migration, no prompt.

    `settings` overrides the environment (tests). Raises `quizapp.config.ConfigurationError` when a setting is
    missing or wrong, with the text that says what to do.
    """
    from quizapp.application import assemble  # noqa: PLC0415 - keeps `import quizapp` free of Flask for the console command

    return assemble(settings or {})
