"""Practising one question."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from quizapp import livestatus, paces
from quizapp.bodies import row_number
from quizapp.errors import Conflict, Unprocessable
from quizapp.extensions import limiter
from quizapp.rules import answers, titles
from quizapp.security import login_required
from quizapp.services import branches, error_reports, practice, submissions, verdicts
from quizapp.views.responses import device, read_save, saved, who
from quizapp.views.submissions import waiting_place

blueprint = Blueprint("practice", __name__, url_prefix="/practice/<bank_id>/<question_id>")


@blueprint.get("")
@login_required
def show(bank_id: str, question_id: str) -> str:
    exercise = practice.show(current_user, bank_id, question_id)
    sent = request.args.get("sent", type=row_number)
    told = verdicts.describe(submissions.own(sent, current_user)) if sent else None
    return render_template("practice/show.html", told=told, **_context(exercise))


@blueprint.put("/draft")
@login_required
@paces.at_most(240)
def draft(bank_id: str, question_id: str) -> dict[str, Any]:
    answer, revision = read_save()
    return saved(practice.save_draft(current_user, bank_id, question_id, answer, revision, device()))


@blueprint.post("/answer")
@login_required
@limiter.limit("60/minute", key_func=who)
def answer(bank_id: str, question_id: str) -> Response:
    try:
        if "scope" in request.form:
            return _submitted(bank_id, question_id)
        practice.answer(current_user, bank_id, question_id, request.form)
    except (Unprocessable, Conflict) as refusal:
        flash(f"{refusal.message}. {refusal.what_to_do}", "warn")
        return _back(bank_id, question_id)
    except submissions.QueueFull as refusal:  # the code is saved by then, and the page shows it again
        again = f" Send it again in about {refusal.retry_after} s." if refusal.retry_after else ""
        flash(f"{refusal.message}. {refusal.what_to_do}{again}", "warn")
        return _back(bank_id, question_id)
    return _back(bank_id, question_id, anchor="feedback")


@blueprint.post("/hint")
@login_required
def hint(bank_id: str, question_id: str) -> Response:
    seen = request.form.get("seen", -1, type=int)
    if seen < 0:
        seen = len(practice.show(current_user, bank_id, question_id).hints)
    practice.open_hint(current_user, bank_id, question_id, seen)
    return _back(bank_id, question_id, anchor="hints")


@blueprint.post("/again")
@login_required
def again(bank_id: str, question_id: str) -> Response:
    practice.again(current_user, bank_id, question_id)
    return _back(bank_id, question_id)


@blueprint.post("/rating")
@login_required
def rating(bank_id: str, question_id: str) -> Response:
    try:
        practice.rate(current_user, bank_id, question_id, request.form)
    except Unprocessable as refusal:
        flash(f"{refusal.message}. {refusal.what_to_do}", "warn")
    return _back(bank_id, question_id, anchor="feedback")


def _submitted(bank_id: str, question_id: str) -> Response:
    """Send code from a plain form, for browsers without scripts; the page that comes next shows the verdict."""
    submission = practice.submit(
        current_user, bank_id, question_id, request.form, request.form.get("key") or submissions.new_key()
    )
    with waiting_place() as seconds:
        submissions.ring_and_wait(submission, seconds)
    address = url_for(
        "practice.show", bank_id=bank_id, question_id=question_id, sent=submission.id, _anchor="tests"
    )
    return redirect(address, code=303)


def _back(bank_id: str, question_id: str, anchor: str | None = None) -> Response:
    address = url_for("practice.show", bank_id=bank_id, question_id=question_id, _anchor=anchor)
    return redirect(address, code=303)


def _context(exercise: practice.Exercise) -> dict[str, Any]:
    """What the template reads; the whole content only once the answer may be known."""
    response, content = exercise.response, exercise.content
    here: dict[str, Any] = {"bank_id": exercise.bank.id, "question_id": exercise.question.id}
    next_hint = exercise.next_hint
    return {
        "mode": "practice",
        "bank": exercise.bank,
        "question": {
            **exercise.view,
            "topic_title": titles.topic_title(content["topic"]),
            "kind_title": titles.kind_title(content["kind"]),
        },
        "response": response,
        "version_count": branches.count(response) if response else 0,
        "answer": response.answer if response else None,
        "revision": response.revision if response else 0,
        "draft_url": url_for("responses.save", response_id=response.id)
        if response
        else url_for("practice.draft", **here),
        "submissions_url": url_for("submissions.create", response_id=response.id) if response else None,
        "answer_url": url_for("practice.answer", **here),
        "hint_url": url_for("practice.hint", **here),
        "rating_url": url_for("practice.rating", **here),
        "again_url": url_for("practice.again", **here),
        "mark": exercise.mark,
        "is_revealed": exercise.is_revealed,
        "content": content if exercise.is_revealed else None,
        "hints": [hint["text"] for hint in exercise.hints],
        "next_hint": next_hint,
        "hints_left": next_hint["left"] if next_hint else 0,
        "is_outdated": exercise.is_outdated,
        "report_error_url": url_for("error_reports.from_practice", **here),
        "own_reports": error_reports.of_user_about(current_user, [exercise.question.id]).get(
            exercise.question.id, []
        ),
        "sandbox_problem": livestatus.sandbox_problem() if answers.is_coded(content) else None,
        "place": _place(exercise),
    }


def _place(exercise: practice.Exercise) -> dict[str, Any]:
    def address(question_id: str | None) -> str | None:
        if question_id is None:
            return None
        return url_for("practice.show", bank_id=exercise.bank.id, question_id=question_id)

    return {
        "position": exercise.place.position,
        "count": exercise.place.count,
        "previous_url": address(exercise.place.previous_id),
        "next_url": address(exercise.place.next_id),
        "back_url": url_for("banks.show", bank_id=exercise.bank.id),
    }
