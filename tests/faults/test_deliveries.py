"""Workers that die, sleep, or meet a submission twice; and submissions that are no more, or too new, or unstorable."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from rq.registry import StartedJobRegistry
from rq.serializers import JSONSerializer
from sqlalchemy import text

from quizapp import queueing
from quizapp.models import Scope, SubmissionState
from quizapp.services import leases
from sandbox.protocol import Outcome, Status
from tests.faults.desk import HONEST, Asker, Desk, OnRun, ScriptedBroker, children, is_alive, stays, until
from tests.worker.conftest import graded
from worker.grading import grade_next

both_stores = pytest.mark.parametrize("store", ["sqlite", "postgresql"], indirect=True)
MARK = "# the one that is meddled with"


def for_the_marked(meddle: Callable[[Asker], Outcome | str | None]) -> OnRun:
    """Do something to the marked submission's runs, and grade all others."""
    return lambda program, asker: meddle(asker) if MARK in program.files["app.py"] else graded()


@both_stores
def test_a_worker_killed_in_a_run_costs_one_try_and_nothing_else(
    desk: Desk, scripted: ScriptedBroker
) -> None:
    killed: list[int] = []

    def kill_once(asker: Asker) -> Outcome | None:
        if killed:
            return graded()
        killed.append(asker.pid)
        os.kill(asker.pid, signal.SIGKILL)
        return None

    scripted.on_run = for_the_marked(kill_once)
    desk.start_worker()
    number = desk.send(f"{HONEST}{MARK}")
    assert desk.verdict(number) == "accepted"
    assert desk.look(number).delivery == 2
    assert desk.look(number).internal_errors == 0
    assert not is_alive(killed[0])
    desk.check()


def test_what_kills_each_worker_is_put_aside_and_the_queue_goes_on(
    desk: Desk, scripted: ScriptedBroker
) -> None:
    killed: list[int] = []

    def kill(asker: Asker) -> Outcome | None:
        killed.append(asker.pid)
        os.kill(asker.pid, signal.SIGKILL)
        return None

    scripted.on_run = for_the_marked(kill)
    desk.start_worker(live=4)  # who is replaced often waits longer each time; so others are there
    poison = desk.send(f"{HONEST}{MARK}")
    behind = desk.send()
    assert desk.verdict(behind) == "accepted"
    assert desk.verdict(poison) == "internal_error"
    assert len(set(killed)) == len(killed) == 4
    assert ("quarantined", f"submission {poison}") in until(desk.alarms, "an alarm is raised")
    response = desk.response()
    assert response.tries == 1, "the one behind it"
    desk.check()


@both_stores
def test_a_worker_that_slept_past_its_lease_writes_nothing(desk: Desk, scripted: ScriptedBroker) -> None:
    """The worker of the first delivery is stopped, as a slow host or a suspended machine does it, and wakes up late."""
    asleep, woken = threading.Event(), threading.Event()
    runs: list[int] = []

    def put_to_sleep(asker: Asker) -> Outcome | None:
        runs.append(asker.pid)
        if len(runs) > 1:
            return graded()
        os.kill(asker.pid, signal.SIGSTOP)
        asleep.set()
        woken.wait()
        return graded(*(test.name for test in graded().tests))  # too late, and wrong besides

    scripted.on_run = for_the_marked(put_to_sleep)
    desk.start_worker()
    number = desk.send(f"{HONEST}{MARK}")
    assert asleep.wait(120)
    desk.let_leases_end()
    desk.start_worker()
    assert desk.verdict(number) == "accepted"
    os.kill(runs[0], signal.SIGCONT)
    woken.set()
    stays(lambda: desk.look(number).verdict == "accepted", "the first verdict is the only one")
    assert len(runs) == 2
    desk.check()


@both_stores
def test_rung_for_often_and_by_many_it_is_graded_once(desk: Desk, scripted: ScriptedBroker) -> None:
    go = threading.Event()

    def slowly(_asker: Asker) -> Outcome:
        go.wait()
        return graded()

    scripted.on_run = for_the_marked(slowly)
    desk.start_worker(live=3)
    numbers = [desk.send(f"{HONEST}{MARK}") for _ in range(3)]
    for number in numbers * 4:
        desk.ring(number)
    until(lambda: len(scripted.asked) == 3, "all three run")
    stays(lambda: len(scripted.asked) == 3, "nothing is run twice", 1.0)
    go.set()
    assert [desk.verdict(number) for number in numbers] == ["accepted"] * 3
    assert [desk.look(number).delivery for number in numbers] == [1, 1, 1]
    desk.check()
    assert len(scripted.asked) == 4


