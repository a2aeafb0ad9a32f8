"""What a pool should hold, from what was asked of it lately. Rules only: they start nothing and read no clock.

- A pool that is used is kept full; one that nobody has used for a while keeps only its `least`.
- A container with packages imported ahead (a *flavour*) is worth its memory where runs ask for it, so flavours get the
  share of the pool that they had of the last runs.
- Making a container takes a third of a second of a core. While people have runs under way and the shelf can serve all who
  wait, it waits too; and the emptier the shelf, the more are made side by side. For those who wait in vain more are made
  than there are cores: in part the engine only waits.
"""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Mapping

Flavour = tuple[str, ...]  # the packages that are imported ahead, in order; empty: the usual ones only

PLAIN: Flavour = ()
IDLE_SECONDS = 900.0  # without a claim, after which a pool shrinks
REMEMBERED_RUNS = 48
REMEMBERED_SECONDS = 600.0
SPARE_SHARE = 1.0  # of the pool: what has to be ready before work that nobody waits for takes from it


class Stock:
    """The rules for one pool of `size` places. Times are seconds of any clock that only goes forward."""

    def __init__(self, size: int, least: int, threads: int, now: float) -> None:
        self.size = size
        self.least = min(least, size)
        self.threads = threads
        self._last_claim = now
        self._claims: deque[tuple[float, Flavour]] = deque(maxlen=REMEMBERED_RUNS)

    def claimed(self, flavour: Flavour, now: float) -> None:
        """Note that a run asked for a container of this flavour."""
        self._last_claim = now
        self._claims.append((now, flavour))

    def wanted(self, now: float) -> int:
        """How many warm containers there should be."""
        return self.size if now - self._last_claim < IDLE_SECONDS else self.least

    def next_flavour(self, held: Mapping[Flavour, int], now: float) -> Flavour:
        """What the next container should have imported, given what is warm or being made."""
        claims = tuple(self._claims)  # in one step: other threads claim meanwhile
        asked = Counter(flavour for when, flavour in claims if now - when < REMEMBERED_SECONDS)
        total = asked.total()
        # One place is always plain: what it lacks can be imported when its run comes.
        lacking = {
            flavour: min(math.ceil(self.size * count / total), self.size - 1) - held.get(flavour, 0)
            for flavour, count in asked.items()
            if flavour != PLAIN
        }
        most = max(lacking, key=lambda flavour: lacking[flavour], default=PLAIN)
        return most if lacking.get(most, 0) > 0 else PLAIN

    def side_by_side(self, ready: int, waiting: int, running: int, people: int, now: float) -> int:
        """How many containers may be made at the same time; 0 while people are served and the shelf has enough for who waits.

        `running` runs are under way; `people` wait for the outcome of so many of them.
        """
        lack = max(0, self.wanted(now) - ready)
        if waiting > ready:
            return max(1, min(lack, self.threads + waiting - ready))
        if people or waiting:
            return 0
        by_lack = math.ceil(self.threads * lack / self.size)
        return max(1, min(by_lack, self.threads - running))

    def has_spare(self, ready: int, now: float) -> bool:
        """Whether work that nobody waits for may take a container."""
        return ready >= SPARE_SHARE * self.wanted(now)
