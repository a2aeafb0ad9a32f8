"""`quizapp sandbox grade CASE_DIR...`: grade folders from the command line, one JSON object a line.

A case folder has `files/` (the candidate's) and `tests/` (pytest or unittest), and may have `solution/`: then its
run comes first, records what the reference gives to the tests, and says which tests must pass. Without it they are
the ones that the grader collected and did not skip.
"""

from __future__ import annotations

import argparse
import base64
import dataclasses
import json
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from quizapp.rules.judging import Judgement, judge
from sandbox import recipes
from sandbox.client import BrokerClient, BrokerUnavailable, LocalBroker
from sandbox.protocol import Limits, Outcome, Priority, Program, Status, TestOutcome, TestStatus
from sandbox.settings import Settings

LIMITS = Limits(cpu_seconds=10.0, wall_seconds=30.0, test_seconds=10.0)  # of whole files with many tests
TRIES = 3  # of a run that fails for a reason of ours
SKIPPED_FOLDERS = frozenset({"__pycache__", ".git", ".pytest_cache", ".mypy_cache", ".venv"})


class CaseUnreadable(Exception):
    """The folder is no case; the text says what is missing."""


@dataclasses.dataclass(frozen=True)
class Case:
    """One folder, read. `solution` is the candidate's files with those of the solution laid over them."""

    name: str
    program: Program
    solution: Program | None


def main(arguments: Sequence[str] | None = None) -> int:
    """Grade the folders. 0: all were graded, whatever the verdicts; 2: the sandbox could not run, or no such case."""
    parser = argparse.ArgumentParser(
        prog="quizapp sandbox grade",
        description="Grade folders with files/, tests/ and, if you like, solution/.",
    )
    parser.add_argument("cases", nargs="+", metavar="CASE_DIR")
    parser.add_argument(
        "--preload",
        action="append",
        default=[],
        metavar="PACKAGE",
        help="import it before the candidate's code",
    )
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)), help="how many at once")
    options = parser.parse_args(arguments)
    try:
        cases = [read_case(folder, tuple(options.preload)) for folder in options.cases]
        have_images()
        broker = LocalBroker()
        with broker as client:
            # On a broker that serves people too, they go first.
            priority = Priority.LIVE if broker.is_own else Priority.BULK
            grade_all(cases, client, max(1, options.jobs), priority)
    except (CaseUnreadable, BrokerUnavailable, ValueError) as error:
        print(f"quizapp sandbox grade: {error}", file=sys.stderr)
        return 2
    return 0


def grade_all(cases: Sequence[Case], client: BrokerClient, jobs: int, priority: Priority) -> None:
    """Grade the cases, `jobs` at a time, and print each as soon as those before it are done."""
    with ThreadPoolExecutor(max_workers=jobs) as threads:
        try:
            for told in threads.map(lambda case: grade(case, client, priority), cases):
                print(json.dumps(told), flush=True)
        except BaseException:
            threads.shutdown(cancel_futures=True)
            raise


def grade(case: Case, client: BrokerClient, priority: Priority = Priority.BULK) -> dict[str, Any]:
    """Grade one case; what is printed of it. Raises `BrokerUnavailable`."""
    program, expected = case.program, None
    if case.solution is not None:
        reference = run(client, case.solution, priority)
        expected = expected_tests(reference)
        if judge(reference, expected).verdict != "accepted":
            return told(case, reference, "internal_error", f"The solution does not pass: {why(reference)}")
        program = dataclasses.replace(program, contract=reference.contract)
    outcome = run(client, program, priority)
    judgement = judge(outcome, expected_tests(outcome) if expected is None else expected)
    return told(case, outcome, judgement.verdict, why(outcome, judgement))


def run(client: BrokerClient, program: Program, priority: Priority) -> Outcome:
    """Run a program, again when it fails for a reason of ours."""
    outcome = client.run(program, LIMITS, priority, user="grade")
    for _ in range(TRIES - 1):
        if outcome.status is not Status.INTERNAL_ERROR:
            break
        outcome = client.run(program, LIMITS, priority, user="grade")
    return outcome


