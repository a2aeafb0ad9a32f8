"""A quicker runtime that the engine has is used where it starts containers, and the engine's own where it does not."""

from __future__ import annotations

import dataclasses
import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from sandbox import runtimes
from sandbox.protocol import Program, Status
from sandbox.settings import Settings
from tests.faults.second_engine import RUNTIMES, SecondEngine
from tests.sandbox.conftest import ROOT, RunningBroker

pytestmark = [pytest.mark.docker, pytest.mark.slow]

LABELS = {"app": "quizapp-trials"}


@pytest.fixture
def settings(second_engine: SecondEngine) -> Settings:
    """Of a sandbox on the second engine, whose runtime is not chosen yet."""
    return dataclasses.replace(Settings.from_environment(), docker_host=second_engine.host, runtime="")


@pytest.fixture(autouse=True)
def _nothing_is_left(second_engine: SecondEngine) -> Iterator[None]:
    yield
    assert second_engine.engine.containers("app=quizapp-trials") == []


def test_the_quicker_runtime_is_used_where_it_starts_containers(
    second_engine: SecondEngine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtimes, "QUICK", "quick")
    settled = runtimes.settled(second_engine.engine, settings, LABELS)
    assert settled.runtime == "quick"
    version = subprocess.run([RUNTIMES["quick"], "--version"], capture_output=True, text=True, check=True)
    number = version.stdout.split()[2]
    assert f", quick {number}, cgroup v" in runtimes.describe(second_engine.engine, settled)


def test_one_that_starts_none_is_left_alone_and_that_is_told(
    second_engine: SecondEngine,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(runtimes, "QUICK", "broken")
    with caplog.at_level(logging.WARNING):
        settled = runtimes.settled(second_engine.engine, settings, LABELS)
    assert settled == settings
    assert "the engine has broken, which starts no container" in caplog.text
    assert ", runc " in runtimes.describe(second_engine.engine, settled)


def test_one_that_the_engine_has_not_is_not_tried(second_engine: SecondEngine, settings: Settings) -> None:
    assert runtimes.settled(second_engine.engine, settings, LABELS) == settings


def test_the_operators_choice_stands(
    second_engine: SecondEngine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtimes, "QUICK", "quick")
    chosen = dataclasses.replace(settings, runtime="runc")
    assert runtimes.settled(second_engine.engine, chosen, LABELS) == chosen


def test_a_broker_runs_programs_with_it(
    start_broker: Callable[..., RunningBroker], second_engine: SecondEngine
) -> None:
    broker = start_broker(
        QUIZAPP_SANDBOX_DOCKER_HOST=second_engine.host,
        QUIZAPP_SANDBOX_RUNTIME="quick",
        QUIZAPP_SANDBOX_POOL_SIZE="1",
        QUIZAPP_SANDBOX_MAX_RUNNING="1",
    )
    health = broker.wait_until(lambda health: health.ready or "hole" in health.reason)
    assert health.ready, health.reason
    assert ", quick " in health.engine
    outcome = broker.client.run(Program(files={"app.py": "print(6 * 7)"}))
    assert (outcome.status, outcome.stdout) == (Status.FINISHED, "42\n")
    broker.stop()


@pytest.mark.parametrize("runtime", ["runc", "quick"])
def test_nothing_gets_out_with_either(second_engine: SecondEngine, runtime: str) -> None:
    own = {"QUIZAPP_SANDBOX_DOCKER_HOST": second_engine.host, "QUIZAPP_SANDBOX_RUNTIME": runtime}
    done = subprocess.run(
        [sys.executable, "-m", "sandbox.cli", "check", "--json"],
        cwd=ROOT,
        env=os.environ | own,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    levels = {one["subject"]: one["level"] for one in json.loads(done.stdout)["findings"]}
    assert done.returncode == 0, done.stdout
    for held in ("use the control groups", "have more memory than it may", "use more than one processor"):
        assert levels[f"cannot {held}"] == "PASS"
