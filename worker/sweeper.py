"""Finds what the queue forgot: rows without a job, leases that ran out, attempts whose time is up.

It also tells the web processes, through Redis, how the sandbox is.
"""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import load_only

from quizapp import pulse, queueing
from quizapp.extensions import db
from quizapp.models import Submission, SubmissionState, is_open
from quizapp.receipt import database_now
from quizapp.services import expiry, exports, matching, outbox, reminders, retention, share_links, turns
from sandbox.client import BrokerClient
from worker import gate
from worker.lookout import Lookout

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

log = structlog.get_logger()

HEALTH_EVERY_SECONDS = 3.0
ROUNDS_PER_SWEEP = 3
ROUNDS_PER_RETENTION = 1200  # an hour
FORGOTTEN_AFTER = timedelta(seconds=5)
MOST_AT_ONCE = 500


def sweep_for_ever(app: Flask) -> None:
    """Publish the sandbox's health every few seconds, and sweep every third time, or as soon as the sandbox is back.

    Its signs of life come from a thread of their own: a sweep that takes long is no outage.
    """
    pulse.start(app, "sweeper")
    client = BrokerClient(app.config["BROKER_SOCKET"])
    lookout = Lookout()
    count, left = 0, False
    while True:
        with app.app_context():
            was_shut = not gate.is_open()
            health = gate.publish_health(client)
            if count % ROUNDS_PER_SWEEP == 0 or left or (was_shut and health.ready):
                _patiently(sweep)
                left = _patiently(_finish_expired)
                _patiently(matching.ring)
                _patiently(reminders.send_due)
                _patiently(outbox.sweep)
                _patiently(share_links.keep_counts)
                _patiently(exports.sweep)
            if count % ROUNDS_PER_RETENTION == ROUNDS_PER_RETENTION - 1:
                _patiently(retention.apply)
            _patiently(lambda health=health: lookout.watch(health))  # type: ignore[misc]
        count += 1
        if not left:
            time.sleep(HEALTH_EVERY_SECONDS)


def _finish_expired() -> bool:
    """End attempts for as long as the sandbox's health may stay untold; whether there are more."""
    return expiry.finish_expired(HEALTH_EVERY_SECONDS).left > 0


def sweep() -> int:
    """Ring until each queue has as many rings as rows; gives how many rows wait."""
    waiting = sum(_ring_enough(name) for name in queueing.QUEUES)
    db.session.commit()
    return waiting


def _ring_enough(name: str) -> int:
    now = database_now()
    in_no_hands = turns.can_be_taken(now)
    is_fresh = (Submission.state == SubmissionState.QUEUED) & (Submission.created_at >= now - FORGOTTEN_AFTER)
    forgotten = db.session.scalars(
        select(Submission)
        # Nothing else of the row, which may be large, or hold a word that only a newer version knows.
        .options(load_only(Submission.id, Submission.queue))
        .where(is_open(), Submission.queue == name, in_no_hands, ~is_fresh)
        .order_by(Submission.turn, Submission.id)
        .limit(MOST_AT_ONCE)
    ).all()
    rings = queueing.rings(name) if forgotten else None
    if rings is not None:
        for submission in forgotten[rings:]:
            queueing.ring(submission)
    return len(forgotten)


def _patiently(task: Callable[[], object]) -> bool:
    """Do one of the sweeper's tasks; what goes wrong in it stops neither the others nor the next time.

    Gives whether the task asks to be done again soon.
    """
    try:
        return task() is True
    except SQLAlchemyError as error:
        log.warning("the database does not answer; sweeping goes on when it does", reason=str(error)[:200])
        db.session.rollback()
    except Exception:
        log.exception("sweeping failed")
        db.session.rollback()
    return False
