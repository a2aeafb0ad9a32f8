"""How anybody asks the broker: plain blocking calls over its unix socket, standard library only.

`LocalBroker` gives a client to code that needs a broker for its own life only: it uses the running one, and
starts one when there is none.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from sandbox import frames
from sandbox.protocol import PROTOCOL_VERSION, Health, Limits, Outcome, Priority, Program
from sandbox.settings import socket_path

ASKING_BYTES = 32 * 1024 * 1024  # the most one frame between an asker and the broker may hold
CONNECT_SECONDS = 5.0
HEALTH_SECONDS = 10.0
SILENCE_SECONDS = 30.0  # of a run, before its broker is asked whether it lives
START_SECONDS = 60.0  # until a broker started here has its first containers

OnOutput = Callable[[str, str], None]  # stream ("stdout" or "stderr"), text


class BrokerUnavailable(Exception):
    """Nothing was run, and nothing is known about the program; the text says what to do."""


class RunLost(BrokerUnavailable):
    """A run was begun, and broker or engine went away before its end: what was run may be the cause, or may not."""


class Line:
    """The connections of runs that belong together, for another thread to hang up on them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connections: set[socket.socket] = set()
        self._is_cut = False

    def hang_up(self) -> None:
        """End the runs, now or as soon as they begin: the broker stops what nobody asks for any more."""
        with self._lock:
            self._is_cut = True
            for connection in self._connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    @contextlib.contextmanager
    def held(self, connection: socket.socket) -> Iterator[None]:
        """Let `hang_up` reach this connection for the length of the block."""
        with self._lock:
            self._connections.add(connection)
        if self._is_cut:
            self.hang_up()
        try:
            yield
        finally:
            with self._lock:
                self._connections.discard(connection)


class BrokerClient:
    """Calls to the broker that listens at `socket_path`. Safe to share between threads: each call has a connection of its own."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)

    def run(
        self,
        program: Program,
        limits: Limits | None = None,
        priority: Priority = Priority.LIVE,
        user: str = "",
        on_output: OnOutput | None = None,
        line: Line | None = None,
    ) -> Outcome:
        """Run a program and wait for its outcome, however long places are short.

        `user` is whose turn it is when several wait. `on_output(stream, text)` gets what the program prints while it
        runs. When this process ends or hangs up on `line`, the broker ends the run. Raises `BrokerUnavailable` when the
        run did not happen, `RunLost` when it began and its end is not known.
        """
        question = {
            "op": "run",
            "version": PROTOCOL_VERSION,
            "program": program.to_json(),
            "limits": (limits or Limits()).to_json(),
            "priority": priority.value,
            "user": user,
        }
        with self._connected() as connection, (line or Line()).held(connection):
            self._send(connection, question)
            try:
                connection.settimeout(SILENCE_SECONDS)
                for answer in self._answers(connection):
                    if answer["ev"] == "output" and on_output is not None:
                        on_output(answer["stream"], answer["text"])
                    elif answer["ev"] == "outcome":
                        return Outcome.from_json(answer["outcome"])
            except OSError as error:
                raise RunLost(self._gone()) from error
        raise RunLost(self._gone())

    def health(self) -> Health:
        """How the broker is. Raises `BrokerUnavailable` when none answers."""
        with self._connected() as connection:
            connection.settimeout(HEALTH_SECONDS)
            self._send(connection, {"op": "health", "version": PROTOCOL_VERSION})
            for answer in self._answers(connection):
                if answer["ev"] == "health":
                    return Health.from_json(answer["health"])
        raise BrokerUnavailable(self._gone())

    @contextlib.contextmanager
    def _connected(self) -> Iterator[socket.socket]:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(CONNECT_SECONDS)
        with contextlib.closing(connection):
            try:
                connection.connect(str(self.path))
            except PermissionError as error:
                msg = f"This user may not talk to the sandbox broker at {self.path}: see QUIZAPP_SANDBOX_ALLOWED_UIDS"
                raise BrokerUnavailable(msg) from error
            except OSError as error:
                msg = f"No sandbox broker answers at {self.path}: start one with `quizapp sandbox broker`"
                raise BrokerUnavailable(msg) from error
            try:
                yield connection
            except OSError as error:
                raise BrokerUnavailable(self._gone()) from error

    def _send(self, connection: socket.socket, question: Mapping[str, Any]) -> None:
        try:
            connection.sendall(frames.encode(question, ASKING_BYTES))
        except (BrokenPipeError, ConnectionResetError):
            # A broker that refuses does not hear the question out: its reason was sent, and waits here to be read.
            for _ in self._answers(connection):
                pass
            raise

    def _answers(self, connection: socket.socket) -> Iterator[dict[str, Any]]:
        decoder = frames.Decoder(ASKING_BYTES)
        while chunk := self._received(connection):
            for answer in decoder.feed(chunk):
                if answer.get("ev") == "refused":
                    refusal = RunLost if answer.get("lost") else BrokerUnavailable
                    raise refusal(str(answer.get("reason")))
                yield answer

    def _received(self, connection: socket.socket) -> bytes:
        """What comes next. A long run is silent, and so is a broker that hangs: its health tells them apart."""
        while True:
            try:
                return connection.recv(65536)
            except TimeoutError:
                if connection.gettimeout() != SILENCE_SECONDS:
                    raise
                try:
                    self.health()
                except BrokerUnavailable as problem:
                    raise RunLost(str(problem)) from problem

    def _gone(self) -> str:
        return f"The sandbox broker at {self.path} ended the conversation: look at its log, and ask again"


class LocalBroker:
    """A broker for the life of a `with` block: the running one when there is one, else one started here.

    Gives a `BrokerClient`. Raises `BrokerUnavailable` when the broker that was started cannot run anything.
    """

    def __init__(self, path: Path | str | None = None, environ: Mapping[str, str] | None = None) -> None:
        self._asked = path
        self._environ = dict(os.environ if environ is None else environ)
        self._folder = contextlib.ExitStack()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def is_own(self) -> bool:
        """Whether the broker was started here."""
        return self._process is not None

    def __enter__(self) -> BrokerClient:
        running = BrokerClient(self._asked or socket_path(self._environ))
        with contextlib.suppress(BrokerUnavailable):
            health = running.health()
            if not health.ready:
                raise BrokerUnavailable(health.reason)
            return running
        try:
            return self._started()
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_: object) -> None:
        process, self._process = self._process, None
        if process is not None:
            assert process.stdin is not None  # noqa: S101 - for the type checker
            process.stdin.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=30)
            if process.returncode is None:
                process.kill()
                process.wait()
        self._folder.close()

    def _started(self) -> BrokerClient:
        folder = self._folder.enter_context(tempfile.TemporaryDirectory(prefix="quizapp-broker-"))
        client = BrokerClient(Path(folder, "broker.sock"))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "sandbox.cli", "broker", "--until-stdin-closes", "--quiet"],
            stdin=subprocess.PIPE,
            env=self._environ | {"QUIZAPP_BROKER_SOCKET": str(client.path)},
            cwd=Path(__file__).resolve().parent.parent,
        )
        give_up = time.monotonic() + START_SECONDS
        reason = "it did not start to listen"
        while time.monotonic() < give_up and self._process.poll() is None:
            with contextlib.suppress(BrokerUnavailable):
                health = client.health()
                if health.ready:
                    return client
                reason = health.reason
                if not reason.startswith("starting"):
                    break
            time.sleep(0.05)
        msg = f"The sandbox broker cannot run anything: {reason}"
        raise BrokerUnavailable(msg)
