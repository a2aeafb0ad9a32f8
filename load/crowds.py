"""The crowd as its processes: started, told what to do, and ended."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from bench.site import ROOT, Site
from load.parts import Parts, Usage
from load.words import Orders, Records

ARRIVAL_SECONDS = 15.0  # everybody is in after five; connections and caches get the rest


class Crowd:
    """All people, in a few processes, so that none of them has to wait for a core."""

    def __init__(self, site: Site, folder: Path, people: list[str], processes: int) -> None:
        self.folder = folder
        self.processes = processes
        self.records = Records(folder)
        for number in range(processes):
            (folder / f"people-{number}.jsonl").write_text(
                "".join(people[number::processes]), encoding="utf-8"
            )
        Orders(phase="arriving").write(folder)
        self._log = (folder / "crowd.log").open("wb")
        self._address = f"http://127.0.0.1:{site.port}"
        self._running: list[subprocess.Popen[bytes]] = []

    @property
    def pids(self) -> list[int]:
        """Its processes."""
        return [process.pid for process in self._running]

    def arrive(self) -> None:
        """Let everybody in, and wait until they have settled."""
        command = [sys.executable, "-m", "load.crowd", self._address, str(self.folder)]
        self._running = [
            subprocess.Popen(
                [*command, str(number)],
                cwd=ROOT,
                stdout=self._log,
                stderr=self._log,
                start_new_session=True,  # processors are shared out by session first
            )
            for number in range(self.processes)
        ]
        time.sleep(ARRIVAL_SECONDS)
        self._stay_well()

    def hold(self, parts: Parts, seconds: float, orders: Orders) -> Usage:
        """Have them do as ordered for so long; gives what CPU went where."""
        share = orders.submissions / self.processes
        Orders(orders.phase, orders.pace, share).write(self.folder)
        parts.since()
        give_up = time.monotonic() + seconds
        while time.monotonic() < give_up:
            time.sleep(min(1.0, max(0.0, give_up - time.monotonic())))
            self._stay_well()
        usage = parts.since()
        Orders("between").write(self.folder)
        self.records.look()
        return usage

    def leave(self) -> None:
        """End it, once everybody has had their answer."""
        Orders("over", is_over=True).write(self.folder)
        for process in self._running:
            try:
                process.wait(90)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._log.close()
        self.records.look()

    def _stay_well(self) -> None:
        if any(process.poll() is not None for process in self._running):
            log = (self.folder / "crowd.log").read_text(errors="replace")
            raise SystemExit(f"a process of the crowd ended:\n{log[-3000:]}")
