"""Keeps one process per queue place and one sweeper alive, and drains them on SIGTERM.

The application is imported once, before the forks, so that a worker that has to be replaced is back in
milliseconds. The supervisor itself opens no connection and starts no thread; both would not survive a fork.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, NoReturn

import structlog

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

log = structlog.get_logger()

DRAIN_SECONDS = 30.0
SHORT_LIFE_SECONDS = 5.0
LONGEST_BACKOFF_SECONDS = 30.0


@dataclass
class Place:
    """One process that has to exist, and how its last ones fared."""

    name: str
    task: Callable[[int | None], None]  # is told the id of the process that had this place before
    pid: int | None = None
    gone: int | None = None
    started: float = 0.0
    short_lives: int = 0
    not_before: float = 0.0


class Supervisor:
    """Forks the workers and the sweeper, starts again what ends, and ends with all of them."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        self._places = [
            Place(f"{queue}-{number}", _worker(queue))
            for queue, count in counts.items()
            for number in range(count)
        ]
        self._places.append(Place("sweeper", _sweeper))
        self._is_stopping = False

    def run(self) -> int:
        """Supervise until a signal asks to stop; gives the exit status."""
        from worker.jobs import application  # noqa: PLC0415 - costs a second, once for all processes

        application()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        log.info("worker ready", places=len(self._places))
        while not self._is_stopping:
            self._fill()
            self._reap()
            time.sleep(0.2)
        return self._drain()

    def _stop(self, _number: int, _frame: object) -> None:
        self._is_stopping = True

    def _fill(self) -> None:
        now = time.monotonic()
        for place in self._places:
            if place.pid is None and now >= place.not_before:
                place.started = now
                place.pid = _forked(place.task, place.gone)

    def _reap(self) -> None:
        for place in self._places:
            if place.pid is None or not _has_ended(place.pid):
                continue
            place.gone, place.pid = place.pid, None
            lived = time.monotonic() - place.started
            place.short_lives = place.short_lives + 1 if lived < SHORT_LIFE_SECONDS else 0
            pause = min(0.5 * 2**place.short_lives, LONGEST_BACKOFF_SECONDS) if place.short_lives else 0.0
            place.not_before = time.monotonic() + pause
            if not self._is_stopping:
                log.warning(
                    "process ended, is started again", place=place.name, lived=round(lived, 1), pause=pause
                )

    def _drain(self) -> int:
        """Let every process finish what it holds; after the patience ends, kill: the leases give the work back."""
        self._signal_all(signal.SIGTERM)
        give_up = time.monotonic() + DRAIN_SECONDS
        while any(place.pid for place in self._places) and time.monotonic() < give_up:
            self._reap()
            time.sleep(0.05)
        self._signal_all(signal.SIGKILL)
        return 0

    def _signal_all(self, number: int) -> None:
        for place in self._places:
            if place.pid is not None:
                try:
                    os.kill(place.pid, number)
                except ProcessLookupError:
                    place.pid = None


def _forked(task: Callable[[int | None], None], gone: int | None) -> int:
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        _child(partial(task, gone), parent)
    return pid


def _child(task: Callable[[], None], parent: int) -> NoReturn:
    from worker.launch import die_with_parent  # noqa: PLC0415

    status = 1
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the supervisor, which asks in order
        die_with_parent(parent)
        task()
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except BaseException:
        log.exception("process failed")
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _has_ended(pid: int) -> bool:
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        return True


def _worker(queue_name: str) -> Callable[[int | None], None]:
    def work(gone: int | None) -> None:
        from worker.jobs import application  # noqa: PLC0415
        from worker.places import serve  # noqa: PLC0415

        serve(application(), queue_name, gone)

    return work


def _sweeper(_gone: int | None) -> None:
    from worker.jobs import application  # noqa: PLC0415
    from worker.sweeper import sweep_for_ever  # noqa: PLC0415

    sweep_for_ever(application())