def expected_tests(outcome: Outcome) -> tuple[str, ...]:
    """The tests that a run collected, without those it skipped."""
    skipped = {test.name for test in outcome.tests if test.status is TestStatus.SKIPPED}
    return tuple(name for name in outcome.collected if name not in skipped)


def why(outcome: Outcome, judgement: Judgement | None = None) -> str:
    """A sentence on the outcome, for a person who wonders."""
    if outcome.detail:
        return outcome.detail
    if outcome.error is not None:
        error = outcome.error
        place = f" ({error.file}, line {error.line})" if error.file else ""
        return f"{error.type}: {error.message}{place}"
    if judgement is not None and judgement.verdict == "internal_error":
        return "The grader found no test to run."
    return ""


def told(case: Case, outcome: Outcome, verdict: str, detail: str) -> dict[str, Any]:
    return {
        "case": case.name,
        "verdict": verdict,
        "tests": [
            {"name": test.name, "status": test.status.value, "message": message(test)}
            for test in outcome.tests
        ],
        "stdout": outcome.stdout,
        "stderr": outcome.stderr,
        "cpu_seconds": outcome.cpu_seconds,
        "wall_seconds": outcome.wall_seconds,
        "detail": detail,
    }


def message(test: TestOutcome) -> str:
    """What the author of a test said of its failure, with what was compared."""
    if not (test.got or test.expected) or test.got in test.message:
        return test.message
    return f"{test.message} (got {test.got}, expected {test.expected})"


def have_images() -> None:
    """Build the sandbox images when they are missing or out of date. Raises `BrokerUnavailable`."""
    settings = Settings.from_environment()
    if recipes.are_current(settings):
        return
    from sandbox.build import BuildFailed, build  # noqa: PLC0415 - loads docker, which takes a while
    from sandbox.engine import EngineUnavailable  # noqa: PLC0415
    from sandbox.packages import BaseNotMade  # noqa: PLC0415

    try:
        build(settings, lambda line: print(line, file=sys.stderr, flush=True))
    except (BuildFailed, BaseNotMade, EngineUnavailable) as error:
        raise BrokerUnavailable(str(error)) from error


def read_case(folder: str, preload: tuple[str, ...] = ()) -> Case:
    """Read a case folder. Raises `CaseUnreadable`."""
    root = Path(folder)
    for part in ("files", "tests"):
        if not (root / part).is_dir():
            msg = f"{folder} has no folder {part}/"
            raise CaseUnreadable(msg)
    files, blobs = read_files(root / "files")
    tests, foreign = read_files(root / "tests")
    if foreign:
        msg = f"{folder}/tests holds files that are not text: {', '.join(sorted(foreign))}"
        raise CaseUnreadable(msg)
    # The tests are those of whoever runs the command: nothing of them is to be hidden.
    program = Program(files=files, blobs=blobs, tests=tests, preload=preload, trace=True)
    solution = None
    if (root / "solution").is_dir():
        own_files, own_blobs = read_files(root / "solution")
        solution = dataclasses.replace(
            program, files={**files, **own_files}, blobs={**blobs, **own_blobs}, record=True
        )
    return Case(folder.rstrip("/"), program, solution)


def read_files(root: Path) -> tuple[dict[str, str], dict[str, str]]:
    """The text files below a folder, and as base64 those that are not text, by their paths in it."""
    texts: dict[str, str] = {}
    blobs: dict[str, str] = {}
    for path in _files_below(root):
        name, content = path.relative_to(root).as_posix(), path.read_bytes()
        try:
            texts[name] = content.decode("utf-8")
        except UnicodeDecodeError:
            blobs[name] = base64.b64encode(content).decode("ascii")
    return texts, blobs


def _files_below(root: Path) -> Iterator[Path]:
    for path in sorted(root.rglob("*")):
        if path.is_file() and not SKIPPED_FOLDERS.intersection(path.relative_to(root).parts):
            yield path


if __name__ == "__main__":
    sys.exit(main())
