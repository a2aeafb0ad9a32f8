"""What lets a running attempt go on without network: the keeper of pages, and the page that stands in for others."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, current_app, render_template

from quizapp.errors import NotFound
from quizapp.security import login_required

blueprint = Blueprint("keeper", __name__, url_prefix="/attempts")


@blueprint.get("/keeper.js")
def script() -> Response:
    """The service worker. It lies here, not with the other scripts, because it may keep pages below its own address only."""
    built = Path(str(current_app.static_folder)) / "dist" / "keeper.js"
    if not built.exists():
        raise NotFound
    return Response(built.read_bytes(), mimetype="text/javascript")


@blueprint.get("/away")
@login_required
def away() -> str:
    return render_template("attempts/away.html")
