"""One RQ worker on one queue, with the settings that our leases need."""

from __future__ import annotations

import os
import socket
import time
import uuid
from typing import TYPE_CHECKING

import redis
import structlog
from rq import SimpleWorker
from rq.serializers import JSONSerializer
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import load_only

from quizapp import queueing
from quizapp.extensions import db
from quizapp.models import Submission
from quizapp.services import leases
from worker.gate import PatientWorker
from worker.grading import owner_of
from worker.rehearsal import rehearse

if TYPE_CHECKING:
    from flask import Flask

log = structlog.get_logger()

# RQ blocks for this long less 15 s when the queue is empty; short, so that a lost connection is noticed.
WORKER_TTL_SECONDS = 60
MONITORING_SECONDS = 5
MAINTENANCE_SECONDS = 30
PAUSE_WITHOUT_REDIS_SECONDS = 1.0
WITHOUT_SANDBOX = (queueing.MAIL, queueing.CHORES)
BEHIND = (
    "bulk",
    queueing.CHORES,
)  # they go behind who waits for a verdict or a page, where processors are short
NICE = 5


def serve(app: Flask, queue_name: str, gone: int | None = None) -> None:
    """Serve one queue until SIGTERM. A Redis that goes away is waited for; the supervisor restarts the rest.

    Mails, exports and comparisons need no sandbox, so their places do not wait for it. `gone` is the id of the process that had this place before; what it held is anybody's again.

    Jobs only talk to a socket, so they run in this process: a fork for each would buy nothing.
    """
    # RQ blocks in BLMOVE for most of its time to live, so the socket must not give up before that.
    connection = redis.Redis.from_url(
        app.config["REDIS_URL"], socket_timeout=WORKER_TTL_SECONDS + 10, socket_connect_timeout=2
    )
    while not _answers(connection):
        log.warning("Redis does not answer, trying again", queue=queue_name)
        time.sleep(PAUSE_WITHOUT_REDIS_SECONDS)
    needs_sandbox = queue_name not in WITHOUT_SANDBOX
    if gone is not None and needs_sandbox:
        _let_go(app, gone)
    worker = (PatientWorker if needs_sandbox else SimpleWorker)(
        [queueing.queue(queue_name, connection)],
        name=f"{queue_name}-{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:6]}",
        connection=connection,
        serializer=JSONSerializer,
        worker_ttl=WORKER_TTL_SECONDS,
        job_monitoring_interval=MONITORING_SECONDS,
        maintenance_interval=MAINTENANCE_SECONDS,
    )
    if queue_name in BEHIND:
        os.nice(NICE)
    if isinstance(worker, PatientWorker):
        worker.app = app
        rehearse(app)
    worker.work(logging_level="WARNING")


def _let_go(app: Flask, gone: int) -> None:
    """End the leases of a process that is known to have ended, instead of waiting until they run out."""
    with app.app_context():
        try:
            for number in leases.let_go(owner_of(gone)):
                submission = db.session.get(Submission, number, options=[load_only(Submission.queue)])
                if submission is not None:
                    queueing.ring(submission)
        except SQLAlchemyError:  # then the leases run out
            log.warning("the database does not answer; what the last process held waits for its lease to end")


def _answers(connection: redis.Redis) -> bool:
    try:
        return bool(connection.ping())
    except redis.RedisError:
        return False
