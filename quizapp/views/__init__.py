"""One blueprint per kind of user and purpose; `register` lists them all."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

# Module below this package -> its blueprint is called `blueprint`.
MODULES = (
    "home",
    "banks",
    "practice",
    "responses",
    "recordings",
    "playback",
    "similarity",
    "submissions",
    "visits",
    "interviews",
    "composing",
    "tryouts",
    "extra_time",
    "attempts",
    "transcripts",
    "branches",
    "notes",
    "keeper",
    "history",
    "invited",
    "joining",
    "invitations",
    "invitation_records",
    "managing",
    "candidates",
    "reviewing",
    "comments",
    "sharing",
    "review_runs",
    "running",
    "hiring_interviews",
    "blueprint_editor",
    "interview_roles",
    "interview_log",
    "teams",
    "authoring",
    "error_reports",
    "regrades",
    "readings",
    "scores",
    "exports",
    "item_statistics",
    "mock_statistics",
    "accounts",
    "records",
    "admin",
    "operations",
    "health",
)


def register(app: Flask) -> None:
    """Register every blueprint."""
    for name in MODULES:
        app.register_blueprint(import_module(f"quizapp.views.{name}").blueprint)