def test_a_job_that_the_queue_calls_abandoned_is_graded_all_the_same(
    desk: Desk, scripted: ScriptedBroker
) -> None:
    """A clock that jumps forward makes the queue give up on all that runs. The row does not care."""
    go = threading.Event()

    def slowly(_asker: Asker) -> Outcome:
        go.wait()
        return graded()

    scripted.on_run = for_the_marked(slowly)
    desk.start_worker()
    number = desk.send(f"{HONEST}{MARK}")
    until(lambda: desk.is_running(number), "it runs")
    with desk.session():
        queue = queueing.queue("live")
        registry = StartedJobRegistry(queue=queue, serializer=JSONSerializer)
        assert registry.get_job_ids(cleanup=False)
        registry.cleanup(timestamp=time.time() + 3600)
        assert not registry.get_job_ids(cleanup=False)
    assert desk.is_running(number)
    go.set()
    assert desk.verdict(number) == "accepted"
    desk.check()


def test_who_deletes_a_submission_ends_its_run(
    desk: Desk, scripted: ScriptedBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        leases, "RENEW_EVERY", timedelta(seconds=0.1)
    )  # so that the test need not wait for 10 s
    hung_up = threading.Event()

    def wait(asker: Asker) -> None:
        if asker.hangs_up():
            hung_up.set()

    scripted.on_run = for_the_marked(wait)
    number = desk.send(f"{HONEST}{MARK}")

    def grade() -> None:
        with desk.session():
            grade_next(number)

    grading = threading.Thread(target=grade)
    grading.start()
    until(lambda: len(scripted.asked) == 1, "it runs")
    desk.forget(number)
    assert hung_up.wait(120), "the worker hangs up, so the broker ends the run"
    grading.join()
    desk.start_worker()
    desk.check()


def test_no_transaction_is_open_while_code_runs(
    make_desk: Callable[..., Desk], scripted: ScriptedBroker, postgres_url: str
) -> None:
    desk = make_desk(postgres_url, scripted.path)
    go = threading.Event()

    def slowly(_asker: Asker) -> Outcome:
        go.wait()
        return graded()

    scripted.on_run = for_the_marked(slowly)
    desk.start_worker()
    number = desk.send(f"{HONEST}{MARK}")
    until(lambda: len(scripted.asked) == 1, "it runs")

    def open_transactions() -> int:
        wanted = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'"
        with desk.session() as session:
            return int(session.execute(text(wanted)).scalar_one())

    # The sweeper's are short; one that a run held would be there each time.
    until(lambda: open_transactions() == 0, "no transaction is open")
    go.set()
    assert desk.verdict(number) == "accepted"
    desk.check()


def test_work_that_only_a_newer_version_knows_waits(desk: Desk, scripted: ScriptedBroker) -> None:
    desk.start_worker()
    strange = desk.send()
    with desk.session() as session:
        assert desk.verdict(strange) == "accepted"
        session.execute(text("DELETE FROM written"))
        session.execute(text("UPDATE submissions SET state = 'QUEUED', verdict = NULL, scope = 'HOLOGRAM'"))
        session.commit()
        queueing.queue("live").enqueue("worker.jobs.grade_by_hologram", args=(strange,), kwargs={"depth": 3})
        queueing.queue("live").enqueue("worker.jobs.grade", args=(strange, "and", "more"))
    desk.ring(strange)
    behind = desk.send()
    assert desk.verdict(behind) == "accepted"
    until(lambda: ("newer_job", "") in desk.alarms(), "an alarm is raised")
    with desk.session() as session:
        state = session.execute(text("SELECT state FROM submissions WHERE scope = 'HOLOGRAM'")).scalar_one()
        assert state != "DONE", "it waits for a worker that knows it"
        was = "scope = 'FULL', lease_until = '2020-01-01 00:00:00'"
        session.execute(text(f"UPDATE submissions SET {was} WHERE scope = 'HOLOGRAM'"))
        session.commit()
    assert desk.verdict(strange) == "accepted", "a worker that knows it grades it"
    desk.check()


