"""The processes of a grader: one for each run, and a few more that are ready ahead of time for the runs of a rush.

To fork a process and have it rehearse takes as long as half of what it does for a run. So some wait for their turn, and
new ones are made while no run is under way and nobody else wants the processors.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import shutil
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from sandbox import frames
from sandbox.demand import is_busy

NO_MORE = 77  # exit status of a process whose stream was closed before a run came
SPARES = 3  # besides the one whose turn it is
QUIET_SECONDS = 0.5  # without a run, before one of them is made
LISTINGS = 50  # of processes to kill one by one, before everybody is killed


@dataclass(frozen=True)
class Turn:
    """What a process knows of its turn. `folder_lock` is a descriptor: one at a time has the folder of the tests."""

    comes: int
    is_idle: int
    folder_lock: int

    def take_folder(self) -> None:
        """Wait until no other process uses the folder."""
        fcntl.lockf(self.folder_lock, fcntl.LOCK_EX)

    def take_free_folder(self) -> bool:
        """Take the folder if nobody uses it; whether that was so."""
        try:
            fcntl.lockf(self.folder_lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def leave_folder(self) -> None:
        """Let another one have it."""
        fcntl.lockf(self.folder_lock, fcntl.LOCK_UN)

    def wait(self) -> bool:
        """Wait for it; False when it will not come."""
        return bool(os.read(self.comes, 1))

    def begin(self) -> None:
        """Say that a run begins, so that nothing is made ahead beside it."""
        os.close(self.is_idle)


# Serves one run by the two descriptors of the wire; the exit status of its process.
RunOne = Callable[[int, int, Turn], int]


@dataclass(frozen=True)
class _Child:
    pid: int
    bell: int  # rung when its turn comes
    is_idle: int  # ends when its run begins, or its life ends

    def close(self) -> None:
        os.close(self.bell)
        os.close(self.is_idle)


class Children:
    """Forks the processes of a grader, lets one after the other serve a run, and cleans up after each."""

    def __init__(self, run_one: RunOne, receiving: int, sending: int) -> None:
        self._run_one = run_one
        self._ends = receiving, sending
        self._spares: list[_Child] = []
        self._known: list[_Child] = []  # all that have descriptors here
        with tempfile.TemporaryFile() as file:
            self._folder_lock = os.dup(file.fileno())

    def serve(self) -> None:
        """Serve runs until there are no more, or one went wrong."""
        while self._serve_one():
            continue

    def _serve_one(self) -> bool:
        """Let the next process serve a run; whether there may be another."""
        child = self._next()
        while len(self._spares) < SPARES and not self._has_begun(child):
            if not is_busy():
                self._spares.append(self._fork())
        _pid, status = os.waitpid(child.pid, 0)
        self._forget(child)
        self._sweep()
        if os.WIFEXITED(status) and os.WEXITSTATUS(status) == NO_MORE:
            return False
        if status != 0:
            exit_status = os.WEXITSTATUS(status) if os.WIFEXITED(status) else None
            number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else None
            os.write(self._ends[1], frames.encode({"ev": "crashed", "exit": exit_status, "signal": number}))
        return status == 0

    def _next(self) -> _Child:
        """The process whose turn it is, which is told so."""
        while True:
            child = self._spares.pop(0) if self._spares else self._fork()
            try:
                os.write(child.bell, b"!")
            except BrokenPipeError:  # it is gone
                self._forget(child)
            else:
                return child

    @staticmethod
    def _has_begun(child: _Child) -> bool:
        return bool(select.select([child.is_idle], [], [], QUIET_SECONDS)[0])

    def _fork(self) -> _Child:
        comes, bell = os.pipe()
        is_idle, idle = os.pipe()
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                for end in (bell, is_idle):
                    os.close(end)
                for other in self._known:  # each is to notice when this grader ends
                    other.close()
                status = self._run_one(*self._ends, Turn(comes, idle, self._folder_lock))
            except BaseException:  # noqa: BLE001 - told on standard error, where the broker finds it
                traceback.print_exc(file=sys.__stderr__)
            finally:
                os._exit(status)
        os.close(comes)
        os.close(idle)
        self._known.append(child := _Child(pid, bell, is_idle))
        return child

    def _forget(self, child: _Child) -> None:
        self._known.remove(child)
        child.close()

    def _sweep(self) -> None:
        """Remove what a run's tests left: processes and files."""
        if os.getpid() == 1:
            _kill_all_but({child.pid for child in self._spares})
        gone = set()
        with contextlib.suppress(ChildProcessError):
            while pid := os.waitpid(-1, os.WNOHANG)[0]:
                gone.add(pid)
        for spare in [spare for spare in self._spares if spare.pid in gone]:
            self._spares.remove(spare)
            self._forget(spare)
        with contextlib.suppress(OSError):
            for entry in list(Path(tempfile.gettempdir()).iterdir()):
                if entry.is_dir() and not entry.is_symlink():
                    shutil.rmtree(entry, ignore_errors=True)
                else:
                    entry.unlink()


def _kill_all_but(spared: Collection[int]) -> None:
    """Kill every process of the container but ours and these; when that does not come to an end, these as well."""
    for _ in range(LISTINGS):
        others = {int(name) for name in os.listdir("/proc") if name.isdigit()} - {1, *spared}  # noqa: PTH208 - every run
        if not others:
            return
        for pid in others:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for pid in others:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)
    with contextlib.suppress(ProcessLookupError):
        os.kill(-1, signal.SIGKILL)
