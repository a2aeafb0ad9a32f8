"""Measure, print a table, and write `bench/report.json`. Run by `make bench`."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bench import capacity, exports, files, latency, limits, queues, scores
from bench.figures import KEYS, table, write
from bench.machine import description
from bench.measures import Exercise
from bench.site import running
from bench.stage import Stage
from quizapp.questions import load_library
from quizapp.rules.programs import test_files
from tests.quizapp import typed_hour

HERE = Path(__file__).resolve().parent
REPORT = HERE / "report.json"
POOL_SIZE = 16

# A measurement, and the keys of the figures it gives. What needs a quiet site comes before what floods it.
Part = tuple[Callable[[Stage], dict[str, float]], tuple[str, ...]]
PARTS: tuple[Part, ...] = (
    (
        latency.idle,
        (
            "verdict_idle_p50_vs_host_pytest",
            "verdict_idle_p95_vs_host_pytest",
            "verdict_idle_p50_vs_docker_run",
        ),
    ),
    (limits.memory, ("warm_candidate_mib",)),
    (limits.wall, ("wall_limit_overrun_ms",)),
    (latency.cached, ("cached_verdict_p50_ms",)),
    (queues.noop, ("rq_noop_p50_ms",)),
    (capacity.cpu, ("cpu_per_verdict_vs_floor",)),
    (latency.burst, ("verdict_burst16_p95_vs_host_pytest",)),
    (capacity.throughput, ("throughput_vs_bubblewrap",)),
    (lambda stage: latency.load(stage, capacity.sustained(stage)), ("verdict_load_p95_vs_host_pytest",)),
    (queues.bulk, ("live_p95_with_bulk_vs_idle",)),
    (latency.overload, ("overload64_false_verdicts",)),
)
# What needs no site, and is measured before there is one.
SITELESS: tuple[tuple[Callable[[dict[str, Any]], dict[str, float]], tuple[str, ...]], ...] = (
    (files.library, ("sync_10000_files_s", "resync_10000_files_s", "check_one_file_ms")),
    (
        scores.table,
        (
            "score_table_p95_ms_1k",
            "score_table_p95_ms_10k",
            "score_table_p95_ms_100k",
            "score_table_100k_vs_1k",
        ),
    ),
    (
        exports.exports,
        (
            *(f"export_10k_{key}_s" for key in exports.FILES),
            "export_10k_first_byte_s",
            "export_10k_memory_mib",
        ),
    ),
    (exports.likeness, ("similarity_10k_s", "similarity_page_10k_ms")),
)

RECORDING = "recording_hour_kb"
# Measured only when they are named: they take as long as all others together.
ON_REQUEST = frozenset(
    key for measure, keys in SITELESS if measure in (exports.exports, exports.likeness) for key in keys
)


def main() -> None:
    """Measure what was asked for; by default all but what takes as long as the rest together."""
    wanted = _wanted()
    figures: dict[str, float] = {}
    raw: dict[str, Any] = {}
    began = time.monotonic()
    for measure_alone, keys in SITELESS:
        if wanted & set(keys):
            print(f"{time.monotonic() - began:5.0f} s  {', '.join(keys)}", flush=True)
            figures |= measure_alone(raw)
    if RECORDING in wanted:
        figures[RECORDING] = typed_hour.size().kilobytes
    parts = [(measure, keys) for measure, keys in PARTS if wanted & set(keys)]
    machine = description()
    if parts:
        raw |= _on_a_site(parts, figures, began)
    took = time.monotonic() - began
    print(f"\n{table(figures)}\n")
    write(REPORT, figures, raw, {**machine, "pool_size": POOL_SIZE, "seconds": round(took)})
    print(f"{took:.0f} s; written to {REPORT.relative_to(HERE.parent)}")


def _on_a_site(parts: Sequence[Part], figures: dict[str, float], began: float) -> dict[str, Any]:
    """Start a site, take the measurements that need one, and give what the report keeps as it was measured."""
    (question,) = load_library([HERE / "questions"]).questions
    content = question.to_content()
    exercise = Exercise(content["solution"], test_files(content, scope="full"))
    try:
        with running(HERE / "questions", POOL_SIZE) as site:
            stage = Stage(site, exercise, content["solution"], content["id"])
            stage.submit(stage.people(1)[0])  # records the reference's contract, opens connections
            for measure, keys in parts:
                print(f"{time.monotonic() - began:5.0f} s  {', '.join(keys)}", flush=True)
                figures |= measure(stage)
    finally:
        exercise.close()
    return stage.raw


def _wanted() -> set[str]:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument(
        "--only",
        default="",
        help="keys of figures, separated by commas (all but export_10k_* and similarity_*)",
    )
    named = {key.strip() for key in parser.parse_args().only.split(",") if key.strip()}
    if unknown := named - set(KEYS):
        parser.error(f"no such figure: {', '.join(sorted(unknown))}; there are {', '.join(KEYS)}")
    return named or set(KEYS) - ON_REQUEST


if __name__ == "__main__":
    main()
