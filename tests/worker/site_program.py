"""`quizapp up` as a person starts it: a program, its output, its end."""

import contextlib
import http.client
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from sandbox.client import BrokerClient, BrokerUnavailable

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    """A port that nobody listens on at the moment.

    It lies below those that the system gives to whoever asks for any, so that nobody gets it before it is used.
    """
    while True:
        port = secrets.choice(range(10_000, 32_000))
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


class SiteProgram:
    """One `quizapp up` with a var folder and a port of its own."""

    def __init__(self, var: Path, *options: str, environment: Mapping[str, str] | None = None) -> None:
        self.var = var
        self.port = free_port()
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "quizapp.cli", "up", "--port", str(self.port), "--workers", "2", *options],
            cwd=ROOT,
            env={**os.environ, "QUIZAPP_VAR": str(var), **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as stream:
            for line in stream:
                self.lines.append(line.rstrip())

    @property
    def output(self) -> str:
        """Everything it said so far."""
        return "\n".join(self.lines)

    def await_line(self, text: str, seconds: float = 300) -> str:
        """The first line that holds `text`, once it is said."""
        give_up = time.monotonic() + seconds
        while time.monotonic() < give_up:
            ended = self.process.poll() is not None and not self._reader.is_alive()
            for line in list(self.lines):
                if text in line:
                    return line
            assert not ended, f"it ended without saying {text!r}:\n{self.output}"
            time.sleep(0.05)
        raise AssertionError(f"it did not say {text!r} within {seconds} s:\n{self.output}")

    def await_sandbox(self, seconds: float = 300) -> None:
        """Wait until code can be run: a site whose sandbox takes long says so, and serves before it is ready."""
        broker = BrokerClient(self.var / "run" / "broker.sock")
        give_up = time.monotonic() + seconds
        while True:
            with contextlib.suppress(BrokerUnavailable):
                if broker.health().ready:
                    return
            assert time.monotonic() < give_up, f"no code can be run:\n{self.output}"
            time.sleep(0.1)

    def get(self, path: str) -> int:
        """The status with which the site answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        with contextlib.closing(connection):
            connection.request("GET", path)
            return connection.getresponse().status

    def end(self, number: int = signal.SIGINT, patience: float = 150) -> int:
        """End it as Ctrl-C does; its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            status = self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError(f"it did not end within {patience} s:\n{self.output}") from None
        self._reader.join(10)
        return status

    def members(self) -> dict[int, str]:
        """Every living process that belongs to this site (they are told its var folder): id and command line."""
        mark = f"QUIZAPP_VAR={self.var}\0".encode()
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if mark in (folder / "environ").read_bytes():
                    found[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        return {pid: command for pid, command in found.items() if command}

    def member(self, words: str) -> int:
        """The oldest process of this site whose command line holds `words`."""
        found = [
            pid
            for pid, command in self.members().items()
            if words in command and "worker/launch.py" not in command
        ]
        # By when they began: the kernel starts again with small ids after the last one.
        return min(found, key=lambda pid: int(_stat(pid)[19]))

    def is_gone(self, seconds: float) -> bool:
        """Whether the last process of the site ends within this time."""
        give_up = time.monotonic() + seconds
        while self.members():
            if time.monotonic() > give_up:
                return False
            time.sleep(0.1)
        return True


def _stat(pid: int) -> list[str]:
    """What the kernel says of a process, from its state on."""
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()


@contextlib.contextmanager
def running(var: Path, *options: str, environment: Mapping[str, str] | None = None) -> Iterator[SiteProgram]:
    """A site for the length of a `with` block."""
    site = SiteProgram(var, *options, environment=environment)
    try:
        yield site
    finally:
        site.end()
