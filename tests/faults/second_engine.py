"""A Docker Engine of the tests' own, to be killed, stopped, frozen and filled, while the machine's engine serves the rest."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from sandbox.engine import Engine, EngineError
from sandbox.settings import Settings
from tests.faults.desk import until

RUNTIMES = {
    "quick": shutil.which("crun") or "/usr/bin/crun",
    "broken": "/bin/false",
}  # besides its own, which is runc
DISK_MIB = 2048  # for both images twice over; what is not used is not taken from the machine's memory


class SecondEngine:
    """A dockerd without a network, on a file system of its own in memory."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="quizapp-engine-"))
        self.disk = self.folder / "disk"
        self.disk.mkdir()
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "quizapp-test", self.disk], check=True
        )
        self.host = f"unix://{self.folder}/docker.sock"
        self.engine = Engine(self.host)
        self._process: subprocess.Popen[bytes] | None = None
        self._filler = self.disk / "filler"

    def start(self) -> None:
        """Start it and wait until it answers."""
        settings = {
            "--data-root": self.disk / "data",
            "--exec-root": self.folder / "exec",
            "--pidfile": self.folder / "pid",
            "--host": self.host,
            "--storage-driver": "overlay2",
        }
        flags = ["--bridge=none", "--iptables=false", "--ip6tables=false"]
        flags += [f"--add-runtime={name}={path}" for name, path in RUNTIMES.items()]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                # A name space of its own: without a bridge an engine would remove the one that the machine's own made.
                [
                    "unshare",
                    "--net",
                    "dockerd",
                    *flags,
                    *(f"{name}={value}" for name, value in settings.items()),
                ],
                stdout=log,
                stderr=log,
            )
        until(self._answers, f"a second dockerd answers\n{self.log()}")

    def end(self, number: signal.Signals) -> None:
        """End it with a signal: SIGKILL as a crash, SIGTERM as a restart by its operator."""
        assert self._process is not None
        containerd = self._containerd()
        self._process.send_signal(number)
        self._process.wait(timeout=120)
        # Its containerd ends with it. A test run adopts what loses its parent, and as long as nobody has taken notice of
        # the end, the next dockerd takes it for alive.
        with contextlib.suppress(ChildProcessError):
            until(lambda: os.waitpid(containerd, os.WNOHANG)[0], "its containerd has ended")

    def freeze(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def fill(self) -> None:
        """Leave not a byte on its disk."""
        with self._filler.open("wb", buffering=0) as filler:
            for step in (1024 * 1024, 4096):
                with contextlib.suppress(OSError):
                    while True:
                        filler.write(bytes(step))

    def make_room(self) -> None:
        self._filler.unlink(missing_ok=True)

    def load(self, source: Engine, *names: str) -> None:
        """Copy images from another engine."""
        with source._calling() as near:
            url = near._url("/images/get")
            with near.get(url, params={"names": names}, stream=True, timeout=120) as reply:
                reply.raise_for_status()
                with contextlib.closing(self.engine._client(timeout=300)) as far:
                    for told in far.load_image(reply.iter_content(1024 * 1024)):
                        assert "error" not in told, told

    def log(self) -> str:
        path = self.folder / "log"
        return path.read_text(encoding="utf-8", errors="replace")[-3000:] if path.exists() else ""

    def close(self) -> None:
        """End it with all its containers, and give the disk back."""
        self.make_room()
        with contextlib.suppress(ProcessLookupError):
            self.thaw()
        if self._process is not None and self._process.poll() is None:
            self.end(signal.SIGTERM)
        self._kill_the_rest()
        for mount in reversed(_mounts_below(self.folder)):
            subprocess.run(["umount", "-l", mount], check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _containerd(self) -> int:
        return int((self.folder / "exec/containerd/containerd.pid").read_text(encoding="ascii"))

    def _kill_the_rest(self) -> None:
        """Kill what an engine that was killed, or that a failed test left dead, could not end itself."""
        for command in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                said, pid = command.read_bytes(), int(command.parent.name)
                # A container that was about to start waits for ever for who was starting it. Those of a living engine
                # have their parent, and are none of ours.
                is_orphan = said.startswith(b"runc\0init") and _parent(pid) == os.getpid()
                if is_orphan or str(self.folder).encode() in said:
                    os.kill(pid, signal.SIGKILL)

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.log()
        with socket.socket(socket.AF_UNIX) as probe:
            if probe.connect_ex(self.host.removeprefix("unix://")) != 0:
                return False
        try:
            self.engine.ping()
        except EngineError:
            return False
        return True


def running(images_from: Settings) -> Iterator[SecondEngine]:
    """A second engine with the sandbox's images."""
    second = SecondEngine()
    try:
        second.start()
        source = Engine(images_from.docker_host, images_from.engine_timeout)
        second.load(source, images_from.candidate_image, images_from.grader_image)
        yield second
    finally:
        second.close()


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[1])


def _mounts_below(folder: Path) -> list[str]:
    lines = Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()
    return [path for line in lines if (path := line.split()[1]).startswith(f"{folder}{os.sep}")]
