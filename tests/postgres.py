"""A PostgreSQL server of one's own: made in a temporary folder, started, killed, started again, removed."""

from __future__ import annotations

import contextlib
import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

# For tests that may end in the middle of everything: durability would only cost time.
CARELESS = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"


_PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans() -> None:
    """Have processes that lose their parent become children of this one, also where the first process collects nobody."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)


# Memory that servers share as they need it comes from what each has from its start, and further files of it lie in its own
# folder. By default they lie in /dev/shm, which is everybody's: when somebody tidies up there what killed servers left, no
# connection to a server that runs can be made any more ("could not open shared memory segment").
_MEMORY_OF_ITS_OWN = "-c min_dynamic_shared_memory=64MB -c dynamic_shared_memory_type=mmap"


class Cluster:
    """One server. `url` is its database `postgres`."""

    def __init__(self, folder: Path, options: str) -> None:
        self.url = f"postgresql://postgres@/postgres?host={folder}"
        self._folder = folder
        self._options = options
        self._programs = max(
            Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name)
        )
        self._user = None
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            self._user = "postgres"
            os.chown(folder, pwd.getpwnam(self._user).pw_uid, -1)
        folder.chmod(0o711)  # programs of a site run as somebody else, and reach the socket in it

    @property
    def pid(self) -> int:
        """The server's first process."""
        text = (self._folder / "data" / "postmaster.pid").read_text(encoding="utf-8")
        return int(text.split()[0])

    def make(self) -> None:
        """Create the files."""
        self._run("initdb", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-sync")

    def start(self) -> None:
        """Start it, and wait until it answers; after a kill, that is when it has recovered."""
        options = f"-k {self._folder} -h '' {_MEMORY_OF_ITS_OWN} {self._options}"
        log = self._folder / "log"
        try:
            self._run("pg_ctl", "-w", "-t", "150", "-l", str(log), "-o", options, "start")
        except AssertionError as error:  # pg_ctl says no more than that the log knows why
            if log.exists():
                error.add_note("\n".join(log.read_text(encoding="utf-8").splitlines()[-20:]))
            raise

    def kill(self) -> None:
        """End it as a crash does: no process of it gets to do another thing.

        Whoever kills it collects the dead (`adopt_orphans`): the number of one that nobody collects looks alive to the
        next server, which would not start.
        """
        pid = self.pid
        os.kill(pid, signal.SIGSTOP)  # or it would start another one while we look
        backends = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
        for victim in (pid, *map(int, backends)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)
        self._bury(pid)
        for victim in map(int, backends):
            self._bury(victim)

    def stop(self) -> None:
        """End it at once."""
        pid = self.pid
        self._run("pg_ctl", "-w", "-t", "150", "-m", "immediate", "stop")
        self._bury(pid)

    @staticmethod
    def _bury(pid: int) -> None:
        """Wait until it is gone: a process that still has the shared memory keeps the next server from starting."""
        # The server lost its parent when pg_ctl ended, so it may be ours to wait for, or somebody else's.
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, 0)
        give_up = time.monotonic() + 30
        while _is_alive(pid):
            assert time.monotonic() < give_up, f"process {pid} does not end"
            time.sleep(0.01)

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), "-D", str(self._folder / "data"), *arguments]
        done = subprocess.run(
            command, user=self._user, cwd=self._folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


def _is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


@contextlib.contextmanager
def running(options: str = CARELESS) -> Iterator[Cluster]:
    """A server for the length of a `with` block."""
    folder = Path(tempfile.mkdtemp(prefix="quizapp-pg-"))
    try:
        cluster = Cluster(folder, f"{options} -c max_connections=200")
        cluster.make()
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
