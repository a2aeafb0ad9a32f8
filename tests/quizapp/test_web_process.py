"""A web process as gunicorn starts it, with the few threads that compute."""

import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from quizapp import create_app, database
from tests.applications import settings

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120


@pytest.fixture
def address(tmp_path: Path, redis_url: str) -> Iterator[tuple[str, int]]:
    """Where one process answers."""
    made = settings(tmp_path, redis_url)
    database.upgrade(create_app(made))
    environment = {
        **os.environ,
        "QUIZAPP_VAR": made["VAR"],
        "QUIZAPP_DATABASE_URL": made["DATABASE_URL"],
        "QUIZAPP_REDIS_URL": redis_url,
        "QUIZAPP_SECRET_KEY": made["SECRET_KEY"],
        "WEB_CONCURRENCY": "1",
    }
    with socket.create_server(("127.0.0.1", 0)) as listener:
        command = [sys.executable, "-m", "gunicorn", "tests.quizapp.waiting_site:make()"]
        more = ["--bind", f"fd://{listener.fileno()}", "--config", "python:quizapp.web_process"]
        process = subprocess.Popen(
            [*command, *more], cwd=ROOT, env=environment, pass_fds=(listener.fileno(),)
        )
        try:
            yield listener.getsockname()
        finally:
            process.terminate()
            assert process.wait(PATIENCE) == 0


def get(address: tuple[str, int], path: str) -> str:
    connection = http.client.HTTPConnection(*address, timeout=PATIENCE)
    with contextlib.closing(connection):
        connection.request("GET", path)
        return connection.getresponse().read().decode()


@pytest.mark.parametrize("path", ["/test/outside", "/test/stuck"])
def test_those_who_wait_keep_nobody_from_their_turn(address: tuple[str, int], path: str) -> None:
    told: list[str] = []
    waiting = [threading.Thread(target=lambda: told.append(get(address, path))) for _ in range(3)]
    for thread in waiting:
        thread.start()
    assert get(address, "/test/go") == "gone"
    for thread in waiting:
        thread.join(PATIENCE)
    assert told == ["back"] * 3


def test_connections_that_say_nothing_keep_nobody_from_their_turn(address: tuple[str, int]) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(40):
            stack.enter_context(socket.create_connection(address, PATIENCE))
        assert get(address, "/test/go") == "gone"
        late = stack.enter_context(socket.create_connection(address, PATIENCE))
        late.sendall(b"GET /test/go HTTP/1.1\r\nHost: site\r\nConnection: close\r\n\r\n")
        assert late.recv(100).startswith(b"HTTP/1.1 200 ")


def test_a_body_that_is_sent_slowly_is_not_received_with_its_first_line(address: tuple[str, int]) -> None:
    assert get(address, "/test/go") == "gone"  # it is awake
    begun = time.monotonic()
    with socket.create_connection(address, PATIENCE) as line:
        line.sendall(
            b"PUT /test/received HTTP/1.1\r\nHost: site\r\nConnection: close\r\nContent-Length: 4\r\n\r\nha"
        )
        time.sleep(4)  # the subject: a body that takes longer than the second that is let pass
        line.sendall(b"lf")
        reply = b"".join(iter(lambda: line.recv(1000), b""))
    received = json.loads(reply.split(b"\r\n\r\n", 1)[1])["at"]
    assert begun + 1 < received < time.monotonic()
