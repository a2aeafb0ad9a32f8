"""Taking in code: stored first, then looked up in the verdict cache, then queued."""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import dataclass, field
from functools import cache
from math import ceil
from typing import TYPE_CHECKING, Any

from flask import current_app
from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from quizapp import livestatus, queueing
from quizapp.errors import Conflict, NotFound, TooMany, Unprocessable
from quizapp.extensions import commit_and_keep, db
from quizapp.models import (
    CANCELLED,
    OWN_SCOPES,
    AttemptKind,
    Response,
    Scope,
    Submission,
    SubmissionState,
)
from quizapp.receipt import database_now, received_at
from quizapp.rules import answers
from quizapp.services import leases, responses, scores, turns, verdict_cache, versions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from quizapp.models import User

KEPT = "This one was not taken. Your code is saved; send it again in a moment."
LONGEST_RETRY_SECONDS = 60
MAX_BYTES = 64 * 1024
MAX_REQUESTS = 20
KEPT_IN_LIST = 50
_BY_KEY = select(Submission).where(
    Submission.response_id == bindparam("response"), Submission.idempotency_key == bindparam("key")
)


class QueueFull(TooMany):
    """Too many submissions wait. `ahead` is for how many of them to wait before trying again."""

    code = "queue_full"

    def __init__(self, message: str, what_to_do: str, ahead: int) -> None:
        wait = livestatus.expected_wait(ahead, queueing.places(turns.LIVE))
        super().__init__(message, what_to_do, retry_after=min(max(1, ceil(wait)), LONGEST_RETRY_SECONDS))


@dataclass(frozen=True)
class Sending:
    """What one press of a button sends."""

    scope: Scope
    files: Mapping[str, str]
    key: str  # idempotency key: a double click is one submission
    stdin: str = ""
    requests: Sequence[Mapping[str, Any]] = field(default_factory=tuple)

    @property
    def body_hash(self) -> str:
        """SHA-256 over everything but the key."""
        body = json.dumps(
            [self.scope, sorted(self.files.items()), self.stdin, list(self.requests)], sort_keys=True
        )
        return hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def columns(self) -> dict[str, Any]:
        """What its row holds of it, whoever it is run for."""
        return {
            "body_hash": self.body_hash,
            "files": dict(self.files),
            "stdin": self.stdin,
            "requests": [dict(request) for request in self.requests],
        }


def own(submission_id: int, user: User) -> Submission:
    """The user's own submission; `NotFound` also for somebody else's."""
    submission = db.session.get(Submission, submission_id)
    if submission is None or submission.user_id != user.id or submission.scope not in OWN_SCOPES:
        raise NotFound("There is no such submission of yours")
    return submission


def whole(submission_id: int) -> Submission | None:
    """A submission with its response, attempt and version, as they are now, in one question to the database.

    It only reads: where no transaction is under way, the one that it begins waits for nobody who writes. The version,
    which never changes and may be large, is the one that this process keeps.
    """
    if not db.session().in_transaction():
        db.session.connection(execution_options={"read_only": True})
    submission: Submission | None = db.session.scalar(_whole(), {"submission": submission_id})
    if submission is not None:
        versions.give([submission.response])
    return submission


@cache
def _whole() -> Select[Submission]:
    return (
        select(Submission)
        .where(Submission.id == bindparam("submission"))
        .options(joinedload(Submission.response).joinedload(Response.attempt))
        .execution_options(populate_existing=True)
    )


def own_response(response_id: int, user: User) -> Response:
    """The user's own response to a code question; `NotFound` also for somebody else's."""
    response = responses.own(response_id, user)
    if not answers.is_coded(response.content):
        raise NotFound("This question is not answered with code", "Answer it on its own page.")
    return response


