"""From submit to verdict: on an idle machine, under load, in a burst, and out of the cache."""

from __future__ import annotations

import queue
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from bench.measures import Series, alternate
from bench.stage import Candidate, Stage, at_once

IDLE_ROUNDS = 20
PAUSE_SECONDS = 0.6  # between two measurements, so that the pool is full again: this is the idle figure
LOAD_PHASES, LOAD_SECONDS, LOAD_SHARE = 3, 14.0, 0.6
LOAD_PEOPLE = 32
HOST_RUNS = 8  # of the unit, between two phases of load or two bursts
BURSTS, BURST_SIZE = 6, 16
CACHED_ROUNDS = 40


def idle(stage: Stage) -> dict[str, float]:
    """One at a time, in turns with the bare host and with a naive container."""
    (person,) = stage.people(1)
    image = stage.settings.grader_image
    ours = Series("submit to verdict over HTTP, warm pool", partial(stage.submit, person))
    host = stage.host()
    naive = Series(
        "docker run --rm of the same image, pytest", partial(stage.exercise.in_naive_container, image)
    )
    for way in (ours, host, naive):
        way.run()  # page caches
    stage.settle()
    alternate([ours, host, naive], IDLE_ROUNDS, lambda: time.sleep(PAUSE_SECONDS))
    stage.keep("idle", verdict=ours, host_pytest=host, docker_run=naive)
    return {
        "verdict_idle_p50_vs_host_pytest": ours.at(0.5) / host.at(0.5),
        "verdict_idle_p95_vs_host_pytest": ours.at(0.95) / host.at(0.95),
        "verdict_idle_p50_vs_docker_run": ours.at(0.5) / naive.at(0.5),
    }


def load(stage: Stage, sustained: float) -> dict[str, float]:
    """Poisson arrivals at 60 % of the `sustained` rate (verdicts a second), whoever is still waiting."""
    people = stage.people(LOAD_PEOPLE)
    rate = LOAD_SHARE * sustained
    ours, host = Series("submit to verdict under load", lambda: None), stage.host()
    for phase in range(LOAD_PHASES):
        stage.settle()
        alternate([host], HOST_RUNS)
        stage.settle()
        ours.seconds += _arrivals(stage, people, rate, random.Random(phase))
    stage.keep("load", verdict=ours, host_pytest=host)
    stage.raw["load"]["arrivals_per_second"] = rate
    return {"verdict_load_p95_vs_host_pytest": ours.at(0.95) / host.at(0.95)}


def _arrivals(stage: Stage, people: list[Candidate], rate: float, chance: random.Random) -> list[float]:
    """Seconds from the moment each submission was due, so that a late client counts against us too."""
    free: queue.SimpleQueue[Candidate] = queue.SimpleQueue()
    for person in people:
        free.put(person)
    taken: list[float] = []

    def arrive(due: float) -> None:
        person = free.get()
        try:
            stage.submit(person)
        finally:
            free.put(person)
        taken.append(time.perf_counter() - due)

    began = due = time.perf_counter()
    with ThreadPoolExecutor(len(people)) as several:
        pending = []
        while (due := due + chance.expovariate(rate)) - began < LOAD_SECONDS:
            time.sleep(max(0.0, due - time.perf_counter()))
            pending.append(several.submit(arrive, due))
        for one in pending:
            one.result()
    return taken


def burst(stage: Stage) -> dict[str, float]:
    """Sixteen people at the same moment, into a full pool of sixteen; full again before the next burst."""
    people = stage.people(BURST_SIZE)
    stage.settle()
    # Not counted: every process has had its first submission after it.
    at_once([partial(stage.submit, person) for person in people])
    ours, host = Series("one of a burst of 16", lambda: None), stage.host()
    longest = []
    for _ in range(BURSTS):
        alternate([host], HOST_RUNS // 2)
        stage.settle()
        seconds = at_once([partial(stage.submit, person) for person in people])
        longest.append(max(seconds))
        ours.seconds += seconds
        began = time.perf_counter()
        stage.site.wait_until_full()
        stage.raw.setdefault("refill_after_burst_seconds", []).append(time.perf_counter() - began)
    stage.keep("burst16", verdict=ours, host_pytest=host)
    stage.raw["burst16"]["last_answer_seconds"] = longest
    return {"verdict_burst16_p95_vs_host_pytest": ours.at(0.95) / host.at(0.95)}


def cached(stage: Stage) -> dict[str, float]:
    """The same code again: the cache answers."""
    (person,) = stage.people(1)
    files = stage.fresh()
    person.send(files)

    def again() -> None:
        if not person.send(files)["is_from_cache"]:
            raise SystemExit("the verdict cache did not answer")

    ours = Series("cached verdict", again)
    stage.settle()  # the worker keeps a verdict after it has told who waits
    again()
    alternate([ours], CACHED_ROUNDS, partial(time.sleep, 0.02))
    stage.keep("cached", verdict=ours)
    return {"cached_verdict_p50_ms": ours.at(0.5) * 1000}


class Overload:
    """Counts the verdicts that honest people did not deserve."""

    def __init__(self) -> None:
        self.verdicts: dict[str, int] = {}
        self._lock = threading.Lock()

    def count(self, verdict: str) -> None:
        with self._lock:
            self.verdicts[verdict] = self.verdicts.get(verdict, 0) + 1


def overload(stage: Stage, clients: int = 64, each: int = 3) -> dict[str, float]:
    """Right answers from many clients at once: not one may be called wrong, too slow or ours to mend."""
    counted = Overload()

    def send(person: Candidate) -> None:
        for _ in range(each):
            counted.count(person.send(stage.fresh())["verdict"])

    began = time.perf_counter()
    at_once([partial(send, person) for person in stage.people(clients)])
    stage.raw["overload"] = {"seconds": time.perf_counter() - began, "verdicts": counted.verdicts}
    return {"overload64_false_verdicts": float(clients * each - counted.verdicts.get("accepted", 0))}
