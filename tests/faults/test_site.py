"""Every kind of process of a whole site is killed while a submission is on its way; each is graded all the same."""

from __future__ import annotations

import http.client
import json
import os
import signal
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.site import Visitor
from sandbox.client import BrokerClient, BrokerUnavailable
from sandbox.engine import Engine
from sandbox.protocol import Health
from tests.faults.desk import HONEST, PATIENCE, children, until
from tests.faults.meddler import containers, kill_all
from tests.worker.site_program import ROOT, SiteProgram, running

SLOW = HONEST.replace("def create():", "def create():\n    import time; time.sleep(2.5)")


class Sending:
    """One press of the button, by a page that sends again with the same key when it gets no answer."""

    def __init__(self, visitor: Visitor, response: int) -> None:
        self._visitor = visitor
        self._response = response
        self._body = {
            "scope": "full",
            "files": {"app.py": f"{SLOW}\n# {uuid.uuid4().hex}"},
            "key": uuid.uuid4().hex,
        }
        self.ids: set[int] = set()
        self.told: dict[str, object] = {}
        self._thread = threading.Thread(target=self._send, daemon=True)
        self._thread.start()

    @property
    def is_done(self) -> bool:
        """Whether the page knows its verdict."""
        return self.told.get("state") == "done"

    def verdict(self) -> object:
        """What became of it, once that is known."""
        self._thread.join(PATIENCE)
        return self.told.get("verdict")

    def _send(self) -> None:
        give_up = time.monotonic() + PATIENCE
        while not self.is_done and time.monotonic() < give_up:
            try:
                # The same key again is no second submission, so asking this way is asking for its state.
                status, text = self._visitor.ask(
                    "POST", f"/responses/{self._response}/submissions", self._body
                )
            except (OSError, http.client.HTTPException):
                self._visitor.hang_up()
                time.sleep(0.2)
                continue
            if status in (200, 202):
                self.told = json.loads(text)["submission"]
                self.ids.add(int(str(self.told["id"])))
            time.sleep(0.2)


def kill(*pids: int) -> None:
    for pid in pids:
        assert pid > 1
        os.kill(pid, signal.SIGKILL)


@pytest.mark.docker
@pytest.mark.slow
def test_whatever_is_killed_in_a_run_it_is_graded_once(short_path: Path, engine: Engine) -> None:
    questions = {"QUIZAPP_QUESTIONS": str(ROOT / "bench" / "questions"), "QUIZAPP_RATE_LIMITS": "0"}
    with running(short_path / "var", "--no-demo", environment=questions) as site:
        site.await_line("Ready after")
        socket_path = short_path / "var" / "run" / "broker.sock"
        broker = BrokerClient(socket_path)
        visitor = Visitor(site.port)
        visitor.register()
        response = visitor.response_id("bench", "bench-shelf")
        victims: dict[str, Callable[[], None]] = {
            "nothing": lambda: None,
            "web": lambda: kill(*_members(site, "gunicorn")),
            "workers": lambda: kill(*children(site.member("quizapp.cli worker"))),
            "broker": lambda: kill(site.member("sandbox broker")),
            "agent": lambda: kill_all(engine, socket_path, "candidate"),
            "grader": lambda: kill_all(engine, socket_path, "grader"),
            "redis": lambda: kill(site.member("valkey-server")),
        }
        for name, strike in victims.items():
            until(lambda: _health(broker).running == 0 and _health(broker).ready, "the sandbox is ready")
            sending = _send_and_see_it_run(visitor, response, broker)
            time.sleep(0.3)  # somewhere in the middle; wherever it is, the rest holds
            strike()
            assert sending.verdict() == "accepted", (name, sending.told, site.output)
            assert len(sending.ids) == 1, f"{name}: sent again with the same key, it is still one submission"
        visitor.hang_up()
        until(lambda: not _health(broker).running, "nothing runs")
        assert site.end() == 0
        assert site.members() == {}
        assert not containers(engine, socket_path, "candidate")
        assert not containers(engine, socket_path, "grader")


def _send_and_see_it_run(visitor: Visitor, response: int, broker: BrokerClient) -> Sending:
    """Send code; once more, where it had its verdict before anybody looked."""
    sending = Sending(visitor, response)
    until(lambda: _health(broker).running == 1 or sending.is_done, "it runs")
    if not sending.is_done:
        return sending
    sending.verdict()
    return _send_and_see_it_run(visitor, response, broker)


def _health(broker: BrokerClient) -> Health:
    try:
        return broker.health()
    except BrokerUnavailable as problem:
        return Health(ready=False, reason=str(problem))


def _members(site: SiteProgram, words: str) -> list[int]:
    """The programs of the site with these words, without the launchers that wait for them."""
    return [
        pid
        for pid, command in site.members().items()
        if words in command and "worker/launch.py" not in command
    ]
