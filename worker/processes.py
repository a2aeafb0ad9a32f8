"""The programs that `quizapp up` starts: their output, their end, and starting them again.

One loop in one thread serves them all. (The kernel ties "end with the parent" to the thread that started a program,
so a second thread would be a trap.)
"""

import contextlib
import os
import re
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from worker.console import Console
from worker.launch import die_with_parent

__all__ = ["Child", "Processes", "Spec", "Stopped", "Tells", "die_with_parent"]

LONGEST_BACKOFF = 30.0
SHORT_LIFE = 10.0  # a program that lived shorter than this failed to start
LINE_BYTES = 4096
MOST_LOG_BYTES = 10 * 1024 * 1024

_IMPORTANT = re.compile(r"\b(warning|error|critical|exception)\b|Error:", re.IGNORECASE)
_QUIET = re.compile(r"\b(info|debug)\b", re.IGNORECASE)


class Tells(Enum):
    """What of a program's output is for the console; all of it is in its log."""

    EVERYTHING = 1
    TROUBLE = 2
    NOTHING = 3

    def shows(self, line: str) -> bool:
        """Whether this line is for the console."""
        if self is Tells.TROUBLE:
            return bool(_IMPORTANT.search(line)) and not _QUIET.search(line)
        return self is Tells.EVERYTHING and not line.startswith(("INFO", "DEBUG"))


class Stopped(Exception):
    """Somebody asked `up` to end: Ctrl-C or a signal."""


