"""`quizapp questions check`: read all question files, then prove the sound ones in the sandbox.

Exit status 0: nothing to mend; 1: findings, each with its file and line; 2: the check itself could not be done.
Findings go to stdout, progress to stderr.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from quizapp.questions.changed import NotComparable, changed_files
from quizapp.questions.cli import roots_from_environment
from quizapp.questions.finding import Finding
from quizapp.questions.library import Library, load_library
from quizapp.questions.reports import FORMATS, written
from quizapp.questions.schema import BugQuestion, CodeQuestion, OutputQuestion, Question, TestsQuestion
from sandbox.client import BrokerUnavailable, LocalBroker
from sandbox.protocol import Priority
from worker.cases import have_images
from worker.proofs import NotProved, Prover

EXAMPLES = """\
examples:
  quizapp questions check                                   everything, with the sandbox
  quizapp questions check --static                          read the files only, a second or two
  quizapp questions check questions/fresher/routing         one folder
  quizapp questions check --changed                         what this branch changes since it left main
  quizapp questions check --format sarif > findings.sarif   for code scanning and editors

A finding is one line: path:line:column code what is wrong (how to mend it).
Exit status 0: nothing to mend; 1: findings; 2: the check itself could not be done.
"""


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="quizapp questions check",
        description="Load all questions and prove them in the sandbox.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="only these files or folders")
    parser.add_argument("--format", choices=FORMATS, default="text", help="how findings are written")
    parser.add_argument("--static", action="store_true", help="only read the files, run nothing")
    parser.add_argument(
        "--changed",
        action="store_true",
        help="only files that differ from where this branch left main (on main: from the last commit)",
    )
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)), help="questions at once")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Check question files: 0, 1 with findings, 2 when the sandbox could not run or there is no such file."""
    options = _options(arguments)
    paths: list[Path] = options.paths
    if missing := [path for path in paths if not path.exists()]:
        _say(f"quizapp questions check: {missing[0]} does not exist")
        return 2
    roots = _roots(paths)
    try:
        is_wanted = _wish(paths, roots, changed=options.changed)
    except NotComparable as error:
        _say(f"quizapp questions check: {error}")
        return 2
    library = load_library(roots)
    findings = [finding for finding in library.findings if is_wanted(finding.path)]
    questions = [
        question
        for question in library.questions
        if is_wanted(library.origins[question.id].path) and _can_be_proved(question)
    ]
    unproved: list[str] = []
    if questions and not options.static:
        try:
            found, unproved = prove(questions, library, max(1, options.jobs))
        except (BrokerUnavailable, ValueError) as error:
            found, unproved = [], [str(error)]
        findings += found
    print(written(sorted(findings), options.format, unproved), end="")
    for text in unproved:
        _say(f"quizapp questions check: {text}")
    if unproved:
        return 2
    wrong = [finding for finding in findings if not finding.is_advice]
    advice = f", {len(findings) - len(wrong)} to think about" if len(wrong) < len(findings) else ""
    _say((f"{len(wrong)} findings" if wrong else "nothing to mend") + advice)
    return 1 if wrong else 0


def _wish(paths: Sequence[Path], roots: Sequence[Path], *, changed: bool) -> Callable[[Path], bool]:
    """Make the test for what was asked for. Raises `NotComparable`."""
    if not changed:
        return lambda path: _is_wanted(path, paths)
    changes = changed_files(roots)
    _say(f"{changes.compared}: {len(changes.paths)} files differ")
    return lambda path: _is_wanted(path, paths) and path.resolve() in changes.paths


def _can_be_proved(question: Question) -> bool:
    if isinstance(question, BugQuestion):
        return question.proof is not None
    return isinstance(question, CodeQuestion | OutputQuestion | TestsQuestion)


def prove(questions: Sequence[Question], library: Library, jobs: int) -> tuple[list[Finding], list[str]]:
    """Prove questions, several at a time: findings, and a sentence for each that could not be proved.

    Uses the running broker behind everybody who waits for it, or one of its own. Raises `BrokerUnavailable`.
    """
    have_images()
    broker = LocalBroker()
    with broker as client, ThreadPoolExecutor(max_workers=jobs) as threads:
        prover = Prover(client, Priority.LIVE if broker.is_own else Priority.BULK)
        progress = _Progress(len(questions))

        def one(question: Question) -> tuple[list[Finding], str]:
            started = time.monotonic()
            try:
                found = prover.findings(question, library.origins[question.id].path)
            except NotProved as problem:
                progress.done(question.id, "not proved", started)
                return [], f"{question.id} could not be proved: {problem}"
            progress.done(question.id, f"{len(found)} findings" if found else "proved", started)
            return found, ""

        try:
            proved = list(threads.map(one, questions))
        except BaseException:
            threads.shutdown(cancel_futures=True)
            raise
    return [finding for found, _ in proved for finding in found], [text for _, text in proved if text]


class _Progress:
    """Says on stderr what is done, one line a question."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._done = 0

    def done(self, name: str, how: str, started: float) -> None:
        self._done += 1
        width = len(str(self._total))
        _say(f"{self._done:{width}}/{self._total} {name}: {how} ({time.monotonic() - started:.1f} s)")


def _roots(paths: Iterable[Path]) -> list[Path]:
    """The question folders of the settings, and those that given paths lie in when these know nothing of them."""
    roots = roots_from_environment()
    for path in paths:
        if not any(path.resolve().is_relative_to(root.resolve()) for root in roots):
            roots.append(_root_of(path.resolve()))
    return list(dict.fromkeys(root for root in roots if root.is_dir() or not list(paths)))


def _root_of(path: Path) -> Path:
    """The folder above the bank that a path lies in; a folder without a bank above it is taken for a root itself."""
    for folder in (path, *path.parents):
        if (folder / "bank.yaml").is_file():
            return folder.parent
    return path if path.is_dir() else path.parent


def _is_wanted(path: Path, paths: Sequence[Path]) -> bool:
    return not paths or any(path.resolve().is_relative_to(wanted.resolve()) for wanted in paths)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
