"""What every template may use: filters, globals, the Markdown renderer."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def bind(app: Flask) -> None:
    """Register template filters and globals."""
