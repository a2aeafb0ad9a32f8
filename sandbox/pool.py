"""Warm containers: started ahead of time, claimed once, destroyed; the expensive part happens before anybody waits.

A `Supply` keeps a number of places filled. Its own threads remove what was used and start what comes next, so a
claim costs nothing but taking a container off the shelf. `candidates` and `graders` say what is kept.
"""

from __future__ import annotations

import logging
import queue
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from sandbox import frames
from sandbox.cgroups import Cgroup
from sandbox.engine import Engine, EngineError, EngineUnavailable
from sandbox.stock import PLAIN, Flavour
from sandbox.streams import ContainerStream, StreamClosed
from sandbox.weights import USUAL, Weights

READY_SECONDS = 30.0  # from start to the "ready" frame
RETRY_SECONDS = 2.0  # after a start that failed
END_SECONDS = 1  # for a container to end by itself

log = logging.getLogger("sandbox.pool")

LabelsOf = Callable[[str], dict[str, str]]  # role -> labels of a new container


class NoneReady(Exception):
    """No warm container came within the time; the text says why."""


@dataclass(eq=False)
class Place:
    """One place of a supply. `pause` is the container whose network name space its containers join."""

    number: int
    uid: int
    container: str = ""
    pause: str = ""
    pause_stream: Any = None
    unread: ContainerStream | None = None  # of a container whose run is over, while its end waits
    pause_born: float = 0.0
    flavour: Flavour = PLAIN  # of its container
    is_claimed: bool = False
    empty_since: float = 0.0


@dataclass(eq=False)
class Warm:
    """One container that said it is ready."""

    container: str
    stream: ContainerStream
    place: Place
    cgroup: Cgroup
    born: float = field(default_factory=time.monotonic)


