"""Stands between a worker and a real broker, and lets a test do something to the real containers of chosen runs."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sandbox import frames
from sandbox.client import ASKING_BYTES
from sandbox.engine import Engine, EngineError
from sandbox.protocol import Program
from tests.sandbox.conftest import RunningBroker


class Meddler:
    """Passes questions and answers on. `meddle` is called when a run that `chooses` names has printed something."""

    def __init__(self, path: Path, broker: RunningBroker) -> None:
        self.path = path
        self.broker = broker
        self.chooses: Callable[[Program], bool] = lambda _program: False
        self.meddle: Callable[[], None] = lambda: None
        self.runs = 0  # of those that were meddled with
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen(32)
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(near,), daemon=True).start()

    def _serve(self, near: socket.socket) -> None:
        with near, socket.socket(socket.AF_UNIX) as far, contextlib.suppress(OSError):
            decoder = frames.Decoder(ASKING_BYTES)
            question: list[frames.Frame] = []
            sent = b""
            while not question and (chunk := near.recv(65536)):
                sent += chunk
                question = decoder.feed(chunk)
            far.connect(str(self.broker.socket))
            far.sendall(sent)
            threading.Thread(target=_pump, args=(near, far), daemon=True).start()
            is_run = bool(question) and question[0]["op"] == "run"
            if is_run and self.chooses(Program.from_json(question[0]["program"])):
                self._watch(far, near)
            _pump(far, near)

    def _watch(self, far: socket.socket, near: socket.socket) -> None:
        """Pass answers on until the program has printed, then meddle."""
        decoder = frames.Decoder(ASKING_BYTES)
        while chunk := far.recv(65536):
            near.sendall(chunk)
            if any(answer["ev"] == "output" for answer in decoder.feed(chunk)):
                self.runs += 1
                self.meddle()
                return


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while chunk := source.recv(65536):
            sink.sendall(chunk)
        sink.shutdown(socket.SHUT_RDWR)


def containers(engine: Engine, socket_path: Path, role: str) -> list[str]:
    """The running containers of one role that belong to the broker at a socket."""
    found = engine.containers("app=quizapp", f"quizapp.role={role}")
    return [
        one["Id"]
        for one in found
        if f" {socket_path} " in one["Labels"]["quizapp.broker"] and one["State"] == "running"
    ]


def kill_all(engine: Engine, socket_path: Path, role: str) -> None:
    """Kill every container of a role, in the same moment: the busy one is among them, and no retry meets a later kill."""

    def kill(container: str) -> None:
        with contextlib.suppress(EngineError), engine._calling() as docker:
            docker.kill(container)

    found = list(containers(engine, socket_path, role))
    with ThreadPoolExecutor(max_workers=max(1, len(found))) as hands:
        list(hands.map(kill, found))
