"""What an operator looks at: queues, workers, the sandbox, submissions it failed on, and alarms; and what they can do.

The figures of queues come from the rows, which are the truth. What only Redis knows (workers, the sandbox's health,
rings) is None while Redis is away.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from redis.exceptions import RedisError
from rq import Worker
from rq.serializers import JSONSerializer
from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import joinedload

from quizapp import livestatus, queueing
from quizapp.errors import Conflict, NotFound, Unprocessable
from quizapp.extensions import db, redis_client
from quizapp.models import CANCELLED, Attempt, Response, Submission, SubmissionState, is_open, is_troubled
from quizapp.receipt import database_now
from quizapp.services import alarms, audit, leases, responses, scores

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.sql.elements import ColumnElement

    from quizapp.models import Alarm, User

LATELY = timedelta(hours=1)
MOST_LISTED = 50
MAX_NOTE = 1000


@dataclass(frozen=True)
class QueueState:
    """One queue: rows that wait and rows in a worker's hands."""

    name: str
    waiting: int
    running: int
    lost: int  # taken by a worker that has not renewed its lease
    oldest: float | None  # seconds since the oldest that waits was sent
    rings: int | None  # jobs in Redis that nobody has answered; None without Redis


@dataclass(frozen=True)
class WorkerState:
    """One process that serves a queue, as it reported itself."""

    name: str
    queues: str
    state: str
    heard_at: datetime | None


@dataclass(frozen=True)
class Faults:
    """What came to a verdict in the last hour by being run, and how the sandbox did."""

    judged: int
    met: int  # the sandbox failed on them at least once
    not_graded: int  # and they have no verdict on the code

    @property
    def share(self) -> float | None:
        """How many of those judged could not be graded, 0 to 1; None when nothing was judged."""
        return self.not_graded / self.judged if self.judged else None


@dataclass(frozen=True)
class Troubled:
    """A submission that the sandbox failed on, for an operator to look at."""

    submission: Submission

    @property
    def kind(self) -> str:
        """`quarantined`, `suspect` or `not_graded`: the kinds of alarms about submissions."""
        outcome = self.submission.outcome or {}
        if outcome.get("is_quarantined"):
            return "quarantined"
        return "suspect" if outcome.get("is_suspect") else "not_graded"

    @property
    def detail(self) -> str:
        """What the sandbox said."""
        return str((self.submission.outcome or {}).get("detail") or "")


@dataclass(frozen=True)
class OpenAlarm:
    """An alarm and the submission it is about, if it is about one."""

    alarm: Alarm
    submission_id: int | None


@dataclass(frozen=True)
class Overview:
    """Everything on the operator's page, at one moment."""

    at: datetime
    is_redis_away: bool
    queues: Sequence[QueueState]
    workers: Sequence[WorkerState] | None
    sandbox: Mapping[str, Any] | None  # sandbox.protocol.Health in its JSON form
    pace: float | None  # seconds a submission took lately
    faults: Faults
    troubled: Sequence[Troubled]
    troubled_count: int
    alarms: Sequence[OpenAlarm]


def overview() -> Overview:
    """Read everything; changes nothing."""
    now = database_now()
    is_away = not _redis_answers()
    return Overview(
        at=now,
        is_redis_away=is_away,
        queues=_queues(now, is_redis_away=is_away),
        workers=None if is_away else _workers(),
        sandbox=None if is_away else livestatus.sandbox(),
        pace=None if is_away else livestatus.pace(),
        faults=_faults(now),
        troubled=[Troubled(submission) for submission in _troubled()],
        troubled_count=db.session.scalar(select(func.count()).where(*_needs_a_look())) or 0,
        alarms=[OpenAlarm(alarm, alarms.submission_of(alarm.subject)) for alarm in alarms.open_alarms()],
    )


def find(submission_id: int) -> Troubled:
    """A submission that needs a look. Raises `NotFound` for any other."""
    wanted = select(Submission).where(Submission.id == submission_id, *_needs_a_look())
    submission = db.session.scalar(wanted.options(*_with_context()))
    if submission is None:
        raise NotFound(
            "There is no such submission to look at",
            "It was judged, graded again or settled meanwhile. Load the page of operations again.",
        )
    return Troubled(submission)


def grade_again(submission_id: int, actor: User) -> bool:
    """Have a submission that the sandbox failed on graded once more; its alarms are settled with it. Commits.

    False when Redis is away: it waits, and a worker takes it when Redis is back. Raises `NotFound` and, when somebody
    else was faster, `Conflict`.
    """
    troubled = find(submission_id)
    submission = troubled.submission
    if not leases.bring_back(submission_id):
        db.session.rollback()
        raise Conflict("Somebody else has had it graded again", "Load the page of operations again.")
    responses.hold(submission.response)
    responses.settle(submission.response)
    scores.refresh(submission.response.attempt)
    _note("submission.graded_again", troubled, actor)
    alarms.settle_about(submission_id, actor)
    return queueing.ring(submission)


