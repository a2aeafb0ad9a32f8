"""The queues: an empty job's way through RQ, and people who wait beside a thousand bulk runs."""

from __future__ import annotations

import subprocess
import sys
import time
from functools import partial

from bench.measures import Series, alternate
from bench.site import ROOT
from bench.stage import Stage
from quizapp.queueing import queue

NOOP_ROUNDS = 40
BULK_RUNS = 1000
BULK_PHASES, BULK_ROUNDS = 2, 25
PAUSE_SECONDS = 0.5


def noop(stage: Stage) -> dict[str, float]:
    """A job that does nothing, through the live queue and the workers that serve it."""
    live = queue("live", stage.site.redis)

    def enqueue() -> None:
        job = live.enqueue("time.monotonic", result_ttl=60)
        if job.latest_result(timeout=30) is None:
            raise SystemExit("no worker answered")

    ours = Series("an empty job", enqueue)
    enqueue()
    stage.settle()
    alternate([ours], NOOP_ROUNDS, partial(time.sleep, 0.02))
    stage.keep("rq_noop", job=ours)
    return {"rq_noop_p50_ms": ours.at(0.5) * 1000}


def bulk(stage: Stage) -> dict[str, float]:
    """People who submit while a thousand bulk runs wait, in turns with the same people on a quiet site."""
    (person,) = stage.people(1)
    quiet = Series("submit to verdict, idle", partial(stage.submit, person))
    busy = Series("submit to verdict, 1,000 bulk runs queued", partial(stage.submit, person))
    pause = partial(time.sleep, PAUSE_SECONDS)
    left = []
    for _ in range(BULK_PHASES):
        stage.settle()
        alternate([quiet], BULK_ROUNDS, pause)
        _bulk_rows(stage, "fill", str(person.response), str(BULK_RUNS))
        time.sleep(2 * PAUSE_SECONDS)
        alternate([busy], BULK_ROUNDS, pause)
        left.append(int(_bulk_rows(stage, "clear")))
    stage.keep("bulk", idle=quiet, with_bulk=busy)
    stage.raw["bulk"]["still_queued_at_the_end"] = left
    return {"live_p95_with_bulk_vs_idle": busy.at(0.95) / quiet.at(0.95)}


def _bulk_rows(stage: Stage, *arguments: str) -> str:
    """Have `bench.bulk` do it in a process with the settings of the site."""
    environment = {**stage.site.environment, "QUIZAPP_REDIS_URL": stage.site.redis_url}
    command = [sys.executable, "-m", "bench.bulk", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    ).stdout