@dataclass(frozen=True)
class Spec:
    """A program to start: its name in messages and of its log, and how it is ended."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    patience: float = 10.0  # seconds between the request to end and the kill
    ends_with_stdin: bool = False  # asked to end by closing its stdin instead of by SIGTERM
    tells: Tells = Tells.TROUBLE
    files: Sequence[int] = ()  # file descriptors it inherits


@dataclass(eq=False)
class Child:
    """A started program, and how its predecessors fared."""

    spec: Spec
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    failures: int = 0
    due: float | None = None  # when to start it again
    tail: bytearray = field(default_factory=bytearray)  # the line that is not complete yet
    last_line: str = ""
    is_in_traceback: bool = False
    log: int = -1

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def returncode(self) -> int | None:
        """The exit status; None while it runs."""
        return self.process.returncode if self.process else None


class Processes:
    """Starts programs in sessions of their own, so that a Ctrl-C reaches only `up`, which then ends them in order."""

    def __init__(self, console: Console, log_folder: str) -> None:
        self.console = console
        self._selector = selectors.DefaultSelector()
        self._children: list[Child] = []
        self._requests = 0  # how often somebody asked us to end
        self._enough = 2  # so many requests mean: at once
        # The folder lies where unprivileged programs may write, so no link there is followed.
        self._folder = os.open(log_folder, os.O_DIRECTORY | os.O_NOFOLLOW)
        reader, writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._selector.register(reader, selectors.EVENT_READ, None)
        self._woken = reader
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._asked_to_end)

    @property
    def running(self) -> list[Child]:
        return [child for child in self._children if child.is_running]

    def start(self, spec: Spec) -> Child:
        """Start a program and keep it: when it ends, it is started again, later and later."""
        child = Child(spec)
        self._children.append(child)
        self._spawn(child)
        return child

    def once(self, spec: Spec) -> Child:
        """Run a program to its end; its exit status is `child.returncode`. Raises `Stopped`."""
        child = Child(spec)
        self._spawn(child)
        try:
            while child.is_running:
                self.turn(1.0)
        finally:
            self._end(child)
        return child

    def turn(self, seconds: float) -> None:
        """Serve output, ends and restarts for up to `seconds`. Raises `Stopped` when somebody asked us to end."""
        self._serve(seconds)
        if self._requests:
            raise Stopped
        now = time.monotonic()
        for child in self._children:
            if child.due is not None and now >= child.due:
                child.due = None
                self._spawn(child)
            elif child.due is None and not child.is_running:
                self._plan_restart(child)

    def wait_until(self, is_so: Callable[[], bool], seconds: float, child: Child | None = None) -> bool:
        """Serve until `is_so()`, the time is over (False) or `child` has ended (False). Raises `Stopped`."""
        give_up = time.monotonic() + seconds
        while not is_so():
            if time.monotonic() > give_up or (child is not None and not child.is_running):
                return False
            self.turn(0.05)
        return True

    def stop(self) -> None:
        """End all programs, the last started first, each with its patience; a further Ctrl-C kills at once."""
        self._enough = self._requests + 1
        for child in reversed(self._children):
            self._end(child)
        self._children.clear()

    def _asked_to_end(self, *_: object) -> None:
        self._requests += 1

    def _serve(self, seconds: float) -> None:
        for key, _ in self._selector.select(seconds):
            if key.data is None:
                with contextlib.suppress(BlockingIOError):
                    os.read(self._woken, 4096)
            else:
                self._read(key.data)

    def _spawn(self, child: Child) -> None:
        spec = child.spec
        child.started = time.monotonic()
        child.log = child.log if child.log >= 0 else self._open_log(spec.name)
        child.process = subprocess.Popen(
            spec.command,
            stdin=subprocess.PIPE if spec.ends_with_stdin else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=dict(spec.environment),
            pass_fds=tuple(spec.files),
            start_new_session=True,
        )
        assert child.process.stdout is not None  # noqa: S101 - for the type checker
        os.set_blocking(child.process.stdout.fileno(), False)
        self._selector.register(child.process.stdout, selectors.EVENT_READ, child)

    def _plan_restart(self, child: Child) -> None:
        assert child.process is not None  # noqa: S101 - for the type checker
        self._drain(child)
        lived = time.monotonic() - child.started
        child.failures = child.failures + 1 if lived < SHORT_LIFE else 0
        pause = min(2.0 ** (child.failures - 1), LONGEST_BACKOFF) if child.failures else 0.5
        child.due = time.monotonic() + pause
        why = f": {child.last_line}" if child.last_line else ""
        self.console.line(
            child.spec.name,
            f"ended ({_ending(child.process.returncode)}){why}; started again in {pause:.1f} s",
        )

    def _read(self, child: Child) -> bool:
        assert child.process is not None  # noqa: S101 - for the type checker
        assert child.process.stdout is not None  # noqa: S101 - for the type checker
        try:
            chunk = os.read(child.process.stdout.fileno(), 65536)
        except BlockingIOError:
            return False
        if not chunk:
            self._selector.unregister(child.process.stdout)
            child.process.stdout.close()
            return False
        self._write_log(child, chunk)
        child.tail += chunk
        for line in _complete_lines(child.tail):
            self._tell(child, line)
        return True

    def _drain(self, child: Child) -> None:
        assert child.process is not None  # noqa: S101 - for the type checker
        stream = child.process.stdout
        while stream is not None and not stream.closed and self._read(child):
            pass
        if stream is not None and not stream.closed:
            self._selector.unregister(stream)
            stream.close()
        if child.process.stdin is not None:
            child.process.stdin.close()

    def _tell(self, child: Child, line: bytes) -> None:
        text = line.decode(errors="replace").rstrip()
        # Of a traceback people need the last line here; the rest is in the log.
        if text.startswith("Traceback ") or (child.is_in_traceback and text.startswith(" ")) or not text:
            child.is_in_traceback = True
            return
        child.is_in_traceback = False
        child.last_line = text
        if child.spec.tells.shows(text):
            self.console.line(child.spec.name, text)

    def _open_log(self, name: str) -> int:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        return os.open(f"{name}.log", flags, 0o644, dir_fd=self._folder)

    def _write_log(self, child: Child, chunk: bytes) -> None:
        if os.fstat(child.log).st_size > MOST_LOG_BYTES:
            name = f"{child.spec.name}.log"
            os.rename(name, f"{name}.1", src_dir_fd=self._folder, dst_dir_fd=self._folder)
            os.close(child.log)
            child.log = self._open_log(child.spec.name)
        os.write(child.log, chunk)

    def _end(self, child: Child) -> None:
        assert child.process is not None  # noqa: S101 - for the type checker
        if child.is_running:
            self._ask_to_end(child)
        give_up = time.monotonic() + child.spec.patience
        while child.is_running and time.monotonic() < give_up and self._requests < self._enough:
            self._serve(0.05)
        # The whole session, so that a program that had to be killed leaves nobody behind.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.process.pid, signal.SIGKILL)
        child.process.wait()
        self._drain(child)
        os.close(child.log)

    def _ask_to_end(self, child: Child) -> None:
        assert child.process is not None  # noqa: S101 - for the type checker
        if child.process.stdin is not None:
            child.process.stdin.close()
        else:
            child.process.send_signal(signal.SIGTERM)


def _complete_lines(buffer: bytearray) -> Iterator[bytes]:
    """Take the complete lines out of `buffer`; a line that has grown too long counts as complete."""
    while (end := buffer.find(b"\n")) >= 0 or len(buffer) > LINE_BYTES:
        cut = end + 1 if end >= 0 else LINE_BYTES
        yield bytes(buffer[:cut])
        del buffer[:cut]


def _ending(status: int) -> str:
    return f"signal {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"
