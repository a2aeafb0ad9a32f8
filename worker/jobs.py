"""The jobs that the queue names: dotted entries that take ids only."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


@cache
def application() -> Flask:
    """The web application's settings, database and Redis, made once in a process."""
    from quizapp import create_app  # noqa: PLC0415 - the supervisor imports this module before it forks

    return create_app()


def grade(submission_id: int) -> None:
    """Grade what is next in the queue of this submission."""
    from worker.grading import grade_next  # noqa: PLC0415 - see above

    with application().app_context():
        grade_next(submission_id)


def send_mail(mail_id: int) -> None:
    """Send one mail, if it is due and nobody else does."""
    from quizapp.services import outbox  # noqa: PLC0415 - see above

    with application().app_context():
        outbox.deliver(mail_id)


def compare() -> None:
    """Compare the code answers of attempts that were finished lately."""
    from quizapp.services import matching  # noqa: PLC0415 - see above

    with application().app_context():
        matching.compare_waiting()


def make_export(export_id: int) -> None:
    """Make one export, if it waits and nobody else does."""
    from quizapp.services import export_making  # noqa: PLC0415 - see above

    with application().app_context():
        export_making.make(export_id)