def earlier(response: Response) -> list[Submission]:
    """The last submissions to a response, newest first."""
    mine = Submission.response_id == response.id, Submission.scope.in_(OWN_SCOPES)
    newest = select(Submission).where(*mine).order_by(Submission.id.desc())
    return list(db.session.scalars(newest.limit(KEPT_IN_LIST)))


def create(response: Response, user: User, sending: Sending) -> Submission:
    """Store what was sent, answer it from the cache if that is possible, else ring for a worker.

    Raises `Unprocessable` for a body that cannot be run, `Closed` when the attempt is over, `Conflict` when the key
    was used for something else, `QueueFull` when too many wait already. The same key with the same body gives the submission that is there.
    """
    try:
        check_sending(sending, response.content)
    except Unprocessable:
        responses.ensure_known(response)  # why it cannot be run tells something of the question
        raise
    if known := _by_key(response, sending):
        return known
    if sending.scope is Scope.FULL:
        responses.keep_if_late(response, {"files": dict(sending.files)})
    responses.ensure_open(response)
    kept = _kept_verdict(response, sending)
    if kept and sending.scope is Scope.FULL:
        responses.hold(response)  # before the row that points at it, or two of them would wait for each other
    answer = _answer(kept) if kept else {"turn": turn_of(user)}
    submission = Submission(
        response_id=response.id,
        user_id=user.id,
        scope=sending.scope,
        idempotency_key=sending.key,
        created_at=received_at(),
        **sending.columns,
        **answer,
    )
    db.session.add(submission)
    try:
        db.session.flush()
    except IntegrityError:  # the other half of a double click was faster
        db.session.rollback()
        if known := _by_key(response, sending):
            return known
        raise
    if kept and sending.scope is Scope.FULL:
        responses.settle(response)
        scores.refresh(response.attempt)
    commit_and_keep()
    return submission


def submit_draft(response: Response, queue: str = "expiry") -> Submission | None:
    """Have the last saved draft graded in full, when it is code that no full submission has sent yet.

    Adds to the caller's transaction; the caller commits, then rings. The draft of a response is graded once.
    """
    files = (response.answer or {}).get("files")
    if not files or files == response.content["files"]:
        return None
    # A key that could be foreseen would be sent by somebody, and keep the attempt from ending.
    sending = Sending(scope=Scope.FULL, files=files, key=new_key())
    sent = select(func.count()).where(
        Submission.response_id == response.id,
        Submission.scope == Scope.FULL,
        Submission.body_hash == sending.body_hash,
        Submission.verdict.is_distinct_from(CANCELLED),
    )
    if db.session.scalar(sent):
        return None
    submission = Submission(
        response_id=response.id,
        user_id=response.attempt.user_id,
        scope=Scope.FULL,
        queue=queue,
        idempotency_key=sending.key,
        is_from_draft=True,
        created_at=database_now(),
        **sending.columns,
    )
    db.session.add(submission)
    return submission


def cancel(submission: Submission) -> None:
    """Stop what the user sent and does not want judged any more; commits. What was judged meanwhile stays judged.

    It counts as if it had never been sent. Raises `Closed` when the attempt is over, `Conflict` for a draft that is
    graded because the time ran out.
    """
    if submission.is_from_draft:
        raise Conflict(
            "This is graded because the time ran out", "It cannot be stopped; it can only help you."
        )
    responses.ensure_open(submission.response)
    if not leases.cancel(submission.id):
        db.session.rollback()
        return
    if submission.scope is Scope.FULL:
        responses.hold(submission.response)
        responses.settle(submission.response)
        scores.refresh(submission.response.attempt)
    db.session.commit()
    livestatus.stop(submission.id)
    livestatus.announce(submission.id)


def new_key() -> str:
    """A key that nobody foresees: for a form that is posted without JavaScript, and for what the site sends by itself."""
    return uuid.uuid4().hex


def ring(submission: Submission) -> None:
    """After the commit: ask a worker to look, unless the verdict came out of the cache.

    Also when a worker has it already: that one answered the ring of another row, which waits for the one of this row.
    """
    if not submission.is_from_cache:
        queueing.ring(submission)


