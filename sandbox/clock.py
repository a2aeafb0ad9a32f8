"""A clock that is fair on a busy machine: it slows down while more tasks want a processor than there are.

A wall limit is there to end what sleeps or hangs. On a machine with four times as much to do as it can, honest code
takes four times as long, and must not be cut for it. So a second counts as much as the share of a processor that
each task gets, down to a quarter; on a quiet machine it is a second.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from sandbox.demand import demand

SLOWEST = 0.25
SAMPLE_SECONDS = 0.05

Demand = Callable[[], tuple[float, float]]  # tasks that want a processor: now, and over the last minute


class FairClock:
    """Counts from its making. `cores` is how many tasks can run at once."""

    def __init__(
        self, wanted: Demand = demand, cores: int | None = None, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._wanted = wanted
        self._cores = cores or len(os.sched_getaffinity(0))
        self._now = now
        self._counted = 0.0
        self._last = now()
        self._rate = self._share(wanted()[0])

    def elapsed(self) -> float:
        """Fair seconds so far."""
        now = self._now()
        passed = now - self._last
        if passed < SAMPLE_SECONDS:
            return self._counted + passed * self._rate
        rate = self._share(self._wanted()[0])
        # What was wanted in between is not known; the slower of the two ends is believed.
        self._counted += passed * min(rate, self._rate)
        self._last, self._rate = now, rate
        return self._counted

    def stretch(self) -> float:
        """How many real seconds a fair one takes about now: 1 to 4. For deadlines that somebody else keeps."""
        return 1 / self._share(max(self._wanted()))

    def _share(self, wanted: float) -> float:
        return max(SLOWEST, min(1.0, self._cores / max(1.0, wanted)))
