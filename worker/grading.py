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
from typing import TYPE_CHECKING, Any

import structlog
from flask import current_app
from sqlalchemy import select, update
from sqlalchemy.exc import InterfaceError, OperationalError

from quizapp import livestatus, queueing
from quizapp.extensions import db
from quizapp.models import OWN_SCOPES, AttemptKind, QuestionVersion, Scope, Submission
from quizapp.rules import killing, parameters, programs
from quizapp.rules.judging import judge, judge_run
from quizapp.rules.scoring import code_share
from quizapp.services import grading, leases, submissions, verdict_cache, versions
from sandbox.client import BrokerClient, BrokerUnavailable, Line, RunLost
from sandbox.protocol import GraderFor, Outcome, Priority, Program, Status
from worker import custody, gate, notices, variants
from worker.storable import storable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from quizapp.services.leases import Delivery

log = structlog.get_logger()

OWN_FAULTS_BEFORE_CONTROL = 2
MOST_DELIVERIES = (
    4  # tries: two faults, one with the control, and one whose worker, broker or engine went away
)
PUT_OFF_SECONDS = 30.0  # what cannot be graded now, while everything else can
WRITING_PATIENCE_SECONDS = 60.0


@dataclasses.dataclass(frozen=True)
class Work:
    """Everything about a submission that grading needs, read before the session is given back."""

    submission_id: int
    version_id: int
    content: Mapping[str, Any]  # filled with `values` where the question is parameterised
    values: Mapping[str, str | int] | None
    content_hash: str
    recorded: Mapping[str, Any] | None
    files: Mapping[str, str]
    stdin: str
    requests: list[Any]
    scope: Scope
    user: str
    priority: Priority
    is_practice: bool
    is_traced: bool  # who reads the verdict may see what hidden tests sent and got
    is_uncached: bool  # a regrade or a reviewer's run: it is really run, and no cache has a say
    own_faults: int


class NotRecorded(Exception):
    """The reference solution could not be run or does not pass, so nothing can be judged against it."""


def grade_next(rung_for: int) -> None:
    """Grade whatever is next in the queue of the submission that was rung for.

    Does nothing when nothing waits, or while nothing can be run: the sweeper rings again.
    """
    health = livestatus.sandbox()
    if not gate.lets_through(health):
        return
    delivery = leases.take_next(rung_for, f"{owner_of(os.getpid())}{threading.get_ident()}")
    if delivery is not None:
        _grade(delivery, str((health or {}).get("fingerprint", "")))


def owner_of(pid: int) -> str:
    """How the leases of one process of this machine begin."""
    return f"{socket.gethostname()}:{pid}:"


def _grade(delivery: Delivery, fingerprint: str) -> None:
    if delivery.tries > MOST_DELIVERIES:
        _quarantine(delivery)
        return
    started = time.monotonic()
    line = Line()
    try:
        work = _read(delivery)
        if work is None:  # whoever sent it is gone, and it with them
            return
        with custody.held(delivery, line):
            verdict, share, outcome = _judged(delivery, work, line)
    except BrokerUnavailable as problem:
        _wait_for_better_times(delivery, problem)
        return
    except LookupError as problem:  # a word in a row, such as a scope, that only a newer version knows
        leases.put_off(delivery, PUT_OFF_SECONDS)
        log.exception("a row of a newer version", submission=delivery.submission_id)
        notices.newer(problem)
        return
    except Exception:
        leases.give_back(delivery, is_our_fault=True)
        raise
    if verdict == "internal_error" and work.own_faults < OWN_FAULTS_BEFORE_CONTROL:
        _again(delivery, outcome)
        return
    if _record(delivery, work, verdict, share, outcome, fingerprint):
        if (
            work.priority is not Priority.BULK
        ):  # which waits for people, and says nothing about how long they wait
            livestatus.note_pace(time.monotonic() - started)
        notices.judged(delivery, verdict, outcome)


