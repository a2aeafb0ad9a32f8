"""Parts of a site that a test may kill: see `desk.py`."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandbox.settings import Settings
from tests.faults.desk import Desk, RedisProcess, ScriptedBroker
from tests.faults.second_engine import SecondEngine
from tests.faults.second_engine import running as second_engine_running
from tests.sandbox.conftest import engine, start_broker  # noqa: F401 - fixtures


@pytest.fixture
def redis(short_path: Path) -> Iterator[RedisProcess]:
    """A Redis of the test's own."""
    process = RedisProcess(short_path)
    yield process
    process.stop()


@pytest.fixture
def scripted(short_path: Path) -> Iterator[ScriptedBroker]:
    """A stand-in for the broker that accepts everything until it is told otherwise."""
    broker = ScriptedBroker(short_path / "broker.sock")
    yield broker
    broker.stop()


@pytest.fixture
def store(request: pytest.FixtureRequest, short_path: Path) -> str:
    """The address of a fresh database: SQLite, or what the test's parameter says."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return f"sqlite:///{short_path / 'quizapp.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def make_desk(short_path: Path, redis: RedisProcess) -> Iterator[Callable[[str, Path], Desk]]:
    """Open a desk on a database, with its broker's socket."""
    opened: list[Desk] = []

    def make(database_url: str, broker_socket: Path) -> Desk:
        opened.append(Desk(short_path, redis.url, database_url, broker_socket))
        return opened[-1]

    yield make
    for desk in opened:
        desk.close()


@pytest.fixture
def desk(make_desk: Callable[[str, Path], Desk], store: str, scripted: ScriptedBroker) -> Desk:
    """A desk with a scripted broker."""
    return make_desk(store, scripted.path)


@pytest.fixture(scope="session")
def _second_engine() -> Iterator[SecondEngine]:
    yield from second_engine_running(Settings.from_environment())


@pytest.fixture
def second_engine(_second_engine: SecondEngine) -> SecondEngine:
    """A Docker Engine of the tests' own with the sandbox's images; a test that stops it starts it again."""
    return _second_engine
