"""The short way between the broker and a container: two pipes that the container makes, and that the broker opens.

On its way over an attached stream each piece is read and written by the container's shim and by the engine as well,
and on a busy machine each of them has to wait for its turn. A broker that is root on the engine's host can open the
pipes of a container's first process by the kernel's /proc: nothing is mounted for it, nothing gets a name, and the
container can do no more than before. Elsewhere (another host, a broker in a container, an ordinary user, gVisor) the
attached stream does it all. Standard library only: also part of the images.

When a container has made itself ready it says `offer` on its standard output and waits for the word `go`. Where that
comes, everything goes from then on. Neither word is part of a run: by then nobody else's code was near.
"""

from __future__ import annotations

import contextlib
import io
import os
import select
import stat
from collections.abc import Sequence
from dataclasses import dataclass

from sandbox import frames

GO = {"op": "go"}


def offered(receiving: int, sending: int) -> tuple[int, int]:
    """The descriptors by which the broker wants to be heard and spoken to: two pipes of ours, or those given.

    Called in a container, by its first process. Raises `EOFError` when the broker is gone.
    """
    if os.getpid() != 1:  # a process that is nobody's container is not waited for
        return receiving, sending
    return _offered(receiving, sending)


def _offered(receiving: int, sending: int) -> tuple[int, int]:
    ours_in, theirs_out = os.pipe()
    theirs_in, ours_out = os.pipe()
    pipes = [[fd, os.fstat(fd).st_ino] for fd in (theirs_out, theirs_in)]
    os.write(sending, frames.encode({"ev": "offer", "pipes": pipes}))
    is_short = ours_in in select.select([receiving, ours_in], [], [])[0]
    source = ours_in if is_short else receiving
    word = frames.read(lambda size: os.read(source, size))
    # Only the broker may keep the other ends open: else nobody would notice when it goes.
    for end in (theirs_out, theirs_in, *(() if is_short else (ours_in, ours_out))):
        os.close(end)
    if word is None:
        raise EOFError
    return (ours_in, ours_out) if is_short else (receiving, sending)


@dataclass(frozen=True)
class Pipes:
    """The broker's ends of the two pipes of one container. Neither blocks."""

    reading: io.FileIO
    writing: io.FileIO

    def close(self) -> None:
        """Let go of both."""
        for end in (self.writing, self.reading):
            with contextlib.suppress(OSError):
                end.close()


def opened(pid: int, pipes: Sequence[Sequence[int]]) -> Pipes | None:
    """The pipes that the process `pid` of this host offers, as [descriptor, inode]; None where they are out of reach."""
    opened: list[io.FileIO] = []
    try:
        for (fd, inode), mode in zip(pipes, ("wb", "rb"), strict=True):
            opened.append(io.FileIO(f"/proc/{pid}/fd/{fd}", mode, opener=_opener))
            there = os.fstat(opened[-1].fileno())
            if (
                not stat.S_ISFIFO(there.st_mode) or there.st_ino != inode
            ):  # of another host, or another kernel
                raise FileNotFoundError
    except (OSError, ValueError):
        for end in opened:
            end.close()
        return None
    writing, reading = opened
    return Pipes(reading, writing)


def _opener(path: str, flags: int) -> int:
    # A pipe whose other end is closed is opened all the same, and a device would not make us wait.
    return os.open(path, (flags & os.O_ACCMODE) | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
