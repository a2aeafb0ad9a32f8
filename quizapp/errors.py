"""Maps every failure to one shape: a page for people, `{"error": {...}}` for scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def bind(app: Flask) -> None:
    """Register the error handlers."""
