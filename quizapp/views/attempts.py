"""Sitting an interview, handing it in, and its report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from quizapp import livestatus
from quizapp.bodies import row_number
from quizapp.errors import Closed, Unprocessable
from quizapp.extensions import limiter
from quizapp.models import Attempt
from quizapp.models import Response as Answered
from quizapp.papers import report as papers
from quizapp.rules import answers, deadlines, titles
from quizapp.security import login_required
from quizapp.services import (
    along,
    attempts,
    branches,
    clocks,
    comparing,
    composing,
    error_reports,
    evidence,
    handed_in,
    notes,
    playback,
    practising_next,
    reports,
    sections,
    showing,
)
from quizapp.services.responses import Fate, Saving
from quizapp.views import notes as note_views
from quizapp.views.composing import arguments
from quizapp.views.responses import device, who

blueprint = Blueprint("attempts", __name__, url_prefix="/attempts/<int:attempt_id>")


@blueprint.get("")
@login_required
@along.reads(attempts.PAGE)
def show(attempt_id: int) -> str | Response:
    position = request.args.get("q", type=int)
    try:
        sitting = attempts.sit(current_user, attempt_id, position)
    except sections.PartOver:
        return redirect(url_for("attempts.part", attempt_id=attempt_id))
    except Closed:
        return redirect(url_for("attempts.report", attempt_id=attempt_id))
    return render_template("attempts/show.html", **_context(sitting))


@blueprint.get("/clock")
@login_required
@along.reads(attempts.CLOCK)
def clock(attempt_id: int) -> dict[str, Any]:
    return attempts.clock(current_user, attempt_id)


@blueprint.post("/save")
@login_required
@limiter.limit("240/minute", key_func=who)
def save(attempt_id: int) -> Response:
    """Save from the plain form of a question, with notes and flag, and go where its button says.

    Nothing that was typed is lost: what cannot be kept stands in its field again.
    """
    position = request.args.get("q", 1, type=int)
    refused_notes = note_views.kept_with_answer(attempt_id)
    try:
        saving = attempts.save_form(current_user, attempt_id, position, request.form, device())
    except Unprocessable as refusal:
        flash(f"{refusal.message}. {refusal.what_to_do}", "warn")
        return _typed_again(attempt_id, position, with_notes=refused_notes is not None)
    told = _not_taken(saving, attempt_id, position)
    if refused_notes is not None:
        return note_views.typed_again(attempt_id, position, request.form["notes"], refused_notes)
    if request.form.get("goto") == "report":  # the browser sends the same form there
        address = url_for("error_reports.from_response", response_id=saving.response.id)
        return redirect(address, code=307)
    if told is not None:
        return told
    if "flag" in request.form:
        attempts.flag(current_user, attempt_id, position, flagged=request.form["flag"] == "1")
    return _onwards(saving.response, position)


def _not_taken(saving: Saving, attempt_id: int, position: int) -> Response | None:
    """Where the page goes with an answer that was too late, or that another window was faster with; says why."""
    if saving.fate is Fate.LATE and not clocks.is_closed(saving.response.attempt):
        flash("That part was over when this arrived. It is kept, marked as late, and does not count.", "warn")
        return redirect(url_for("attempts.show", attempt_id=attempt_id), code=303)
    if saving.fate is Fate.LATE:
        flash("Your time was over when this arrived. It is kept, marked as late, and does not count.", "warn")
        return redirect(url_for("attempts.report", attempt_id=attempt_id), code=303)
    if saving.fate is Fate.STALE:
        flash("Another window saved this answer in the meantime. It is shown here; yours is kept.", "warn")
        return _to(attempt_id, position)
    if saving.fate is Fate.UNCHANGED:  # it goes where it wants to
        flash(
            f"Another window saved the answer to question {position} in the meantime, and it stays. Nothing was "
            "changed in this one.",
            "note",
        )
    return None


def _onwards(response: Answered, position: int) -> Response:
    """Where the button of a plain form goes: to a question by its number, or to one of the pages around it."""
    attempt_id = response.attempt_id
    goto = request.form.get("goto", "")
    pages = {
        "finish": lambda: url_for("attempts.finish", attempt_id=attempt_id),
        "part": lambda: url_for("attempts.part", attempt_id=attempt_id),
        "versions": lambda: url_for("branches.index", response_id=response.id),
        "leave": lambda: url_for("home.index" if current_user.is_guest else "interviews.index"),
        "notes": lambda: url_for("attempts.show", attempt_id=attempt_id, q=position, _anchor="notes"),
    }
    if goto in pages:
        return redirect(pages[goto](), code=303)
    return _to(attempt_id, request.form.get("goto", position, type=row_number))


@blueprint.post("/flag")
@login_required
def flag(attempt_id: int) -> Response:
    position = request.args.get("q", 1, type=int)
    attempts.flag(current_user, attempt_id, position, flagged=request.form.get("flagged") == "1")
    return _to(attempt_id, position)


@blueprint.route("/part", methods=["GET", "POST"])
@login_required
def part(attempt_id: int) -> str | Response:
    """Ask with what is empty, then leave the part for good and enter the next one."""
    if request.method == "POST":
        attempts.leave_part(current_user, attempt_id, request.form.get("part", -1, type=int))
        return redirect(url_for("attempts.show", attempt_id=attempt_id), code=303)
    attempt = attempts.own(attempt_id, current_user)
    if reports.is_ready(attempt) or clocks.is_closed(attempt):
        return redirect(url_for("attempts.report", attempt_id=attempt_id))
    standing = sections.standing(attempt)
    if standing is None or standing.next_stage is None:
        return redirect(url_for("attempts.finish", attempt_id=attempt_id))
    here = [item for item in attempts.items(attempt, standing) if item.is_open]
    return render_template(
        "attempts/part.html",
        attempt=attempt,
        title=reports.title(attempt),
        standing=standing,
        time_left=sections.time_left(attempt, standing),
        items=here,
        next_count=sum(one.section in standing.next_stage.sections for one in attempt.responses),
    )


@blueprint.route("/finish", methods=["GET", "POST"])
@login_required
def finish(attempt_id: int) -> str | Response:
    """Ask with what is empty, then hand in."""
    if request.method == "POST":
        attempts.finish(current_user, attempt_id)
        return redirect(url_for("attempts.report", attempt_id=attempt_id), code=303)
    attempt = attempts.own(attempt_id, current_user)
    if reports.is_ready(attempt):
        return redirect(url_for("attempts.report", attempt_id=attempt_id))
    return _finish_page(attempt)


@blueprint.get("/report")
@login_required
def report(attempt_id: int) -> str | Response:
    attempt = attempts.own(attempt_id, current_user)
    if not reports.is_ready(attempt):
        if clocks.is_closed(attempt):
            return _finish_page(attempt)
        return redirect(url_for("attempts.show", attempt_id=attempt_id))
    if showing.is_withheld(attempt):
        return _handed_in_page(attempt)
    found = reports.report(attempt)
    return render_template(
        "attempts/report.html",
        report=found,
        reports_of=error_reports.of_user_about(current_user, [item.content["id"] for item in found.items]),
        allowed=reports.minutes_allowed(attempt),
        again=_again(attempt),
        comparison=comparing.of_report(found),
        next_topics=_next_topics(found),
        told=evidence.of_attempt(attempt),
        playable=playback.playable(attempt, current_user),
        notes=notes.of_attempt(attempt),
        show=_shown_items(),
    )


@blueprint.get("/report.pdf")
@login_required
@limiter.limit("10/minute", key_func=who)
def report_pdf(attempt_id: int) -> Response:
    """The report for print and keeping; while results are not shown there is none, and its page says why."""
    attempt = attempts.own(attempt_id, current_user)
    if not reports.is_ready(attempt) or showing.is_withheld(attempt):
        return redirect(url_for("attempts.report", attempt_id=attempt_id))
    found = reports.report(attempt)
    made = papers.pdf(
        found,
        reports.minutes_allowed(attempt),
        comparing.of_report(found),
        _next_topics(found),
    )
    reply = Response(made, mimetype="application/pdf")
    reply.headers.set("Content-Disposition", "attachment", filename=f"report-{attempt_id}.pdf")
    return reply


@blueprint.post("/share")
@login_required
def share(attempt_id: int) -> Response:
    """Show the report to managers, or take it back."""
    attempt = attempts.share(current_user, attempt_id, shared=request.form.get("shared") == "1")
    flash(
        "Managers can see this mock now." if attempt.is_shared else "Taken back: no manager sees it.", "done"
    )
    return redirect(url_for("attempts.report", attempt_id=attempt_id), code=303)


def _to(attempt_id: int, position: int) -> Response:
    return redirect(url_for("attempts.show", attempt_id=attempt_id, q=position), code=303)


def _typed_again(attempt_id: int, position: int, *, with_notes: bool) -> Response:
    """The question with what was typed in its fields, which could not be kept, and based on what it was based on.

    `with_notes`: the notes could not be kept either.
    """
    try:
        sitting = attempts.sit(current_user, attempt_id, position)
    except Closed:
        return _to(attempt_id, position)
    context, content = _context(sitting), sitting.response.content
    if sitting.position == position:
        context["answer"] = answers.typed(content, request.form) or context["answer"]
        context["revision"] = request.form.get("revision", context["revision"], type=row_number)
        context["given_mark"] = request.form.get("given", "")
    context["error_text"] = request.form.get("error_text", "")
    if with_notes:
        context["notes_text"] = request.form["notes"]
    return make_response(render_template("attempts/show.html", **context), Unprocessable.status)


def _again(attempt: Attempt) -> Mapping[str, Any]:
    """The arguments of the lobby of another mock like a composed one."""
    wishes = composing.wishes_of(attempt)
    return arguments(wishes) if wishes else {}


def _next_topics(found: reports.Report) -> list[practising_next.Topic]:
    """What to practise next; a guest has nothing but the interview, so there is nothing to practise in."""
    return [] if current_user.is_guest else practising_next.of_report(found)


def _shown_items() -> str:
    show = request.args.get("show", "all")
    return show if show in ("lost", "flagged") else "all"


def _handed_in_page(attempt: Attempt) -> str:
    """In place of the report, while its results are not shown."""
    kept = handed_in.of_attempt(attempt)
    asked = [item.response.question_id for item in kept.items if item.is_known]
    return render_template(
        "attempts/handed_in.html",
        kept=kept,
        allowed=reports.minutes_allowed(attempt),
        reports_of=error_reports.of_user_about(current_user, asked),
        told=evidence.of_attempt(attempt),
        playable=playback.playable(attempt, current_user),
        notes=notes.of_attempt(attempt),
    )


def _finish_page(attempt: Any) -> str:
    standing = sections.standing(attempt)
    is_last_over = standing is not None and standing.is_last and standing.is_over
    return render_template(
        "attempts/finish.html",
        attempt=attempt,
        title=reports.title(attempt),
        items=attempts.items(attempt, standing),
        is_over=clocks.is_closed(attempt) or is_last_over,
        deadline=standing.deadline
        if standing and is_last_over
        else deadlines.deadline(clocks.terms(attempt)),
        time_left=sections.time_left(attempt, standing),
        release=showing.release(attempt),
        parts_ahead=standing.count - standing.stage.number - 1 if standing else 0,
    )


# What practice shows beside a question, and an interview does not.
NOTHING_REVEALED: dict[str, Any] = {
    "mark": None,
    "content": None,
    "is_revealed": False,
    "is_outdated": False,
    "hints": [],
    "next_hint": None,
    "hints_left": 0,
}


def _context(sitting: attempts.Sitting) -> dict[str, Any]:
    attempt, response = sitting.attempt, sitting.response
    show = url_for("attempts.show", attempt_id=attempt.id)
    entries = [_entry(show, item, sitting.position) for item in sitting.items]
    place = _place(sitting, show)
    return {
        "mode": "interview",
        "hides_verdicts": showing.is_withheld(attempt),
        "attempt": attempt,
        "interview_title": reports.title(attempt),
        "sections": [
            _section(title, [entry for entry in entries if entry.section == number])
            for number, title in enumerate(sitting.section_titles)
        ],
        "here": response.section,
        "answered": sum(entry.is_answered for entry in entries),
        "flagged": sum(entry.is_flagged for entry in entries),
        "question": {
            **sitting.view,
            "points": response.max_points,
            "topic_title": titles.topic_title(sitting.view["topic"]),
            "kind_title": titles.kind_title(sitting.view["kind"]),
        },
        "response": response,
        "version_count": branches.count(response),
        **note_views.beside_question(sitting.notes),
        "answer": response.answer,
        "revision": response.revision,
        "given_mark": answers.mark(response.content, response.answer),
        **_addresses(sitting),
        "own_reports": _own_reports(response.question_id) if sitting.has_reported else [],
        **_times(sitting),
        **place,
        "place": {**place, "back_url": None},
        "sandbox_problem": livestatus.sandbox_problem() if answers.is_coded(sitting.view) else None,
        **NOTHING_REVEALED,
    }


def _own_reports(question_id: str) -> list[error_reports.Sent]:
    return error_reports.of_user_about(current_user, [question_id]).get(question_id, [])


def _place(sitting: attempts.Sitting, show: str) -> dict[str, Any]:
    """Where the question stands among the others, and where one goes from it; None where there is no way."""
    number, position, standing = sitting.attempt.id, sitting.position, sitting.standing
    reachable = {item.position for item in sitting.items if item.is_open}
    is_at_barrier = standing is not None and not standing.is_last and position + 1 not in reachable
    return {
        "position": position,
        "count": len(sitting.items),
        "previous_url": _address(show, position - 1) if position - 1 in reachable else None,
        "next_url": _address(show, position + 1) if position + 1 in reachable else None,
        "part_url": url_for("attempts.part", attempt_id=number) if is_at_barrier else None,
    }


def _addresses(sitting: attempts.Sitting) -> dict[str, str]:
    """What the page's forms and scripts talk to."""
    here: dict[str, Any] = {"attempt_id": sitting.attempt.id, "q": sitting.position}
    attempt_id, response_id = sitting.attempt.id, sitting.response.id
    return {
        "draft_url": url_for("responses.save", response_id=response_id),
        "submissions_url": url_for("submissions.create", response_id=response_id),
        "save_url": url_for("attempts.save", **here),
        "flag_url": url_for("attempts.flag", **here),
        "finish_url": url_for("attempts.finish", attempt_id=attempt_id),
        "clock_url": url_for("attempts.clock", attempt_id=attempt_id),
        "report_error_url": url_for("error_reports.from_response", response_id=response_id),
    }


