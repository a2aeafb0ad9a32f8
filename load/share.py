"""A share of the processors for a program of its own, as a service manager gives one (`CPUWeight=`, `cpu_shares`).

PostgreSQL starts each of its processes in a session of its own. Where the kernel shares processors out by session, each of
them weighs as much as everything that another one does, however it was started; only a control group changes that.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

# The processors' own tree of control groups (version 1); on a host without it nothing is changed.
TREE = Path("/sys/fs/cgroup/cpu")
SHARES = 64 * 1024  # a process of the host has 1024
REMOVE_SECONDS = 10.0  # for the last process in it to be gone


@contextlib.contextmanager
def before_others() -> Iterator[Path | None]:
    """A control group whose processes go before others; None where there can be none."""
    group = TREE / f"quizapp-load-{os.getpid()}"
    try:
        group.mkdir()
        (group / "cpu.shares").write_text(str(SHARES), encoding="ascii")
    except OSError:
        yield None
        return
    try:
        yield group
    finally:
        give_up = time.monotonic() + REMOVE_SECONDS
        while group.exists() and time.monotonic() < give_up:
            with contextlib.suppress(OSError):
                group.rmdir()
            time.sleep(0.1)


def take_in(group: Path, pid: int) -> None:
    """Move a process and its children there; children to come are born there."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    for one in (str(pid), *children):
        with contextlib.suppress(ProcessLookupError):
            (group / "cgroup.procs").write_text(one, encoding="ascii")
