"""Real stores for all tests, and the promise that a test run leaves nothing behind."""

import contextlib
import os
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, settings

from sandbox.engine import Engine, EngineError
from sandbox.settings import Settings
from tests import postgres
from tests.distribution import LongFirst
from worker import redis_server

ROOT = Path(__file__).resolve().parent.parent
RUN_LABEL = "quizapp.test-run"

# A run finds what the last one found, however busy the machine is. `pytest --hypothesis-profile=search` looks for more.
_UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("search", _UNHURRIED)
settings.register_profile("repeat", _UNHURRIED, derandomize=True, database=None)
settings.load_profile("repeat")


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LongFirst | None:
    """Distribute the files of a run among its processes, where whole files were asked for."""
    return LongFirst(config, log) if config.getoption("dist") == "loadfile" else None


@pytest.fixture(scope="session", autouse=True)
def nothing_is_left() -> Iterator[None]:
    """Fail the run when a container or a process that a test started survives it."""
    run = secrets.token_hex(6)
    before = os.environ.get("QUIZAPP_SANDBOX_LABELS")
    os.environ["QUIZAPP_SANDBOX_LABELS"] = f"{RUN_LABEL}={run}"
    # Whoever loses its parent becomes our child, so nobody escapes the count.
    postgres.adopt_orphans()
    known = set(_children())
    yield
    if before is None:
        del os.environ["QUIZAPP_SANDBOX_LABELS"]
    else:
        os.environ["QUIZAPP_SANDBOX_LABELS"] = before
    give_up = time.monotonic() + 60
    while (left := {**_left_processes(known), **_left_containers(run)}) and time.monotonic() < give_up:
        time.sleep(0.2)
    assert not left, f"the tests left behind: {left}"


def _children() -> list[int]:
    found: list[int] = []
    for task in Path("/proc/self/task").iterdir():
        with contextlib.suppress(OSError):
            found += [int(pid) for pid in (task / "children").read_text(encoding="utf-8").split()]
    return found


def _left_processes(known: set[int]) -> dict[str, str]:
    left = {}
    for pid in set(_children()) - known:
        with contextlib.suppress(OSError):
            command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            # An empty command line is a process that has ended and waits to be noticed.
            if command and "resource_tracker" not in command:
                left[f"process {pid}"] = command[:200]
    return left


def _left_containers(run: str) -> dict[str, str]:
    settings = Settings.from_environment()
    engine = Engine(settings.docker_host, settings.engine_timeout)
    try:
        found = engine.containers(f"{RUN_LABEL}={run}")
    except EngineError:
        return {}  # without an engine no test can have started a container
    return {f"container {one['Id'][:12]}": str(one.get("Names")) for one in found}


@pytest.fixture
def short_path() -> Iterator[Path]:
    """A folder with a short path that everybody may enter: sockets have at most 107 characters, tmp_path has too many."""
    folder = Path(tempfile.mkdtemp(prefix="quizapp-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """The address of a real Redis server, started for this run. It is shared: a test cleans what it counts on."""
    folder = Path(tempfile.mkdtemp(prefix="quizapp-redis-"))
    server = redis_server.find(folder / "redis.sock")
    with subprocess.Popen(server.command(), stdout=subprocess.DEVNULL) as process:
        try:
            give_up = time.monotonic() + 60
            while not server.answers():
                assert time.monotonic() < give_up, "Redis does not start"
                time.sleep(0.02)
            yield server.url
        finally:
            process.terminate()
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[str]:
    """The address of a real PostgreSQL server (database `postgres`), made and started for this run."""
    with postgres.running() as cluster:
        yield cluster.url


@pytest.fixture
def postgres_url(postgres_cluster: str) -> Iterator[str]:
    """The address of a fresh, empty PostgreSQL database."""
    name = f"t{secrets.token_hex(6)}"
    with psycopg.connect(postgres_cluster, autocommit=True) as connection:
        connection.execute(f'create database "{name}"')
    yield postgres_cluster.replace("/postgres?", f"/{name}?")
    with psycopg.connect(postgres_cluster, autocommit=True) as connection:
        connection.execute(f'drop database "{name}" with (force)')


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a fresh database, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'quizapp.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url
