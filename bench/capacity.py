"""How much one machine can do: verdicts a second against bubblewrap, and the CPU time of one verdict."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from bench.machine import cost
from bench.measures import import_flask
from bench.stage import Candidate, Stage
from sandbox.hardening import FIRST_UID, PAUSE, candidate_body

ROUNDS = 5
SECONDS = 8.0  # of counting, after the warm containers made ahead are used up
CLIENTS_PER_CORE = 2
COST_BLOCKS, COST_COUNT = 3, 10


def throughput(stage: Stage) -> dict[str, float]:
    """Clients that never pause, ours and bubblewrap's in turns; the median of the rounds."""
    clients = CLIENTS_PER_CORE * stage.cores
    people = stage.people(clients)
    ahead = stage.site.broker.health().pool_size
    ours, theirs = [], []
    for _ in range(ROUNDS):
        stage.settle()
        ours.append(rate([partial(stage.submit, person) for person in people], ahead))
        stage.settle()
        theirs.append(rate([stage.exercise.in_bubblewrap] * clients, clients))
    ratios = [one / other for one, other in zip(ours, theirs, strict=True)]
    stage.raw["throughput"] = {
        "clients": clients, "verdicts_per_second": ours, "bubblewrap_per_second": theirs, "ratios": ratios,
    }  # fmt: skip
    return {"throughput_vs_bubblewrap": statistics.median(ratios)}


def sustained(stage: Stage) -> float:
    """Verdicts a second that this machine sustains: measured once in a run."""
    measured: list[float] = stage.raw.get("throughput", {}).get("verdicts_per_second", [])
    if not measured:
        people = stage.people(CLIENTS_PER_CORE * stage.cores)
        stage.settle()
        ahead = stage.site.broker.health().pool_size
        measured = [rate([partial(stage.submit, person) for person in people], ahead)]
    return statistics.median(measured)


def rate(works: Sequence[Callable[[], None]], ahead: int) -> float:
    """Ends a second, from the moment on when as many have ended as were made `ahead` of time."""
    ends: list[float] = []
    is_over = threading.Event()

    def client(work: Callable[[], None]) -> None:
        while not is_over.is_set():
            work()
            ends.append(time.perf_counter())

    with ThreadPoolExecutor(len(works)) as several:
        running = [several.submit(client, work) for work in works]
        while len(ends) <= ahead and not any(one.done() for one in running):
            time.sleep(0.02)
        time.sleep(SECONDS)
        is_over.set()
        counted = list(ends)
        for one in running:
            one.result()
    return (len(counted) - ahead - 1) / (counted[-1] - counted[ahead])


def cpu(stage: Stage) -> dict[str, float]:
    """CPU time of the whole machine for one verdict, over that of one bare life cycle and one plain import."""
    (person,) = stage.people(1)
    stage.submit(person)
    image = str(stage.engine.image(stage.settings.candidate_image)["Id"])
    seconds: dict[str, list[float]] = {"verdict": [], "life_cycle": [], "import_flask": []}
    works: dict[str, Callable[[], None]] = {
        "verdict": partial(_verdicts, stage, person),
        "life_cycle": partial(_repeated, partial(_life_cycle, stage, image)),
        "import_flask": partial(_repeated, import_flask),
    }
    for _ in range(COST_BLOCKS):
        for name, work in works.items():
            stage.settle()
            seconds[name].append(cost(work) / COST_COUNT)
    median = {name: statistics.median(costs) for name, costs in seconds.items()}
    stage.raw["cpu_seconds"] = {"blocks": seconds, **median}
    return {"cpu_per_verdict_vs_floor": median["verdict"] / (median["life_cycle"] + median["import_flask"])}


def _repeated(work: Callable[[], None]) -> None:
    for _ in range(COST_COUNT):
        work()


def _verdicts(stage: Stage, person: Candidate) -> None:
    """Verdicts one after the other, and all that is made for the next ones."""
    for _ in range(COST_COUNT):
        stage.submit(person)
    stage.settle()


def _life_cycle(stage: Stage, image: str) -> None:
    """A container as strict as a candidate's, with a name space of its own, that does nothing: start and end."""
    body = candidate_body(image, FIRST_UID + 5000, "", {"app": "quizapp-bench"}, stage.settings.runtime)
    body["Cmd"] = PAUSE
    body["HostConfig"]["NetworkMode"] = "none"
    container = stage.engine.create(body, f"quizapp-bench-{time.monotonic_ns()}")
    try:
        stage.engine.start(container)
    finally:
        stage.engine.remove(container)
