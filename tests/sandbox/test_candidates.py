"""The pool of candidates' containers, on a real engine."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandbox import stock
from sandbox.candidates import CandidatePool
from sandbox.engine import Engine
from sandbox.hardening import FIRST_UID
from sandbox.reaper import Reaper
from sandbox.settings import Settings

pytestmark = pytest.mark.docker

SECONDS = 60.0
SQL = ("flask_sqlalchemy",)


@pytest.fixture
def pool(engine: Engine, socket_folder: Path) -> Iterator[CandidatePool]:
    """A pool of three, of which two are kept when nobody uses it."""
    settings = Settings.from_environment({"QUIZAPP_BROKER_SOCKET": str(socket_folder / "s")})
    image = Settings.from_environment().candidate_image
    made = CandidatePool(engine, image, 3, Reaper(settings).labels, 2, FIRST_UID + 3000, least=2)
    made.start()
    yield made
    made.stop()


def wait_until(fits: Callable[[], bool]) -> None:
    give_up = time.monotonic() + SECONDS
    while not fits():
        assert time.monotonic() < give_up
        time.sleep(0.02)


def test_the_next_container_has_what_the_last_run_asked_for(pool: CandidatePool, engine: Engine) -> None:
    first = pool.claim(SECONDS, SQL)
    assert first.place.flavour == stock.PLAIN  # nobody could know
    pool.discard(first)
    wait_until(lambda: any(warm.place.flavour == SQL for warm in pool._shelf))
    ready = pool.claim(SECONDS, SQL)
    assert ready.place.flavour == SQL
    ready.stream.send({"op": "load", "files": {"app.py": "x = 1\n"}, "preload": list(SQL)})
    assert "error" not in ready.stream.wait_for("loaded", SECONDS)
    (known,) = (one for one in engine.containers("app=quizapp") if one["Id"] == ready.container)
    assert known["Command"].endswith(SQL[0])
    pool.discard(ready)


def test_a_package_that_cannot_be_imported_leaves_the_container_warm(pool: CandidatePool) -> None:
    pool.discard(pool.claim(SECONDS, ("no_such_package",)))
    wait_until(lambda: any(warm.place.flavour == ("no_such_package",) for warm in pool._shelf))
    warm = pool.claim(SECONDS, ("no_such_package",))
    warm.stream.send({"op": "load", "files": {}, "preload": ["no_such_package"]})
    assert "no_such_package" in warm.stream.wait_for("loaded", SECONDS)["error"]["message"]
    pool.discard(warm)


def test_who_asks_for_something_plain_gets_a_flavoured_one_rather_than_none(pool: CandidatePool) -> None:
    pool.discard(pool.claim(SECONDS, SQL))
    wait_until(lambda: pool.ready == pool.size)
    claimed = [pool.claim(SECONDS) for _ in range(pool.size)]
    assert claimed[-1].place.flavour == SQL
    assert claimed[0].place.flavour == stock.PLAIN
    for warm in claimed:
        pool.discard(warm)


def test_a_pool_that_nobody_uses_gives_its_surplus_back_and_grows_with_the_next_run(
    pool: CandidatePool, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait_until(lambda: pool.ready == pool.size)
    before = pool.containers
    monkeypatch.setattr(stock, "IDLE_SECONDS", 0.0)
    pool.replace_old()
    assert pool.ready == 2
    wait_until(lambda: len(pool.containers) == 4)  # two, each with its pause container
    assert pool.containers < before
    monkeypatch.setattr(stock, "IDLE_SECONDS", 900.0)
    pool.discard(pool.claim(SECONDS))
    wait_until(lambda: pool.ready == pool.size)
    engine_knows = {one["Id"] for one in engine.containers(f"quizapp.broker={_broker(pool)}")}
    assert engine_knows == pool.containers


def _broker(pool: CandidatePool) -> str:
    return pool.labels("candidate")["quizapp.broker"]
