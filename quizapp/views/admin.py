"""Admins: people and their roles, reset links, the audit log."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from quizapp.errors import Unprocessable
from quizapp.models import Role
from quizapp.security import external_url, roles_required, safe_next
from quizapp.services import accounts, audit, outbox
from quizapp.services.paging import page_number

blueprint = Blueprint("admin", __name__, url_prefix="/admin")

_MAX_QUERY = 200


@blueprint.get("/users")
@roles_required(Role.ADMIN)
def users() -> str:
    """People, to search and to give roles."""
    text, role = request.args.get("q", "").strip()[:_MAX_QUERY], request.args.get("role", "")
    found = accounts.search(text, role, page_number(request.args.get("page")))
    return render_template("admin/users.html", found=found, q=text, role=role)


@blueprint.get("/users/<int:user_id>")
@roles_required(Role.ADMIN)
def user(user_id: int) -> str:
    """One person: role, access, reset link."""
    return render_template("admin/user.html", person=accounts.get(user_id), link=None)


@blueprint.post("/users/<int:user_id>/role")
@roles_required(Role.ADMIN)
def set_role(user_id: int) -> Response:
    """Give a role."""
    try:
        role = Role(request.form.get("role", ""))
    except ValueError:
        raise Unprocessable("There is no such role", "Choose one of the roles in the list.") from None
    is_own = user_id == current_user.id
    person = accounts.set_role(user_id, role, actor=current_user)
    flash(f"{person.name} is {_with_article(role)} now.", "done")
    return redirect(
        safe_next(None) if is_own and role is not Role.ADMIN else url_for("admin.user", user_id=user_id)
    )


@blueprint.post("/users/<int:user_id>/access")
@roles_required(Role.ADMIN)
def set_access(user_id: int) -> Response:
    """Switch an account on or off."""
    wish = request.form.get("access")
    if wish not in ("on", "off"):
        raise Unprocessable(
            "Say whether the account is to be on or off", "Use the button on the person's page."
        )
    if wish == "off" and user_id == current_user.id:
        raise Unprocessable(
            "You cannot switch off your own account",
            "Ask another admin, so that somebody is left who can undo it.",
        )
    person = accounts.set_enabled(user_id, is_enabled=wish == "on", actor=current_user)
    flash(
        f"{person.name} can sign in again."
        if wish == "on"
        else f"{person.name} is signed out and cannot sign in.",
        "done",
    )
    return redirect(url_for("admin.user", user_id=user_id))


@blueprint.post("/users/<int:user_id>/reset-link")
@roles_required(Role.ADMIN)
def make_reset_link(user_id: int) -> str:
    """Make a link with which the person sets a new password; it is shown this once."""
    token = accounts.make_reset_link(user_id, actor=current_user)
    link = external_url("accounts.reset", token=token)
    return render_template(
        "admin/user.html", person=accounts.get(user_id), link=link, is_mailed=outbox.is_mailing()
    )


@blueprint.get("/audit", endpoint="audit")
@roles_required(Role.ADMIN)
def audit_log() -> str:
    """Who did what, and when."""
    text, action = request.args.get("q", "").strip()[:_MAX_QUERY], request.args.get("action", "")
    found = audit.entries(text, action, page_number(request.args.get("page")))
    return render_template("admin/audit.html", found=found, q=text, action=action, actions=audit.ACTIONS)


def _with_article(role: Role) -> str:
    return f"an {role.value}" if role.value[0] in "aeiou" else f"a {role.value}"
