"""A quizapp of its own for the measurements: started the way users start it, driven over HTTP."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redis import Redis

from sandbox.client import BrokerClient

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 180.0
FULL_SECONDS = 60.0
ASK_SECONDS = 1.0  # between two questions for a verdict that did not come with the answer, as the page does
_CSRF = re.compile(r'name="csrf[-_]token"[^>]*(?:content|value)="([^"]+)"')


class Visitor:
    """A signed-in candidate with one kept connection, as a browser has."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._cookies: dict[str, str] = {}
        self._token = ""

    def be(self, cookie: str, token: str) -> None:
        """Go on as somebody who is signed in already: the session's cookie, and the token that goes with it."""
        name, _, value = cookie.partition("=")
        self._cookies[name], self._token = value, token

    def ask(self, method: str, path: str, body: Any = None, *, form: bool = False) -> tuple[int, str]:
        """One request; gives status and text. `body` is sent as JSON, or as a form."""
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        if method != "GET":
            headers["X-CSRFToken"] = self._token
        payload = None
        if form:
            payload = urllib.parse.urlencode({**body, "csrf_token": self._token})
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        elif body is not None:
            payload = json.dumps(body)
            headers |= {"Content-Type": "application/json", "Accept": "application/json"}
        try:
            self._connection.request(method, path, payload, headers)
            reply = self._connection.getresponse()
        except ConnectionError:  # closed while it was idle: a browser opens another one, and so do we
            self.hang_up()
            self._connection.request(method, path, payload, headers)
            reply = self._connection.getresponse()
        text = reply.read().decode()
        for name, value in reply.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self._cookies[key] = rest.partition(";")[0]
        if found := _CSRF.search(text):
            self._token = found[1]
        if reply.status in (302, 303):
            return self.ask("GET", reply.headers["Location"])
        return reply.status, text

    def hang_up(self) -> None:
        """Forget the connection, for instance after a request that got no answer; the next one opens its own."""
        self._connection.close()

    def register(self) -> None:
        """Make an account and be signed in."""
        self.ask("GET", "/register")
        email, password = f"bench-{uuid.uuid4().hex[:8]}@example.org", uuid.uuid4().hex
        fields = {"name": "Bench", "email": email, "password": password, "password_again": password}
        status, text = self.ask("POST", "/register", fields, form=True)
        if status != http.client.OK or "/account" not in text:
            raise SystemExit(f"registering failed with {status}:\n{text[:2000]}")

    def response_id(self, bank: str, question: str) -> int:
        """Begin practising one question; gives the id of the response."""
        address = f"/practice/{bank}/{question}"
        self.ask("GET", address)
        status, text = self.ask(
            "PUT", f"{address}/draft", {"answer": {"files": {"app.py": ""}}, "revision": 0}
        )
        if status != http.client.OK:
            raise SystemExit(f"the first draft was answered with {status}:\n{text[:2000]}")
        return int(json.loads(text)["response_id"])

    def verdict(self, response: int, files: Mapping[str, str], scope: str = "full") -> dict[str, Any]:
        """Submit, and wait for the verdict the way the page does."""
        body = {"scope": scope, "files": dict(files), "key": uuid.uuid4().hex}
        status, text = self.ask("POST", f"/responses/{response}/submissions", body)
        while status == http.client.ACCEPTED or (
            status == http.client.OK and json.loads(text)["submission"]["state"] != "done"
        ):
            time.sleep(ASK_SECONDS)
            status, text = self.ask("GET", f"/submissions/{json.loads(text)['submission']['id']}")
        if status != http.client.OK:
            raise SystemExit(f"submitting failed with {status}:\n{text[:2000]}")
        told: dict[str, Any] = json.loads(text)["submission"]
        return told


@dataclass(frozen=True)
class Site:
    """A running quizapp: its port, its folder and the settings it was started with."""

    port: int
    folder: Path
    environment: Mapping[str, str]

    @property
    def broker(self) -> BrokerClient:
        return BrokerClient(self.folder / "run" / "broker.sock")

    @property
    def redis_url(self) -> str:
        return f"unix://{self.folder / 'run' / 'redis.sock'}"

    @property
    def redis(self) -> Redis:
        return Redis.from_url(self.redis_url)

    def wait_until_full(self) -> None:
        """Wait until nothing runs and every place of the pool has a warm container."""
        give_up = time.monotonic() + FULL_SECONDS
        while True:
            health = self.broker.health()
            if not health.running and not health.waiting and health.pool_ready == health.pool_size:
                return
            if time.monotonic() > give_up:
                raise SystemExit(f"the pool is not full again: {health}")
            time.sleep(0.05)


@contextlib.contextmanager
def running(
    questions: Path, pool_size: int, *options: str, environment: Mapping[str, str] | None = None
) -> Iterator[Site]:
    """`quizapp up` in a folder of its own on a free port, with a pool of that size, more options and settings."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = Path(tempfile.mkdtemp(prefix="quizapp-bench-"))
    kept = {name: value for name, value in os.environ.items() if _is_kept(name)}
    own = {
        "QUIZAPP_VAR": str(folder),
        "QUIZAPP_QUESTIONS": str(questions),
        "QUIZAPP_RATE_LIMITS": "0",
        "QUIZAPP_SANDBOX_POOL_SIZE": str(pool_size),
    }
    settings = {**kept, **own, **(environment or {})}
    log = (folder / "up.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "quizapp.cli", "up", "--port", str(port), "--no-demo", *options],
        cwd=ROOT,
        env=settings,
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    try:
        _wait_until_ready(process, port, folder / "up.log")
        yield Site(port, folder, settings)
    finally:
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=60)
        if process.poll() is None:
            process.kill()
        log.close()
        shutil.rmtree(folder, ignore_errors=True)


def _is_kept(name: str) -> bool:
    """A site of the bench takes no setting from its surroundings but which engine and which images."""
    return not name.startswith("QUIZAPP_") or name.endswith(("_DOCKER_HOST", "_IMAGE", "_BASE", "_RUNTIME"))


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    give_up = time.monotonic() + START_SECONDS
    while time.monotonic() < give_up and process.poll() is None:
        with contextlib.suppress(OSError):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/readyz")
            if connection.getresponse().status == http.client.OK:
                return
        time.sleep(0.2)
    raise SystemExit(f"quizapp up is not ready:\n{log.read_text(errors='replace')}")
