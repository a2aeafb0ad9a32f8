"""Fill a site with people and measure: `make load PEOPLE=1000 SECONDS=100 STORE=postgresql`. Writes `load/report.json`.

Exit status 1 when a confirmed save is not in the database, or a submission has not exactly one verdict.
"""

from __future__ import annotations

import argparse
import contextlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from bench.figures import table, write
from bench.machine import description
from bench.site import ROOT, Site, running
from load import phases
from load.crowds import Crowd
from load.expiry import expire
from load.figures import FIGURES
from load.losses import Losses, begin_journal, engine_of, losses
from load.parts import Parts
from load.phases import Aside, Stage
from load.share import before_others, take_in
from sandbox.settings import Settings
from tests import postgres

REPORT = Path(__file__).resolve().parent / "report.json"
ASIDE = 16  # people who are not in the crowd
POOL_SIZE = 16
PHASES = ("saves", "submissions", "limit", "expiry")
SETTLE_SECONDS = 3.0


def main() -> int:
    """Measure what was asked for, all of it by default."""
    options = _options()
    began = time.monotonic()

    def say(words: str) -> None:
        print(f"{time.monotonic() - began:5.0f} s  {words}", flush=True)

    settings = Settings.from_environment()
    machine = description()
    with tempfile.TemporaryDirectory(prefix="quizapp-load-") as name, contextlib.ExitStack() as stack:
        say(f"starting a site on {options.store}")
        site, engine, database = stack.enter_context(_site(options))
        people = _people(site, options.people + ASIDE, Path(name))
        begin_journal(engine)
        say(f"{options.people} people sit at their attempts")
        stage = _stage(site, people, Path(name), options, database, say)
        found = _measure(stage, engine, people[ASIDE:], options, settings.refill_threads)
        engine.dispose()
    took = time.monotonic() - began
    facts = {name: getattr(options, name) for name in ("people", "seconds", "store", "web", "crowd")}
    print(f"\n{table(stage.figures, FIGURES)}\n")
    write(REPORT, stage.figures, stage.raw, {**machine, **facts, "took_seconds": round(took)}, FIGURES)
    for line in [*found.lost_saves, *found.lost_submissions][:20]:
        print(f"  {line}")
    print(
        f"{took:.0f} s; {'LOST something' if found.is_lost else 'nothing is lost'}; written to {REPORT.relative_to(ROOT)}"
    )
    return 1 if found.is_lost else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make load", description=__doc__)
    parser.add_argument("--people", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=100.0, help="of the first phase (%(default)s)")
    parser.add_argument("--store", choices=("sqlite", "postgresql"), default="postgresql")
    parser.add_argument("--web", type=int, default=0, help="web processes (as `quizapp up` has them)")
    parser.add_argument("--crowd", type=int, default=2, help="processes of the crowd (%(default)s)")
    parser.add_argument("--phases", default=",".join(PHASES), help="of %(default)s")
    options = parser.parse_args()
    options.phases = options.phases.split(",")
    if unknown := set(options.phases) - set(PHASES):
        parser.error(f"no such phase: {', '.join(sorted(unknown))}")
    return options


@contextlib.contextmanager
def _site(options: argparse.Namespace) -> Iterator[tuple[Site, Engine, int | None]]:
    """The site, its database, and the first process of the database's server."""
    environment = {"QUIZAPP_RATE_LIMITS": "1"}
    more = ("--web", str(options.web)) if options.web else ()
    with contextlib.ExitStack() as stack:
        database = None
        if options.store == "postgresql":
            group = stack.enter_context(before_others())
            cluster = stack.enter_context(postgres.running(""))  # as careful as it comes
            environment["QUIZAPP_DATABASE_URL"] = cluster.url
            database = cluster.pid
            if group:
                take_in(group, database)
        questions = ROOT / "questions"
        site = stack.enter_context(running(questions, POOL_SIZE, *more, environment=environment))
        url = environment.get("QUIZAPP_DATABASE_URL") or f"sqlite:///{site.folder / 'quizapp.db'}"
        yield site, engine_of(url), database


def _people(site: Site, count: int, folder: Path) -> list[str]:
    """Have `load.people` make them in a process with the settings of the site; one line of JSON each."""
    file = folder / "people.jsonl"
    environment = {**site.environment, "QUIZAPP_REDIS_URL": site.redis_url}
    command = [sys.executable, "-m", "load.people", str(count), str(file)]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    return file.read_text(encoding="utf-8").splitlines(keepends=True)


def _stage(
    site: Site, people: list[str], folder: Path, options: argparse.Namespace, database: int | None, say: Any
) -> Stage:
    crowd = Crowd(site, folder, people[ASIDE:], options.crowd)
    aside = [Aside(site, line) for line in people[:ASIDE]]
    stage = Stage(site, crowd, Parts(site.folder, database), aside, say)
    stage.raw["people"] = options.people
    return stage


def _measure(
    stage: Stage, engine: Engine, people: list[str], options: argparse.Namespace, cores: int
) -> Losses:
    """Go through the phases; gives what was lost. The crowd is gone when this returns."""
    wanted = options.phases
    try:
        if "submissions" in wanted:
            stage.say("what the sandbox sustains")
            phases.sustained(stage, cores)
        stage.say("everybody comes in")
        stage.crowd.arrive()
        stage.parts.watch(stage.crowd.pids)
        if "saves" in wanted:
            stage.say(f"saves, pages and clocks for {options.seconds:.0f} s")
            phases.saves(stage, options.seconds)
        if "submissions" in wanted:
            stage.say(f"the same beside submissions for {0.7 * options.seconds:.0f} s")
            phases.submissions(stage, 0.7 * options.seconds)
            time.sleep(SETTLE_SECONDS)
        if "limit" in wanted:
            stage.say("more and more of it, until something breaks")
            phases.limit(stage)
    finally:
        stage.crowd.leave()
    stage.say("looking for everything that was confirmed")
    found = losses(engine, stage.crowd.records.all)
    stage.figures |= _counts(found, stage.raw)
    if "expiry" in wanted:
        stage.say("everybody's time is over at once")
        expire(stage, engine, people)
    return found


def _counts(found: Losses, raw: Mapping[str, Any]) -> dict[str, float]:
    failed = sum(
        raw[phase][kind]["failed"]
        for phase in ("saves", "submissions")
        if phase in raw
        for kind in phases.KINDS
    )
    return {
        "lost_saves": float(len(found.lost_saves)),
        "lost_submissions": float(len(found.lost_submissions)),
        "confirmed_saves": float(found.saves),
        "judged_submissions": float(found.submissions),
        "failed_requests": float(failed),
    }


if __name__ == "__main__":
    sys.exit(main())
