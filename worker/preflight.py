"""What has to be so before anything is started: the folder, the user, the port. Each failure is one line that says what to do."""

import contextlib
import errno
import fcntl
import os
import pwd
import shutil
import socket
import stat
import subprocess
import zlib
from dataclasses import dataclass
from pathlib import Path

LOG = "log"
RUN = "run"
LONGEST_RUN_PATH = 80
BACKLOG = 2048


class CannotStart(Exception):
    """Nothing was started; the text says why and what to do."""


@dataclass(frozen=True)
class Account:
    """The unprivileged user of web and workers when root starts the site."""

    name: str
    uid: int
    gid: int


def listen(host: str, port: int) -> socket.socket:
    """The socket the web server will answer on. Raises `CannotStart` when the port is not to be had."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        raise CannotStart(_why_no_port(error, host, port)) from error
    return listener


def _why_no_port(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} on {host} is taken: stop the program that uses it, or choose another one "
            f"(make run PORT={port + 1}, quizapp up --port {port + 1})."
        )
    if error.errno == errno.EACCES:
        return f"Port {port} needs root: choose one from 1024 on (quizapp up --port 5000)."
    return (
        f"{host} port {port} cannot be listened on ({error.strerror}): is --host an address of this machine?"
    )


def account() -> Account | None:
    """The user for web and workers: None when we are not root, else `quizapp`, made when it is missing.

    `QUIZAPP_USER` names another one. Raises `CannotStart`.
    """
    if os.geteuid() != 0:
        return None
    name = os.environ.get("QUIZAPP_USER") or "quizapp"
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        entry = _made_user(name)
    if entry.pw_uid == 0:
        raise CannotStart(f"QUIZAPP_USER is {name}, which is root: name an unprivileged user.")
    return Account(name, entry.pw_uid, entry.pw_gid)


def _made_user(name: str) -> pwd.struct_passwd:
    command = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
    with contextlib.suppress(OSError, subprocess.CalledProcessError, KeyError):
        subprocess.run([*command, "--shell", "/usr/sbin/nologin", name], check=True, capture_output=True)
        return pwd.getpwnam(name)
    raise CannotStart(
        f"Web and workers do not run as root, and the user {name} for them could not be made: "
        "make it (useradd --system quizapp), or name another one with QUIZAPP_USER."
    )


def var_folder(path: Path, owner: Account | None) -> None:
    """Make the var folder with its subfolders and give it to `owner`. Raises `CannotStart`."""
    try:
        for folder in (path, path / RUN, path / LOG):
            folder.mkdir(parents=True, exist_ok=True)
            _check_writable(folder)
        if owner is not None:
            _give(path, owner)
    except OSError as error:
        name = error.filename or path
        raise CannotStart(
            f"{name} cannot be written ({error.strerror}): give it to this user, or set QUIZAPP_VAR to another folder."
        ) from error


def _check_writable(folder: Path) -> None:
    if folder.name in (RUN, LOG) and folder.is_symlink():
        raise OSError(errno.ELOOP, "it is a link", str(folder))
    if not os.access(folder, os.W_OK):
        raise PermissionError(errno.EACCES, "no right to write", str(folder))


def _give(var: Path, owner: Account) -> None:
    """Hand over the folder's content, but not the logs: root writes those, and nobody else shall redirect them."""
    for folder, folders, files in os.walk(var):
        if Path(folder) == var and LOG in folders:
            folders.remove(LOG)
        for entry in (Path(folder), *(Path(folder, name) for name in files)):
            status = entry.lstat()
            is_link = stat.S_ISLNK(status.st_mode) or (stat.S_ISREG(status.st_mode) and status.st_nlink > 1)
            if status.st_uid != owner.uid and not is_link:
                os.lchown(entry, owner.uid, owner.gid)


def lock(var: Path) -> int:
    """Make sure that one `up` serves a var folder; the lock lasts as long as this process. Raises `CannotStart`."""
    handle = os.open(var / LOG / "up.lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(handle, 20).decode(errors="replace").strip() or "unknown"
        os.close(handle)
        raise CannotStart(
            f"quizapp already serves {var} (process {holder}): stop that one first, "
            "or give this one a folder of its own with QUIZAPP_VAR."
        ) from None
    os.truncate(handle, 0)
    os.write(handle, f"{os.getpid()}\n".encode())
    return handle


def run_folder(var: Path, owner: Account | None) -> Path:
    """Where sockets lie: `run` in the var folder, or one below /tmp when that path is too long for a socket."""
    if len(os.fsencode(var / RUN)) <= LONGEST_RUN_PATH:
        return var / RUN
    # The name is the same each time, so that a start cleans up after one that was killed.
    path = Path("/tmp", f"quizapp-{os.getuid()}-{zlib.crc32(os.fsencode(var)):08x}")  # noqa: S108 - checked below
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(mode=0o755)
    if owner is not None:
        os.chown(path, owner.uid, owner.gid)
    return path
