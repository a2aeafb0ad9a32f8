"""Redis is killed or emptied, PostgreSQL stops, the disk is full, the clock jumps: what was taken is graded all the same."""

from __future__ import annotations

import contextlib
import re
import subprocess
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from quizapp.models import Submission
from sandbox.protocol import Outcome, Program
from tests import postgres
from tests.faults.desk import HONEST, ROOT, Asker, Desk, RedisProcess, ScriptedBroker, stays, until
from tests.worker.conftest import graded
from worker.grading import grade_next

MakeDesk = Callable[[str, Path], Desk]


class Held:
    """Runs that last until they are let go."""

    def __init__(self, scripted: ScriptedBroker) -> None:
        self.go = threading.Event()
        scripted.on_run = self._run

    def _run(self, _program: Program, _asker: Asker) -> Outcome:
        self.go.wait()
        return graded()


def test_a_redis_that_is_killed_and_comes_back_empty_loses_nothing(
    desk: Desk, redis: RedisProcess, scripted: ScriptedBroker
) -> None:
    desk.start_worker()
    assert desk.verdict(desk.send()) == "accepted"
    held = Held(scripted)
    running = desk.send()
    until(lambda: len(scripted.asked) == 2, "it runs")
    waiting = desk.send()
    redis.stop()
    taken = [desk.send(), desk.send()]  # the rows are stored, though nobody hears the bell
    held.go.set()
    assert desk.verdict(running) == "accepted", "a verdict needs no Redis"
    redis.start()
    assert [desk.verdict(number) for number in (waiting, *taken)] == ["accepted"] * 3
    assert desk.look(running).delivery == 1
    desk.check()


def test_what_is_waiting_survives_the_emptying_of_redis(
    desk: Desk, redis: RedisProcess, scripted: ScriptedBroker
) -> None:
    held = Held(scripted)
    desk.start_worker()
    numbers = [desk.send() for _ in range(4)]
    until(lambda: len(scripted.asked) == 1, "the first runs")
    with desk.session():
        desk.app.extensions["redis"].flushall()
    held.go.set()
    assert [desk.verdict(number) for number in numbers] == ["accepted"] * 4
    assert [desk.look(number).delivery for number in numbers] == [1] * 4
    desk.check()


@pytest.fixture
def cluster() -> Iterator[postgres.Cluster]:
    """A PostgreSQL server that a test may stop, and starts again; it runs."""
    with postgres.running("-c fsync=off") as cluster:
        yield cluster


def test_a_database_that_stops_in_a_run_gets_the_verdict_when_it_is_back(
    make_desk: MakeDesk, scripted: ScriptedBroker, cluster: postgres.Cluster
) -> None:
    desk = make_desk(cluster.url, scripted.path)
    held = Held(scripted)
    desk.start_worker()
    running, waiting = desk.send(), desk.send()
    until(lambda: len(scripted.asked) == 1, "it runs")
    cluster.stop()
    held.go.set()
    with pytest.raises(OperationalError):
        desk.look(running)
    client = desk.app.test_client()
    assert client.get("/banks").status_code == 503, "a page says that the site is away for a moment"
    assert client.get("/readyz").status_code == 503
    cluster.start()
    assert desk.verdict(running) == "accepted"
    assert desk.look(running).delivery == 1, "the verdict waited for the database; nothing was run again"
    assert desk.verdict(waiting) == "accepted"
    desk.check()


@pytest.fixture
def small_disk(short_path: Path) -> Iterator[Path]:
    """A file system of 6 MiB."""
    path = short_path / "disk"
    path.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m,mode=0755", "quizapp-test", path], check=True)
    yield path
    subprocess.run(["umount", "-l", path], check=True)


def test_a_full_disk_delays_a_verdict_and_never_halves_one(
    make_desk: MakeDesk, scripted: ScriptedBroker, small_disk: Path
) -> None:
    desk = make_desk(f"sqlite:///{small_disk / 'quizapp.db'}", scripted.path)
    held = Held(scripted)
    desk.start_worker()
    number = desk.send()
    until(lambda: len(scripted.asked) == 1, "it runs")
    filler = small_disk / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))
    with pytest.raises(OperationalError, match="full"):
        _send_until_refused(desk)
    held.go.set()
    stays(lambda: desk.look(number).verdict is None, "nothing of the verdict is there")
    assert desk.response().points is None
    filler.unlink()
    assert desk.verdict(number) == "accepted"
    assert desk.response().points == 10.0
    desk.check()


def _send_until_refused(desk: Desk) -> None:
    for _ in range(200):  # the database has spare pages of its own
        desk.send(HONEST + "#" * 40_000)


@pytest.mark.parametrize("jump", [timedelta(hours=1), timedelta(hours=-1)])
def test_a_jump_of_the_clock_neither_ends_a_lease_nor_keeps_one(
    desk: Desk, scripted: ScriptedBroker, jump: timedelta
) -> None:
    """The worker's clock jumps in the middle of a run. Leases go by the database's, waiting by one that cannot jump."""
    seen: list[Submission] = []
    with time_machine.travel(datetime.now(UTC), tick=True) as clock:

        def jump_now(_program: Program, _asker: Asker) -> Outcome:
            clock.shift(jump)
            seen.append(desk.look(number))
            return graded()

        scripted.on_run = jump_now
        number = desk.send()
        with desk.session():
            grade_next(number)
        submission = desk.look(number)
        assert submission.verdict == "accepted"
        (while_it_ran,) = seen
        assert while_it_ran.lease_until is not None
        with desk.session() as session:
            real = datetime.fromisoformat(session.execute(text("select datetime('now')")).scalar_one())
    assert abs(while_it_ran.lease_until.replace(tzinfo=None) - real) < timedelta(minutes=5)
    assert submission.finished_at is not None
    assert abs(submission.finished_at.replace(tzinfo=None) - real) < timedelta(minutes=5)
    desk.start_worker()
    desk.check()


def test_nothing_that_waits_or_counts_down_goes_by_the_wall_clock() -> None:
    """The wall clock may be asked in these places only, where a jump does no harm."""
    harmless = {
        # When a container of a broker on another host counts as left behind, in hours.
        "sandbox/reaper.py",
    }
    asks = re.compile(r"\btime\.time\(|\bdatetime\.(?:now|utcnow|today)\(|\bdate\.today\(")
    found = {
        str(path.relative_to(ROOT))
        for package in ("worker", "sandbox", "quizapp/services", "quizapp/rules", "quizapp/models")
        for path in (ROOT / package).rglob("*.py")
        if asks.search(path.read_text(encoding="utf-8"))
    }
    assert found <= harmless
