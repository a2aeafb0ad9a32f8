"""The personal data of somebody who was invited and has no account, for owners of the interview."""

from __future__ import annotations

import io

from flask import Blueprint, flash, redirect, request, send_file, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from quizapp.extensions import limiter
from quizapp.models import Role
from quizapp.security import roles_required
from quizapp.services import invitation_records
from quizapp.views.responses import who

blueprint = Blueprint(
    "invitation_records",
    __name__,
    url_prefix="/manage/interviews/<interview_id>/invitations/<int:invitation_id>",
)


@blueprint.post("/records")
@roles_required(Role.MANAGER)
@limiter.limit("60/hour", key_func=who)
def take(interview_id: str, invitation_id: int) -> Response:
    """Everything that is kept of the person, as a file for them."""
    content = invitation_records.take(current_user, interview_id, invitation_id)
    name = f"quizapp-records-invitation-{invitation_id}.zip"
    return send_file(io.BytesIO(content), mimetype="application/zip", as_attachment=True, download_name=name)


@blueprint.post("/forget")
@roles_required(Role.MANAGER)
def forget(interview_id: str, invitation_id: int) -> Response:
    """Take the person out of the invitation and the attempt."""
    is_sure = request.form.get("sure") == "1"
    invitation_records.forget(current_user, interview_id, invitation_id, is_sure=is_sure)
    flash("Name, address and words to them are gone; the link opens nothing.", "done")
    return redirect(
        url_for("invitations.show", interview_id=interview_id, invitation_id=invitation_id), code=303
    )
