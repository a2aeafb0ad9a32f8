"""Regrades: working one out, applying it and undoing it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from quizapp.errors import Conflict, NotFound, Unprocessable
from quizapp.models import Role
from quizapp.rules import differences
from quizapp.security import roles_required
from quizapp.services import regrade_decisions, regrades

blueprint = Blueprint("regrades", __name__, url_prefix="/regrades")

MAX_ID = 120


@blueprint.get("")
@roles_required(Role.MANAGER, Role.AUTHOR)
def index() -> str:
    """The regrades of all questions, and a way to begin one."""
    return render_template(
        "regrades/index.html", regrades=regrades.latest(), question=request.args.get("question", "")[:MAX_ID]
    )


@blueprint.post("")
@roles_required(Role.MANAGER, Role.AUTHOR)
def start() -> Response:
    """Work out a regrade of one question; no score changes."""
    question_id = request.form.get("question", "").strip()[:MAX_ID]
    try:
        regrade = regrades.start(question_id, current_user)
    except (NotFound, Unprocessable, Conflict) as refusal:
        flash(f"{refusal.message}. {refusal.what_to_do}", "warn")
        return redirect(url_for("regrades.index", question=question_id or None), code=303)
    return _to(regrade.id)


@blueprint.get("/<int:regrade_id>")
@roles_required(Role.MANAGER, Role.AUTHOR)
def show(regrade_id: int) -> str:
    """One regrade: old and new points of every answer, and who crosses the line to pass."""
    found = regrades.show(regrade_id)
    may_see_all = current_user.role in (Role.AUTHOR, Role.ADMIN)  # hidden tests are the authors' own
    changes = found.changes if may_see_all else differences.told(found.changes)
    return render_template("regrades/show.html", found=found, changes=changes)


@blueprint.post("/<int:regrade_id>/apply")
@roles_required(Role.MANAGER)
def apply(regrade_id: int) -> Response:
    """Give every answer that changes its new points."""
    is_only_raising = request.form.get("how") == "raise"
    seen = request.form.get("seen", "")
    try:
        regrade_decisions.apply(regrade_id, current_user, is_only_raising=is_only_raising, seen=seen)
    except Conflict as refusal:
        flash(f"{refusal.message}. {refusal.what_to_do}", "warn")
    else:
        flash("Applied. The audit log has every score before and after.", "done")
    return _to(regrade_id)


@blueprint.post("/<int:regrade_id>/undo")
@roles_required(Role.MANAGER)
def undo(regrade_id: int) -> Response:
    """Give every answer back what it had before."""
    try:
        regrade_decisions.undo(regrade_id, current_user)
    except Conflict as refusal:
        flash(f"{refusal.message}. {refusal.what_to_do}", "warn")
    else:
        flash("Undone. Every score is what it was before.", "done")
    return _to(regrade_id)


@blueprint.post("/<int:regrade_id>/discard")
@roles_required(Role.MANAGER, Role.AUTHOR)
def discard(regrade_id: int) -> Response:
    """Take an open regrade away."""
    try:
        regrades.discard(regrade_id, current_user)
    except Conflict as refusal:
        flash(f"{refusal.message}. {refusal.what_to_do}", "warn")
        return _to(regrade_id)
    flash("Discarded. No score was changed.", "done")
    return redirect(url_for("regrades.index"), code=303)


def _to(regrade_id: int) -> Response:
    return redirect(url_for("regrades.show", regrade_id=regrade_id), code=303)
