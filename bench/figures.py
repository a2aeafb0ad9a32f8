"""Which figures there are, what each must be, and how they are told: a table for people, plain numbers in a file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One published figure. `most` and `least` are its target; a figure without one is only reported."""

    key: str
    text: str
    unit: str = ""  # empty: a ratio
    most: float | None = None
    least: float | None = None

    @property
    def target(self) -> str:
        if self.most is not None:
            return f"<= {self.most:g}"
        return "reported" if self.least is None else f">= {self.least:g}"

    def judged(self, value: float) -> str:
        """`met`, `missed`, or nothing where there is no target."""
        if self.most is None and self.least is None:
            return ""
        # Less than nothing is no figure: other work ended while the machine's own share was measured.
        is_met = 0 <= value <= self.most if self.most is not None else value >= (self.least or 0.0)
        return "met" if is_met else "MISSED"


FIGURES = (
    Figure("verdict_idle_p50_vs_host_pytest", "verdict over HTTP, idle, p50 / host pytest p50", most=0.2),
    Figure("verdict_idle_p95_vs_host_pytest", "verdict over HTTP, idle, p95 / host pytest p95", most=0.4),
    Figure("verdict_idle_p50_vs_docker_run", "verdict over HTTP, idle, p50 / docker run p50"),
    Figure("verdict_load_p95_vs_host_pytest", "verdict at 60 % of the sustained rate, p95 / host p95", most=0.6),
    Figure("verdict_burst16_p95_vs_host_pytest", "burst of 16 into a full pool, p95 / host p95", most=1.0),
    Figure("cpu_per_verdict_vs_floor", "CPU of a verdict / (engine life cycle + import flask)", most=1.4),
    Figure("throughput_vs_bubblewrap", "sustained verdicts a second / bubblewrap's", least=1.0),
    Figure("cached_verdict_p50_ms", "cached verdict over HTTP, p50", "ms", most=15),
    Figure("warm_candidate_mib", "memory of a warm candidate container, p50", "MiB", most=30),
    Figure("wall_limit_overrun_ms", "a wall limit is noticed after, p95", "ms", most=50),
    Figure("overload64_false_verdicts", "64 clients at once, 3 each: not accepted", "verdicts", most=0),
    Figure("rq_noop_p50_ms", "RQ, empty job, enqueue to finished, p50", "ms"),
    Figure("live_p95_with_bulk_vs_idle", "live p95 with 1,000 bulk runs queued / idle p95", most=1.5),
    Figure("sync_10000_files_s", "10,000 question files into an empty database", "s", most=15),
    Figure("resync_10000_files_s", "the same files again, unchanged", "s", most=4),
    Figure("check_one_file_ms", "static check of one file after start, p50", "ms", most=100),
    Figure("recording_hour_kb", "the recording of an hour of typing, as stored", "kB", most=300),
    Figure("score_table_p95_ms_1k", "score table of 1,000 candidates, p95, slower store", "ms", most=200),
    Figure("score_table_p95_ms_10k", "score table of 10,000 candidates, p95, slower store", "ms", most=200),
    Figure("score_table_p95_ms_100k", "score table of 100,000 candidates, p95, slower store", "ms"),
    Figure("export_10k_csv_s", "10,000 candidates as CSV, slower store", "s"),
    Figure("export_10k_xlsx_s", "10,000 candidates as XLSX, slower store", "s"),
    Figure("export_10k_answers_csv_s", "10,000 candidates with all answers as CSV, slower store", "s"),
    Figure("export_10k_answers_xlsx_s", "10,000 candidates with all answers as XLSX, slower store", "s"),
    Figure("export_10k_first_byte_s", "the slowest of these, until its first byte", "s"),
    Figure("export_10k_memory_mib", "peak memory of an export of 10,000, less that of 1,000", "MiB", most=32),
    Figure("similarity_10k_s", "10,000 answers to one question compared by the job", "s"),
    Figure("similarity_page_10k_ms", "the page of what is alike among them, first opened", "ms"),
    Figure("score_table_100k_vs_1k", "score table, p95 of 100,000 / of 1,000 candidates", most=2.0),
)  # fmt: skip
KEYS = tuple(figure.key for figure in FIGURES)


def table(figures: Mapping[str, float], among: Sequence[Figure] = FIGURES) -> str:
    """The figures that were measured, each beside its target."""
    known = [figure for figure in among if figure.key in figures]
    wide, long = max(len(figure.text) for figure in known), max(len(figure.key) for figure in known)
    lines = [f"{'':{wide}}  {'value':>9}  {'':8}  {'target':>8}"]
    for figure in known:
        value = figures[figure.key]
        lines.append(
            f"{figure.text:{wide}}  {value:9.3f}  {figure.unit:8}  {figure.target:>8}  {figure.judged(value):6}"
            f"  {figure.key:{long}}".rstrip()
        )
    return "\n".join(lines)


def write(
    path: Path,
    figures: Mapping[str, float],
    raw: Mapping[str, Any],
    machine: Mapping[str, Any],
    among: Sequence[Figure] = FIGURES,
) -> None:
    """Write the report: figures by key, `raw` as it was measured, and what it was measured on."""
    known = [figure for figure in among if figure.key in figures]
    report = {
        **{name: _rounded(value) for name, value in figures.items()},
        "targets": {figure.key: figure.target for figure in known},
        "missed": [figure.key for figure in known if figure.judged(figures[figure.key]) == "MISSED"],
        "raw": _rounded(dict(raw)),
        "machine": dict(machine),
    }
    path.write_text(json.dumps(report, indent=2) + "\n")


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, dict):
        return {name: _rounded(part) for name, part in value.items()}
    return [_rounded(part) for part in value] if isinstance(value, list) else value
