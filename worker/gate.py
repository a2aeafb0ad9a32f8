"""The breaker between the queue and the sandbox: while nothing can be run, nothing is taken.

What the sweeper publishes about the sandbox decides. A process that finds out first publishes at once, so the others
need not find out too. Without any word (no sweeper, an empty Redis) the gate is open: a try tells more than silence.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import structlog
from redis.exceptions import RedisError

from quizapp import livestatus
from sandbox.client import BrokerClient, BrokerUnavailable
from sandbox.protocol import Health
from worker.bookkeeping import BriefWorker

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Flask

log = structlog.get_logger()

LOOK_SECONDS = 0.5


def is_open() -> bool:
    """Whether something could be run, as far as anybody knows."""
    return lets_through(livestatus.sandbox())


def lets_through(health: Mapping[str, Any] | None) -> bool:
    """Whether something could be run, by what was published last."""
    return health is None or bool(health.get("ready"))


def publish_health(client: BrokerClient) -> Health:
    """Ask the broker how it is and make the answer known: to the web processes, and to every gate."""
    try:
        health = client.health()
    except BrokerUnavailable as problem:
        health = Health(ready=False, reason=str(problem))
    try:
        livestatus.publish_sandbox(health.to_json())
    except RedisError:
        log.warning("Redis does not answer; the sandbox's health is not published")
    return health


class PatientWorker(BriefWorker):
    """An RQ worker that leaves the queue alone while the sandbox is away. `app` is set before it works."""

    app: Flask

    def dequeue_job_and_maintain_ttl(self, *args: Any, **kwargs: Any) -> Any:
        self._wait_for_the_sandbox()
        return super().dequeue_job_and_maintain_ttl(*args, **kwargs)

    def _wait_for_the_sandbox(self) -> None:
        """Look until the gate is open. A request to stop ends the wait, as it ends RQ's own."""
        while not self._is_gate_open():
            self.heartbeat()
            time.sleep(LOOK_SECONDS)

    def _is_gate_open(self) -> bool:
        with self.app.app_context():
            return is_open()
