"""Agent and grader as subprocesses over pipes, joined by a small relay: everything but the containers."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sandbox import frames, shapes
from sandbox.order import AgentOrder

ROOT = Path(__file__).parents[3]
PATIENCE = 120.0  # seconds for one frame, and for a run, on however busy a machine


class Peer:
    """A subprocess that speaks frames on its standard streams."""

    def __init__(self, module: str, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "tmp").mkdir(exist_ok=True)
        box = folder / "box"
        box.mkdir(exist_ok=True)
        environ = {
            "PATH": os.environ["PATH"], "HOME": str(box), "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0", "TZ": "UTC",
            "LANG": "C.UTF-8", "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1", "SANDBOX_BOX": str(box),
            "SANDBOX_TMP": str(folder / "tmp"), "TMPDIR": str(folder / "tmp"),
        }  # fmt: skip
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-s", "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environ,
            cwd=box,
        )
        self._decoder = frames.Decoder()
        self.waiting: list[dict[str, Any]] = []

    def send(self, **frame: Any) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(frames.encode(frame))
        self.process.stdin.flush()

    def fileno(self) -> int:
        assert self.process.stdout is not None
        return self.process.stdout.fileno()

    def receive(self) -> list[dict[str, Any]]:
        chunk = os.read(self.fileno(), 1 << 16)
        if not chunk:
            msg = f"{self.process.args!r} ended"
            raise EOFError(msg)
        return self._decoder.feed(chunk)

    def wait_for(self, event: str, seconds: float = PATIENCE) -> dict[str, Any]:
        """The next frame of this kind; others are passed over."""
        while True:
            frame = self.next_frame(seconds)
            if frame.get("ev") == event:
                return frame

    def wait_any(self, *events: str, seconds: float = PATIENCE) -> dict[str, Any]:
        """The next frame of one of these kinds; others are passed over."""
        while True:
            frame = self.next_frame(seconds)
            if frame.get("ev") in events:
                return frame

    def next_frame(self, seconds: float) -> dict[str, Any]:
        """The next frame. Raises `TimeoutError`."""
        deadline = time.monotonic() + seconds
        with selectors.DefaultSelector() as selector:
            selector.register(self, selectors.EVENT_READ)
            while not self.waiting:
                if not selector.select(deadline - time.monotonic()):
                    raise TimeoutError
                self.waiting += self.receive()
        return self.waiting.pop(0)

    def stop(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


@contextmanager
def peer(module: str) -> Iterator[Peer]:
    """A warm agent or grader for the life of a `with` block."""
    with tempfile.TemporaryDirectory(prefix="quizapp-peer-") as folder:
        made = Peer(module, Path(folder))
        try:
            made.wait_for("ready")
            yield made
        finally:
            made.stop()


def run(
    agent: Peer,
    grader: Peer,
    files: Mapping[str, str],
    tests: Mapping[str, str],
    *,
    seconds: float = PATIENCE,
    **more: Any,
) -> dict[str, Any]:
    """One run of tests; what became of it, in the words of the wire."""
    outcome: dict[str, Any] = {
        "tests": [],
        "collected": [],
        "done": None,
        "broke": None,
        "stdout": "",
        "stderr": "",
        "ended": [],
    }
    preload = more.pop("preload", [])
    cpu = more.pop("cpu_seconds", 5.0)
    agent.send(op="load", files=dict(files), preload=preload, cpu_seconds=cpu, disk_mib=16)
    loaded = agent.wait_for("loaded")
    assert not loaded.get("error"), loaded
    order = AgentOrder()
    grader.send(op="run", tests=dict(tests), modules=list(files), **more)
    deadline = time.monotonic() + seconds
    with selectors.DefaultSelector() as selector:
        selector.register(agent, selectors.EVENT_READ, "agent")
        selector.register(grader, selectors.EVENT_READ, "grader")
        while (outcome["done"] is None or order.is_busy) and outcome["broke"] is None:
            left = deadline - time.monotonic()
            if left <= 0:
                outcome["broke"] = "time"
                break
            for key, _ in selector.select(left):
                source = key.fileobj
                assert isinstance(source, Peer)
                for frame in source.receive():
                    (_from_agent if key.data == "agent" else _from_grader)(
                        frame, agent, grader, order, outcome
                    )
    return outcome


def _from_agent(
    frame: dict[str, Any], _agent: Peer, grader: Peer, order: AgentOrder, outcome: dict[str, Any]
) -> None:
    try:
        order.checked(frame)
    except frames.FrameError as error:
        outcome["broke"] = str(error)
        return
    if frame["ev"] == "output":
        outcome[frame["stream"]] += frame["text"]
    if frame["ev"] == "ended":
        outcome["ended"].append(frame)
    if frame["ev"] in shapes.RELAYED_TO_GRADER:
        grader.send(**frame)


def _from_grader(
    frame: dict[str, Any], agent: Peer, grader: Peer, order: AgentOrder, outcome: dict[str, Any]
) -> None:
    word, is_order = shapes.check_from_grader(frame)
    if os.environ.get("TRACE_FRAMES"):
        print(json.dumps(frame)[:300], file=sys.stderr)
    if is_order:
        order.sent(frame)
        agent.send(**frame)
    elif word == "collected":
        outcome["collected"] = frame["ids"]
    elif word == "test":
        outcome["tests"].append(frame["outcome"])
    elif word == "done":
        outcome["done"] = frame
    elif word == "ready":
        grader.waiting.append(frame)
    elif word == "crashed":
        outcome["broke"] = f"the grader crashed: {frame}"
