"""How long an interview of 10,000 candidates takes to export and to compare, and how much memory, on SQLite and on PostgreSQL."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from bench import answers, crowd
from bench.measures import host_environment
from bench.scores import app_on, manager_of, redis_running
from quizapp.extensions import cache, db
from quizapp.models import Export, InterviewMember, InterviewRole, SimilarPair
from quizapp.services import export_making, matching
from tests import postgres
from tests.quizapp.people import Person

SIZE = 10_000
SMALL = 1_000
FILES = {"csv": "scores.csv", "xlsx": "scores.xlsx", "answers_csv": "scores.csv?answers=1", "answers_xlsx": "scores.xlsx?answers=1"}  # fmt: skip


def exports(raw: dict[str, Any]) -> dict[str, float]:
    """Seconds from the request to the last byte, with the job that makes it, the longest wait for a first byte, and MiB that a process needs on top; the worst store's.

    Each export is taken by a process of its own, whose peak is compared with that of one that exports 1,000.
    """
    raw["exports"] = told = {}
    with redis_running() as redis_url, tempfile.TemporaryDirectory(prefix="quizapp-bench-") as name:
        told["sqlite"] = _exported(f"sqlite:///{name}/quizapp.db", name, redis_url)
        with postgres.running() as cluster:
            told["postgresql"] = _exported(cluster.url, name, redis_url)
    found = [one for store in told.values() for one in store.values()]
    figures = {f"export_10k_{key}_s": max(store[key]["seconds"] for store in told.values()) for key in FILES}
    return figures | {
        "export_10k_first_byte_s": max(one["first_byte"] for one in found),
        "export_10k_memory_mib": max(one["mib"] for one in found),
    }


def _exported(url: str, folder: str, redis_url: str) -> dict[str, dict[str, float]]:
    """What of `FILES` is taken -> what that took."""
    app = app_on(url, folder, redis_url)
    manager = manager_of(app)
    with app.app_context():
        team, asked = crowd.team(manager.id), answers.questions()
        for number, size in enumerate((SMALL, SIZE), 1):
            crowd.interview(f"crowd-{size}", team, number, size)
            answers.answer_all(f"crowd-{size}", asked)
            reviewer = {
                "interview_id": f"crowd-{size}",
                "user_id": manager.id,
                "role": InterviewRole.REVIEWER,
            }
            db.session.add(InterviewMember(**reviewer, given_at=crowd.NOW))
            db.session.commit()
        crowd.settle()
        db.session.remove()
        db.engine.dispose()
    found = {}
    for key, path in FILES.items():
        small, large = (
            _in_a_process(url, folder, redis_url, f"/manage/interviews/crowd-{size}/{path}")
            for size in (SMALL, SIZE)
        )
        found[key] = {**large, "mib": large["peak_mib"] - small["peak_mib"], "seconds_1k": small["seconds"]}
    return found


def _in_a_process(*arguments: str) -> dict[str, float]:
    """Take one file in a process that does nothing else."""
    command = [sys.executable, "-m", "bench.exports", *arguments]
    done = subprocess.run(command, env=host_environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"the export of {arguments[-1]} failed:\n{done.stderr}")
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _timed(manager: Person, path: str) -> dict[str, float]:
    """Read one answer to its end, without keeping it; what a job makes is made in this process, and read then."""
    began, cpu = time.perf_counter(), time.process_time()
    reply = manager.post(path, buffered=False) if "/scores." in path else manager.get(path, buffered=False)
    waited = 0.0
    if reply.status_code == 303:
        path, waited = _made(manager, path)
        reply = manager.get(path, buffered=False)
    asked, size, first = time.perf_counter(), 0, 0.0
    with reply:
        if reply.status_code != 200:
            raise SystemExit(f"{path} answers {reply.status_code}")
        for part in reply.iter_encoded():
            first = first or max(waited, time.perf_counter() - (asked if waited else began))
            size += len(part)
    # `ru_maxrss` would tell the parent's, which a child begins with.
    peak = int(re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[0]) / 1024
    return {
        "seconds": time.perf_counter() - began,
        "cpu_s": time.process_time() - cpu,
        "first_byte": first,
        "bytes": size,
        "peak_mib": peak,
    }


def _made(manager: Person, path: str) -> tuple[str, float]:
    """Ask for an export that a job makes, and do the job: where the file is, and for how long the asking took."""
    pages, _, name = path.rpartition("/")
    form, _, query = name.removeprefix("scores.").partition("?")
    began = time.perf_counter()
    reply = manager.post(f"{pages}/exports", {"form": form, "answers": "1" if query else "0"})
    if reply.status_code != 303:
        raise SystemExit(f"asking for {path} answers {reply.status_code}")
    waited = time.perf_counter() - began
    with manager.app.app_context():
        number = db.session.scalars(select(func.max(Export.id))).one()
        if not export_making.make(number):
            raise SystemExit(f"{path} was not made")
    return f"{pages}/exports/{number}/file", waited


def likeness(raw: dict[str, Any]) -> dict[str, float]:
    """Seconds that the job needs for 10,000 answers to one question, and milliseconds of the page that lists what it found."""
    with redis_running() as redis_url, tempfile.TemporaryDirectory(prefix="quizapp-bench-") as name:
        app = app_on(f"sqlite:///{name}/quizapp.db", name, redis_url)
        manager = manager_of(app)
        with app.app_context():
            team = crowd.team(manager.id)
            crowd.interview("crowd", team, 1, SIZE)
            code = [one for one in answers.questions() if one[1]["kind"] == "code"][:1]
            count = answers.answer_all("crowd", code)
            crowd.settle()
            began, cpu, done = time.perf_counter(), time.process_time(), 0
            while some := matching.compare_waiting():
                done += some
            took, cpu = time.perf_counter() - began, time.process_time() - cpu
            pairs = db.session.scalar(select(func.count()).select_from(SimilarPair))
            cache.clear()
        page = _timed(manager, "/manage/interviews/crowd/similarity")
        raw["likeness"] = {"answers": count, "seconds": took, "cpu_s": cpu, "pairs": pairs, "page": page}
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
    return {"similarity_10k_s": took * SIZE / done, "similarity_page_10k_ms": page["seconds"] * 1000}


if __name__ == "__main__":
    found = _timed(manager_of(app_on(*sys.argv[1:4])), sys.argv[4])
    print(json.dumps(found))
