"""Editing the draft of a hiring interview and publishing it: forms with buttons, and figures for the page's script."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from quizapp.bodies import row_number
from quizapp.errors import Conflict
from quizapp.extensions import limiter
from quizapp.markdown import markdown
from quizapp.models import Interview, InterviewRole, Role
from quizapp.pages import plural, points
from quizapp.questions import blueprint_form
from quizapp.questions.blueprint_form import Reading, Typed
from quizapp.rules import outlook, titles
from quizapp.security import roles_required
from quizapp.services import blueprints, hiring, publishing
from quizapp.views.responses import who

blueprint = Blueprint("blueprint_editor", __name__, url_prefix="/manage/interviews/<interview_id>")

UNREAD = "Mend the fields of this section first."


@blueprint.get("/edit")
@roles_required(Role.MANAGER)
def edit(interview_id: str) -> str | Response:
    try:
        interview = blueprints.editable(current_user, interview_id)
    except Conflict as refusal:
        flash(f"{refusal.message}. {refusal.what_to_do}", "warn")
        return redirect(url_for("hiring_interviews.show", interview_id=interview_id))
    return _page(interview, blueprint_form.typed(interview.blueprint), interview.draft_revision)


@blueprint.post("/edit")
@roles_required(Role.MANAGER)
def save(interview_id: str) -> str | Response | tuple[str, int]:
    """What the pressed button says: save, save and go on to publishing, or add, remove, copy or move a section."""
    typed, order = blueprint_form.from_form(request.form), request.form.get("do", "save")
    revision = request.form.get("revision", -1, type=row_number)
    if order not in ("save", "publish"):
        interview = blueprints.editable(current_user, interview_id)
        sources = blueprints.sources()
        usual = typed.sections[-1].banks[:1] if typed.sections else ()
        bank = next(iter(usual), sources[0].id if sources else "")
        return _page(interview, blueprint_form.rearranged(typed, order, bank), revision, is_typed=True)
    try:
        blueprints.save(current_user, interview_id, typed, revision)
    except blueprints.Unreadable as refusal:
        interview = hiring.access(current_user, interview_id).interview
        return _page(interview, typed, revision, refusal.errors, is_typed=True), refusal.status
    except blueprints.Outdated as refusal:
        interview = hiring.access(current_user, interview_id).interview
        return _page(interview, typed, refusal.revision, outdated=refusal, is_typed=True), refusal.status
    if order == "publish":
        return redirect(url_for("blueprint_editor.publish", interview_id=interview_id), code=303)
    flash("Draft saved.", "done")
    return redirect(url_for("blueprint_editor.edit", interview_id=interview_id), code=303)


@blueprint.post("/outlook")
@roles_required(Role.MANAGER)
@limiter.limit("240/minute", key_func=who)
def outlook_of_form(interview_id: str) -> dict[str, Any]:
    """What the form as it stands could draw, for the page's script; saves nothing."""
    interview = hiring.access(current_user, interview_id, InterviewRole.OWNER).interview
    typed = blueprint_form.from_form(request.form)
    told = _outlook(typed, blueprints.read(typed, interview))
    return told | {"welcome": markdown(typed.description), "ending": markdown(typed.ending)}


@blueprint.route("/publish", methods=["GET", "POST"])
@roles_required(Role.MANAGER)
def publish(interview_id: str) -> str | Response | tuple[str, int]:
    """Ask with what changes, then make a version."""
    if request.method == "GET":
        return _publish_page(blueprints.editable(current_user, interview_id))
    revision = request.form.get("revision", -1, type=row_number)
    try:
        version = publishing.publish(current_user, interview_id, revision, request.form.get("note", ""))
    except (blueprints.Unreadable, blueprints.Outdated, publishing.NotDrawable) as refusal:
        interview = hiring.access(current_user, interview_id).interview
        return _publish_page(interview, refusal), refusal.status
    flash(f"Version {version.number} is published: new invitations get it.", "done")
    return redirect(url_for("hiring_interviews.show", interview_id=interview_id), code=303)


def _page(
    interview: Interview,
    typed: Typed,
    revision: int,
    errors: Mapping[str, str] | None = None,
    *,
    outdated: blueprints.Outdated | None = None,
    is_typed: bool = False,
) -> str:
    reading = blueprints.read(typed, interview)
    return render_template(
        "blueprints/edit.html",
        interview=interview,
        typed=typed,
        revision=revision,
        errors=errors or {},
        outdated=outdated,
        is_typed=is_typed,
        outlook=_outlook(typed, reading),
        sources=blueprints.sources(),
        topics=titles.TOPICS,
        kind_titles=titles.KINDS,
        most_sections=blueprint_form.MOST_SECTIONS,
        focus=request.form.get("do", "") if is_typed else "",
    )


def _publish_page(interview: Interview, problem: Any = None) -> str:
    reading = blueprints.read(blueprint_form.typed(interview.blueprint), interview)
    return render_template(
        "blueprints/publish.html",
        interview=interview,
        changes=publishing.draft_changes(interview),
        is_changed=interview.version is None or publishing.is_changed(interview),
        outlook=_outlook(blueprint_form.typed(interview.blueprint), reading),
        errors=reading.errors,
        note=request.form.get("note", "")[: publishing.MAX_NOTE],
        open_invitations=publishing.open_invitations(interview),
        problem=problem,
    )


def _outlook(typed: Typed, reading: Reading) -> dict[str, Any]:
    """The figures beside the form, as words: by the key of a section, and of all that can be read together."""
    found = blueprints.outlook_of(list(reading.sections.values()))
    keys = list(reading.sections)
    sections: dict[str, dict[str, Any]] = {
        section.key: {
            "words": UNREAD,
            # Of all that can be wrong with a section only this is about several of its fields.
            "notes": [told] if (told := reading.errors.get(f"{section.key}-mix")) else [],
        }
        for section in typed.sections
    }
    for number, (key, fit) in enumerate(zip(keys, found.fits, strict=True)):
        is_short = found.short_section == number
        sections[key] = {"words": fit.words, "notes": outlook.notes(fit, is_short=is_short)}
    is_whole = len(keys) == len(typed.sections)
    minutes = typed.minutes.strip()
    length = float(minutes) if minutes.isascii() and minutes.isdigit() and len(minutes) < 5 else None  # noqa: PLR2004 - digits
    return {
        "sections": sections,
        "total": {
            "questions": plural(found.count, "question"),
            "minutes": f"about {found.minutes:.0f} min" + (f" of {length:.0f}" if length else ""),
            "points": f"about {points(round(found.points, 1))}",
            "expected": f"{points(found.expected_percent)} %"
            if found.expected_percent is not None
            else points(None),
        },
        "warnings": outlook.warnings(found, length)
        + ([] if is_whole else ["Sections that cannot be read are not counted."]),
        "can_publish": is_whole and not found.problem and not reading.errors,
    }
