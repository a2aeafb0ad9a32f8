"""The threads of a web process: two that compute in turns, and one more for each that only waits.

Python lets one thread of a process compute at a time. With thirty of them wanting to, a process spends most of its time on
changing between them: at a thousand candidates the slowest saves took ten seconds with 32 threads. With one, nobody computes
while it waits for the database: beside runs of code, where its answers take longer, the slowest saves took two seconds,
with two a fifth of a second. So requests stand in line, and who waits for something that takes longer than a statement, a verdict or a slow
connection, must not keep the next from its turn: another thread takes its place, and it ends with what it was doing.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# So many threads one process has at most, those that wait among them.
AT_MOST = 32
# Whoever computed less than that since the last look waits for a lock, a store or a slow connection. That it takes long is
# no sign of it: on a busy machine everything does, and more threads would make it worse.
LITTLE_SECONDS = 0.001
LOOK_SECONDS = 0.25


class Task:
    """One request that was asked for, and the moment (of `time.monotonic`) at which it was."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self.work = work
        self.promise: Future[Any] = Future()
        self.asked_at = time.monotonic()

    def do(self) -> None:
        """Do the work, unless it was called off, and keep the promise."""
        if not self.promise.set_running_or_notify_cancel():
            return
        try:
            told = self.work()
        except BaseException as error:  # noqa: BLE001 - whoever asked is told, whatever it is
            self.promise.set_exception(error)
        else:
            self.promise.set_result(told)


class Hand(threading.Thread):
    """One thread of a crew."""

    def __init__(self, crew: Crew) -> None:
        super().__init__(name="request")
        self.crew = crew
        self.task: Task | None = None
        self.is_replaced = False
        self._seen: tuple[Task | None, float] = None, 0.0

    def run(self) -> None:
        """Do what stands in line, until another one took this one's place or the crew is dismissed."""
        line = self.crew.line
        while not self.is_replaced and (task := line.get()) is not None:
            self.task = task
            task.do()
            self.task = task = None
        if not self.is_replaced:
            line.put(None)  # dismissed: the next one is to know as well
        self.crew.left(self)

    def waits(self) -> bool:
        """Whether it has done next to nothing for its task since this was asked before. Only while it is in the crew."""
        computed = time.clock_gettime(time.pthread_getcpuclockid(self.ident or 0))
        task, before = self._seen
        self._seen = self.task, computed
        return task is not None and task is self.task and computed - before < LITTLE_SECONDS


class Crew(Executor):
    """Does tasks in the order in which they come, `at_work` at a time, not counting those that wait."""

    def __init__(self, at_work: int, at_most: int = AT_MOST) -> None:
        self.line: SimpleQueue[Task | None] = SimpleQueue()
        self._at_most = at_most
        self._hands: set[Hand] = set()
        self._lock = threading.Lock()  # of the hands; who takes a task from the line needs none
        self._looked_at = 0.0
        for _ in range(at_work):
            self._hire()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Put a task at the end of the line."""
        task = Task(lambda: fn(*args, **kwargs))
        self.line.put(task)
        return task.promise

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Dismiss the crew when what stands in line is done, or called off."""
        while cancel_futures and not self.line.empty():
            if (task := self.line.get()) is not None:
                task.promise.cancel()
        self.line.put(None)
        with self._lock:
            hands = list(self._hands)
        for hand in hands if wait else ():
            hand.join()

    def replace(self, hand: Hand) -> None:
        """Let another thread go on with the line, because this one waits. It ends with its task."""
        with self._lock:
            if not hand.is_replaced and len(self._hands) < self._at_most:
                hand.is_replaced = True
                self._hire()

    def replace_waiting(self) -> None:
        """Replace a thread that is at a task and does nothing for it, one at a time. To be called often."""
        now = time.monotonic()
        if now - self._looked_at < LOOK_SECONDS:
            return
        self._looked_at = now
        with self._lock:
            waiting = [hand for hand in self._hands if not hand.is_replaced and hand.waits()]
        if waiting and not self.line.empty():
            self.replace(waiting[0])

    def left(self, hand: Hand) -> None:
        """Count this one no more; it has ended."""
        with self._lock:
            self._hands.discard(hand)

    def _hire(self) -> None:
        hand = Hand(self)
        self._hands.add(hand)
        hand.start()


@contextmanager
def outside() -> Iterator[None]:
    """What is done within only waits: another thread may begin with the next request meanwhile."""
    hand = threading.current_thread()
    if isinstance(hand, Hand):
        hand.crew.replace(hand)
    yield


def asked_at() -> float:
    """When the request that this thread does was asked for, before it stood in line (`time.monotonic`); else now."""
    hand = threading.current_thread()
    return hand.task.asked_at if isinstance(hand, Hand) and hand.task else time.monotonic()
