"""The machine as the kernel and the engine tell it: CPU time of all of it, and what it is."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sandbox import runtimes
from sandbox.engine import Engine
from sandbox.settings import Settings

BUSY_FIELDS = (
    0,
    1,
    2,
    5,
    6,
)  # user, nice, system, irq, softirq; not idle, iowait, steal, and guest is in user


def busy_seconds() -> float:
    """CPU seconds that this machine has spent on anything since it started."""
    fields = Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()[1:]
    return sum(int(fields[number]) for number in BUSY_FIELDS) / os.sysconf("SC_CLK_TCK")


def idle_rate(seconds: float) -> float:
    """CPU seconds a second that the machine spends while we do nothing."""
    before, began = busy_seconds(), time.monotonic()
    time.sleep(seconds)
    return (busy_seconds() - before) / (time.monotonic() - began)


def cost(work: Callable[[], None], idle_seconds: float = 1.5) -> float:
    """CPU seconds of the whole machine that `work` costs, without what the idle machine spends meanwhile."""
    idle = idle_rate(idle_seconds)
    before, began = busy_seconds(), time.monotonic()
    work()
    return busy_seconds() - before - idle * (time.monotonic() - began)


def sandbox_settings() -> Settings:
    """The sandbox's settings as its broker takes them. Raises `EngineError`."""
    settings = Settings.from_environment()
    engine = Engine(settings.docker_host, settings.engine_timeout)
    return runtimes.settled(engine, settings, {"app": "quizapp-bench"})


def description() -> dict[str, Any]:
    """What the figures were measured on. Taken before anything is started, for the sake of the load."""
    settings = sandbox_settings()
    engine = Engine(settings.docker_host, settings.engine_timeout)
    memory = Path("/proc/meminfo").read_text(encoding="ascii").split()[1]
    return {
        "cores": len(os.sched_getaffinity(0)),
        "memory_mib": int(memory) // 1024,
        "kernel": platform.release(),
        "python": platform.python_version(),
        "engine": runtimes.describe(engine, settings),
        "load_before": os.getloadavg()[0],
    }
