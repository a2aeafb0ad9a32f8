"""Containers between two runs of one series: the same tests, written by one person, on several programs of ours.

To make a container takes far longer than most tests run. What may be shared is said by who asks (`Program.series`,
`Program.grader_for`): nothing that one person's tests have touched is ever kept for somebody else. A container that the
series does not come back for is let go after a moment, or at once when the shelves are empty and somebody waits.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from sandbox.frames import FrameError
from sandbox.pool import Warm
from sandbox.streams import StreamClosed

KEPT_SECONDS = 3.0
SETTLE_SECONDS = 5.0  # for the last words of the run before, when the next one is there already

log = logging.getLogger("sandbox.series")


@dataclass(eq=False)
class _Kept:
    key: Hashable
    warm: Warm
    settle: Callable[[], None]  # waits until the run before is quite over; may raise StreamClosed, FrameError
    timer: threading.Timer


class Keep:
    """Holds containers of one role for the next run of their series. `let_go` is what becomes of the others."""

    def __init__(self, let_go: Callable[[Warm], None], seconds: float = KEPT_SECONDS) -> None:
        self._let_go = let_go
        self._seconds = seconds
        self._lock = threading.Lock()
        self._kept: list[_Kept] = []
        self._is_closed = False

    def put(self, key: Hashable, warm: Warm, settle: Callable[[], None]) -> None:
        """Hold a container for the next run with this key, before the outcome of its run is told."""
        timer = threading.Timer(self._seconds, self._expire, [warm])
        timer.daemon = True
        with self._lock:
            is_closed = self._is_closed
            if not is_closed:
                self._kept.append(_Kept(key, warm, settle, timer))
        if is_closed:
            self._let_go(warm)
        else:
            timer.start()

    def take(self, key: Hashable) -> Warm | None:
        """A container that was held for this key and is at rest; None when there is none."""
        while (kept := self._first(key)) is not None:
            kept.timer.cancel()
            try:
                kept.settle()
            except (StreamClosed, FrameError) as error:
                log.info("container %.12s did not come to rest: %s", kept.warm.container, error)
                self._let_go(kept.warm)
            else:
                return kept.warm
        return None

    def clear(self) -> None:
        """Let go of everything that is held."""
        with self._lock:
            gone, self._kept = self._kept, []
        for kept in gone:
            kept.timer.cancel()
            self._let_go(kept.warm)

    def close(self) -> None:
        """Let go of everything, and hold nothing any more."""
        with self._lock:
            self._is_closed = True
        self.clear()

    def _first(self, key: Hashable) -> _Kept | None:
        with self._lock:
            found = next((kept for kept in self._kept if kept.key == key), None)
            if found is not None:
                self._kept.remove(found)
            return found

    def _expire(self, warm: Warm) -> None:
        with self._lock:
            found = next((kept for kept in self._kept if kept.warm is warm), None)
            if found is not None:
                self._kept.remove(found)
        if found is not None:
            self._let_go(warm)
