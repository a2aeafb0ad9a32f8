"""Comments of reviewers on attempts and answers, and what tells whom they name."""

from __future__ import annotations

from flask import Blueprint, flash, request
from flask_login import current_user
from werkzeug.wrappers import Response

from quizapp.bodies import row_number
from quizapp.errors import Unprocessable
from quizapp.extensions import limiter
from quizapp.models import Comment, Role
from quizapp.security import roles_required
from quizapp.services import comments
from quizapp.views.candidates import back, refused
from quizapp.views.responses import who

blueprint = Blueprint("comments", __name__, url_prefix="/manage")


@blueprint.post("/attempts/<int:attempt_id>/comments")
@roles_required(Role.MANAGER)
@limiter.limit("60/minute", key_func=who)
def add(attempt_id: int) -> Response | tuple[str, int]:
    """Write a comment about the attempt, or about the answer that the form names."""
    response_id = request.form.get("response", type=row_number)
    try:
        comment = comments.add(current_user, attempt_id, response_id, request.form.get("text", ""))
    except Unprocessable as refusal:
        return refused(attempt_id, f"comment-{response_id or ''}", refusal)
    return _to(comment)


@blueprint.post("/comments/<int:comment_id>")
@roles_required(Role.MANAGER)
def edit(comment_id: int) -> Response:
    """Change one's own; an empty text changes nothing."""
    return _to(comments.edit(current_user, comment_id, request.form.get("text", "")))


@blueprint.post("/comments/<int:comment_id>/delete")
@roles_required(Role.MANAGER)
def delete(comment_id: int) -> Response:
    comment = comments.delete(current_user, comment_id)
    flash("Comment deleted.", "done")
    return back(comment.attempt_id, "comments")


@blueprint.post("/comments/<int:comment_id>/read")
@roles_required(Role.MANAGER)
def read(comment_id: int) -> Response:
    """Note that it was read, and go to it."""
    return _to(comments.read(current_user, comment_id))


def _to(comment: Comment) -> Response:
    return back(comment.attempt_id, f"comment-{comment.id}")