def give_up(submission_id: int, actor: User, note: str) -> None:
    """Take a submission off the page for good; it keeps its verdict, and its alarms are settled with it. Commits.

    Raises `NotFound`, and `Unprocessable` without a note.
    """
    written = checked_note(note)
    troubled = find(submission_id)
    troubled.submission.settled_at = database_now()
    _note("submission.given_up", troubled, actor, note=written)
    alarms.settle_about(submission_id, actor)


def settle_alarm(alarm_id: int, actor: User, note: str) -> None:
    """Close an alarm in a person's name. Commits. Raises `Conflict` when it is not open, `Unprocessable` without a note."""
    if not alarms.settle_by(alarm_id, actor, checked_note(note)):
        raise Conflict("This alarm is not open any more", "Its cause is gone, or somebody settled it.")


def checked_note(note: str) -> str:
    """The note as it is kept. Raises `Unprocessable` for none at all and for one that is too long."""
    written = note.replace("\0", "").strip()
    if not written:
        raise Unprocessable("The note is missing", "Write what was found, so that others can read it later.")
    if len(written) > MAX_NOTE:
        raise Unprocessable("The note is too long", f"Shorten it to {MAX_NOTE} characters.")
    return written


def _note(action: str, troubled: Troubled, actor: User, **facts: str) -> None:
    submission = troubled.submission
    attempt = submission.response.attempt
    audit.record(
        action,
        alarms.of_submission(submission.id),
        actor=actor,
        interview=attempt.interview_id,
        attempt=attempt.id,
        kind=troubled.kind,
        **facts,
    )


def _redis_answers() -> bool:
    try:
        return bool(redis_client().ping())
    except RedisError:
        return False


def _queues(now: datetime, *, is_redis_away: bool) -> list[QueueState]:
    waits = Submission.state == SubmissionState.QUEUED
    runs = Submission.state == SubmissionState.RUNNING
    is_lost = runs & (Submission.lease_until < now)
    found = db.session.execute(
        select(
            Submission.queue,
            _count_of(waits),
            _count_of(runs & ~is_lost),
            _count_of(is_lost),
            func.min(case((waits, Submission.created_at))),
        )
        .where(is_open())
        .group_by(Submission.queue)
    ).all()
    known = {queue: (waiting, running, lost, oldest) for queue, waiting, running, lost, oldest in found}
    states = []
    for name in queueing.QUEUES:
        waiting, running, lost, oldest = known.get(name, (0, 0, 0, None))
        age = (now - oldest).total_seconds() if oldest else None
        rings = None if is_redis_away else queueing.rings(name)
        states.append(QueueState(name, waiting, running, lost, age, rings))
    return states


def _count_of(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _workers() -> list[WorkerState] | None:
    """The processes in RQ's registry, by queue and name; None when Redis went away meanwhile."""
    try:
        found = Worker.all(connection=redis_client(), serializer=JSONSerializer)
        states = [
            WorkerState(
                worker.name, ", ".join(worker.queue_names()), str(worker.get_state()), worker.last_heartbeat
            )
            for worker in found
        ]
    except RedisError:
        return None
    order = {name: number for number, name in enumerate(queueing.QUEUES)}
    return sorted(states, key=lambda one: (order.get(one.queues, len(order)), one.name))


def _faults(now: datetime) -> Faults:
    failed = Submission.verdict == "internal_error"
    judged, met, not_graded = db.session.execute(
        select(
            func.count(),
            _count_of(or_(Submission.internal_errors > 0, failed)),
            _count_of(failed),
        ).where(
            Submission.finished_at > now - LATELY,
            Submission.is_from_cache.is_(False),
            Submission.verdict != CANCELLED,
        )
    ).one()
    return Faults(judged, met, not_graded)


def _needs_a_look() -> tuple[ColumnElement[bool], ...]:
    """The conditions of submissions that came to an end through faults of the sandbox and that nobody has settled."""
    is_suspect = Submission.outcome["is_suspect"].as_boolean()
    return (
        is_troubled(),
        Submission.state == SubmissionState.DONE,
        or_(Submission.verdict == "internal_error", is_suspect),
    )


def _with_context() -> tuple[Any, ...]:
    response = joinedload(Submission.response)
    return response.joinedload(Response.version), response.joinedload(Response.attempt).joinedload(
        Attempt.user
    )


def _troubled() -> Sequence[Submission]:
    newest = select(Submission).where(*_needs_a_look()).order_by(Submission.id.desc()).limit(MOST_LISTED)
    return db.session.scalars(newest.options(*_with_context())).all()