def test_what_the_sandbox_refuses_does_not_hold_up_the_rest(desk: Desk, scripted: ScriptedBroker) -> None:
    scripted.on_run = for_the_marked(lambda _asker: "the question does not fit")
    desk.start_worker()
    refused = desk.send(f"{HONEST}{MARK}")
    behind = desk.send()
    assert desk.verdict(behind) == "accepted"
    assert desk.look(refused).verdict is None
    assert ("refused", f"submission {refused}") in until(desk.alarms, "an alarm is raised")
    scripted.on_run = lambda _program, _asker: graded()
    desk.let_leases_end()
    assert desk.verdict(refused) == "accepted"
    desk.check()


def test_a_broker_of_another_version_is_waited_for(desk: Desk, scripted: ScriptedBroker) -> None:
    scripted.refusal = "the broker speaks protocol version 9, not 1"
    desk.start_worker()
    number = desk.send()
    stays(lambda: desk.look(number).verdict is None, "it waits")
    scripted.refusal = ""
    assert desk.verdict(number) == "accepted"
    assert desk.look(number).internal_errors == 0
    desk.check()


@both_stores
def test_what_no_store_can_hold_is_made_storable(desk: Desk, scripted: ScriptedBroker) -> None:
    awful = "nul \0, half a character \ud800, a whole one \U0001f40d, " + "long " * 400_000
    scripted.on_run = for_the_marked(
        lambda _asker: Outcome(status=Status.FINISHED, exit_code=0, stdout=awful, stderr="\0")
    )
    desk.start_worker()
    number = desk.send(f"print(){MARK}", scope=Scope.RUN)
    assert desk.verdict(number) == "accepted"
    submission = desk.look(number)
    assert submission.outcome is not None
    kept = submission.outcome["stdout"]
    assert kept.startswith("nul \ufffd, half a character \ufffd, a whole one \U0001f40d, long")
    assert len(kept) < 10_000
    assert submission.outcome["stdout_cut"]
    desk.check()


def test_while_nothing_can_be_run_nothing_is_taken(desk: Desk, scripted: ScriptedBroker) -> None:
    """The sandbox is away for long, and comes back: no delivery is spent on it, and nobody has to do anything."""
    worker = desk.start_worker(live=2)
    assert desk.verdict(desk.send()) == "accepted"
    scripted.stop()
    numbers = [desk.send() for _ in range(6)]

    def spent() -> int:
        return sum(desk.look(number).delivery for number in numbers)

    # Each of the two processes may find out for itself, sooner or later.
    stays(lambda: spent() <= 2, "no more is taken", 4)
    used = cpu_seconds(worker.pid)
    for number in numbers * 3:
        desk.ring(number)
    stays(lambda: spent() <= 2, "no more is taken", 4)
    assert cpu_seconds(worker.pid) - used < 3.0, "waiting is no work"
    assert {desk.look(number).state for number in numbers} == {SubmissionState.QUEUED}
    scripted.start()
    assert [desk.verdict(number) for number in numbers] == ["accepted"] * 6
    desk.check()


def test_a_sandbox_that_stays_away_is_an_alarm_until_it_is_back(
    desk: Desk, scripted: ScriptedBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.lookout.PATIENCE_SECONDS", 0.0)
    from worker.lookout import Lookout  # noqa: PLC0415

    lookout = Lookout()
    away = scripted.health.from_json(
        scripted.health.to_json() | {"ready": False, "reason": "The engine is away"}
    )
    with desk.session():
        lookout.watch(away)
        lookout.watch(away)
        lookout.watch(away)
    assert desk.alarms() == {("sandbox", ""): "The engine is away"}
    with desk.session():
        Lookout().watch(scripted.health)
    assert desk.alarms() == {}


def test_a_supervisor_that_is_killed_takes_its_processes_along(desk: Desk) -> None:
    worker = desk.start_worker(live=2)
    left = until(lambda: len(found := children(worker.pid)) == 3 and found, "all processes are there")
    worker.kill()
    worker.wait()
    until(lambda: not any(is_alive(pid) for pid in left), "its processes end with it")
    desk.start_worker()
    desk.check()


def cpu_seconds(pid: int) -> float:
    """Processor time of a process and its children so far."""
    ticks = 0
    for one in (pid, *children(pid)):
        words = Path(f"/proc/{one}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        ticks += int(words[11]) + int(words[12])
    return ticks / os.sysconf("SC_CLK_TCK")
