"""Probes for whoever runs the service; they leak no versions."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint
from sqlalchemy import text

from quizapp.extensions import db, redis_client

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@blueprint.get("/readyz")
def ready() -> tuple[dict[str, str], int]:
    """The process reaches its stores; 503 names the one that fails."""
    checks: dict[str, Callable[[], object]] = {
        "database": lambda: db.session.execute(text("select 1")),
        "redis": lambda: redis_client().ping(),
    }
    for name, check in checks.items():
        try:
            check()
        except Exception:  # noqa: BLE001 - whatever it is, the answer is "not ready"
            return {"status": "failing", "check": name}, 503
    return {"status": "ok"}, 200
