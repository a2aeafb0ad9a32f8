"""How long a page of the score table takes with 1,000, 10,000 and 100,000 candidates, on SQLite and on PostgreSQL."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select

from bench import crowd
from bench.measures import Series, alternate, percentile
from quizapp import create_app, database
from quizapp.extensions import db
from quizapp.models import Role, User
from quizapp.services import accounts
from quizapp.services.score_streams import Cursor
from tests import postgres
from tests.quizapp.people import PASSWORD, Person
from worker import redis_server

SIZES = {"1k": 1_000, "10k": 10_000, "100k": 100_000}
ROUNDS = 12
# What people open: the first page in each order, one far behind, and what filters leave. A search for a word inside names reads
# all of an interview's names, so it is reported apart.
PAGES = (
    "",
    "order=name",
    "order=-ended",
    "order=time",
    f"at={Cursor(0, (50.0, 1)).written()}",
    f"order=name&at={Cursor(0, ('Lucas', 1)).written()}",
    "state=waiting",
    "decision=none",
    "from=60&to=80",
)
SEARCH = "q=wei-ling+tan"
MANAGER = "manager@example.org"


def table(raw: dict[str, Any]) -> dict[str, float]:
    """The p95 of a page by size, in milliseconds, and the largest over the smallest; of the slower store each."""
    with redis_running() as redis_url, tempfile.TemporaryDirectory(prefix="quizapp-bench-") as name:
        stores = {"sqlite": _measured(f"sqlite:///{name}/quizapp.db", name, redis_url)}
        with postgres.running() as cluster:
            stores["postgresql"] = _measured(cluster.url, name, redis_url)
    raw["score_table"] = {store: found[1] for store, found in stores.items()}
    figures = {
        f"score_table_p95_ms_{size}": max(found[0][size] for found in stores.values()) for size in SIZES
    }
    return figures | {
        "score_table_100k_vs_1k": max(found[0]["100k"] / found[0]["1k"] for found in stores.values())
    }


def _measured(url: str, folder: str, redis_url: str) -> tuple[dict[str, float], dict[str, Any]]:
    """Size -> p95 in milliseconds, and what the report keeps of it."""
    app = app_on(url, folder, redis_url)
    began = time.perf_counter()
    manager = _filled(app)
    told: dict[str, Any] = {"fill_s": time.perf_counter() - began}
    for size in SIZES:  # templates are compiled, connections opened, counts kept
        _open(manager, size, "")
    pages = {size: [Series(page, partial(_open, manager, size, page)) for page in PAGES] for size in SIZES}
    searches = {size: Series(SEARCH, partial(_open, manager, size, SEARCH)) for size in SIZES}
    alternate([series for listed in pages.values() for series in listed] + list(searches.values()), ROUNDS)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    whole = {}
    for size in SIZES:
        seconds = [one for series in pages[size] for one in series.seconds]
        whole[size] = percentile(seconds, 0.95) * 1000
        told[size] = {
            "n": len(seconds),
            "p50_ms": percentile(seconds, 0.5) * 1000,
            "p95_ms": whole[size],
            "search_p95_ms": searches[size].at(0.95) * 1000,
            "pages_p50_ms": {series.name or "first page": series.at(0.5) * 1000 for series in pages[size]},
        }
    return whole, told


def app_on(url: str, folder: str, redis_url: str) -> Flask:
    """An application on this database, at the newest schema."""
    app = create_app(
        {
            "DATABASE_URL": url,
            "VAR": f"{folder}/var",
            "REDIS_URL": redis_url,
            "SECRET_KEY": "a key for a site that nobody visits",
            "RATELIMIT_ENABLED": False,
            "ARGON2_PASSES": 1,
            "ARGON2_MEMORY_KIB": 64,
        }
    )
    database.upgrade(app)
    return app


def manager_of(app: Flask) -> Person:
    """A manager, signed in; made where there is none yet."""
    with app.app_context():
        if db.session.scalar(select(User.id).where(User.email == MANAGER)) is None:
            accounts.register(MANAGER, "Mara Haugen", PASSWORD, Role.MANAGER, action="user.created")
        manager = Person(app, app.test_client(), MANAGER)
    manager.sign_in()
    return manager


def _filled(app: Flask) -> Person:
    """Interviews of all sizes in one database, and the manager who sees them, signed in."""
    manager = manager_of(app)
    number = manager.id
    with app.app_context():
        team = crowd.team(number)
        for index, (size, count) in enumerate(SIZES.items(), 1):
            crowd.interview(size, team, index, count)
        crowd.settle()
    return manager


def _open(manager: Person, size: str, query: str) -> None:
    with manager.get(f"/manage/interviews/{size}/scores?{query}") as reply:
        if reply.status_code != 200 or b"<tbody" not in reply.data:
            raise SystemExit(f"the score table answers {reply.status_code} to {query}")


@contextmanager
def redis_running() -> Iterator[str]:
    """A Redis of its own, by its address."""
    folder = Path(tempfile.mkdtemp(prefix="quizapp-redis-"))
    server = redis_server.find(folder / "redis.sock")
    with subprocess.Popen(server.command(), stdout=subprocess.DEVNULL) as process:
        try:
            while not server.answers():
                time.sleep(0.02)
            yield server.url
        finally:
            process.terminate()
