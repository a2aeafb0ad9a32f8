"""Holding a submission while it is run: the lease is renewed, and the run ends when nobody wants it any more."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import structlog
from flask import current_app
from sqlalchemy.exc import SQLAlchemyError

from quizapp import livestatus
from quizapp.services import leases

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

    from quizapp.services.leases import Delivery
    from sandbox.client import Line

log = structlog.get_logger()

LOOK_SECONDS = 1.0


@contextmanager
def held(delivery: Delivery, line: Line) -> Iterator[None]:
    """Renew the lease from a thread for as long as the block lasts.

    When the submission is stopped, deleted or in other hands, the thread hangs up on `line`: the broker then ends the
    run, and its container with it.
    """
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - the thread needs the object, not the proxy
    is_over = threading.Event()
    thread = threading.Thread(target=_keep, args=(app, delivery, line, is_over), name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def _keep(app: Flask, delivery: Delivery, line: Line, is_over: threading.Event) -> None:
    renewed = time.monotonic()
    while not is_over.wait(LOOK_SECONDS):
        is_due = time.monotonic() - renewed >= leases.RENEW_EVERY.total_seconds()
        with app.app_context():
            is_wanted = not livestatus.is_stopped(delivery.submission_id)
            if is_wanted and is_due:
                renewed = time.monotonic()
                is_wanted = _renew(delivery)
        if not is_wanted:
            log.info("nobody wants this run any more", submission=delivery.submission_id)
            line.hang_up()
            return


def _renew(delivery: Delivery) -> bool:
    """Whether the submission is still this delivery's; so it is while the database does not answer."""
    try:
        return leases.renew(delivery)
    except SQLAlchemyError:  # the next renewal may reach the database again
        log.warning("lease not renewed", submission=delivery.submission_id)
        return True
