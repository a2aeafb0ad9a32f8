"""An engine whose control groups the broker cannot read: verdicts then rest on the engine's events and the agent's word."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.broker import Broker
from sandbox.cgroups import Cgroup
from sandbox.client import BrokerClient
from sandbox.protocol import Limits, Outcome, Program, Status
from sandbox.settings import Settings

pytestmark = pytest.mark.docker


@pytest.fixture
def far_client(socket_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[BrokerClient]:
    monkeypatch.setattr(Cgroup, "of", classmethod(lambda cls, _pid, container: cls(container)))
    path = socket_folder / "broker.sock"
    settings = Settings.from_environment(
        {
            "QUIZAPP_BROKER_SOCKET": str(path),
            "QUIZAPP_SANDBOX_POOL_SIZE": "2",
            "QUIZAPP_SANDBOX_MAX_RUNNING": "2",
            "QUIZAPP_SANDBOX_LABELS": _labels(),
        }
    )
    broker = Broker(settings)
    thread = threading.Thread(target=broker.serve)
    thread.start()
    while not path.exists():
        time.sleep(0.02)
    try:
        yield BrokerClient(path)
    finally:
        broker.stop()
        thread.join()


def _labels() -> str:
    labels = Settings.from_environment().labels
    return ",".join(f"{key}={value}" for key, value in labels.items())


def run(client: BrokerClient, source: str, limits: Limits | None = None) -> Outcome:
    return client.run(Program(files={"app.py": source}), limits)


def test_a_program_is_measured_and_cut_all_the_same(far_client: BrokerClient) -> None:
    outcome = run(far_client, "keep = []\nwhile True: keep.append(b'x' * 4_000_000)")
    assert outcome.status is Status.MEMORY_LIMIT, outcome
    outcome = run(far_client, "while True: pass", Limits(cpu_seconds=1.0, wall_seconds=20.0))
    assert outcome.status is Status.CPU_LIMIT
    outcome = run(far_client, "print(sum(range(10**6)))")
    assert outcome.status is Status.FINISHED
    assert outcome.cpu_seconds > 0
    assert outcome.peak_memory_mib > 1