def _times(sitting: attempts.Sitting) -> dict[str, Any]:
    """What the timer starts with, and where the person is among the parts; None without barriers."""
    attempt, standing = sitting.attempt, sitting.standing
    terms = clocks.terms(attempt)
    ends, begins = deadlines.deadline(terms), attempt.started_at
    if standing is not None and standing.stage.minutes and standing.terms.entered_at:
        ends, begins = standing.deadline, standing.terms.entered_at
    return {
        "remaining_seconds": sitting.remaining_seconds,
        "total_seconds": (ends - begins).total_seconds() if ends else None,
        "credit_seconds": terms.credit_seconds,
        "part": standing
        and {
            "number": standing.stage.number,
            "count": standing.count,
            "title": standing.stage.title,
            "is_timed": standing.stage.minutes is not None,
            "is_last": standing.is_last,
            "answered": sum(item.is_open and item.is_answered for item in sitting.items),
            "questions": sum(item.is_open for item in sitting.items),
            "url": url_for("attempts.part", attempt_id=attempt.id),
        },
    }


@dataclass(frozen=True, slots=True)
class _Entry:
    """A question in the navigator of the page, which asks each of them for everything: of an object it gets it fastest."""

    position: int
    section: int
    is_answered: bool
    is_flagged: bool
    is_current: bool
    url: str | None


def _section(title: str, entries: list[_Entry]) -> dict[str, Any]:
    return {"title": title, "items": entries, "answered": sum(entry.is_answered for entry in entries)}


def _entry(show: str, item: attempts.Item, position: int) -> _Entry:
    return _Entry(
        position=item.position,
        section=item.section,
        is_answered=item.is_answered,
        is_flagged=item.is_flagged,
        is_current=item.position == position,
        url=_address(show, item.position) if item.is_open else None,
    )


def _address(show: str, position: int) -> str:
    return f"{show}?q={position}"