def ring_and_wait(submission: Submission, seconds: float) -> None:
    """Ring, and give the verdict `seconds` to arrive. The database session is given back meanwhile."""
    if submission.is_from_cache:
        return
    number, is_judged = submission.id, submission.state is SubmissionState.DONE
    ring(submission)
    db.session.rollback()
    if seconds > 0 and not is_judged:
        livestatus.await_verdict(number, seconds)
    whole(number)  # the same object, with what came meanwhile


def check_sending(sending: Sending, content: Mapping[str, Any]) -> None:
    """Refuse what cannot be run, with a sentence that says what to change."""
    if sending.scope not in OWN_SCOPES:
        raise Unprocessable("Nobody sends that from here", "Run the samples, or submit.")
    unknown = sorted(set(sending.files) - set(content["files"]))
    if unknown:
        known = ", ".join(content["files"])
        raise Unprocessable(f"This question has no file {unknown[0]!r}", f"Its files are: {known}.")
    if not sending.files:
        raise Unprocessable("Nothing was sent", "Send at least one of the question's files.")
    if content["kind"] == "tests" and sending.scope is Scope.RUN:
        raise Unprocessable("Tests are not run as a script", "Try them on the program, or submit them.")
    requested = (str(value) for item in sending.requests for value in item.values())
    texts = [*sending.files.values(), sending.stdin, *requested]
    size = sum(len(text.encode("utf-8", "surrogatepass")) for text in texts)
    if size > MAX_BYTES:
        raise Unprocessable(
            f"That is {size / 1024:.0f} KiB", f"Shorten it to {MAX_BYTES // 1024} KiB or less."
        )
    if len(sending.requests) > MAX_REQUESTS:
        raise Unprocessable(
            f"{len(sending.requests)} requests are too many", f"Send at most {MAX_REQUESTS} at once."
        )
    if any("\0" in text or not _is_encodable(text) for text in [*texts, sending.key]):
        raise Unprocessable("The text holds a NUL or half a character", "Remove what no file can hold.")


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _by_key(response: Response, sending: Sending) -> Submission | None:
    asked = {"response": response.id, "key": sending.key}
    known: Submission | None = db.session.scalar(_BY_KEY, asked)
    if known is not None and known.body_hash != sending.body_hash:
        raise Conflict("This key was used for something else", "Load the page again, and send once more.")
    return known


def turn_of(user: User) -> int:
    """The turn of what the user sends now. Raises `QueueFull`."""
    found = turns.arrival(user.id)
    site_most, user_most = current_app.config["QUEUE_LIVE_MOST"], current_app.config["QUEUE_USER_MOST"]
    if found.own_waiting >= user_most:
        message = f"{found.own_waiting} of your submissions wait already"
        raise QueueFull(message, f"{KEPT} Wait for a verdict, or stop one of them.", found.own_waiting)
    if found.waiting >= site_most:
        message = f"{found.waiting} submissions wait already, which is as many as this site takes"
        raise QueueFull(message, KEPT, found.waiting)
    return found.turn


def _kept_verdict(response: Response, sending: Sending) -> dict[str, Any] | None:
    if sending.scope is Scope.RUN:
        return None
    traced = response.attempt.kind is AttemptKind.PRACTICE
    return verdict_cache.find(
        verdict_cache.key(
            response.version.content_hash,
            sending.files,
            sending.scope,
            traced=traced,
            values=response.parameters,
        )
    )


def _answer(kept: Mapping[str, Any]) -> dict[str, Any]:
    """What a row holds from the start whose verdict is known already."""
    return {
        "turn": 0,
        "state": SubmissionState.DONE,
        "is_from_cache": True,
        "verdict": kept["verdict"],
        "share": kept["share"],
        "outcome": kept["outcome"],
        "finished_at": received_at(),
    }
