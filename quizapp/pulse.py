"""A thread in a process of the site that gives its signs of life."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from quizapp.extensions import db
from quizapp.services import outages

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

log = logging.getLogger(__name__)

EVERY_SECONDS = 5.0
# The database may be what was away: as soon as it is back, people's time goes on, so they are credited at once.
AGAIN_SECONDS = 1.0


def start(app: Flask, part: str) -> Callable[[], None]:
    """Give a sign of life now, before the process does anything else, and every few seconds.

    Gives what ends it: when that has returned, no sign is under way any more, and the stores may be closed. A connection
    that is in use while its engine is disposed of would be left to the garbage collector.
    """
    is_over = threading.Event()
    is_well = beat(app, part)
    thread = threading.Thread(
        target=_go_on, args=(app, part, is_over, is_well), name=f"pulse of {part}", daemon=True
    )
    thread.start()

    def end() -> None:
        is_over.set()
        thread.join()

    return end


def beat(app: Flask, part: str) -> bool:
    """Give one sign of life; False when the database does not take it."""
    with app.app_context():
        try:
            outages.beat(part)
        except SQLAlchemyError as error:
            db.session.rollback()
            log.debug("no sign of life: %s", error)
            return False
        return True


def _go_on(app: Flask, part: str, is_over: threading.Event, is_well: bool) -> None:
    while not is_over.wait(EVERY_SECONDS if is_well else AGAIN_SECONDS):
        is_well = beat(app, part)
