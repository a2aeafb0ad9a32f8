"""A real broker with real containers, started once for the run."""

import contextlib
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandbox.client import BrokerClient, BrokerUnavailable
from sandbox.engine import Engine
from sandbox.protocol import Health
from sandbox.settings import Settings

ROOT = Path(__file__).resolve().parent.parent.parent
START_SECONDS = 300.0
SECRET = f"canary-secret-{secrets.token_hex(16)}"  # in every broker's environment; nothing may ever tell it
collect_ignore = ["cases", "hostile"]  # what is graded there is no test of ours


class RunningBroker:
    """A broker process of our own: its socket, its process, its client."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.socket = folder / "broker.sock"
        self.client = BrokerClient(self.socket)
        self.log = folder / "log"
        environ = (
            os.environ | {"QUIZAPP_BROKER_SOCKET": str(self.socket), "QUIZAPP_SECRET_KEY": SECRET} | settings
        )
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(self.command(), cwd=ROOT, env=environ, stdout=log, stderr=log)

    def command(self) -> list[str]:
        """What is started."""
        return [sys.executable, "-m", "sandbox.cli", "broker"]

    def wait_until(self, fits: Callable[[Health], bool]) -> Health:
        """Wait for a health of a kind; it is the test's failure when it does not come."""
        give_up = time.monotonic() + START_SECONDS
        health = None
        while time.monotonic() < give_up:
            assert self.process.poll() is None, self.log.read_text()
            with contextlib.suppress(BrokerUnavailable):
                health = self.client.health()
                if fits(health):
                    return health
            time.sleep(0.05)
        pytest.fail(f"{health}\n{self.log.read_text()}")

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(timeout=150)


@pytest.fixture(scope="session")
def start_broker() -> Iterator[Callable[..., RunningBroker]]:
    """Start a broker with the given environment; it is stopped at the end of the run at the latest."""
    folder = Path(tempfile.mkdtemp(prefix="quizapp-brokers-"))
    started: list[RunningBroker] = []

    def start(**settings: str) -> RunningBroker:
        own = folder / str(len(started))
        own.mkdir()
        started.append(RunningBroker(own, **settings))
        return started[-1]

    yield start
    for broker in started:
        broker.stop()
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def broker(start_broker: Callable[..., RunningBroker]) -> RunningBroker:
    """The broker that most tests share: ready, with four places."""
    running = start_broker(QUIZAPP_SANDBOX_POOL_SIZE="4", QUIZAPP_SANDBOX_MAX_RUNNING="4")
    health = running.wait_until(lambda health: health.ready or "sandbox build" in health.reason)
    assert health.ready, health.reason
    return running


@pytest.fixture(scope="session")
def client(broker: RunningBroker) -> BrokerClient:
    return broker.client


@pytest.fixture(scope="session")
def engine() -> Engine:
    settings = Settings.from_environment()
    return Engine(settings.docker_host, settings.engine_timeout)


@pytest.fixture
def socket_folder() -> Iterator[Path]:
    """A folder with a path short enough for a socket."""
    folder = Path(tempfile.mkdtemp(prefix="quizapp-s-"))
    yield folder
    shutil.rmtree(folder)
