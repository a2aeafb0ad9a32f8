"""How long question files take: ten thousand of them into an empty database, again unchanged, and one of them checked."""

from __future__ import annotations

import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.measures import host_environment

SHIPPED = Path(__file__).resolve().parent.parent / "questions"
COUNT = 10_000
CHECKS = 9
# The time that an author waits for after the process is up: what is imported is imported.
_CHECK = """
import sys, time
from worker import checks
began = time.perf_counter()
status = checks.main(["--static", sys.argv[1]])
print(time.perf_counter() - began)
sys.exit(status)
"""


def library(raw: dict[str, Any]) -> dict[str, float]:
    """Sync many question files as the command does, its start included, and check one file in a bank of the usual size.

    `raw` gets the processor time of both, which says more than the seconds on a machine that does other things too.
    """
    with tempfile.TemporaryDirectory(prefix="quizapp-bench-") as name:
        folder = Path(name)
        questions = folder / "questions"
        generate(questions, COUNT)
        environment = host_environment() | {
            "QUIZAPP_VAR": str(folder / "var"),
            "QUIZAPP_QUESTIONS": str(questions),
        }
        _command(environment, "db", "upgrade")
        first, first_cpu = _timed(environment, f"{COUNT} added")
        again, again_cpu = min(_timed(environment, "nothing changed") for _ in range(3))
    raw["files"] = {"sync_cpu_s": first_cpu, "resync_cpu_s": again_cpu}
    return {"sync_10000_files_s": first, "resync_10000_files_s": again, "check_one_file_ms": _one_check()}


def generate(root: Path, count: int) -> None:
    """Write that many question files: the shipped ones over and over, each with an id and a title of its own."""
    sources = sorted(path for path in SHIPPED.glob("*/*/*.yaml") if path.parent.name != "blueprints")
    texts = [path.read_text(encoding="utf-8") for path in sources]
    for bank in {path.parents[1].name for path in sources}:
        (root / bank).mkdir(parents=True)
        shutil.copy(SHIPPED / bank / "bank.yaml", root / bank)
    shutil.copy(SHIPPED / "coverage.yaml", root)
    for number in range(count):
        source = sources[number % len(sources)]
        folder = root / source.relative_to(SHIPPED).parent
        folder.mkdir(exist_ok=True)
        text = re.sub(r"(?m)^id: .*$", f"id: {source.stem}-{number}", texts[number % len(texts)], count=1)
        text = re.sub(r"(?m)^title: .*$", f"title: Number {number}", text, count=1)
        (folder / f"{source.stem}-{number}.yaml").write_text(text, encoding="utf-8")


def _command(environment: dict[str, str], *words: str) -> str:
    command = [sys.executable, "-m", "quizapp.cli", *words]
    done = subprocess.run(
        command, env=environment, cwd=SHIPPED.parent, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(words)} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def _timed(environment: dict[str, str], outcome: str) -> tuple[float, float]:
    """Sync; gives the seconds it took, and the seconds of processor time of it and its processes."""
    began, used = time.perf_counter(), _processor_time()
    said = _command(environment, "questions", "sync")
    took = time.perf_counter() - began, _processor_time() - used
    if outcome not in said:
        raise SystemExit(f"the sync should have said '{outcome}': {said}")
    return took


def _processor_time() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _one_check() -> float:
    """Milliseconds of the static check of a shipped file, median."""
    path = next(iter(sorted((SHIPPED / "fresher" / "routing").glob("*.yaml"))))
    environment = host_environment() | {"QUIZAPP_QUESTIONS": str(SHIPPED)}
    environment.pop("QUIZAPP_VAR", None)
    command = [sys.executable, "-c", _CHECK, os.fspath(path)]
    took = [
        float(
            subprocess.run(
                command, env=environment, cwd=SHIPPED.parent, capture_output=True, text=True, check=True
            ).stdout
        )
        for _ in range(CHECKS)
    ]
    return sorted(took)[CHECKS // 2] * 1000
