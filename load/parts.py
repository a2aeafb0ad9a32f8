"""How much CPU each part of a site uses: read from /proc, so that whoever measures costs next to nothing."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bench.machine import busy_seconds

CORES = os.cpu_count() or 1
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Usage:
    """CPU over some time. `cores` is what each part used (1.0 = one core all the time), `busy` the machine's share, 0..1."""

    seconds: float
    cores: dict[str, float]
    busy: float
    machine_cores: int

    def told(self) -> dict[str, object]:
        """As the report has it."""
        return {"machine_busy_share": self.busy, "cores": self.cores}


class Parts:
    """The processes of a site, its database, and the crowd."""

    def __init__(self, folder: Path, database: int | None) -> None:
        self._mark = f"QUIZAPP_VAR={folder}\0".encode()
        self._crowd: set[int] = set()
        self._database = database
        self._seen = self._seconds()
        self._busy, self._at = busy_seconds(), time.monotonic()

    def watch(self, crowd: Iterable[int]) -> None:
        """Count these processes as the crowd."""
        self._crowd = set(crowd)

    def since(self) -> Usage:
        """What was used since the last time this was asked."""
        seen, busy, now = self._seconds(), busy_seconds(), time.monotonic()
        took = now - self._at
        cores: dict[str, float] = {}
        for pid, (part, used) in seen.items():
            before = self._seen.get(pid, (part, 0.0))[1]
            cores[part] = cores.get(part, 0.0) + (used - before) / took
        whole = (busy - self._busy) / took
        cores["everything else"] = max(
            0.0, whole - sum(cores.values())
        )  # the engine, its containers, the kernel
        self._seen, self._busy, self._at = seen, busy, now
        return Usage(took, cores, whole / CORES, CORES)

    def _seconds(self) -> dict[int, tuple[str, float]]:
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError, ValueError, IndexError):
                pid = int(folder.name)
                fields = (folder / "stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
                if part := self._part(pid, int(fields[1]), folder):
                    found[pid] = part, (int(fields[11]) + int(fields[12])) / TICKS
        return found

    def _part(self, pid: int, parent: int, folder: Path) -> str | None:
        if pid in self._crowd:
            return "crowd"
        if self._database and self._database in (pid, parent):
            return "database"
        if self._mark not in (folder / "environ").read_bytes():
            return None
        command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        names = {
            "gunicorn": "web",
            "redis.sock": "redis",
            "sandbox broker": "broker",
            "quizapp.cli worker": "workers",
        }
        return next((name for words, name in names.items() if words in command), "the rest of the site")