class Supply:
    """Keeps `size` warm containers of one role. Subclasses say how one is made."""

    role = "sandbox"
    shares = USUAL  # what its containers weigh while they are made
    threads_each = 1  # threads for each container that is made at once
    oldest = 600.0  # seconds after which an idle container is replaced

    def __init__(
        self,
        engine: Engine,
        image: str,
        size: int,
        labels: LabelsOf,
        threads: int,
        first_uid: int,
        weights: Weights | None = None,
    ) -> None:
        self.engine = engine
        self.image = image
        self.size = size
        self.at_once = min(threads, size)  # containers that are made side by side
        self.labels = labels
        self.weights = weights or Weights("")
        self.trouble: EngineError | None = None  # why the last start failed; None after one that worked
        self._shelf: deque[Warm] = deque()
        self._changed = threading.Condition()
        self._work: queue.Queue[Callable[[], None] | None] = queue.Queue()
        self._places = [Place(number, first_uid + number) for number in range(size)]
        self._stopping = False
        self._threads = [
            threading.Thread(target=self._serve, name=f"{self.role}-refill-{n}", daemon=True)
            for n in range(self.at_once * self.threads_each)
        ]

    def body(self, place: Place) -> dict[str, Any]:
        raise NotImplementedError

    @property
    def ready(self) -> int:
        return len(self._shelf)

    def start(self) -> None:
        for place in self._places:
            self._work.put(partial(self._refill, place))
        for thread in self._threads:
            thread.start()

    def claim(self, seconds: float, flavour: Flavour = PLAIN) -> Warm:
        """Take a warm container; it is the caller's until `discard`. Raises `NoneReady`."""
        give_up = time.monotonic() + seconds
        with self._changed:
            while True:
                while self._shelf:
                    warm = self._take(flavour)
                    if warm.stream.is_alive:
                        warm.place.is_claimed = True
                        return warm
                    log.warning(
                        "%s %.12s ended while it waited: %s",
                        self.role,
                        warm.container,
                        warm.stream.complaint(),
                    )
                    self.discard(warm)
                left = give_up - time.monotonic()
                if left <= 0 or self._stopping or isinstance(self.trouble, EngineUnavailable):
                    raise NoneReady(
                        str(self.trouble or f"no {self.role} container was ready in {seconds:g} s")
                    )
                self._changed.wait(left)

    def discard(self, warm: Warm) -> None:
        """Let go of a container for good: its stream is closed now, the rest happens in the background."""
        warm.place.is_claimed = False
        warm.stream.close()
        self._work.put(partial(self._refill, warm.place))

    def put_back(self, warm: Warm) -> None:
        """Give an unused or reusable container back to the shelf."""
        with self._changed:
            warm.place.is_claimed = False
            if self._stopping:
                warm.stream.close()
                return
            self._shelf.append(warm)
            self._changed.notify_all()

    def replace_old(self) -> None:
        """Replace what has waited too long or died while it waited."""
        too_old = time.monotonic() - self.oldest
        with self._changed:
            gone = [warm for warm in self._shelf if warm.born < too_old or not warm.stream.is_alive]
            for warm in gone:
                self._shelf.remove(warm)
        for warm in gone:
            self.discard(warm)

    @property
    def containers(self) -> set[str]:
        """The ids of all containers this supply has."""
        return {one for place in self._places for one in (place.container, place.pause) if one}

    def abandon(self) -> None:
        """Let go of everything without a word to the engine, which is away: what is left there, a later sweep finds."""
        self._close_shelf()
        for place in self._places:
            if place.pause_stream is not None:
                self.engine.detach(place.pause_stream)
            if place.unread is not None:
                place.unread.close()

    def stop(self) -> None:
        """End the threads and remove every container of this supply. Those in use are removed too."""
        self._close_shelf()
        for thread in self._threads:
            thread.join(timeout=READY_SECONDS)
        removers = [threading.Thread(target=self._clear, args=(place,)) for place in self._places]
        for remover in removers:
            remover.start()
        for remover in removers:
            remover.join()

    def _close_shelf(self) -> None:
        """Hand nothing out any more; what was there is to be removed with its place."""
        self._stopping = True
        for _ in self._threads:
            self._work.put(None)
        with self._changed:
            self._changed.notify_all()
            while self._shelf:
                warm = self._shelf.popleft()
                warm.place.unread = warm.stream

    def _take(self, _flavour: Flavour) -> Warm:
        """Take one off the shelf, which is not empty."""
        return self._shelf.popleft()

    def _serve(self) -> None:
        while (work := self._work.get()) is not None:
            if self._stopping:
                continue
            try:
                work()
            except Exception:  # the other places need this thread
                log.exception("a place of the %s containers could not be served", self.role)

    def _refill(self, place: Place) -> None:
        try:
            warm = self._renew(place)
        except (EngineError, StreamClosed, frames.FrameError) as error:
            self._failed(place, error)
        except Exception as error:
            log.exception("a %s container could not be made", self.role)
            self._failed(place, error)
        else:
            self.trouble = None
            self.put_back(warm)

    def _failed(self, place: Place, error: Exception) -> None:
        if self._stopping:
            return
        if str(error) != str(self.trouble):
            log.warning("a %s container did not start: %s", self.role, error)
        self.trouble = error if isinstance(error, EngineError) else EngineError(str(error))
        with self._changed:
            self._changed.notify_all()
        retry = threading.Timer(RETRY_SECONDS, self._work.put, [partial(self._refill, place)])
        retry.daemon = True
        retry.start()

    def _renew(self, place: Place) -> Warm:
        self._remove_container(place)
        self._prepare(place)
        name = f"quizapp-{self.role}-{secrets.token_hex(6)}"
        body = self.weights.of_container(self.body(place), self.shares)
        place.container = self.engine.create(body, name)
        stream = ContainerStream(self.engine.attach(place.container), self.engine.detach)
        try:
            self.engine.start(place.container)
            self.weights.set_group()
            pid = self.weights.pid(place.container) or self.engine.pid(place.container)
            cgroup = Cgroup.of(pid, place.container)
            stream.begin(pid if cgroup.is_here else None, READY_SECONDS)
            stream.wait_for("ready", READY_SECONDS)
        except BaseException:
            stream.close()
            raise
        return Warm(place.container, stream, place, cgroup)

    def _prepare(self, place: Place) -> None:
        """What a place needs before its next container starts."""

    def _remove_container(self, place: Place) -> None:
        if place.unread is not None:
            stream, place.unread = place.unread, None
            stream.close()
            # It ends by itself when its input does; one that has ended need not be killed, which is a process more.
            self.engine.await_end(place.container, END_SECONDS)
        if place.container:
            self.engine.remove(place.container)
            place.container = ""

    def _clear(self, place: Place) -> None:
        try:
            self._remove_container(place)
        except EngineError as error:
            log.warning("%s %.12s could not be removed: %s", self.role, place.container, error)
