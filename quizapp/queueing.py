"""The queue is a doorbell: it carries ids by dotted name, in JSON, and may lose or repeat them without harm."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redis.exceptions import RedisError
from rq import Queue
from rq.serializers import JSONSerializer

from quizapp.extensions import redis_client

if TYPE_CHECKING:
    from redis import Redis

    from quizapp.models import Submission

QUEUES = ("live", "expiry", "bulk")
GRADE = "worker.jobs.grade"
# Above every limit of the sandbox and the longest wait for a place in it; leases, not RQ, say who is alive.
JOB_SECONDS = 900
KEPT_SECONDS = 60
FAILURES_KEPT_SECONDS = 7 * 24 * 3600


def queue(name: str, connection: Redis | None = None) -> Queue:
    """One of `QUEUES`, with JSON in it."""
    return Queue(name, connection=connection or redis_client(), serializer=JSONSerializer)


def job_id(submission: Submission) -> str:
    """The id of the job for the submission's next delivery, so that ringing twice makes one job."""
    return f"submission-{submission.id}-{submission.delivery}"


def ring(submission: Submission) -> bool:
    """Ask a worker to look at a stored submission; False when Redis is away, and the sweeper rings later."""
    try:
        bell = queue(submission.queue)
        known = job_id(submission)
        if bell.get_job_position(known) is not None:
            return True
        bell.enqueue(
            GRADE,
            args=(submission.id,),
            job_id=known,
            job_timeout=JOB_SECONDS,
            result_ttl=KEPT_SECONDS,
            failure_ttl=FAILURES_KEPT_SECONDS,
        )
    except RedisError:
        return False
    return True


def place(submission: Submission) -> int | None:
    """How many wait before this one, 0 for the next; None when it does not wait or Redis is away."""
    try:
        return queue(submission.queue).get_job_position(job_id(submission))
    except RedisError:
        return None
