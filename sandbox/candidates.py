"""The pool of candidates' containers: each is used once, and the next one is made when that disturbs nobody.

Each place has a *pause* container whose empty network name space the containers of that place join one after the
other: that halves the engine's work for a start. The next one joins only after the removal of the one before has
returned. How many are kept, with which packages imported, and when the next is made, is for `stock` to say.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

from sandbox.engine import EngineError
from sandbox.hardening import candidate_body, pause_body
from sandbox.pool import Place, Supply, Warm
from sandbox.stock import PLAIN, Flavour, Stock
from sandbox.weights import LESS

YIELD_SECONDS = 1.0  # the longest that a place stays empty for the sake of runs under way
LOOK_SECONDS = 0.02  # between two looks whether it still has to

log = logging.getLogger("sandbox.candidates")


def _nobody() -> int:
    return 0


class CandidatePool(Supply):
    """Single-use containers for candidates' code, each place with its pause container.

    `waiting` says how many runs wait for a place, `people` how many are under way for somebody who waits. `on_ready` is
    called when a container was put on the shelf.
    """

    role = "candidate"
    shares = LESS
    # The engine's work on the end of one and the start of the next is waiting in part, and who has no turn yet waits too.
    threads_each = 3
    pause_oldest = 3600.0

    def __init__(
        self,
        *args: Any,
        least: int,
        runtime: str = "",
        waiting: Callable[[], int] = _nobody,
        people: Callable[[], int] = _nobody,
        on_ready: Callable[[], None] = lambda: None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.runtime = runtime
        self.stock = Stock(self.size, least, self.at_once, time.monotonic())
        self._waiting = waiting
        self._people = people
        self._on_ready = on_ready
        self._refilling = 0
        self._asleep: list[Place] = []  # places that are left empty because nobody uses the pool

    @property
    def wanted(self) -> int:
        """How many warm containers the pool tries to have now."""
        return self.stock.wanted(time.monotonic())

    @property
    def has_spare(self) -> bool:
        """Whether work that nobody waits for may take a container. True when none can be made, so that it is told."""
        return self.trouble is not None or self.stock.has_spare(self.ready, time.monotonic())

    def claim(self, seconds: float, flavour: Flavour = PLAIN) -> Warm:
        """Take a warm container, one with these packages imported if there is one. Raises `NoneReady`."""
        self.stock.claimed(flavour, time.monotonic())
        self._wake_places()
        return super().claim(seconds, flavour)

    def put_back(self, warm: Warm) -> None:
        super().put_back(warm)
        self._on_ready()

    def discard(self, warm: Warm, *, has_ended_well: bool = False) -> None:
        """Let go of a container for good. Only where its run came to its own end may its own end wait a moment.

        The end of a container takes the engine as long as a third of a run, and it would take it from the next ones.
        """
        place = warm.place
        place.empty_since = time.monotonic() if has_ended_well else 0.0
        place.flavour = PLAIN
        if not has_ended_well:
            super().discard(warm)
            return
        place.is_claimed, place.unread = False, warm.stream
        self._work.put(partial(self._refill, place))

    def replace_old(self) -> None:
        """Replace what has waited too long; what is more than an idle pool needs goes without a successor."""
        super().replace_old()
        with self._changed:
            surplus = [self._shelf.popleft() for _ in range(len(self._shelf) - self.wanted)]
        for warm in surplus:
            warm.stream.close()
            self._work.put(partial(self._put_to_sleep, warm.place))

    def body(self, place: Place) -> dict[str, Any]:
        labels = self.labels("candidate")
        return candidate_body(self.image, place.uid, place.pause, labels, self.runtime, place.flavour)

    def _take(self, flavour: Flavour) -> Warm:
        """One of the wanted flavour, else a plain one, else whatever is there."""
        for wanted in (flavour, PLAIN):
            for warm in self._shelf:
                if warm.place.flavour == wanted:
                    self._shelf.remove(warm)
                    return warm
        return self._shelf.popleft()

    def _put_to_sleep(self, place: Place) -> None:
        self._clear(place)
        with self._changed:
            self._asleep.append(place)
        if self.wanted == self.size:  # somebody came meanwhile
            self._wake_places()

    def _wake_places(self) -> None:
        with self._changed:
            woken, self._asleep = self._asleep, []
        for place in woken:
            self._work.put(partial(self._refill, place))

    def _refill(self, place: Place) -> None:
        self._await_turn(place)
        try:
            if not self._stopping:
                super()._refill(place)
        finally:
            with self._changed:
                self._refilling -= 1
                self._changed.notify_all()

    def _await_turn(self, place: Place) -> None:
        """Let runs go first for a moment, then count as one that is being made, with its flavour."""
        give_up = place.empty_since + YIELD_SECONDS
        with self._changed:
            while not self._stopping and time.monotonic() < give_up and not self._may_refill():
                self._changed.wait(LOOK_SECONDS)
            self._refilling += 1
            held = Counter(other.flavour for other in self._places if not other.is_claimed)
            place.flavour = self.stock.next_flavour(held, time.monotonic())

    def _may_refill(self) -> bool:
        running = sum(place.is_claimed for place in self._places)
        most = self.stock.side_by_side(self.ready, self._waiting(), running, self._people(), time.monotonic())
        return self._refilling < most

    def _renew(self, place: Place) -> Warm:
        try:
            return super()._renew(place)
        except EngineError:
            # A name space that may still be in use, or is gone with its pause container, is not joined again.
            self._abandon_pause(place)
            raise

    def _prepare(self, place: Place) -> None:
        if place.pause and time.monotonic() - place.pause_born > self.pause_oldest:
            self._abandon_pause(place)
        if place.pause:
            return
        body = pause_body(self.image, place.uid, self.labels("pause"), self.runtime)
        place.pause = self.engine.create(body, f"quizapp-pause-{secrets.token_hex(6)}")
        place.pause_stream = self.engine.attach(place.pause)
        place.pause_born = time.monotonic()
        self.engine.start(place.pause)

    def _abandon_pause(self, place: Place) -> None:
        pause, stream = place.pause, place.pause_stream
        place.pause, place.pause_stream = "", None
        with self.engine.ending_network:
            if stream is not None:
                self.engine.detach(stream)
            if pause:
                try:
                    self.engine.remove(pause)
                except EngineError as error:
                    log.warning("pause %.12s could not be removed: %s", pause, error)

    def _clear(self, place: Place) -> None:
        super()._clear(place)
        self._abandon_pause(place)
