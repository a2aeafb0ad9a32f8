"""What every measurement stands on: a running site, the exercise, and people who are signed in."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from bench.machine import sandbox_settings
from bench.measures import Exercise, Series
from bench.site import Site, Visitor
from sandbox.engine import Engine
from sandbox.settings import Settings

SIGNING_UP_AT_ONCE = 4
SETTLE_SECONDS = 0.5  # after a burst of work, for what the engine still tidies


class Candidate:
    """One person who practises the exercise."""

    def __init__(self, port: int, question: str) -> None:
        self.visitor = Visitor(port)
        self.visitor.register()
        self.response = self.visitor.response_id("bench", question)

    def send(self, files: dict[str, str]) -> dict[str, Any]:
        """Submit these files in full; gives the submission as the page is told it."""
        return self.visitor.verdict(self.response, files)


@dataclass
class Stage:
    """Gives measurements their tools. Candidates are made when they are first wanted, and kept."""

    site: Site
    exercise: Exercise
    solution: dict[str, str]
    question: str
    raw: dict[str, Any] = field(default_factory=dict)  # what the report keeps besides the figures
    _people: list[Candidate] = field(default_factory=list)

    @cached_property
    def settings(self) -> Settings:
        return sandbox_settings()

    @cached_property
    def engine(self) -> Engine:
        return Engine(self.settings.docker_host, self.settings.engine_timeout)

    @cached_property
    def cores(self) -> int:
        return self.settings.refill_threads

    def people(self, count: int) -> list[Candidate]:
        """That many signed-in candidates."""
        missing = count - len(self._people)
        if missing > 0:
            with ThreadPoolExecutor(SIGNING_UP_AT_ONCE) as several:
                made = several.map(lambda _: Candidate(self.site.port, self.question), range(missing))
                self._people.extend(made)
        return self._people[:count]

    def fresh(self) -> dict[str, str]:
        """The solution with a comment that was never sent before, so that the verdict cache cannot answer."""
        return {name: f"{text}\n# {uuid.uuid4().hex}\n" for name, text in self.solution.items()}

    def submit(self, person: Candidate) -> None:
        """Send a right answer that the cache does not know, and wait for its verdict, which has to be `accepted`."""
        told = person.send(self.fresh())
        if told["verdict"] != "accepted" or told["is_from_cache"]:
            raise SystemExit(f"not a fresh accepted verdict: {told}")

    def host(self) -> Series:
        """A new series of the unit, to be measured in turns with what is compared to it."""
        return Series("python -m pytest on the bare host, cold", self.exercise.on_host)

    def settle(self) -> None:
        """Wait until the pool is full and the engine quiet."""
        self.site.wait_until_full()
        time.sleep(SETTLE_SECONDS)

    def keep(self, part: str, **series: Series) -> None:
        """Keep the percentiles of these series for the report."""
        self.raw[part] = {**self.raw.get(part, {}), **{name: one.raw for name, one in series.items()}}


def at_once(works: Sequence[Callable[[], None]]) -> list[float]:
    """Begin all of these at the same moment, each in a thread of its own; gives the seconds that each took."""
    barrier = threading.Barrier(len(works))

    def timed(work: Callable[[], None]) -> float:
        barrier.wait()
        began = time.perf_counter()
        work()
        return time.perf_counter() - began

    with ThreadPoolExecutor(len(works)) as several:
        return list(several.map(timed, works))
