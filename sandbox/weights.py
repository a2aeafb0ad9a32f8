"""Who goes first where processors are short: a run that somebody waits for, then other runs and what is being made.

Without this, all containers of an engine together weigh as much as one process of the host, so a run waits for the
engine's own work on the next containers. Where the broker may write the host's control groups (version 1), its
containers get a group of their own that weighs more, and inside it each container what it is doing. Elsewhere nothing
changes: no promise rests on it, it is a matter of milliseconds under load.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sandbox.cgroups import MOUNT

GROUP = "quizapp"  # below the root, where each process of the host weighs as much as `USUAL`
USUAL = 1024  # a run that somebody waits for
LESS = USUAL // 4  # a container that is being made, or whose run nobody waits for
PER_CORE = USUAL  # all our containers together


class Weights:
    """What the containers of one broker weigh. `driver` is the engine's way with control groups."""

    def __init__(self, driver: str, mount: Path = MOUNT) -> None:
        self._folder = mount / "cpu"
        self.is_possible = driver == "cgroupfs" and os.access(self._folder / "cpu.shares", os.W_OK)

    def of_container(self, body: Mapping[str, Any], shares: int) -> dict[str, Any]:
        """The create body of a container, with its weight where that is possible."""
        if not self.is_possible:
            return dict(body)
        return {
            **body,
            "HostConfig": {**body["HostConfig"], "CgroupParent": f"/{GROUP}", "CpuShares": shares},
        }

    def set_group(self) -> None:
        """Let the group weigh what it should; the engine makes it with the first container."""
        cores = len(os.sched_getaffinity(0))
        self.is_possible = self.is_possible and _write(self._folder / GROUP, PER_CORE * cores)

    def pid(self, container: str) -> int:
        """The process id of a container that has just begun, 0 where only the engine knows: to ask it takes longer."""
        with contextlib.suppress(OSError, ValueError):
            if self.is_possible:
                return int((self._folder / GROUP / container / "cgroup.procs").read_text(encoding="ascii"))
        return 0

    def change(self, container: str, shares: int) -> None:
        """Change what a running container weighs."""
        if self.is_possible:
            _write(self._folder / GROUP / container, shares)


def _write(group: Path, shares: int) -> bool:
    try:
        (group / "cpu.shares").write_text(str(shares), encoding="ascii")
    except OSError:  # another view of the control groups than the engine's, or the container is gone
        return False
    return True
