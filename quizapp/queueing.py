"""The queue is a doorbell: it carries ids by dotted name, in JSON, and may lose or repeat them without harm.

A ring says that something waits. Who answers it takes whatever is next by then (`quizapp.services.turns`), so the
order of the rings means nothing: as many rings as rows is all that is needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from redis.exceptions import RedisError
from rq import Queue, Worker
from rq.serializers import JSONSerializer

from quizapp.extensions import redis_client

if TYPE_CHECKING:
    from redis import Redis

    from quizapp.models import Submission

QUEUES = ("live", "expiry", "bulk")
# Beside them, so that neither waits for the sandbox or for anybody's code, and no mail for an export.
MAIL, CHORES = "mail", "chores"
GRADE = "worker.jobs.grade"
SEND = "worker.jobs.send_mail"
EXPORT = "worker.jobs.make_export"
# Above every limit of the sandbox and the longest wait for a place in it; leases, not RQ, say who is alive.
JOB_SECONDS = 900
EXPORT_SECONDS = 3600
KEPT_SECONDS = 60
FAILURES_KEPT_SECONDS = 7 * 24 * 3600


def queue(name: str, connection: Redis | None = None) -> Queue:
    """One of `QUEUES`, `MAIL` or `CHORES`, with JSON in it."""
    return Queue(name, connection=connection or redis_client(), serializer=JSONSerializer)


def ring(submission: Submission) -> bool:
    """Ask a worker to look at the queue of a stored submission; False when Redis is away: the sweeper rings later."""
    return _ring(submission.queue, GRADE, submission.id, kept=0)


def ring_for_mail(mail_id: int) -> bool:
    """The same for a mail that is to be sent."""
    return _ring(MAIL, SEND, mail_id)


def ring_for_export(export_id: int) -> bool:
    """The same for an export: in front of comparisons, for somebody waits for it."""
    return _ring(CHORES, EXPORT, export_id, seconds=EXPORT_SECONDS, is_first=True)


def _ring(
    name: str,
    job: str,
    number: int,
    *,
    seconds: int = JOB_SECONDS,
    kept: int = KEPT_SECONDS,
    is_first: bool = False,
) -> bool:
    try:
        queue(name).enqueue(
            job,
            args=(number,),
            job_timeout=seconds,
            result_ttl=kept,
            failure_ttl=FAILURES_KEPT_SECONDS,
            at_front=is_first,
        )
    except RedisError:
        return False
    return True


def rings(name: str) -> int | None:
    """How many rings of a queue nobody has answered yet; None when Redis is away."""
    try:
        return queue(name).count
    except RedisError:
        return None


def places(name: str) -> int:
    """How many processes serve a queue; at least 1, also when none is known."""
    try:
        return max(1, Worker.count(connection=redis_client(), queue=queue(name)))
    except RedisError:
        return 1
