"""Starts one program of `quizapp up` with no more rights than it needs; run as a file, on the standard library alone.

A site that is started by root lies where root put it, often below /root, where no other user may look. So when a
folder on the way to the code is closed to the unprivileged user, the program gets a private view of the file system:
in it that folder holds nothing but the paths the program needs, bound read-only (all but the var folder). Nothing is
copied, and nobody's permissions are changed.
"""

import contextlib
import ctypes
import json
import os
import signal
import stat
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

CANNOT_START = 78  # EX_CONFIG; the reason is on stderr

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
_CLONE_NEWNS = 0x00020000
_MS_RDONLY, _MS_NOSUID, _MS_NODEV, _MS_REMOUNT, _MS_BIND, _MS_REC, _MS_PRIVATE = (
    1,
    2,
    4,
    32,
    4096,
    16384,
    1 << 18,
)


class CannotLaunch(Exception):
    """The program cannot be started with fewer rights; the text says what to do."""


@dataclass(frozen=True)
class Launch:
    """Who a program runs as, what it reads and writes, and whose death ends it."""

    parent: int
    folder: str  # the program starts here
    uid: int | None = None  # None: keep the rights there are
    gid: int | None = None
    readable: Sequence[str] = field(default=())  # absolute paths
    writable: Sequence[str] = field(default=())
    niceness: int = 0  # below 0 its turn comes before that of others, where we have the right to say so


def main(arguments: Sequence[str]) -> int:
    """Become the program `arguments[1:]` as the Launch in `arguments[0]` (JSON) says; returns only on failure."""
    try:
        launch = Launch(**json.loads(arguments[0]))
        if launch.niceness:
            go_before(launch.niceness)
        if launch.uid is not None and launch.gid is not None:
            _confine(launch, launch.uid, launch.gid)
        die_with_parent(launch.parent)
        os.chdir(launch.folder)
        os.execvp(arguments[1], list(arguments[1:]))
    except CannotLaunch as problem:
        print(problem, file=sys.stderr)
    except OSError as error:
        print(f"{arguments[1]} cannot be started: {error.strerror}", file=sys.stderr)
    return CANNOT_START


def go_before(niceness: int) -> None:
    """Ask for another share of the processors, where that is ours to ask."""
    with contextlib.suppress(OSError):
        os.nice(niceness)
        # Where the kernel shares processors out by session first, a process's own share counts within its session only.
        Path("/proc/self/autogroup").write_text(str(niceness), encoding="ascii")


def die_with_parent(parent: int | None = None, number: int = signal.SIGTERM) -> None:
    """Have the kernel send this process a signal when its parent ends, however that comes about (Linux only).

    The kernel forgets the wish at a change of user, so it comes after that. With `parent` given, a parent that was
    gone before the wish counts too.
    """
    if sys.platform != "linux":
        return
    _libc().prctl(_PR_SET_PDEATHSIG, int(number))
    if parent is not None and os.getppid() != parent:
        os.kill(os.getpid(), number)


def closed_folders(paths: Iterable[str], uid: int, gid: int) -> list[str]:
    """The outermost folders on the way to `paths` that this user may not pass, sorted."""
    closed = set()
    for path in paths:
        for folder in reversed(Path(path).parents):
            status = folder.stat()
            bit = stat.S_IXOTH
            if status.st_uid == uid:
                bit = stat.S_IXUSR
            elif status.st_gid == gid:
                bit = stat.S_IXGRP
            if not status.st_mode & bit:
                closed.add(str(folder))
                break
    return sorted(closed)


def _confine(launch: Launch, uid: int, gid: int) -> None:
    closed = closed_folders([*launch.readable, *launch.writable], uid, gid)
    if closed:
        _open_up(closed, launch)
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    _libc().prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    for path in (*launch.readable, *launch.writable):
        wanted = (
            os.R_OK | (os.X_OK if Path(path).is_dir() else 0) | (os.W_OK if path in launch.writable else 0)
        )
        if not os.access(path, wanted):
            msg = (
                f"The unprivileged user (uid {uid}) cannot use {path}: run `chmod -R go+rX {path}`, "
                "or start quizapp as an ordinary user in the group docker."
            )
            raise CannotLaunch(msg)


def _open_up(closed: Sequence[str], launch: Launch) -> None:
    """Give this process a view in which the closed folders hold the launch's paths and nothing else."""
    try:
        _call("unshare", _CLONE_NEWNS)
        # Opened after that, because only what belongs to the new view can be bound in it.
        handles = {path: os.open(path, os.O_PATH) for path in _outermost_first(launch)}
        _call("mount", b"none", b"/", None, _MS_REC | _MS_PRIVATE, None)
        for folder in closed:
            _call("mount", b"tmpfs", folder.encode(), b"tmpfs", _MS_NOSUID | _MS_NODEV, b"mode=0755,size=1m")
        for path, handle in handles.items():
            if any(Path(path).is_relative_to(folder) for folder in closed):
                _bind(handle, path, is_writable=path in launch.writable)
    except OSError as error:
        msg = (
            f"{', '.join(closed)} is closed to the unprivileged user, and this machine lets nobody make a private view "
            f"of it ({error.strerror}): move the checkout to a folder like /srv/quizapp, or start quizapp as an "
            "ordinary user in the group docker."
        )
        raise CannotLaunch(msg) from error
    for handle in handles.values():
        os.close(handle)


def _outermost_first(launch: Launch) -> list[str]:
    # What lies inside another path is bound after it, or it would be covered.
    return sorted({*launch.readable, *launch.writable}, key=lambda path: len(Path(path).parts))


def _bind(handle: int, path: str, *, is_writable: bool) -> None:
    target = Path(path)
    if stat.S_ISDIR(os.fstat(handle).st_mode):
        if not target.is_dir():
            target.mkdir(parents=True)
    elif not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()
    _call("mount", f"/proc/self/fd/{handle}".encode(), path.encode(), None, _MS_BIND, None)
    if not is_writable:
        flags = _MS_REMOUNT | _MS_BIND | _MS_RDONLY | _MS_NOSUID | _MS_NODEV
        _call("mount", b"none", path.encode(), None, flags, None)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _call(name: str, *arguments: object) -> None:
    if getattr(_libc(), name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
