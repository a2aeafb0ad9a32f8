"""Response headers, the Content-Security-Policy with its nonce, and who is signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def bind(app: Flask) -> None:
    """Register the request and response hooks."""
