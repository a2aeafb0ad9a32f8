"""What is kept of people: taking one's own records along, leaving, and what becomes of old interviews."""

from __future__ import annotations

import io
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, send_file, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from quizapp.extensions import db, limiter
from quizapp.forms import LeaveForm, refuse_long_passwords
from quizapp.models import Role
from quizapp.receipt import received_at
from quizapp.security import login_required, roles_required
from quizapp.services import accounts, audit, persons, retention, sign_ins

blueprint = Blueprint("records", __name__)


@blueprint.record_once
def _limits(state: Any) -> None:
    """How often is too often; an operator can set others."""
    state.app.config.setdefault("LIMIT_EXPORT", "10 per hour")
    state.app.config.setdefault("LIMIT_LEAVE", "10 per 10 minutes")


def _person() -> str:
    return str(current_user.get_id())


@blueprint.post("/account/records")
@login_required
@limiter.limit(lambda: current_app.config["LIMIT_EXPORT"], key_func=_person)
def export() -> Response:
    """Everything that is kept of the person, as a file."""
    content = persons.export(current_user)
    audit.record("person.exported", current_user.email, actor=current_user)
    db.session.commit()
    name = f"quizapp-records-{received_at():%Y-%m-%d}.zip"
    return send_file(io.BytesIO(content), mimetype="application/zip", as_attachment=True, download_name=name)


@blueprint.route("/account/delete", methods=["GET", "POST"])
@login_required
@limiter.limit(lambda: current_app.config["LIMIT_LEAVE"], key_func=_person, methods=["POST"])
def leave() -> Response | tuple[str, int]:
    """Say what deleting the account takes away, and do it with the password."""
    if request.method == "POST":
        refuse_long_passwords()
    form = LeaveForm()
    if form.validate_on_submit():
        try:
            accounts.ensure_is(current_user.id, form.password.data)
        except accounts.NotAccepted as refusal:
            form.refuse(refusal)
        else:
            persons.leave(current_user.id, current_user)
            sign_ins.forget_session()
            flash("Your account and what belonged to it are deleted.", "done")
            return redirect(url_for("accounts.sign_in"))
    page = render_template("records/leave.html", form=form, kept=persons.kept_after(current_user.id))
    return page, 422 if form.is_submitted() else 200


@blueprint.get("/admin/retention")
@roles_required(Role.ADMIN)
def due() -> str:
    """What the job that ends old interviews will do next."""
    return render_template("records/retention.html", terms=retention.terms(), due=retention.due())
