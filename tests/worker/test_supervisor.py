"""`quizapp worker` as a process: it grades what is rung for, replaces what dies, and drains when asked to end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from quizapp import livestatus, queueing
from quizapp.extensions import db
from quizapp.models import Response, Scope, Submission, SubmissionState
from quizapp.services import submissions
from quizapp.services.submissions import Sending
from sandbox.protocol import Outcome, Program

from .conftest import ROOT, CannedBroker, graded


@pytest.fixture
def worker(
    app: Flask, broker: CannedBroker, tmp_path: Path, redis_url: str
) -> Iterator[subprocess.Popen[bytes]]:
    """A running `quizapp worker` with one place on the live queue."""
    environment = os.environ | {
        "QUIZAPP_VAR": str(tmp_path),
        "QUIZAPP_REDIS_URL": redis_url,
        "QUIZAPP_BROKER_SOCKET": str(tmp_path / "broker.sock"),
        "QUIZAPP_SECRET_KEY": app.config["SECRET_KEY"],
    }
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "quizapp.cli",
            "worker",
            "--live",
            "1",
            "--expiry",
            "0",
            "--bulk",
            "0",
            "--mail",
            "0",
            "--chores",
            "0",
        ],
        cwd=ROOT,
        env=environment,
    )
    yield process
    process.terminate()
    process.wait(timeout=150)


def until(is_so: Callable[[], bool], seconds: float = 150.0) -> bool:
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        if is_so():
            return True
        time.sleep(0.05)
    return False


def children(pid: int) -> list[int]:
    listed = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False
    )
    return [int(word) for word in listed.stdout.split()]


def is_alive(pid: int) -> bool:
    """Whether the process still runs; one that has ended and waits to be noticed has no command line."""
    try:
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())
    except FileNotFoundError:
        return False


def send(response: Response, key: str) -> int:
    submission = submissions.create(
        response, response.attempt.user, Sending(scope=Scope.FULL, files={"app.py": f"# {key}"}, key=key)
    )
    queueing.ring(submission)
    return submission.id


def verdict(number: int) -> str | None:
    db.session.rollback()
    db.session.expire_all()
    found = db.session.get_one(Submission, number).verdict
    db.session.rollback()
    return found


def test_what_is_rung_for_is_graded_and_who_waits_is_told(
    response: Response, worker: subprocess.Popen[bytes]
) -> None:
    number = send(response, "a")
    assert until(lambda: verdict(number) == "accepted")


def test_the_sandbox_is_reported_to_the_web(worker: subprocess.Popen[bytes]) -> None:
    assert until(lambda: livestatus.sandbox_problem() is None)


def test_a_process_that_dies_is_replaced(response: Response, worker: subprocess.Popen[bytes]) -> None:
    assert until(lambda: len(children(worker.pid)) == 2)
    before = set(children(worker.pid))
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    assert until(lambda: len(children(worker.pid)) == 2 and not before & set(children(worker.pid)))
    number = send(response, "b")
    assert until(lambda: verdict(number) == "accepted")


def test_when_asked_to_end_it_finishes_what_it_holds(
    response: Response, broker: CannedBroker, worker: subprocess.Popen[bytes]
) -> None:
    def slow(program: Program) -> Outcome:
        time.sleep(0 if program.record else 1.5)
        return graded()

    broker.outcome = slow
    number = send(response, "c")

    def is_running() -> bool:
        db.session.rollback()
        db.session.expire_all()
        state = db.session.get_one(Submission, number).state
        db.session.rollback()
        return state is SubmissionState.RUNNING

    assert until(is_running)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=150) == 0
    assert verdict(number) == "accepted"


def test_it_leaves_no_process_when_it_is_killed(worker: subprocess.Popen[bytes]) -> None:
    assert until(lambda: len(children(worker.pid)) == 2)
    left = children(worker.pid)
    worker.kill()
    worker.wait(timeout=150)
    assert until(lambda: not any(is_alive(pid) for pid in left))
