"""The published table: runs hostile cases on a quiet machine and writes what was seen into `sandbox/README.md`.

`python -m tests.sandbox.hostile_table` runs all, with names only those; `--coverage` runs nothing and only says in
the list of attacks which cases cover what.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sandbox.engine import Engine
from sandbox.settings import Settings
from tests.sandbox import hostile_cases
from tests.sandbox.conftest import ROOT, RunningBroker
from tests.sandbox.hostile_cases import Case, read_case
from tests.sandbox.hostile_runs import Seen, Suite

README = ROOT / "sandbox" / "README.md"
BEGIN, END = "<!-- hostile cases: begin -->", "<!-- hostile cases: end -->"
COMMAND = "python -m tests.sandbox.hostile_table"
COVERAGE = f"{COMMAND} --coverage"
_ROW = re.compile(r"^\| `([\w-]+)` (.+?) \| (.+?) \| (.+?) \| (.+?) \|$", re.MULTILINE)


@dataclass(frozen=True)
class Row:
    """One line of the published table."""

    title: str
    expected: str
    seen: str
    seconds: str


def covering() -> dict[str, list[str]]:
    """Attack -> the cases that try it."""
    found: dict[str, list[str]] = defaultdict(list)
    for name in hostile_cases.names():
        for attack in read_case(name).attacks:
            found[attack].append(name)
    return dict(found)


def links(cases: Iterable[str]) -> str:
    return ", ".join(f"[{name}]({name})" for name in cases)


def expected(case: Case) -> str:
    return " or ".join(case.verdicts)


def published() -> dict[str, Row]:
    """The rows that are in the paper now, by case."""
    text = README.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    return {found[1]: Row(*found.groups()[1:]) for found in _ROW.finditer(text)}


def main(arguments: Sequence[str] | None = None) -> int:
    """0: every promise held; 1: one did not, and nothing was written."""
    parser = argparse.ArgumentParser(prog=COMMAND, description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE")
    parser.add_argument("--coverage", action="store_true", help="run nothing, write the list of attacks")
    options = parser.parse_args(arguments)
    write_coverage()
    if options.coverage:
        return 0
    cases = [read_case(name) for name in options.cases or hostile_cases.names()]
    seen, engine = run(cases)
    broken = [f"{name}: {fault}" for name, one in seen.items() for fault in one.faults]
    late = [f"{name}: {fault}" for name, one in seen.items() for fault in one.late]
    print("\n".join(broken + late))
    if broken:
        return 1
    write_table(seen, engine, is_whole=not options.cases)
    return 1 if late else 0


def run(cases: Sequence[Case]) -> tuple[dict[str, Seen], str]:
    """Run cases with a broker of their own; also what engine it was."""
    settings = Settings.from_environment()
    with tempfile.TemporaryDirectory(prefix="quizapp-hostile-") as folder:
        own = Path(folder, "host")
        own.mkdir()
        broker = RunningBroker(Path(folder), QUIZAPP_SANDBOX_POOL_SIZE="8", QUIZAPP_SANDBOX_MAX_RUNNING="4")
        try:
            health = broker.wait_until(lambda health: health.pool_ready == health.pool_size)
            suite = Suite(broker, Engine(settings.docker_host, settings.engine_timeout), own, is_strict=True)
            return suite.run(cases), health.engine
        finally:
            broker.stop()


def write_table(seen: dict[str, Seen], engine: str, *, is_whole: bool) -> None:
    """Put the rows into the paper; rows of cases that were not run stay, rows of cases that are gone do not."""
    rows = {name: _row(one) for name, one in seen.items()}
    kept = {name: row for name, row in published().items() if name in hostile_cases.names()}
    rows = kept | rows
    text = README.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    old, _, after = rest.partition(END)
    machine = f"{os.cpu_count()} processors, load average {os.getloadavg()[0]:.0f}"
    where = f"Seen on {datetime.now(UTC):%Y-%m-%d} with Linux {platform.release()}, {engine}, {machine}."
    head = old.strip().partition("\n")[0]
    lines = [where if is_whole or not head else head, ""]
    for group in hostile_cases.GROUPS:
        lines += [
            f"### {group.capitalize()}",
            "",
            "| case | expected | seen | seconds |",
            "|---|---|---|---|",
        ]
        lines += [
            f"| `{name}` {row.title} | {row.expected} | {row.seen} | {row.seconds} |"
            for name, row in sorted(rows.items())
            if read_case(name).group == group
        ]
        lines.append("")
    README.write_text(f"{before}{BEGIN}\n{chr(10).join(lines)}{END}{after}", encoding="utf-8")


def _row(seen: Seen) -> Row:
    times = f"{max(seen.seconds):.2f}"
    verdicts = list(dict.fromkeys(seen.verdicts))
    runs = f" ({len(seen.verdicts)} runs)" if len(seen.verdicts) > 1 else ""
    return Row(seen.case.title, expected(seen.case), " or ".join(verdicts) + runs, times)


def write_coverage() -> None:
    """Say in the list of attacks which cases cover each."""
    text = hostile_cases.ATTACKS.read_text(encoding="utf-8")
    cases = covering()
    for attack, (tried, told) in hostile_cases.attacks().items():
        if attack in cases:
            text = text.replace(
                f"| {attack} | {tried} | {told} |", f"| {attack} | {tried} | {links(cases[attack])} |"
            )
    hostile_cases.ATTACKS.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
