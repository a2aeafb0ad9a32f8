"""A candidate's code run again by a reviewer, as it was or as a changed copy. It counts nowhere, and is none of the tries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from quizapp import livestatus
from quizapp.errors import NotFound, Unprocessable
from quizapp.extensions import db
from quizapp.models import (
    CANCELLED,
    OWN_SCOPES,
    Attempt,
    InterviewRole,
    Response,
    Scope,
    Submission,
    User,
)
from quizapp.questions.content import public_view
from quizapp.receipt import database_now
from quizapp.rules import answers
from quizapp.services import audit, hiring, leases, submissions, verdicts
from quizapp.services.submissions import Sending

MOST_LISTED = 20
_SENT_AS = {Scope.FULL: Scope.REVIEW, Scope.RUN: Scope.REVIEW_RUN}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


@dataclass(frozen=True)
class Source:
    """Files that a scratch copy can begin with: by what the page calls them."""

    key: str
    title: str
    files: Mapping[str, str]

    @property
    def pair(self) -> tuple[str, dict[str, str]]:
        """Its key and files, as the page's script reads them."""
        return self.key, dict(self.files)


@dataclass(frozen=True)
class Bench:
    """One answer of code with what it can be run from, and the runs of this reviewer."""

    attempt: Attempt
    response: Response
    content: Mapping[str, Any]
    sources: Sequence[Source]
    runs: Sequence[Submission]  # of this person, the newest first

    @property
    def view(self) -> dict[str, Any]:
        """The question as its page shows it."""
        return public_view(self.content)


def bench(user: User, attempt_id: int, response_id: int) -> Bench:
    """Everything for running an answer again. Raises NotFound, Forbidden."""
    attempt, response = _response(user, attempt_id, response_id)
    content = response.content
    runs = db.session.scalars(
        select(Submission)
        .where(
            Submission.response_id == response.id,
            Submission.user_id == user.id,
            Submission.scope.in_((Scope.REVIEW, Scope.REVIEW_RUN)),
        )
        .order_by(Submission.id.desc())
        .limit(MOST_LISTED)
    ).all()
    return Bench(attempt, response, content, _sources(response, content), runs)


def create(user: User, attempt_id: int, response_id: int, sending: Sending) -> Submission:
    """Store a run of a reviewer, and commit; `submissions.ring` for it afterwards. `sending.scope` is FULL or RUN.

    It waits in the queue `live` as everybody's code does, in the reviewer's name. Raises NotFound, Forbidden,
    Unprocessable for what cannot be run, QueueFull.
    """
    attempt, response = _response(user, attempt_id, response_id)
    if sending.scope not in _SENT_AS:
        raise Unprocessable("That cannot be run from here", "Run the tests, or the program.")
    submissions.check_sending(sending, response.content)
    key = f"review-{user.id}-{sending.key}"[:64]
    if known := _by_key(response.id, key):
        return known
    run = Submission(
        response_id=response.id,
        user_id=user.id,
        scope=_SENT_AS[sending.scope],
        turn=submissions.turn_of(user),
        idempotency_key=key,
        created_at=database_now(),
        **sending.columns,
    )
    db.session.add(run)
    try:
        db.session.flush()
    except IntegrityError:  # the other half of a double click was faster
        db.session.rollback()
        if known := _by_key(response_id, key):
            return known
        raise
    audit.record(
        "answer.run_again",
        f"answer {response.id}",
        actor=user,
        interview=attempt.interview_id,
        attempt=attempt.id,
        question=response.question_id,
        scope=run.scope,
    )
    db.session.commit()
    return run


def _by_key(response_id: int, key: str) -> Submission | None:
    return db.session.scalar(
        select(Submission).where(Submission.response_id == response_id, Submission.idempotency_key == key)
    )


def chosen(found: Bench, run_id: int | None) -> Submission | None:
    """One of the runs, the newest by default; None when there is none."""
    return next((one for one in found.runs if run_id in (None, one.id)), None)


def own(user: User, attempt_id: int, response_id: int, run_id: int) -> Submission:
    """A run of this person. Raises NotFound, Forbidden."""
    _response(user, attempt_id, response_id)
    run = submissions.whole(run_id)
    if run is None or run.response_id != response_id or run.user_id != user.id or not run.is_review:
        raise NotFound("There is no such run of yours")
    return run


def describe(run: Submission, *, offset: int = 0) -> dict[str, Any]:
    """A run in the JSON form that the editor's page reads, called by what a candidate would have sent."""
    return verdicts.describe_whole(run, offset=offset) | {"scope": run.judged_as.value}


def stop(run: Submission) -> None:
    """Stop a run that waits or runs; commits. What was judged meanwhile stays judged."""
    if not leases.cancel(run.id):
        db.session.rollback()
        return
    db.session.commit()
    livestatus.stop(run.id)
    livestatus.announce(run.id)


def requests_of(text: str) -> list[dict[str, Any]]:
    """Requests as a page's field holds them: a line each, such as `POST /notes {"text": "a"}`. Raises Unprocessable."""
    found = []
    for line in text.splitlines():
        if not line.strip():
            continue
        method, _, rest = line.strip().partition(" ")
        path, _, body = rest.strip().partition(" ")
        if method.upper() not in METHODS or not path.startswith("/"):
            raise Unprocessable(f"This is no request: {line.strip()[:80]}", "Write GET /path, a line each.")
        headers = [["Content-Type", "application/json"]] if body.lstrip().startswith(("{", "[")) else []
        found.append({"method": method.upper(), "path": path, "headers": headers, "body": body.strip()})
    return found


def _response(user: User, attempt_id: int, response_id: int) -> tuple[Attempt, Response]:
    attempt, _ = hiring.attempt(user, attempt_id, InterviewRole.REVIEWER)
    response = db.session.scalar(
        select(Response)
        .where(Response.id == response_id, Response.attempt_id == attempt.id)
        .options(joinedload(Response.version))
    )
    if response is None or attempt.finished_at is None or not answers.is_coded(response.content):
        raise NotFound("There is no such code to run", "Code can be run again when the attempt is finished.")
    return attempt, response


def _sources(response: Response, content: Mapping[str, Any]) -> list[Source]:
    sent = db.session.scalars(
        select(Submission)
        .where(
            Submission.response_id == response.id,
            Submission.scope.in_(OWN_SCOPES),
            Submission.verdict.is_distinct_from(CANCELLED),
        )
        .order_by(Submission.id.desc())
        .limit(MOST_LISTED)
    ).all()
    found = []
    saved = (response.answer or {}).get("files")
    if saved:
        found.append(Source("saved", "as it was saved last", {**content["files"], **saved}))
    words = {Scope.FULL: "submitted", Scope.SAMPLE: "run on the samples", Scope.RUN: "run"}
    found += [
        Source(
            f"sent-{one.id}",
            f"{words[one.scope]} {one.created_at:%H:%M:%S}",
            {**content["files"], **one.files},
        )
        for one in sent
    ]
    found.append(Source("starter", "the starter", content["files"]))
    return found
