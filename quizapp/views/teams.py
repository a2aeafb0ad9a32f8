"""Teams of managers, for admins."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from quizapp.errors import Conflict
from quizapp.models import Role
from quizapp.security import roles_required
from quizapp.services import teams
from quizapp.services.accounts import NotAccepted

blueprint = Blueprint("teams", __name__, url_prefix="/admin/teams")


@blueprint.get("")
@roles_required(Role.ADMIN)
def index() -> str:
    return render_template("teams/index.html", rosters=teams.rosters(), name="", problem=None)


@blueprint.post("")
@roles_required(Role.ADMIN)
def create() -> Response | tuple[str, int]:
    """Make a team."""
    name = request.form.get("name", "")
    try:
        team = teams.create(name, actor=current_user)
    except NotAccepted as refusal:
        page = render_template(
            "teams/index.html", rosters=teams.rosters(), name=name[: teams.MAX_NAME], problem=refusal
        )
        return page, refusal.status
    flash(f"The team {team.name} is made. Put managers into it.", "done")
    return redirect(url_for("teams.show", team_id=team.id), code=303)


@blueprint.get("/<int:team_id>")
@roles_required(Role.ADMIN)
def show(team_id: int) -> str:
    return _page(team_id)


@blueprint.post("/<int:team_id>/name")
@roles_required(Role.ADMIN)
def rename(team_id: int) -> Response | tuple[str, int]:
    name = request.form.get("name", "")
    try:
        team = teams.rename(team_id, name, actor=current_user)
    except NotAccepted as refusal:
        return _page(team_id, refusal, name=name[: teams.MAX_NAME]), refusal.status
    flash(f"The team is called {team.name} now.", "done")
    return _back(team_id)


@blueprint.post("/<int:team_id>/archive")
@roles_required(Role.ADMIN)
def archive(team_id: int) -> Response:
    """Put the team away, or take it back."""
    team = teams.archive(team_id, archived=request.form.get("archived") == "1", actor=current_user)
    flash(f"{team.name} is {'archived' if team.archived_at else 'back from the archive'}.", "done")
    return _back(team_id)


@blueprint.post("/<int:team_id>/members")
@roles_required(Role.ADMIN)
def add(team_id: int) -> Response | tuple[str, int]:
    """Put somebody into the team, by address."""
    email = request.form.get("email", "")
    try:
        person = teams.add(team_id, email, actor=current_user)
    except NotAccepted as refusal:
        return _page(team_id, refusal, email=email[:254]), refusal.status
    flash(f"{person.name} sees the interviews of this team now.", "done")
    return _back(team_id)


@blueprint.post("/<int:team_id>/members/<int:user_id>/remove")
@roles_required(Role.ADMIN)
def remove(team_id: int, user_id: int) -> Response | tuple[str, int]:
    """Take somebody out of the team."""
    try:
        person = teams.remove(team_id, user_id, actor=current_user)
    except Conflict as refusal:
        return _page(team_id, refusal), refusal.status
    flash(f"{person.name} no longer sees the interviews of this team.", "done")
    return _back(team_id)


def _page(team_id: int, problem: Any = None, **typed: str) -> str:
    return render_template("teams/show.html", roster=teams.roster(team_id), problem=problem, typed=typed)


def _back(team_id: int) -> Response:
    return redirect(url_for("teams.show", team_id=team_id), code=303)
