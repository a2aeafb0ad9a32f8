"""One delivery of one submission: lease, broker, judge, record.

The database session is given back before the broker is asked, and the verdict is written only while the lease is
still this delivery's. A fault of ours is tried again twice; after that the reference solution is run as a control,
because if that grades, the fault lies in what was sent.
"""

from __future__ import annotations

import dataclasses
import os
import socket
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import structlog
from flask import current_app
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from quizapp import livestatus, queueing
from quizapp.extensions import db
from quizapp.models import AttemptKind, QuestionVersion, Scope, Submission
from quizapp.rules import programs
from quizapp.rules.judging import judge, judge_run
from quizapp.rules.scoring import code_share
from quizapp.services import grading, leases, verdict_cache
from sandbox.client import BrokerClient, BrokerUnavailable
from sandbox.protocol import Outcome, Priority, Program, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from quizapp.services.leases import Delivery
    from sandbox.protocol import Limits

log = structlog.get_logger()

OWN_FAULTS_BEFORE_CONTROL = 2
MOST_DELIVERIES = 5  # whatever ends the worker each time is not tried for ever
WRITING_PATIENCE_SECONDS = 60.0
SUSPECT = (
    "The sandbox failed each time it ran this code, and ran the reference solution without a fault. "
    "It is marked for a look by a person."
)


@dataclasses.dataclass(frozen=True)
class Work:
    """Everything about a submission that grading needs, read before the session is given back."""

    submission_id: int
    version_id: int
    content: Mapping[str, Any]
    content_hash: str
    recorded: Mapping[str, Any] | None
    files: Mapping[str, str]
    stdin: str
    requests: list[Any]
    scope: Scope
    user: str
    priority: Priority
    is_practice: bool
    own_faults: int


class NotRecorded(Exception):
    """The reference solution could not be run or does not pass, so nothing can be judged against it."""


def grade_next(rung_for: int) -> None:
    """Grade whatever is next in the queue of the submission that was rung for; do nothing when nothing waits."""
    delivery = leases.take_next(rung_for, f"{socket.gethostname()}:{os.getpid()}:{threading.get_ident()}")
    if delivery is not None:
        _grade(delivery)


def _grade(delivery: Delivery) -> None:
    submission_id = delivery.submission_id
    started = time.monotonic()
    work = _read(delivery)
    if work is None:  # whoever sent it is gone, and it with them
        return
    if delivery.tries > MOST_DELIVERIES:
        _record(delivery, work, "internal_error", 0.0, {"detail": "", "tests": []})
        log.error("quarantined", submission=submission_id, deliveries=delivery.number)
        return
    try:
        with _renewed(delivery):
            verdict, share, outcome = _judged(delivery, work)
    except BrokerUnavailable as problem:
        # Nothing is known about the code: it waits in the database until a broker answers again.
        leases.give_back(delivery)
        log.warning("sandbox unavailable", submission=submission_id, reason=str(problem))
        return
    except Exception:
        leases.give_back(delivery, is_our_fault=True)
        raise
    if verdict == "internal_error" and work.own_faults < OWN_FAULTS_BEFORE_CONTROL:
        _again(delivery, outcome)
        return
    if _record(delivery, work, verdict, share, outcome):
        livestatus.note_pace(time.monotonic() - started)


def prepare(version_id: int, content: Mapping[str, Any], client: BrokerClient) -> Mapping[str, Any]:
    """Record what the version's reference solution gives, and keep it: `{"contract", "tests", "given"}`.

    `given` is how many of the tests the untouched starter passes. Raises `NotRecorded` when the reference solution
    does not pass its own tests.
    """
    recorded = _recorded(content, client)
    db.session.execute(
        update(QuestionVersion).where(QuestionVersion.id == version_id).values(contract=dict(recorded))
    )
    db.session.commit()
    return recorded


def _recorded(content: Mapping[str, Any], client: BrokerClient) -> Mapping[str, Any]:
    limits = programs.limits(content)
    outcome = client.run(programs.reference(content), limits, Priority.LIVE)
    judgement = judge(outcome, outcome.collected)
    if judgement.verdict != "accepted":
        raise NotRecorded(f"{judgement.verdict}: {outcome.detail}")
    recorded = {"contract": outcome.contract, "tests": list(outcome.collected)}
    starter = programs.graded(content, recorded, content["files"], scope="full", trace=False)
    untouched = judge(client.run(starter, limits, Priority.LIVE), outcome.collected)
    if untouched.verdict == "internal_error":
        raise NotRecorded("the starter could not be run")
    return recorded | {"given": untouched.tests_passed}


def _read(delivery: Delivery) -> Work | None:
    submission = db.session.get(Submission, delivery.submission_id)
    if submission is None:
        return None
    response = submission.response
    version = response.version
    work = Work(
        submission_id=submission.id,
        version_id=version.id,
        content=version.content,
        content_hash=version.content_hash,
        recorded=version.contract,
        files=submission.files,
        stdin=submission.stdin,
        requests=submission.requests,
        scope=submission.scope,
        user=str(submission.user_id),
        priority=Priority(submission.queue),
        is_practice=response.attempt.kind is AttemptKind.PRACTICE,
        own_faults=submission.internal_errors,
    )
    db.session.remove()
    return work


