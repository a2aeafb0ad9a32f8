"""What a worker does before it serves: once, on rows that do not exist, what each submission will have it do.

The first time that a process asks something of the database it maps the tables, connects, and works out the words of each
question. That takes longer than a whole verdict later, and with many workers many people would meet it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from sqlalchemy.exc import SQLAlchemyError

from quizapp import livestatus
from quizapp.extensions import db
from quizapp.rehearsal import NOBODY
from quizapp.rules.judging import judge
from quizapp.services import grading, leases, responses, submissions, versions
from sandbox.protocol import Outcome, Status, TestOutcome, TestStatus
from worker.storable import storable

if TYPE_CHECKING:
    from flask import Flask

log = structlog.get_logger()

SAMPLE = Outcome(
    status=Status.FINISHED,
    complete=True,
    collected=("test_app.py::test_it",),
    tests=(TestOutcome(name="test_app.py::test_it", status=TestStatus.PASSED),),
)


def rehearse(app: Flask) -> None:
    """Take, read and record nothing. Never raises: a database that is away is met again when there is work."""
    with app.app_context():
        try:
            leases.take_next(NOBODY, "")
            submissions.whole(NOBODY)
            db.session.rollback()
            versions.known({NOBODY})
            versions.recorded(NOBODY, None)
            responses.counted(NOBODY)
            grading.response_of(NOBODY)
            grading.record(leases.Delivery(NOBODY, 0, ""), verdict="", share=0.0, outcome={})
            livestatus.is_stopped(NOBODY)
            storable(SAMPLE, len(SAMPLE.collected))
            judge(SAMPLE, SAMPLE.collected)
        except SQLAlchemyError as problem:
            log.warning("the database does not answer yet", reason=str(problem)[:200])
        finally:
            db.session.remove()
