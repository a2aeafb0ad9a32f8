"""`quizapp questions check`: read all question files, then prove the sound ones in the sandbox.

Exit status 0: nothing to mend; 1: findings, each with its file and line; 2: the check itself could not be done.
Findings go to stdout, progress to stderr.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from quizapp.questions.changed import NotComparable, changed_files
from quizapp.questions.cli import roots_from_environment
from quizapp.questions.finding import Finding
from quizapp.questions.library import load_library
from quizapp.questions.reports import FORMATS, written
from sandbox.client import BrokerUnavailable
from worker import mutation
from worker.proving import Proved, can_be_proved, prove, say

EXAMPLES = """\
examples:
  quizapp questions check                                   everything, with the sandbox
  quizapp questions check --static                          read the files only, a second or two
  quizapp questions check questions/fresher/routing         one folder
  quizapp questions check --changed                         what this branch changes since it left main
  quizapp questions check --mutants questions/fresher/api   also how well the tests guard the solutions
  quizapp questions check --repeat 20 --changed             also whether each reference always fares alike
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
    parser.add_argument(
        "--mutants",
        action="store_true",
        help="also put small faults into each code question's solution and count those that its tests notice",
    )
    parser.add_argument(
        "--repeat", type=int, default=0, metavar="N", help="also run each reference N times, many at once"
    )
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)), help="questions at once")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Check question files: 0, 1 with findings, 2 when the sandbox could not run or there is no such file."""
    options = _options(arguments)
    paths: list[Path] = options.paths
    if missing := [path for path in paths if not path.exists()]:
        say(f"quizapp questions check: {missing[0]} does not exist")
        return 2
    roots = _roots(paths)
    try:
        wish = _Wish.of(paths, roots, changed=options.changed)
    except NotComparable as error:
        say(f"quizapp questions check: {error}")
        return 2
    library = load_library(roots, only=wish.read, processes=max(1, options.jobs))
    findings = [finding for finding in library.findings if wish.concerns(finding.path)]
    questions = [
        question
        for question in library.questions
        if wish.includes(library.origins[question.id].path) and can_be_proved(question)
    ]
    proved = Proved()
    if questions and not options.static:
        try:
            proved = prove(
                questions, library, max(1, options.jobs), mutants=options.mutants, repeat=options.repeat
            )
        except (BrokerUnavailable, ValueError) as error:
            proved = Proved(unproved=[str(error)])
        findings += proved.findings
    print(_told(sorted(findings), proved, options), end="")
    for text in proved.unproved:
        say(f"quizapp questions check: {text}")
    if proved.unproved:
        return 2
    wrong = [finding for finding in findings if not finding.is_advice]
    advice = f", {len(findings) - len(wrong)} to think about" if len(wrong) < len(findings) else ""
    say((f"{len(wrong)} findings" if wrong else "nothing to mend") + advice)
    is_whole = not options.paths and not options.changed
    is_weak = is_whole and mutation.average(proved.scores) < mutation.AVERAGE_SHARE
    if is_weak:
        say(f"the average score of all questions' mutants is below {mutation.AVERAGE_SHARE:.0%}")
    return 1 if wrong or is_weak else 0


def _told(findings: Sequence[Finding], proved: Proved, options: argparse.Namespace) -> str:
    """Give what goes to stdout: the findings, and after them the scores where they were asked for."""
    told = written(findings, options.format, proved.unproved)
    if not options.mutants or options.format == "sarif":
        return told
    if options.format == "json":
        both = {"findings": json.loads(told), "mutants": mutation.summary(proved.scores)}
        return json.dumps(both, indent=2, ensure_ascii=False) + "\n"
    lines = [*mutation.told_survivors(proved.scores), *mutation.table(proved.scores)]
    return told + "".join(f"{line}\n" for line in lines)


@dataclass(frozen=True)
class _Wish:
    """What was asked for: all, some files and folders, or what has changed, all of them or of these."""

    paths: Sequence[Path]
    changed: frozenset[Path] | None = None

    @classmethod
    def of(cls, paths: Sequence[Path], roots: Sequence[Path], *, changed: bool) -> _Wish:
        """Ask git what changed if that is wanted. Raises `NotComparable`."""
        if not changed:
            return cls(paths)
        changes = changed_files(roots)
        say(f"{changes.compared}: {len(changes.paths)} files differ")
        return cls(paths, changes.paths)

    @property
    def read(self) -> list[Path]:
        """The files and folders to read; none for all."""
        if self.changed is None:
            return list(self.paths)
        return sorted(self.changed | self.shared) or [Path(os.devnull)]

    @property
    def shared(self) -> frozenset[Path]:
        """Folders in which a change can put any question in the wrong: its bank, or the list of what to cover."""
        names = ("bank.yaml", "coverage.yaml")
        return frozenset(path.parent for path in self.changed or () if path.name in names)

    def includes(self, path: Path) -> bool:
        """Whether a file was asked for."""
        is_named = _is_wanted(path, self.paths)
        return is_named and (self.changed is None or path.resolve() in self.changed)

    def concerns(self, path: Path) -> bool:
        """Whether findings in a file are told: it was asked for, or something that it depends on has changed."""
        if self.includes(path):
            return True
        return _is_wanted(path, self.paths) and any(
            folder in path.resolve().parents for folder in self.shared
        )


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


if __name__ == "__main__":
    sys.exit(main())
