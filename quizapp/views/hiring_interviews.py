"""Hiring interviews for managers: the list, making one, its page, its versions, and trying it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from quizapp.errors import Conflict, NotFound
from quizapp.extensions import limiter
from quizapp.models import Interview, Role
from quizapp.security import roles_required
from quizapp.services import (
    blueprints,
    hiring,
    interview_lists,
    interview_roles,
    publishing,
    shipped_blueprints,
    trials,
)
from quizapp.services.paging import page_number
from quizapp.views.responses import who

blueprint = Blueprint("hiring_interviews", __name__, url_prefix="/manage/interviews")

_MAX_TEXT = 100


@blueprint.get("")
@roles_required(Role.MANAGER)
def index() -> str:
    filters = interview_lists.Filters(
        text=request.args.get("q", "")[:_MAX_TEXT].strip(),
        state=request.args.get("state", ""),
        is_mine=request.args.get("mine") == "1",
        page=page_number(request.args.get("page")),
    )
    return render_template(
        "blueprints/index.html",
        found=interview_lists.entries(current_user, filters),
        filters=filters,
        states=interview_lists.STATES,
        count=interview_lists.count(current_user),
        teams=blueprints.teams_of(current_user),
    )


@blueprint.route("/new", methods=["GET", "POST"])
@roles_required(Role.MANAGER)
@limiter.limit("60/hour", key_func=who, methods=["POST"])
def new() -> str | Response | tuple[str, int]:
    """Make an interview, or with `of` one like another or like what a file describes; then its draft is open."""
    of = request.values.get("of", "")[:120]
    source = blueprints.source_of(current_user, of) if of else None
    if request.method == "GET":
        return _new_page(source, _title_like(source) if source else "")
    title, team_id = request.form.get("title", ""), request.form.get("team", -1, type=int)
    try:
        made = (
            blueprints.duplicate(current_user, source.id, title, team_id)
            if source
            else blueprints.create(current_user, title, team_id)
        )
    except (blueprints.Unreadable, NotFound, Conflict) as refusal:
        return _new_page(source, title[: blueprints.MAX_TITLE], refusal), refusal.status
    return redirect(url_for("blueprint_editor.edit", interview_id=made.id), code=303)


@blueprint.get("/<interview_id>")
@roles_required(Role.MANAGER)
def show(interview_id: str) -> str:
    access = hiring.access(current_user, interview_id)
    version = access.interview.version
    return render_template(
        "blueprints/show.html",
        access=access,
        interview=access.interview,
        version=version,
        shown=version.blueprint if version else access.interview.blueprint,
        outlook=publishing.outlook_of_version(version) if version else None,
        warnings=publishing.warnings_of(version) if version else [],
        entry=interview_lists.entry(current_user, access),
        trials=trials.of_user(current_user, access.interview),
        holders=interview_roles.holders(access.interview),
        is_changed=publishing.is_changed(access.interview),
        is_from_file=blueprints.is_from_file(access.interview),
    )


@blueprint.post("/<interview_id>/archive")
@roles_required(Role.MANAGER)
def archive(interview_id: str) -> Response:
    """Put the interview away, or take it back."""
    interview = blueprints.archive(current_user, interview_id, archived=request.form.get("archived") == "1")
    flash(
        f"“{interview.title}” is {'archived' if interview.archived_at else 'back from the archive'}.", "done"
    )
    return redirect(url_for("hiring_interviews.show", interview_id=interview_id), code=303)


@blueprint.get("/<interview_id>/versions")
@roles_required(Role.MANAGER)
def versions(interview_id: str) -> str:
    access = hiring.access(current_user, interview_id)
    interview: Interview = access.interview
    listed = publishing.versions(interview)
    old, new = (request.args.get(name, type=int) for name in ("old", "new"))
    if old is None or new is None:
        old, new = _usual_comparison(interview, [version.number for version in listed])
    return render_template(
        "blueprints/versions.html",
        access=access,
        interview=interview,
        versions=listed,
        counts=publishing.invited(interview),
        comparison=publishing.compare(interview, old, new) if old is not None and new is not None else None,
        is_changed=publishing.is_changed(interview),
    )


@blueprint.post("/<interview_id>/tries")
@roles_required(Role.MANAGER)
@limiter.limit("60/hour", key_func=who)
def begin_trial(interview_id: str) -> Response:
    """Sit the interview as a candidate would; it counts nowhere."""
    attempt = trials.start(current_user, interview_id, of_draft=request.form.get("of") == "draft")
    return redirect(url_for("attempts.show", attempt_id=attempt.id), code=303)


@blueprint.post("/<interview_id>/tries/<int:attempt_id>/delete")
@roles_required(Role.MANAGER)
def delete_trial(interview_id: str, attempt_id: int) -> Response:
    hiring.access(current_user, interview_id)
    trials.remove(current_user, interview_id, attempt_id)
    flash("The try is deleted, with all that was answered in it.", "done")
    return redirect(url_for("hiring_interviews.show", interview_id=interview_id), code=303)


def _new_page(source: Interview | None, title: str, problem: Any = None) -> str:
    return render_template(
        "blueprints/new.html",
        source=source,
        title=title,
        teams=blueprints.teams_of(current_user),
        chosen=request.form.get("team", type=int) or (source.team_id if source else None),
        is_shipped=source is not None and blueprints.is_from_file(source),
        shipped=[] if source else shipped_blueprints.listed(),
        problem=problem,
    )


def _title_like(source: Interview) -> str:
    return (
        source.title if blueprints.is_from_file(source) else f"{source.title}, copy"[: blueprints.MAX_TITLE]
    )


def _usual_comparison(interview: Interview, numbers: list[int]) -> tuple[int | None, int | None]:
    """What somebody wants to see first: the draft against what is published, else the last two versions."""
    if publishing.is_changed(interview):
        return numbers[0], 0
    return (numbers[1], numbers[0]) if len(numbers) > 1 else (None, None)
