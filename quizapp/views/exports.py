"""Exports that a job makes: asking for one, how far it is, fetching and deleting it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from quizapp.extensions import limiter
from quizapp.models import Role
from quizapp.security import roles_required
from quizapp.services import exports, hiring
from quizapp.services.score_table import DECISIONS, STATES, Filters
from quizapp.views.responses import who
from quizapp.views.scores import arguments_of, download, filters_of

blueprint = Blueprint("exports", __name__, url_prefix="/manage/interviews/<interview_id>/exports")


@blueprint.get("")
@roles_required(Role.MANAGER)
def index(interview_id: str) -> str:
    """The person's own exports of the interview, and the one that an address asks for."""
    access = hiring.access(current_user, interview_id)
    form = request.args.get("form", "")
    with_answers = request.args.get("answers") == "1"
    found = exports.listed(current_user, interview_id)
    return render_template(
        "scores/exports.html",
        access=access,
        interview=access.interview,
        exports=[(one, in_words(one), exports.kept_back(one)) for one in found],
        is_expired=exports.has_expired,
        is_live=any(one.made_at is None and one.failed_at is None for one in found),
        forms=exports.FORMS,
        wish=_wish(form, arguments_of(request.args), with_answers=with_answers)
        if form in exports.FORMS and access.may(exports.needed_role(with_answers=with_answers))
        else None,
        wish_words=list(_narrowed(filters_of(request.args).as_facts())),
    )


@blueprint.post("")
@roles_required(Role.MANAGER)
@limiter.limit("60/hour", key_func=who)
def make(interview_id: str) -> Response:
    """Have one made."""
    exports.ask(
        current_user,
        interview_id,
        request.form.get("form", ""),
        filters_of(request.form),
        with_answers=request.form.get("answers") == "1",
    )
    flash("It is being made. You can leave this page meanwhile.", "done")
    return redirect(url_for("exports.index", interview_id=interview_id), code=303)


@blueprint.get("/<int:export_id>/file")
@roles_required(Role.MANAGER)
def fetch(interview_id: str, export_id: int) -> Response:
    """The file, for whoever asked for it."""
    export, parts = exports.fetched(current_user, interview_id, export_id)
    reply = download(parts, export.interview, export.form)
    reply.headers["Content-Length"] = str(export.size)
    return reply


@blueprint.post("/<int:export_id>/delete")
@roles_required(Role.MANAGER)
def delete(interview_id: str, export_id: int) -> Response:
    """Take one away; what is being made of it ends."""
    exports.remove(current_user, interview_id, export_id)
    flash("The export is deleted.", "done")
    return redirect(url_for("exports.index", interview_id=interview_id), code=303)


def in_words(export: Any) -> dict[str, Any]:
    """What an export holds, and the form's fields that ask for it again."""
    filters = Filters.of_facts(export.filters)
    sent = {
        "q": filters.text, "state": filters.state, "from": filters.score_from, "to": filters.score_to,
        "decision": filters.decision, "reviewer": filters.reviewer_id, "since": filters.since,
        "until": filters.until, "order": filters.order,
    }  # fmt: skip
    kept = {name: str(value) for name, value in sent.items() if value not in (None, "")}
    return {
        "narrowed": list(_narrowed(export.filters)),
        "wish": _wish(export.form, kept, with_answers=export.with_answers),
    }


def _wish(form: str, arguments: Mapping[str, Any], *, with_answers: bool) -> dict[str, str]:
    return {**arguments, "form": form, "answers": "1" if with_answers else "0"}


def _narrowed(facts: Mapping[str, Any]) -> Iterator[str]:
    """The filters, each in a few words."""
    if "text" in facts:
        yield f"search for “{facts['text']}”"
    if "state" in facts:
        yield f"state {STATES[facts['state']]}"
    if "decision" in facts:
        yield f"decision {DECISIONS[facts['decision']]}"
    if "reviewer_id" in facts:
        yield "decided by one person"
    for name, words in (("score_from", "score from {:g} %"), ("score_to", "score to {:g} %")):
        if name in facts:
            yield words.format(facts[name])
    for name, words in (("since", "finished from"), ("until", "finished until")):
        if name in facts:
            yield f"{words} {facts[name]}"
