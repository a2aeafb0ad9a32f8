"""A candidate's code, run again by a reviewer, as it was or changed."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from quizapp import livestatus
from quizapp.errors import TooMany, Unprocessable, wants_json
from quizapp.extensions import limiter
from quizapp.models import Role, Scope, SubmissionState
from quizapp.security import roles_required
from quizapp.services import identities, review_runs, submissions
from quizapp.services.submissions import Sending
from quizapp.views.responses import who
from quizapp.views.submissions import sending_of_json, waiting_place

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
def create(attempt_id: int, response_id: int) -> Response | tuple[str | dict[str, Any], int]:
    """Take a run in. The editor gets the verdict when it is there within a moment, a plain form the page."""
    if request.is_json:
        run = review_runs.create(current_user, attempt_id, response_id, sending_of_json())
        with waiting_place() as seconds:
            submissions.ring_and_wait(run, seconds)
        told = review_runs.describe(run)
        return {"submission": told}, 200 if told["state"] == SubmissionState.DONE else 202
    try:
        run = review_runs.create(current_user, attempt_id, response_id, _sending())
    except (Unprocessable, TooMany) as refusal:
        return _page(attempt_id, response_id, refusal), refusal.status
    submissions.ring(run)
    return redirect(_address(attempt_id, response_id, run.id), code=303)


@blueprint.get("/<int:run_id>")
@roles_required(Role.MANAGER)
def follow(attempt_id: int, response_id: int, run_id: int) -> dict[str, Any]:
    """The run as far as it is; `offset` is how many bytes of its output the page has."""
    run = review_runs.own(current_user, attempt_id, response_id, run_id)
    offset = request.args.get("offset", 0, type=int)
    return {"submission": review_runs.describe(run, offset=max(0, offset))}


@blueprint.post("/<int:run_id>/stop")
@roles_required(Role.MANAGER)
def stop(attempt_id: int, response_id: int, run_id: int) -> dict[str, Any] | Response:
    """Stop one that waits or runs. Gives what became of it; a plain form gets back to its page."""
    run = review_runs.own(current_user, attempt_id, response_id, run_id)
    review_runs.stop(run)
    if wants_json():
        return {"submission": review_runs.describe(run)}
    return redirect(_address(attempt_id, response_id, run_id), code=303)


def _address(attempt_id: int, response_id: int, run_id: int) -> str:
    return url_for(
        "review_runs.show", attempt_id=attempt_id, response_id=response_id, run=run_id, _anchor="tests"
    )


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
    run = review_runs.chosen(bench, request.args.get("run", type=int))
    source = next((one for one in bench.sources if one.key == request.args.get("from")), None)
    return render_template(
        "reviewing/run.html",
        bench=bench,
        question=bench.view,
        candidate=identities.of(bench.attempt),
        run=run,
        told=review_runs.describe(run) if run else None,
        source=source,
        files=_files(bench, source, run.files if run else None, problem),
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
