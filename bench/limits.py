"""What a warm container weighs, and how soon a wall limit is noticed."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

from bench.measures import percentile
from bench.stage import Stage
from sandbox.cgroups import Cgroup
from sandbox.protocol import Limits, Program, Status

MIB = 1024 * 1024
WALL_RUNS = 20
WALL_SECONDS = 0.5


def memory(stage: Stage) -> dict[str, float]:
    """What the kernel charges to each idle candidate container of the pool, without what it would drop at once.

    Version 1: memory.usage_in_bytes less total_inactive_file; version 2: memory.current less inactive_file. This is
    the figure of `docker stats`: pages of the image that were read once and are not in use count for nobody.
    """
    stage.settle()
    used, raw = [], []
    ours = str((stage.site.folder / "run" / "broker.sock").absolute())
    for container in stage.engine.containers("app=quizapp", "quizapp.role=candidate"):
        if ours not in (container.get("Labels") or {}).get("quizapp.broker", ""):
            continue
        folder = Cgroup.of(stage.engine.pid(container["Id"]), container["Id"]).memory
        if folder is None:
            raise SystemExit("the control groups of the containers cannot be read here")
        whole, dropped = _usage(folder)
        raw.append(whole / MIB)
        used.append((whole - dropped) / MIB)
    stage.raw["warm_candidate_mib"] = {
        "n": len(used),
        "max": max(used),
        "with_inactive_file_p50": statistics.median(raw),
    }
    return {"warm_candidate_mib": statistics.median(used)}


def _usage(folder: Path) -> tuple[int, int]:
    """Bytes charged in all, and bytes of the page cache that were not used lately."""
    is_v1 = (folder / "memory.usage_in_bytes").exists()
    whole = int((folder / ("memory.usage_in_bytes" if is_v1 else "memory.current")).read_text())
    wanted = "total_inactive_file" if is_v1 else "inactive_file"
    lines = (folder / "memory.stat").read_text().splitlines()
    return whole, next(int(line.split()[1]) for line in lines if line.startswith(f"{wanted} "))


def wall(stage: Stage) -> dict[str, float]:
    """From asking the broker to its outcome, less the limit: a program that sleeps for longer."""
    program = Program(files={"app.py": "import time\ntime.sleep(60)\n"})
    limits = Limits(wall_seconds=WALL_SECONDS)
    overruns = []
    for _ in range(WALL_RUNS):
        stage.site.wait_until_full()
        time.sleep(0.1)
        began = time.perf_counter()
        outcome = stage.site.broker.run(program, limits)
        overruns.append((time.perf_counter() - began - WALL_SECONDS) * 1000)
        if outcome.status is not Status.WALL_LIMIT:
            raise SystemExit(f"not a wall limit: {outcome}")
    p50, p95 = percentile(overruns, 0.5), percentile(overruns, 0.95)
    stage.raw["wall_limit_overrun"] = {
        "n": WALL_RUNS,
        "limit_seconds": WALL_SECONDS,
        "p50_ms": p50,
        "p95_ms": p95,
    }
    return {"wall_limit_overrun_ms": p95}