def _wait_for_better_times(delivery: Delivery, problem: BrokerUnavailable) -> None:
    """Nothing is known about the code: it waits in the database until something can be run again.

    A run that was under way counts as a try, for the code may be what ended the broker or the engine.
    """
    log.warning("sandbox unavailable", submission=delivery.submission_id, reason=str(problem))
    is_well = gate.publish_health(BrokerClient(current_app.config["BROKER_SOCKET"])).ready
    if is_well and not isinstance(problem, RunLost):
        leases.put_off(delivery, PUT_OFF_SECONDS)
        notices.refused(delivery, problem)
        return
    leases.give_back(delivery, is_tried=isinstance(problem, RunLost))
    if is_well:
        _ring_again(delivery)


def _quarantine(delivery: Delivery) -> None:
    """Put aside what ended each worker that took it; nothing is counted against who sent it."""
    log.error("quarantined", submission=delivery.submission_id, deliveries=delivery.number)
    if _written(delivery, "internal_error", 0.0, {"detail": "", "tests": [], "is_quarantined": True}):
        livestatus.announce(delivery.submission_id)
        notices.quarantined(delivery)


def prepare(
    version_id: int,
    content: Mapping[str, Any],
    client: BrokerClient,
    values: Mapping[str, str | int] | None = None,
) -> Mapping[str, Any]:
    """Record what the version's reference solution gives, and keep it: `{"contract", "tests", "given"}`.

    `values` are those that fill the content of a parameterised question, which is recorded for each set of them.

    `given` is how many of the tests the untouched starter passes. Raises `NotRecorded` when the reference solution
    does not pass its own tests.
    """
    recorded = _recorded(content, client)
    there = db.session.scalar(select(QuestionVersion.contract).where(QuestionVersion.id == version_id))
    kept = parameters.with_recorded(there, values, recorded)
    db.session.execute(update(QuestionVersion).where(QuestionVersion.id == version_id).values(contract=kept))
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
    submission = submissions.whole(delivery.submission_id)
    if submission is None:
        return None
    response = submission.response
    version, values = submission.version, submission.values
    is_practice = response.attempt.kind is AttemptKind.PRACTICE
    work = Work(
        submission_id=submission.id,
        version_id=version.id,
        content=submission.content,
        values=values,
        content_hash=version.content_hash,
        recorded=versions.recorded(version.id, values),
        files=submission.files,
        stdin=submission.stdin,
        requests=submission.requests,
        scope=submission.judged_as,
        user=str(submission.user_id),
        priority=Priority(submission.queue),
        is_practice=is_practice,
        is_traced=is_practice or submission.is_review,
        is_uncached=submission.scope not in OWN_SCOPES,
        own_faults=submission.internal_errors,
    )
    db.session.remove()
    return work


def _judged(delivery: Delivery, work: Work, line: Line) -> tuple[str, float, dict[str, Any]]:
    """Ask the broker and judge: verdict, share of the points, and the outcome as it is stored."""
    client = BrokerClient(current_app.config["BROKER_SOCKET"])
    if work.scope is Scope.RUN:
        program = programs.free_run(work.content, work.files, stdin=work.stdin, requests=work.requests)
        outcome = _ask(client, program, work, delivery, line)
        return _controlled(work, client, judge_run(outcome).verdict, 0.0, storable(outcome, 0))
    if work.content["kind"] == "tests":
        return _tested(client, work, delivery, line)
    try:
        recorded = work.recorded or prepare(work.version_id, work.content, client, work.values)
    except NotRecorded as problem:
        log.exception("reference does not pass", question=work.content["id"], reason=str(problem))
        detail = f"The reference solution does not pass: {problem}"
        return "internal_error", 0.0, storable(Outcome(status=Status.INTERNAL_ERROR, detail=detail), 0)
    program = programs.graded(work.content, recorded, work.files, scope=work.scope, trace=work.is_traced)
    expected = programs.expected_tests(work.content, recorded, scope=work.scope)
    outcome = _ask(client, program, work, delivery, line)
    judgement = judge(outcome, expected)
    given = recorded.get("given", 0) if work.scope is Scope.FULL else 0
    share = code_share(judgement.tests_passed, judgement.tests_total, given)
    return _controlled(work, client, judgement.verdict, share, storable(outcome, len(expected)))


