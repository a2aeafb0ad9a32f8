"""Fuzzes for a while and says what came of it: `python -m fuzz --minutes 10 --processes 2`. Exit status 1 for a find.

The corpus that grows is kept in `var/fuzz/corpus`, an input that is a find in `var/fuzz/finds`.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SEEDS = Path(__file__).resolve().parent / "seeds"
PLACE = ROOT / "var" / "fuzz"
HANG_SECONDS = 20
MEMORY_MIB = 1024
WARM_SHARE = 0.2  # of the time: the corpus fills in it, so growth is counted from there
GROWTH_MIB = 96
WAY = re.compile(r"cov: (\d+) ft: (\d+) corp: (\d+)")
COUNT = re.compile(r"stat::number_of_executed_units:\s*(\d+)")


@dataclass
class Fuzzer:
    """One process, its log, and what it was seen to use."""

    process: subprocess.Popen[bytes]
    log: Path
    resident: list[tuple[float, float]] = field(default_factory=list)  # seconds since the start, MiB

    def look(self, since: float) -> None:
        """Note how much memory it has."""
        try:
            status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        except OSError:
            return
        if found := re.search(r"VmRSS:\s*(\d+) kB", status):
            self.resident.append((time.monotonic() - since, int(found.group(1)) / 1024))


def main() -> int:
    """Start, watch, report."""
    parser = argparse.ArgumentParser(prog="python -m fuzz")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--processes", type=int, default=2)
    asked = parser.parse_args()
    os.nice(19)
    for name in ("corpus", "finds", "log"):
        (PLACE / name).mkdir(parents=True, exist_ok=True)
    _plant()
    before = set((PLACE / "finds").iterdir())
    began = time.monotonic()
    seconds = max(5, round(asked.minutes * 60))
    fuzzers = [_start(number, seconds) for number in range(asked.processes)]
    while any(fuzzer.process.poll() is None for fuzzer in fuzzers):
        for fuzzer in fuzzers:
            fuzzer.look(began)
        time.sleep(0.5)
    took = time.monotonic() - began
    is_clean = not [number for number, fuzzer in enumerate(fuzzers) if not _report(number, fuzzer, took)]
    for find in sorted(set((PLACE / "finds").iterdir()) - before):
        print(f"find: {find}")
        is_clean = False
    print("nothing found" if is_clean else "FOUND something (above)")
    return 0 if is_clean else 1


def _plant() -> None:
    """Give the corpus the frames of real runs, whole and one by one."""
    recorded = (SEEDS / "frames.bin").read_bytes()
    at = number = 0
    while at < len(recorded):
        end = at + 4 + int.from_bytes(recorded[at : at + 4], "big")
        (PLACE / "corpus" / f"frame-{number}").write_bytes(bytes([0, 4]) + recorded[at:end])
        (PLACE / "corpus" / f"body-{number}").write_bytes(b"\x01" + recorded[at + 4 : end])
        at, number = end, number + 1
    for kind in range(2, 8):
        (PLACE / "corpus" / f"grown-{kind}").write_bytes(
            bytes([kind]) + recorded[kind * 97 : kind * 97 + 400]
        )


def _start(number: int, seconds: int) -> Fuzzer:
    log = PLACE / "log" / str(number)
    order = [
        sys.executable, "-m", "fuzz.worker", f"-max_total_time={seconds}", f"-timeout={HANG_SECONDS}",
        f"-rss_limit_mb={MEMORY_MIB}", "-len_control=10", "-max_len=8192", "-print_final_stats=1", f"-seed={number + 1}",
        f"-artifact_prefix={PLACE / 'finds'}/", str(PLACE / "corpus"),
    ]  # fmt: skip
    with log.open("wb") as file:
        process = subprocess.Popen(
            order,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
        )
    return Fuzzer(process, log)


def _report(number: int, fuzzer: Fuzzer, took: float) -> bool:
    """Print one process's figures; whether it found nothing."""
    text = fuzzer.log.read_text(encoding="utf-8", errors="replace")
    runs = int(found.group(1)) if (found := COUNT.search(text)) else 0
    ways = WAY.findall(text)
    reached, features, inputs = ways[-1] if ways else ("?", "?", "?")
    warm = max((mib for at, mib in fuzzer.resident if at <= took * WARM_SHARE), default=0.0)
    peak = max((mib for _, mib in fuzzer.resident), default=0.0)
    is_flat = peak - warm < GROWTH_MIB
    status = fuzzer.process.returncode
    print(
        f"process {number}: {runs} executions, {runs / took:.0f}/s, coverage {reached} edges, {features} features, "
        f"{inputs} inputs, peak memory {warm:.0f} MiB in the first {WARM_SHARE:.0%}, {peak:.0f} MiB in all"
    )
    if status != 0 or not is_flat or not runs:
        print("\n".join(text.splitlines()[-40:]))
        print(f"process {number} ended with {status}" + ("" if is_flat else ", and its memory grew"))
    return status == 0 and is_flat and runs > 0


if __name__ == "__main__":
    sys.exit(main())
