"""Who has more time in interviews, and how much; for managers and admins."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from quizapp.errors import NotFound
from quizapp.models import Role
from quizapp.security import roles_required
from quizapp.services import accommodations
from quizapp.services.accounts import NotAccepted

blueprint = Blueprint("extra_time", __name__, url_prefix="/manage/extra-time")


@blueprint.get("")
@roles_required(Role.MANAGER)
def index() -> str:
    return render_template("managing/extra_time.html", people=accommodations.people(), form={}, problem=None)


@blueprint.post("")
@roles_required(Role.MANAGER)
def give() -> str | Response | tuple[str, int]:
    """Set the share of one person, named by address; 0 takes it away."""
    email, percent = request.form.get("email", ""), request.form.get("percent", "")
    try:
        person = accommodations.give(email, percent, actor=current_user)
    except (NotAccepted, NotFound) as refusal:
        people = accommodations.people()
        form = {"email": email[:254], "percent": percent[:10]}
        return render_template(
            "managing/extra_time.html", people=people, form=form, problem=refusal
        ), refusal.status
    told = f"has {person.extra_share:.0%} more time" if person.extra_share else "has no extra time"
    flash(f"{person.name} {told.replace('%', ' %')} in interviews that start from now on.", "done")
    return redirect(url_for("extra_time.index"), code=303)
