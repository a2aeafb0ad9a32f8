"""What the process of a run does before the run comes: once, on tests without importance, what every run has it do.

A forked process copies each page of memory when it first writes to it, and that takes longer than the work itself.
The other side is played by a wire that answers at once.
"""

from __future__ import annotations

import base64
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sandbox import frames
from sandbox.grader.report import Reporter
from sandbox.grader.wire import Wire

MODULE = "rehearsed"
TEST = "test_rehearsed.py"
SOURCE = f"""
from {MODULE} import LIMIT


def test_get(client):
    reply = client.get("/things/1")
    assert reply.status_code == 200, "a message"
    assert reply.json == {{"number": LIMIT}}, "another"


def test_post(client):
    reply = client.post("/things", json={{"a": [1, 2]}})
    assert reply.status_code == 200
    assert "number" in reply.get_data(as_text=True)
"""
SETTINGS = {"flask": True, "server_name": None, "root": "/", "scheme": "http"}
ANSWERS: dict[str, Any] = {
    "names": {"names": {"LIMIT": 1}, "package": False, "all": None},
    "client": SETTINGS,
    "wsgi": {
        "status": "200 OK",
        "headers": [["Content-Type", "application/json"], ["Content-Length", "12"]],
        "body": base64.b64encode(b'{"number":1}').decode("ascii"),
        "more": False,
    },
    "get": 1,
    "import": {"settings": SETTINGS},
}


class Loop(Wire):
    """A wire whose other end is this process."""

    def __init__(self) -> None:
        super().__init__(-1, -1)
        self.said: list[frames.Frame] = []

    def send(self, **frame: Any) -> None:
        """Take a frame, and answer it when it asks."""
        (taken,) = self._decoder.feed(frames.encode(frame))
        self.said.append(taken)
        if taken.get("op") == "ask":
            body = {"ok": ANSWERS[taken["body"]["do"]]}
            self._arrived.append({"ev": "answer", "s": taken["s"], "id": taken["id"], "body": body})


def rehearse(
    run_tests: Callable[[Wire, frames.Frame, Path, Reporter, pytest.Session], object],
    folder: Path,
    reporter: Reporter,
    session: pytest.Session,
) -> None:
    """Run the tests above as a run's tests are run, and forget them. Raises `RuntimeError` when they do not pass."""
    loop, finders, path = Loop(), list(sys.meta_path), list(sys.path)
    order = {"tests": {TEST: SOURCE}, "modules": [f"{MODULE}.py"], "trace": True}
    run_tests(loop, order, folder, reporter, session)
    outcomes = [frame["outcome"] for frame in loop.said if frame.get("ev") == "test"]
    if [outcome["status"] for outcome in outcomes] != ["passed", "passed"]:
        msg = f"the rehearsal went wrong: {outcomes} {reporter.problem} {reporter.load_error}"
        raise RuntimeError(msg)
    reporter.forget()
    sys.meta_path[:], sys.path[:] = finders, path
    for name in (MODULE, TEST.removesuffix(".py")):
        sys.modules.pop(name, None)
    (folder / TEST).unlink()
    session.items.clear()
    session.testscollected = session.testsfailed = 0
