"""What the agent needs of the kernel: to be left alone, and to leave nobody behind."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

PR_SET_DUMPABLE = 4
PR_SET_CHILD_SUBREAPER = 36
ROUNDS = 200  # of killing, before what still forks is left to the end of the container
LISTINGS = 50  # of processes to kill one by one, before everybody is killed
STOP_SECONDS = 0.001  # for a process to stop, before its end is waited for instead
HELD_MIB = 8  # more than the agent has itself: so much may still be held by a process that is on its way out
PAGES_IN_MIB = 2**20 // os.sysconf("SC_PAGESIZE")


@dataclass(frozen=True)
class Ended:
    """How a process ended and what it used, with the children it waited for."""

    exit: int | None
    signal: int | None
    cpu_seconds: float
    peak_memory_mib: float

    @classmethod
    def of(cls, status: int, usage: resource.struct_rusage) -> Ended:
        """From what wait4 gives."""
        killed = os.WIFSIGNALED(status)
        return cls(
            exit=None if killed else os.WEXITSTATUS(status),
            signal=os.WTERMSIG(status) if killed else None,
            cpu_seconds=round(usage.ru_utime + usage.ru_stime, 4),
            peak_memory_mib=round(usage.ru_maxrss / 1024, 1),
        )


_LIBRARY = ctypes.CDLL(None)
# Looked up once: to open the library makes a new class each time, and every session would do so in pages of its own.
_set_for_process = _LIBRARY.prctl


def _prctl(option: int, value: int) -> None:
    _set_for_process(option, value, 0, 0, 0)


def be_inspectable() -> None:
    """Undo, in a session's process, what `shield` did to its memory: programs may read their own /proc entries."""
    _prctl(PR_SET_DUMPABLE, 1)


def give_back_memory() -> None:
    """Return to the kernel what the C library keeps of memory that was freed, where it can."""
    with contextlib.suppress(AttributeError):
        _LIBRARY.malloc_trim(0)


def shield() -> None:
    """Keep this process's memory and descriptors from others of the same user, and inherit orphans."""
    _prctl(PR_SET_DUMPABLE, 0)
    _prctl(PR_SET_CHILD_SUBREAPER, 1)
    for name in (
        signal.SIGINT,
        signal.SIGTERM,
        signal.SIGHUP,
        signal.SIGQUIT,
        signal.SIGUSR1,
        signal.SIGUSR2,
    ):
        signal.signal(name, signal.SIG_DFL if os.getpid() == 1 else signal.SIG_IGN)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)


def kill_all_others(spared: int | None = None) -> dict[int, Ended]:
    """Kill and reap every process that sessions left; as PID 1 that is everybody else in the container.

    `spared` is a child of ours that has not run submitted code yet. What forks faster than it can be listed costs
    that child its life too: the caller finds it among the ended.
    """
    reaped: dict[int, Ended] = {}
    if spared is not None and os.getpid() == 1:
        for _ in range(LISTINGS):
            others = _processes() - {1, spared}
            if not others:
                return reaped
            for pid in others:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            for pid in others:
                with contextlib.suppress(ChildProcessError):  # a grandchild: its parent's end makes it ours
                    _pid, status, usage = os.wait4(pid, 0)
                    reaped[pid] = Ended.of(status, usage)
    for _ in range(ROUNDS):
        if os.getpid() == 1:
            with contextlib.suppress(ProcessLookupError):
                os.kill(-1, signal.SIGKILL)
        else:  # outside a container only our own descendants may be killed
            kill_tree(os.getpid())
        try:
            while True:
                pid, status, usage = os.wait4(-1, 0)
                reaped[pid] = Ended.of(status, usage)
        except ChildProcessError:
            return reaped
    return reaped


def halt(pid: int, known: Collection[int], descriptors: Collection[int]) -> bool:
    """Stop a child for good: it executes nothing from now on, and its end, which takes milliseconds, comes by itself.

    False when its end has to be waited for: it is not the only one besides those `known`, does not stop at once, or has
    what the next one may need, which is memory, and whatever is open besides these `descriptors`: a port, a lock, a file.
    """
    if os.getpid() != 1:
        return False
    os.kill(pid, signal.SIGSTOP)
    give_up = time.monotonic() + STOP_SECONDS
    looks = os.WSTOPPED | os.WEXITED | os.WNOHANG | os.WNOWAIT
    while (state := os.waitid(os.P_PID, pid, looks)) is None:
        if time.monotonic() > give_up:
            return False
        os.sched_yield()
    # What has stopped makes no further processes, so the list that is read now is complete.
    if state.si_code != os.CLD_STOPPED or _processes() - {1, pid, *known}:
        return False
    try:
        has_more = _descriptors(pid) - {*descriptors} or _pages(pid) - _pages(1) > HELD_MIB * PAGES_IN_MIB
    except OSError:  # it does not let itself be looked at
        return False
    if not has_more:
        os.kill(pid, signal.SIGKILL)
    return not has_more


def _descriptors(pid: int) -> set[int]:
    return {int(name) for name in os.listdir(f"/proc/{pid}/fd")}  # noqa: PTH208 - on the way of every test


def _pages(pid: int) -> int:
    """How many pages of memory a process has."""
    with open(f"/proc/{pid}/statm", "rb") as file:  # noqa: PTH123 - on the way of every test
        return int(file.read().split()[1])


def _processes() -> set[int]:
    """Every process that this one can see. New ones have higher numbers, so none slips by the listing."""
    return {int(name) for name in os.listdir("/proc") if name.isdigit()}  # noqa: PTH208 - on the way of every test


def kill_tree(root: int) -> None:
    """Kill every descendant of one process."""
    for pid in list(_descendants(root)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def wait_for(pid: int) -> Ended:
    """Wait for the end of a child that was killed."""
    _pid, status, usage = os.wait4(pid, 0)
    return Ended.of(status, usage)


def reap() -> dict[int, Ended]:
    """Every child that has ended by now."""
    reaped: dict[int, Ended] = {}
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, status, usage = os.wait4(-1, os.WNOHANG)
            if not pid:
                break
            reaped[pid] = Ended.of(status, usage)
    return reaped


def _descendants(of: int) -> Iterator[int]:
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(entry.name)] = int(fields[1])
    for pid in parents:
        above = parents.get(pid, 0)
        while above not in (0, 1, of):
            above = parents.get(above, 0)
        if above == of:
            yield pid


def limit(cpu_seconds: float, disk_mib: float) -> None:
    """Set the limits of a session's process: CPU time, size of a file, no core files."""
    soft = max(1, int(cpu_seconds + 0.999))
    for kind, wanted in (
        (resource.RLIMIT_CPU, (soft, soft + 1)),
        (resource.RLIMIT_FSIZE, (int(disk_mib * 2**20), int(disk_mib * 2**20))),
        (resource.RLIMIT_CORE, (0, 0)),
    ):
        hard = resource.getrlimit(kind)[1]
        is_open = hard == resource.RLIM_INFINITY
        resource.setrlimit(kind, wanted if is_open else (min(wanted[0], hard), min(wanted[1], hard)))
