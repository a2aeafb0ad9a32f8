"""A thousand attempts whose time runs out at once, with nobody at their pages, while others submit."""

from __future__ import annotations

import itertools
import json
import threading
import time
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy import Engine, text

from bench.measures import Series
from load.phases import Stage
from load.words import marked

QUIET_ROUNDS = 25
PAUSE_SECONDS = 0.4  # between two submissions of those who are watched
MOST_SECONDS = 900.0  # a thousand drafts go through one process, one after the other
LOOK_SECONDS = 0.5


def expire(stage: Stage, engine: Engine, people: Sequence[str]) -> None:
    """Give everybody a draft of a right program, let their time be over, and watch."""
    told = [json.loads(line) for line in people]
    turns = itertools.cycle(stage.aside)  # one person alone would soon send more than anybody may in a minute
    quiet = Series("submission to verdict, idle", lambda: next(turns).submit())
    busy = Series("submission to verdict, drafts of a thousand waiting", lambda: next(turns).submit())
    for _ in range(QUIET_ROUNDS):
        quiet.once()
        time.sleep(PAUSE_SECONDS)
    _write_drafts(engine, told)
    stage.parts.since()
    began = time.monotonic()
    _let_time_pass(engine, told)
    finished, graded = _watched(stage, engine, len(told), began, busy)
    usage = stage.parts.since()
    still_open, judged = _look(engine)
    stage.raw["expiry"] = {
        "attempts": len(told),
        "not_finished": max(0, still_open - len(stage.aside)),
        "drafts_graded": judged,
        "live_idle": quiet.raw,
        "live_meanwhile": busy.raw,
        **usage.told(),
    }
    stage.figures["live_p95_with_expiry_vs_idle"] = busy.at(0.95) / quiet.at(0.95)
    if finished is not None:
        stage.figures["expiry_finished_s"] = finished
    stage.figures["expiry_drafts_per_second"] = judged / (graded or time.monotonic() - began)
    if graded is not None:
        stage.figures["expiry_graded_s"] = graded


def _watched(
    stage: Stage, engine: Engine, count: int, began: float, busy: Series
) -> tuple[float | None, float | None]:
    """Seconds until all attempts were finished, and until all drafts were graded; None for what did not come about.

    Meanwhile somebody submits, which goes into `busy`.
    """
    is_over = threading.Event()
    finished = graded = None
    with ThreadPoolExecutor(1) as threads:
        watching = threads.submit(_submit_until, is_over, busy)
        while time.monotonic() - began < MOST_SECONDS and graded is None and not watching.done():
            time.sleep(LOOK_SECONDS)
            still_open, judged = _look(engine)
            if finished is None and still_open <= len(stage.aside):
                finished = time.monotonic() - began
            if finished is not None and judged >= count:
                graded = time.monotonic() - began
        is_over.set()
    watching.result()
    return finished, graded


def _submit_until(is_over: threading.Event, series: Series) -> None:
    while not is_over.wait(PAUSE_SECONDS):
        series.once()


def _write_drafts(engine: Engine, told: Sequence[dict[str, Any]]) -> None:
    rows = []
    for person in told:
        sheet = next(one for one in person["sheets"] if one["solution"])
        files = marked(sheet["solution"], uuid.uuid4().hex)
        rows.append({"id": sheet["response"], "answer": json.dumps({"files": files})})
    change = "update responses set answer = :answer, revision = revision + 1, saved_at = current_timestamp where id = :id"
    with engine.begin() as connection:
        connection.execute(text(change), rows)


def _let_time_pass(engine: Engine, told: Sequence[dict[str, Any]]) -> None:
    """As if everybody had started a day earlier."""
    earlier = {
        "sqlite": "datetime(started_at, '-1 day') || '.000000'",
        "postgresql": "started_at - interval '1 day'",
    }[engine.dialect.name]
    change = f"update attempts set started_at = {earlier} where id = :id"
    with engine.begin() as connection:
        connection.execute(text(change), [{"id": person["attempt"]} for person in told])


def _look(engine: Engine) -> tuple[int, int]:
    """How many attempts are not finished, and how many drafts have their verdict."""
    with engine.connect() as connection:
        still_open = connection.execute(
            text("select count(*) from attempts where finished_at is null and minutes is not null")
        ).scalar_one()
        judged = connection.execute(
            text("select count(*) from submissions where is_from_draft and state = 'DONE'")
        ).scalar_one()
    return int(still_open), int(judged)
