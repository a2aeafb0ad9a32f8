"""How an answer came about, and the events of an attempt: for its candidate, and for who may review it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from quizapp.extensions import limiter
from quizapp.models import Role
from quizapp.rules import titles
from quizapp.security import login_required, roles_required
from quizapp.services import attempts, evidence, playback, reports
from quizapp.services.playback import Playback
from quizapp.views.responses import who

blueprint = Blueprint("playback", __name__)


@blueprint.get("/attempts/<int:attempt_id>/playback/<int:response_id>")
@login_required
def own(attempt_id: int, response_id: int) -> str:
    found = playback.own(current_user, attempt_id, response_id)
    return _page(found, "", url_for("attempts.report", attempt_id=attempt_id), "playback.own")


@blueprint.get("/manage/attempts/<int:attempt_id>/playback/<int:response_id>")
@roles_required(Role.MANAGER)
def show(attempt_id: int, response_id: int) -> str:
    seen = playback.for_staff(current_user, attempt_id)
    found = playback.of_response(seen.attempt, response_id, is_staff=True)
    back = url_for("playback.events", attempt_id=attempt_id)
    return _page(found, seen.name, back, "playback.show")


@blueprint.get("/attempts/<int:attempt_id>/events")
@login_required
def own_events(attempt_id: int) -> str:
    attempt = attempts.own(attempt_id, current_user)
    return render_template(
        "playback/events.html",
        attempt=attempt,
        title=reports.title(attempt),
        name="",
        told=evidence.of_attempt(attempt),
        playable=playback.playable(attempt, current_user),
        back_url=url_for("attempts.report", attempt_id=attempt_id),
        play="playback.own",
        comment_url=url_for("playback.comment", attempt_id=attempt_id),
    )


@blueprint.post("/attempts/<int:attempt_id>/events")
@login_required
@limiter.limit("60/minute", key_func=who)
def comment(attempt_id: int) -> Response:
    """Say something to an event, or take it back."""
    attempt = attempts.own(attempt_id, current_user)
    key = request.form.get("event", "")
    evidence.comment(attempt, key, request.form.get("text", ""))
    flash("Kept. Reviewers see it beside the event.", "done")
    return redirect(url_for("playback.own_events", attempt_id=attempt_id), code=303)


@blueprint.get("/manage/attempts/<int:attempt_id>/events")
@roles_required(Role.MANAGER)
def events(attempt_id: int) -> str:
    seen = playback.for_staff(current_user, attempt_id)
    return render_template(
        "playback/events.html",
        attempt=seen.attempt,
        title=reports.title(seen.attempt),
        name=seen.name,
        told=evidence.of_attempt(seen.attempt),
        playable=playback.recorded_responses(seen.attempt),
        back_url=_report_url(seen),
        play="playback.show",
        comment_url=None,
    )


def _page(found: Playback, name: str, back_url: str, play: str) -> str:
    content = found.response.content
    return render_template(
        "playback/show.html",
        playback=found,
        content=content,
        kind_title=titles.kind_title(content["kind"]),
        title=reports.title(found.attempt),
        name=name,
        back_url=back_url,
        play=play,
        playable=playback.recorded_responses(found.attempt),
        final=playback.played(found.recorded),
    )


def _report_url(seen: playback.Seen) -> str:
    """The report that reviewers read."""
    if seen.is_mock:
        return url_for("managing.mock", attempt_id=seen.attempt.id)
    return url_for("candidates.show", attempt_id=seen.attempt.id)
