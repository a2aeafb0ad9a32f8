"""What the kernel counts for a container, read from the host's cgroup files where the broker can see them.

Nothing depends on it: every figure is None when the files are not there (a remote engine, a broker in a container).
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path

MIB = 1024 * 1024
MOUNT = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class Cgroup:
    """The control groups of one container."""

    container: str
    cpu: Path | None = None
    memory: Path | None = None

    @classmethod
    def of(cls, pid: int, container: str) -> Cgroup:
        """The groups of the container whose first process is `pid` here. Empty when `pid` is no process of it."""
        groups: dict[str, Path] = {}
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{pid}/cgroup").read_text(encoding="ascii").splitlines():
                _, names, path = line.split(":", 2)
                if container not in path:
                    continue
                for name in names.split(","):
                    folder = MOUNT / (names if name else ".") / path.lstrip("/")
                    groups[name] = folder if folder.is_dir() else MOUNT / name / path.lstrip("/")
        unified = groups.get("")
        return cls(container, groups.get("cpuacct", unified), groups.get("memory", unified))

    @property
    def is_here(self) -> bool:
        """Whether the container runs on this host, by the word of the kernel about the process."""
        return self.cpu is not None or self.memory is not None

    def cpu_seconds(self) -> float | None:
        """CPU time of all processes so far."""
        if (nanoseconds := _number(self.cpu, "cpuacct.usage")) is not None:
            return nanoseconds / 1e9
        if (microseconds := _field(self.cpu, "cpu.stat", "usage_usec")) is not None:
            return microseconds / 1e6
        return None

    def peak_memory_mib(self) -> float | None:
        """The most memory it ever held, in MiB."""
        for name in ("memory.max_usage_in_bytes", "memory.peak"):
            if (peak := _number(self.memory, name)) is not None:
                return peak / MIB
        return None

    def out_of_memory(self) -> int | None:
        """How many of its processes the kernel has killed for want of memory."""
        for name in ("memory.oom_control", "memory.events"):
            if (killed := _field(self.memory, name, "oom_kill")) is not None:
                return killed
        return None


def _number(folder: Path | None, name: str) -> int | None:
    with contextlib.suppress(OSError, ValueError, TypeError):
        return int((folder / name).read_bytes())  # type: ignore[operator]
    return None


def _field(folder: Path | None, name: str, key: str) -> int | None:
    with contextlib.suppress(OSError, ValueError, TypeError):
        for line in (folder / name).read_text(encoding="ascii").splitlines():  # type: ignore[operator]
            if line.startswith(f"{key} "):
                return int(line.split()[1])
    return None
