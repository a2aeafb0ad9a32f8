"""Finds what the queue forgot: rows without a job, leases that ran out, attempts whose time is up.

It also tells the web processes, through Redis, how the sandbox is.
"""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from redis.exceptions import RedisError
from sqlalchemy import and_, or_, select
from sqlalchemy.exc import SQLAlchemyError

from quizapp import livestatus, queueing
from quizapp.extensions import db
from quizapp.models import Submission, SubmissionState
from quizapp.receipt import database_now
from quizapp.services import attempts
from sandbox.client import BrokerClient, BrokerUnavailable
from sandbox.protocol import Health

if TYPE_CHECKING:
    from flask import Flask

log = structlog.get_logger()

HEALTH_EVERY_SECONDS = 3.0
ROUNDS_PER_SWEEP = 3
FORGOTTEN_AFTER = timedelta(seconds=5)
MOST_AT_ONCE = 500


def sweep_for_ever(app: Flask) -> None:
    """Publish the sandbox's health every few seconds, and sweep every third time."""
    client = BrokerClient(app.config["BROKER_SOCKET"])
    count = 0
    while True:
        with app.app_context():
            publish_health(client)
            if count % ROUNDS_PER_SWEEP == 0:
                _patiently_sweep()
        count += 1
        time.sleep(HEALTH_EVERY_SECONDS)


def publish_health(client: BrokerClient) -> Health:
    """Ask the broker how it is and make the answer known."""
    try:
        health = client.health()
    except BrokerUnavailable as problem:
        health = Health(ready=False, reason=str(problem))
    try:
        livestatus.publish_sandbox(health.to_json())
    except RedisError:
        log.warning("Redis does not answer; the sandbox's health is not published")
    return health


def sweep() -> int:
    """Ring for every submission that nobody is grading; gives their number. Then finish expired attempts."""
    attempts.finish_expired()
    now = database_now()
    waiting = and_(Submission.state == SubmissionState.QUEUED, Submission.created_at < now - FORGOTTEN_AFTER)
    lost = and_(Submission.state == SubmissionState.RUNNING, Submission.lease_until < now)
    forgotten = db.session.scalars(
        select(Submission).where(or_(waiting, lost)).order_by(Submission.id).limit(MOST_AT_ONCE)
    ).all()
    for submission in forgotten:
        queueing.ring(submission)
    db.session.commit()
    return len(forgotten)


def _patiently_sweep() -> None:
    try:
        sweep()
    except SQLAlchemyError:
        log.warning("the database does not answer; sweeping goes on when it does")
        db.session.rollback()