def _judged(delivery: Delivery, work: Work) -> tuple[str, float, dict[str, Any]]:
    """Ask the broker and judge: verdict, share of the points, and the outcome as it is stored."""
    client = BrokerClient(current_app.config["BROKER_SOCKET"])
    limits = programs.limits(work.content)
    if work.scope is Scope.RUN:
        program = programs.free_run(work.content, work.files, stdin=work.stdin, requests=work.requests)
        outcome = _ask(client, program, limits, work, delivery)
        return judge_run(outcome).verdict, 0.0, _stored(outcome, 0)
    try:
        recorded = work.recorded or prepare(work.version_id, work.content, client)
    except NotRecorded as problem:
        log.exception("reference does not pass", question=work.content["id"], reason=str(problem))
        return "internal_error", 0.0, _stored(Outcome(status=Status.INTERNAL_ERROR), 0)
    program = programs.graded(work.content, recorded, work.files, scope=work.scope, trace=work.is_practice)
    expected = programs.expected_tests(work.content, recorded, scope=work.scope)
    outcome = _ask(client, program, limits, work, delivery)
    judgement = judge(outcome, expected)
    stored = _stored(outcome, len(expected))
    if judgement.verdict == "internal_error" and work.own_faults >= OWN_FAULTS_BEFORE_CONTROL:
        verdict, stored = _controlled(work, client, judgement.verdict, stored)
        return verdict, 0.0, stored
    given = recorded.get("given", 0) if work.scope is Scope.FULL else 0
    return judgement.verdict, code_share(judgement.tests_passed, judgement.tests_total, given), stored


def _ask(client: BrokerClient, program: Program, limits: Limits, work: Work, delivery: Delivery) -> Outcome:
    return client.run(program, limits, work.priority, work.user, _streamed(work, delivery))


def _streamed(work: Work, delivery: Delivery) -> Callable[[str, str], None] | None:
    """Where output goes while it grows: only that of a free run is shown before the verdict."""
    if work.scope is not Scope.RUN:
        return None

    def on_output(_stream: str, text: str) -> None:
        livestatus.append_output(delivery.submission_id, delivery.number, text)

    return on_output


def _stored(outcome: Outcome, expected: int) -> dict[str, Any]:
    """The outcome as it is kept with the submission, with the number of tests that had to run."""
    stored = outcome.to_json()
    del stored["contract"], stored["collected"]
    return stored | {"expected_tests": expected}


def _controlled(
    work: Work, client: BrokerClient, verdict: str, outcome: dict[str, Any]
) -> tuple[str, dict[str, Any]]:
    """After repeated faults of ours: if the reference solution grades, the submission itself is the cause."""
    try:
        _recorded(work.content, client)
    except NotRecorded:
        log.exception("control failed", submission=work.submission_id)
        return verdict, outcome
    log.error("suspect submission", submission=work.submission_id)
    return "runtime_error", outcome | {"detail": SUSPECT, "is_suspect": True}


def _record(delivery: Delivery, work: Work, verdict: str, share: float, outcome: dict[str, Any]) -> bool:
    """Write the verdict, patiently while the database is away; then tell who waits."""
    if not _written(delivery, verdict, share, outcome):
        return False
    livestatus.announce(delivery.submission_id)
    if work.scope is not Scope.RUN:
        key = verdict_cache.key(work.content_hash, work.files, work.scope, traced=work.is_practice)
        verdict_cache.keep(key, verdict, share, outcome)
    return True


def _written(delivery: Delivery, verdict: str, share: float, outcome: dict[str, Any]) -> bool:
    give_up = time.monotonic() + WRITING_PATIENCE_SECONDS
    pause = 0.2
    while True:
        try:
            return grading.record(delivery, verdict=verdict, share=share, outcome=outcome)
        except OperationalError:
            db.session.rollback()
            if time.monotonic() > give_up:
                raise  # the lease runs out, and the submission is graded again
            time.sleep(pause)
            pause = min(pause * 2, 5.0)


def _again(delivery: Delivery, outcome: Mapping[str, Any]) -> None:
    log.warning("fault of ours", submission=delivery.submission_id, detail=outcome.get("detail"))
    if leases.give_back(delivery, is_our_fault=True):
        queueing.ring(db.session.get_one(Submission, delivery.submission_id, populate_existing=True))


@contextmanager
def _renewed(delivery: Delivery) -> Iterator[None]:
    """Renew the lease from a thread for as long as the block lasts."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - the thread needs the object, not the proxy
    is_over = threading.Event()

    def renew() -> None:
        while not is_over.wait(leases.RENEW_EVERY.total_seconds()):
            try:
                with app.app_context():
                    leases.renew(delivery)
            except OperationalError:  # the next renewal may reach the database again
                log.warning("lease not renewed", submission=delivery.submission_id)

    thread = threading.Thread(target=renew, name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()
