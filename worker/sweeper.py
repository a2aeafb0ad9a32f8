"""Finds what the queue forgot: rows without a job, leases that ran out, attempts whose time is up.

It also tells the web processes, through Redis, how the sandbox is.
"""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from redis.exceptions import RedisError
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from quizapp import livestatus, queueing
from quizapp.extensions import db
from quizapp.models import Submission, SubmissionState, is_open
from quizapp.receipt import database_now
from quizapp.services import attempts, turns
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
    """Finish expired attempts, then ring until each queue has as many rings as rows; gives how many rows wait."""
    attempts.finish_expired()
    waiting = sum(_ring_enough(name) for name in queueing.QUEUES)
    db.session.commit()
    return waiting


def _ring_enough(name: str) -> int:
    now = database_now()
    in_no_hands = turns.can_be_taken(now)
    is_fresh = (Submission.state == SubmissionState.QUEUED) & (Submission.created_at >= now - FORGOTTEN_AFTER)
    forgotten = db.session.scalars(
        select(Submission)
        .where(is_open(), Submission.queue == name, in_no_hands, ~is_fresh)
        .order_by(Submission.turn, Submission.id)
        .limit(MOST_AT_ONCE)
    ).all()
    rings = queueing.rings(name) if forgotten else None
    if rings is not None:
        for submission in forgotten[rings:]:
            queueing.ring(submission)
    return len(forgotten)


def _patiently_sweep() -> None:
    try:
        sweep()
    except SQLAlchemyError:
        log.warning("the database does not answer; sweeping goes on when it does")
        db.session.rollback()
