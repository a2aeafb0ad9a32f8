"""A candidate's code, run again by a reviewer, as it was or changed."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from quizapp import livestatus
from quizapp.errors import TooMany, Unprocessable
from quizapp.extensions import limiter
from quizapp.models import Role, Scope
from quizapp.security import roles_required
from quizapp.services import identities, review_runs, submissions
from quizapp.services.submissions import Sending
from quizapp.views.responses import who

blueprint = Blueprint(
    "review_runs", __name__, url_prefix="/manage/attempts/<int:attempt_id>/answers/<int:response_id>/run"
)


@blueprint.get("")
@roles_required(Role.MANAGER)
def show(attempt_id: int, response_id: int) -> str:
    return _page(attempt_id, response_id)


@blueprint.post("")
@roles_required(Role.MANAGER)
@limiter.limit("20/minute", key_func=who)
def create(attempt_id: int, response_id: int) -> Response | tuple[str, int]:
    try:
        run = review_runs.create(current_user, attempt_id, response_id, _sending())
    except (Unprocessable, TooMany) as refusal:
        return _page(attempt_id, response_id, refusal), refusal.status
    review_runs.ring(run)
    where = url_for(
        "review_runs.show", attempt_id=attempt_id, response_id=response_id, run=run.id, _anchor="outcome"
    )
    return redirect(where, code=303)


def _sending() -> Sending:
    form = request.form
    is_run = form.get("scope") == "run"
    return Sending(
        scope=Scope.RUN if is_run else Scope.FULL,
        files={key[5:]: form[key].replace("\r\n", "\n") for key in form if key.startswith("file:")},
        key=form.get("key", "")[:40] or submissions.new_key(),
        stdin=form.get("stdin", "").replace("\r\n", "\n") if is_run else "",
        requests=review_runs.requests_of(form.get("requests", "")) if is_run else (),
    )


def _page(attempt_id: int, response_id: int, problem: Unprocessable | TooMany | None = None) -> str:
    bench = review_runs.bench(current_user, attempt_id, response_id)
    told = review_runs.told(bench, request.args.get("run", type=int))
    source = next((one for one in bench.sources if one.key == request.args.get("from")), None)
    return render_template(
        "reviewing/run.html",
        bench=bench,
        candidate=identities.of(bench.attempt),
        run=told[0] if told else None,
        told=told[1] if told else None,
        source=source,
        files=_files(bench, source, told[0].files if told else None, problem),
        key=submissions.new_key(),
        problem=problem,
        typed=request.form,
        sandbox_problem=livestatus.sandbox_problem(),
    )


def _files(
    bench: review_runs.Bench,
    source: review_runs.Source | None,
    of_run: dict[str, Any] | None,
    problem: Unprocessable | TooMany | None,
) -> dict[str, str]:
    """What the fields hold: what was typed and refused, what was asked for, what was run last, or the candidate's."""
    begun = {**bench.content["files"]}
    if problem:
        return begun | {path: request.form.get(f"file:{path}", text) for path, text in begun.items()}
    return begun | dict(source.files if source else of_run or bench.sources[0].files)
