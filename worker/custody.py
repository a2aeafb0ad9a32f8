"""Holding a submission while it is run: the lease is renewed, and the run ends when nobody wants it any more."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
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
IDLE_SECONDS = 30.0


@dataclass(eq=False)
class _Held:
    """One submission in the hands of this process."""

    app: Flask
    delivery: Delivery
    line: Line
    renewed: float = field(default_factory=time.monotonic)

    def look(self) -> bool:
        """Renew the lease when that is due; whether the submission is still wanted, and still this delivery's."""
        is_due = time.monotonic() - self.renewed >= leases.RENEW_EVERY.total_seconds()
        with self.app.app_context():
            if livestatus.is_stopped(self.delivery.submission_id):
                return False
            if not is_due:
                return True
            self.renewed = time.monotonic()
            return _renew(self.delivery)


class _Watch:
    """Looks after all that this process holds, from one thread, which ends when there was nothing for a while.

    A run is over in less time than it takes to start a thread for it and to wait for its end, on a busy machine.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: set[_Held] = set()
        self._thread: threading.Thread | None = None

    def begin(self, held: _Held) -> None:
        """Look after it from now on."""
        with self._lock:
            self._held.add(held)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._look, name="leases", daemon=True)
                self._thread.start()

    def end(self, held: _Held) -> None:
        """Look after it no more. A look that is under way changes nothing: the row is somebody else's or judged by then."""
        with self._lock:
            self._held.discard(held)

    def _look(self) -> None:
        busy = time.monotonic()
        while True:
            time.sleep(LOOK_SECONDS)
            with self._lock:
                held = list(self._held)
                if not held and time.monotonic() - busy > IDLE_SECONDS:
                    self._thread = None
                    return
            for one in held:
                busy = time.monotonic()
                try:
                    self._look_after(one)
                except Exception:  # the others are to be looked after all the same, and this one again
                    log.exception("lease not looked after", submission=one.delivery.submission_id)

    def _look_after(self, one: _Held) -> None:
        if one.look() or one not in self._held:
            return
        log.info("nobody wants this run any more", submission=one.delivery.submission_id)
        self.end(one)
        one.line.hang_up()


_watch = _Watch()


@contextmanager
def held(delivery: Delivery, line: Line) -> Iterator[None]:
    """Have the lease renewed for as long as the block lasts.

    When the submission is stopped, deleted or in other hands, a thread hangs up on `line`: the broker then ends the
    run, and its container with it.
    """
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - the thread needs the object, not the proxy
    one = _Held(app, delivery, line)
    _watch.begin(one)
    try:
        yield
    finally:
        _watch.end(one)


def _renew(delivery: Delivery) -> bool:
    """Whether the submission is still this delivery's; so it is while the database does not answer."""
    try:
        return leases.renew(delivery)
    except SQLAlchemyError:  # the next renewal may reach the database again
        log.warning("lease not renewed", submission=delivery.submission_id)
        return True
