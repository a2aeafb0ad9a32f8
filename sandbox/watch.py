"""The engine's word on containers: which ran out of memory, read from its event stream as it comes, and which ended.

This is what the verdict rests on where the host's cgroup files cannot be read. The state of a container tells of
memory only when the victim was its first process, so it is not asked for that.
"""

from __future__ import annotations

import contextlib
import logging
import signal
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from sandbox.engine import Engine, EngineError, NoSuchThing

KEPT = 1000
RETRY_SECONDS = 2.0
KILLED = 128 + signal.SIGKILL
ENDED_SECONDS = 1.0  # how long the engine may take to notice the end of a container

log = logging.getLogger("sandbox.watch")


class Watch:
    """Remembers which of one broker's containers had a process killed for want of memory."""

    def __init__(self, engine: Engine, labels: list[str]) -> None:
        self._engine = engine
        self._labels = labels
        self._killed: OrderedDict[str, None] = OrderedDict()
        self._news = threading.Condition()
        self._break_off: Callable[[], None] = lambda: None
        self.breaks = 0  # how often the engine went away, as far as its events tell
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="engine-events", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        # An engine that is away has ended the stream itself.
        with contextlib.suppress(Exception):
            self._break_off()

    def was_out_of_memory(self, container: str, seconds: float) -> bool:
        """Whether the engine said so of this container, waiting up to `seconds` for its word."""
        with self._news:
            return self._news.wait_for(lambda: container in self._killed, seconds)

    def exit_code(self, container: str) -> int | None:
        """With what a container ended, `KILLED` also when it is not there any more; None when nobody says that it ended."""
        give_up = time.monotonic() + ENDED_SECONDS
        try:
            while (state := self._engine.state(container))["Running"]:
                if time.monotonic() > give_up:
                    return None
                time.sleep(0.02)
        except NoSuchThing:
            return KILLED
        except EngineError:
            return None
        return int(state["ExitCode"])

    def _listen(self) -> None:
        while not self._stopping.is_set():
            try:
                for event in self._engine.events(self._labels, ["oom"], self._opened):
                    self._note(str(event.get("id") or event.get("Actor", {}).get("ID", "")))
            except EngineError as error:
                log.debug("the engine's events broke off: %s", error)
            self.breaks += 1
            self._stopping.wait(RETRY_SECONDS)

    def _opened(self, break_off: Callable[[], None]) -> None:
        self._break_off = break_off
        if self._stopping.is_set():
            break_off()

    def _note(self, container: str) -> None:
        with self._news:
            self._killed[container] = None
            while len(self._killed) > KEPT:
                self._killed.popitem(last=False)
            self._news.notify_all()
