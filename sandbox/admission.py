"""Who runs next: live before expiry before bulk, fair between users, never more at once than there are places.

Inside one priority the user with the fewest runs under way goes first, then who was served longest ago. Bulk work
leaves one place free for people who wait, wherever there is more than one; and while people are about, it begins only
when none of their runs is under way, and takes only containers that the pool can spare.
"""

from __future__ import annotations

import contextlib
import itertools
import math
import os
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from sandbox.protocol import Priority

MOST_REMEMBERED = 10_000
QUIET_SECONDS = 60.0  # after the last one who waits for an answer, bulk work need not spare containers
CORES = len(os.sched_getaffinity(0))
LONGEST_WAIT = 20.0  # of bulk work for a spare container: it is never starved
ORDER = {Priority.LIVE: 0, Priority.EXPIRY: 1, Priority.BULK: 2}


@dataclass(eq=False)
class Ticket:
    """A place in the queue. `admitted` becomes readable when it is this run's turn."""

    priority: Priority
    user: str
    number: int
    asked: float
    has_place: bool = False
    admitted: socket.socket = field(init=False)
    _bell: socket.socket = field(init=False)

    def __post_init__(self) -> None:
        self.admitted, self._bell = socket.socketpair()

    def ring(self) -> None:
        self.has_place = True
        with contextlib.suppress(OSError):
            self._bell.send(b"!")

    def close(self) -> None:
        self.admitted.close()
        self._bell.close()


class Admission:
    """Hands out places. Thread-safe; `places` is how many runs there may be at once."""

    def __init__(
        self,
        places: int,
        has_spare: Callable[[], bool] = lambda: True,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.places = places
        self._has_spare = has_spare
        self._now = now
        self._last_asked = -math.inf  # when somebody who waits for an answer last asked for a place
        self._lock = threading.Lock()
        self._waiting: list[Ticket] = []
        self._running: list[Ticket] = []
        self._numbers = itertools.count()
        self._turns = itertools.count()
        self._served: dict[str, int] = {}

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    @property
    def running(self) -> int:
        return len(self._running)

    @property
    def running_for_people(self) -> int:
        """How many of the runs under way somebody waits for."""
        return sum(ticket.priority is not Priority.BULK for ticket in self._running)

    @property
    def is_rush(self) -> bool:
        """Whether runs want every processor, so that nothing is to be done ahead. Bulk work that waits may wait long."""
        is_awaited = any(ticket.priority is not Priority.BULK for ticket in self._waiting)
        return is_awaited or len(self._running) >= CORES

    @contextlib.contextmanager
    def queued(self, priority: Priority, user: str) -> Iterator[Ticket]:
        """A ticket for one run; the place, if it came to that, is given back at the end of the block."""
        ticket = Ticket(priority, user, next(self._numbers), self._now())
        with self._lock:
            if priority is not Priority.BULK:
                self._last_asked = ticket.asked
            self._waiting.append(ticket)
            self._admit()
        try:
            yield ticket
        finally:
            with self._lock:
                for tickets in (self._waiting, self._running):
                    if ticket in tickets:
                        tickets.remove(ticket)
                self._admit()
            ticket.close()

    def look(self) -> None:
        """Admit who may run by now: a warm container more may be the spare one that bulk work waits for."""
        with self._lock:
            self._admit()

    def _admit(self) -> None:
        while len(self._running) < self.places and (ticket := self._next()) is not None:
            self._waiting.remove(ticket)
            self._running.append(ticket)
            self._served[ticket.user] = next(self._turns)
            if len(self._served) > MOST_REMEMBERED:  # users who were served long ago are as good as new ones
                latest = sorted(self._served.items(), key=lambda item: item[1])[-MOST_REMEMBERED // 2 :]
                self._served = dict(latest)
            ticket.ring()

    def _next(self) -> Ticket | None:
        under_way = Counter(ticket.user for ticket in self._running)
        bulk = sum(ticket.priority is Priority.BULK for ticket in self._running)
        bulk_may = bulk < max(1, self.places - 1)
        able = [
            ticket
            for ticket in self._waiting
            if ticket.priority is not Priority.BULK or (bulk_may and self._spares(ticket))
        ]
        return min(
            able,
            key=lambda ticket: (
                ORDER[ticket.priority], under_way[ticket.user], self._served.get(ticket.user, -1), ticket.number,
            ),
            default=None,
        )  # fmt: skip

    def _spares(self, ticket: Ticket) -> bool:
        """Whether this bulk run may take a container now, as far as people who may come are concerned."""
        now = self._now()
        is_quiet = now - self._last_asked > QUIET_SECONDS
        if is_quiet or now - ticket.asked > LONGEST_WAIT:
            return True
        return not self.running_for_people and self._has_spare()
