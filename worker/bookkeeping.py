"""RQ's worker with what it keeps of a job in Redis said in two trips instead of fifteen.

Who waits for a verdict waits for these trips too, and in a rush they take processor time from the runs. What is kept is the
same: registries, executions, results, counts, and when a worker was last heard of. Left out is what nothing here uses:
jobs that depend on others, and watching for one that is added in the very moment.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from rq import SimpleWorker
from rq.executions import Execution
from rq.utils import now
from rq.worker import WorkerStatus

if TYPE_CHECKING:
    from redis.client import Pipeline
    from rq import Queue
    from rq.job import Job

# Between two signs of life, and between two looks for `rq suspend`. A worker counts as gone after two minutes.
BEAT_SECONDS = 10.0
LOOK_SECONDS = 1.0


class BriefWorker(SimpleWorker):
    """An RQ worker that tells Redis in one go what it begins, and in one go what came of it."""

    _told: Pipeline
    _beat_at = _looked_at = float("-inf")

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        """Say that it lives: with what is said anyway, else when nothing was said for a while."""
        if pipeline is None and time.monotonic() - self._beat_at < BEAT_SECONDS:
            return
        self._beat_at = time.monotonic()
        super().heartbeat(timeout, pipeline)

    def set_state(self, state: str, pipeline: Pipeline | None = None) -> None:
        """Say what it does, unless that was said already."""
        if pipeline is not None or state != self._state:
            super().set_state(state, pipeline)

    def check_for_suspension(self, burst: bool) -> None:
        """Look for `rq suspend`, now and then."""
        if time.monotonic() - self._looked_at > LOOK_SECONDS:
            super().check_for_suspension(burst)
            self._looked_at = time.monotonic()

    def prepare_execution(self, job: Job) -> Execution:
        """Begin to say that a job is run; `prepare_job_execution`, which is called next, sends it."""
        self._told = self.connection.pipeline(transaction=False)
        ttl = self.get_heartbeat_ttl(job)
        self.execution = Execution.create(job, ttl, pipeline=self._told, worker_name=self.name)
        self.set_state(WorkerStatus.BUSY, pipeline=self._told)
        return self.execution

    def prepare_job_execution(self, job: Job, remove_from_intermediate_queue: bool = False) -> None:
        """Say the rest of it, and send all of it."""
        with self._told as pipeline:
            self.set_current_job_id(job.id, pipeline=pipeline)
            self.set_current_job_working_time(0, pipeline=pipeline)
            self.heartbeat(self.get_heartbeat_ttl(job), pipeline=pipeline)
            job.prepare_for_execution(self.name, pipeline=pipeline)
            if remove_from_intermediate_queue:
                pipeline.lrem(self.queues[0].intermediate_queue_key, 1, job.id)
            pipeline.execute()

    def handle_execution_ended(self, job: Job, queue: Queue, heartbeat_ttl: int) -> None:  # noqa: ARG002 - RQ's signature
        """Note when it ended; what came of it is said next, and says that it lived until now."""
        job.ended_at = now()

    def handle_job_success(self, job: Job, queue: Queue, started_job_registry: Any) -> None:  # noqa: ARG002 - RQ's signature
        """Say what came of it, and that this worker is free again."""
        ttl = job.get_result_ttl(self.default_result_ttl)
        with self.connection.pipeline(transaction=False) as pipeline:
            self.increment_successful_job_count(pipeline=pipeline)
            if job.started_at and job.ended_at:
                self.increment_total_working_time(job.ended_at - job.started_at, pipeline)
            if ttl != 0 and self.execution is not None:
                job._handle_success(  # noqa: SLF001 - as RQ's own worker does
                    ttl,
                    pipeline=pipeline,
                    worker_name=self.name,
                    execution_id=self.execution.id,
                    execution_started_at=self.execution.created_at,
                    execution_ended_at=job.ended_at,
                )
            if ttl == 0:
                pipeline.delete(job.key)
            else:
                job.cleanup(ttl, pipeline=pipeline, remove_from_queue=False)
            self.cleanup_execution(job, pipeline=pipeline)
            self.set_state(WorkerStatus.IDLE, pipeline=pipeline)
            self.heartbeat(pipeline=pipeline)
            pipeline.execute()