def _tested(
    client: BrokerClient, work: Work, delivery: Delivery, line: Line
) -> tuple[str, float, dict[str, Any]]:
    """Judge tests that a candidate wrote: by what they say of right programs and of wrong ones."""

    def run(program: Program) -> Outcome:
        return _ask(client, program, work, delivery, line)

    if work.scope is Scope.SAMPLE:
        outcome = run(programs.gated(work.content, work.content["program"], work.files))
        verdict = "accepted" if killing.passes(outcome) else killing.verdict_of(outcome)
        return verdict, 0.0, storable(outcome, len(outcome.tests))
    if work.is_practice:
        met = variants.meet(run, work.content, work.files, meetings=1, grader_for=GraderFor.SERIES)
    else:
        met = variants.meet(run, work.content, work.files)
    stored = storable(met.outcome, met.expected)
    if met.verdict == "internal_error" and work.own_faults >= OWN_FAULTS_BEFORE_CONTROL:
        model = work.content["solution"]
        control = variants.meet(run, work.content, model, meetings=1, grader_for=GraderFor.ALL)
        if control.verdict == "internal_error":
            return met.verdict, 0.0, stored
        log.error("suspect submission", submission=work.submission_id)
        return "runtime_error", 0.0, stored | {"detail": notices.SUSPECT, "is_suspect": True}
    return met.verdict, met.share, stored


def _ask(client: BrokerClient, program: Program, work: Work, delivery: Delivery, line: Line) -> Outcome:
    limits = programs.limits(work.content)
    return client.run(program, limits, work.priority, work.user, _streamed(work, delivery), line)


def _streamed(work: Work, delivery: Delivery) -> Callable[[str, str], None] | None:
    """Where output goes while it grows: only that of a free run is shown before the verdict."""
    if work.scope is not Scope.RUN:
        return None

    def on_output(_stream: str, text: str) -> None:
        livestatus.append_output(delivery.submission_id, delivery.number, text)

    return on_output


def _controlled(
    work: Work, client: BrokerClient, verdict: str, share: float, outcome: dict[str, Any]
) -> tuple[str, float, dict[str, Any]]:
    """After repeated faults of ours: if the reference solution grades, the submission itself is the cause."""
    if verdict != "internal_error" or work.own_faults < OWN_FAULTS_BEFORE_CONTROL:
        return verdict, share, outcome
    try:
        _recorded(work.content, client)
    except NotRecorded:
        log.exception("control failed", submission=work.submission_id)
        return verdict, 0.0, outcome
    log.error("suspect submission", submission=work.submission_id)
    return "runtime_error", 0.0, outcome | {"detail": notices.SUSPECT, "is_suspect": True}


def _record(
    delivery: Delivery, work: Work, verdict: str, share: float, outcome: dict[str, Any], fingerprint: str
) -> bool:
    """Write the verdict, patiently while the database is away; then tell who waits.

    It is kept for the sandbox that was known when the run began: a newer one may find something else.
    """
    if not _written(delivery, verdict, share, outcome):
        return False
    livestatus.announce(delivery.submission_id)
    if work.scope is not Scope.RUN and not work.is_uncached:
        key = verdict_cache.key(
            work.content_hash,
            work.files,
            work.scope,
            traced=work.is_practice,
            values=work.values,
            fingerprint=fingerprint,
        )
        verdict_cache.keep(key, verdict, share, outcome)
    return True


def _written(delivery: Delivery, verdict: str, share: float, outcome: dict[str, Any]) -> bool:
    give_up = time.monotonic() + WRITING_PATIENCE_SECONDS
    pause = 0.2
    while True:
        try:
            return grading.record(delivery, verdict=verdict, share=share, outcome=outcome)
        except (OperationalError, InterfaceError):
            db.session.rollback()
            if time.monotonic() > give_up:
                raise  # the lease runs out, and the submission is graded again
            time.sleep(pause)
            pause = min(pause * 2, 5.0)


def _again(delivery: Delivery, outcome: Mapping[str, Any]) -> None:
    log.warning("fault of ours", submission=delivery.submission_id, detail=outcome.get("detail"))
    if leases.give_back(delivery, is_our_fault=True):
        _ring_again(delivery)


def _ring_again(delivery: Delivery) -> None:
    submission = db.session.get(Submission, delivery.submission_id, populate_existing=True)
    if submission is not None:
        queueing.ring(submission)
