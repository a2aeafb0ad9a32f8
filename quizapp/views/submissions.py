"""Sending code and asking for its verdict: a small JSON interface for the editor."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

from flask import Blueprint, current_app, redirect, request, url_for
from flask_login import current_user, login_required
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from quizapp import crew, paces
from quizapp.errors import Conflict, Unprocessable, wants_json
from quizapp.models import AttemptKind, Scope, SubmissionState
from quizapp.services import showing, submissions, verdicts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from werkzeug.wrappers import Response

    from quizapp.models import Submission

blueprint = Blueprint("submissions", __name__)

# How long the same request waits for the verdict before it answers 202.
WAIT_SECONDS = 1.5
# Half of the threads that one web process may have: the other half always answers pages.
_places = threading.BoundedSemaphore(16)


class RequestBody(BaseModel):
    """One request of the request panel."""

    model_config = ConfigDict(extra="forbid", strict=True)
    method: Annotated[str, Field(pattern=r"^[A-Za-z]{1,20}$")] = "GET"
    path: Annotated[str, Field(min_length=1, max_length=2000, pattern=r"^/")] = "/"
    headers: list[list[str]] = []
    body: str = ""


class SendingBody(BaseModel):
    """The body of a submission."""

    model_config = ConfigDict(extra="forbid", strict=True)
    scope: Annotated[Scope, Field(strict=False)]
    files: dict[str, str]
    key: Annotated[str, Field(min_length=1, max_length=64)]
    stdin: str = ""
    requests: list[RequestBody] = []


@blueprint.post("/responses/<int:response_id>/submissions")
@login_required
@paces.exactly((40, 60), (600, 3600))
def create(response_id: int) -> tuple[dict[str, Any], int]:
    """Take code in. 200 with the verdict when it is there within a moment, else 202 and `show` tells."""
    response = submissions.own_response(response_id, current_user)
    submission = submissions.create(response, current_user, sending_of_json())
    if showing.withholds(submission):  # nobody waits for a verdict that is not told
        submissions.ring(submission)
    else:
        with waiting_place() as seconds:
            submissions.ring_and_wait(submission, seconds)
    told = verdicts.describe(submission)
    return {"submission": told}, 200 if told["state"] == SubmissionState.DONE else 202


@blueprint.get("/submissions/<int:submission_id>")
@login_required
def show(submission_id: int) -> dict[str, Any]:
    """The submission as far as it is; `offset` is how many bytes of its output the page has."""
    submission = submissions.own(submission_id, current_user)
    offset = request.args.get("offset", 0, type=int)
    return {"submission": verdicts.describe(submission, offset=max(0, offset))}


@blueprint.post("/submissions/<int:submission_id>/stop")
@login_required
def stop(submission_id: int) -> dict[str, Any] | Response:
    """Stop one that waits or runs; it counts as if it had not been sent. Gives what became of it.

    A plain form gets back to its page, which says so.
    """
    submission = submissions.own(submission_id, current_user)
    if showing.withholds(submission):  # whether it could be stopped would tell how long it took
        raise Conflict("It is kept, and cannot be stopped", "Send another version; the best one counts.")
    submissions.cancel(submission)
    if wants_json():
        return {"submission": verdicts.describe(submission)}
    return redirect(_page_of(submission), code=303)


@blueprint.get("/responses/<int:response_id>/submissions")
@login_required
def index(response_id: int) -> dict[str, Any]:
    """Earlier submissions, newest first, to put one back into the editor."""
    response = submissions.own_response(response_id, current_user)
    return {"submissions": [verdicts.summary(submission) for submission in submissions.earlier(response)]}


def sending_of_json() -> submissions.Sending:
    """What the editor has sent. Raises Unprocessable."""
    try:
        body = SendingBody.model_validate(request.get_json())
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Unprocessable(
            f"The body does not fit at {where or 'the top'}: {first['msg']}", "Correct it, and send again."
        ) from error
    return submissions.Sending(
        scope=body.scope,
        files=body.files,
        key=body.key,
        stdin=body.stdin,
        requests=[item.model_dump() for item in body.requests],
    )


def _page_of(submission: Submission) -> str:
    """The page of the question that was answered, at the verdict."""
    response = submission.response
    if response.attempt.kind is not AttemptKind.PRACTICE:
        return url_for("attempts.show", attempt_id=response.attempt_id, q=response.position, _anchor="tests")
    question = response.version.question
    return url_for(
        "practice.show",
        bank_id=question.bank_id,
        question_id=question.id,
        sent=submission.id,
        _anchor="tests",
    )


@contextmanager
def waiting_place() -> Iterator[float]:
    """How long this request may wait, which keeps no other from its turn; 0 when enough of them wait already."""
    has_place = _places.acquire(blocking=False)
    try:
        if has_place and not current_app.config.get("NO_WAITING"):
            with crew.outside():
                yield WAIT_SECONDS
        else:
            yield 0.0
    finally:
        if has_place:
            _places.release()
