"""The commands `quizapp questions export` and `quizapp questions import`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from quizapp.questions.cli import roots_from_environment
from quizapp.questions.exchange.incoming import INCOMING, Wish, plan, summary, write
from quizapp.questions.exchange.outgoing import OUTGOING, export
from quizapp.questions.fields import LEVELS, TOPICS
from quizapp.questions.finding import suggestion
from quizapp.questions.library import Library, load_library
from quizapp.questions.schema import Question


def main(argv: Sequence[str]) -> int:
    """Run the command that the first word names: export or import."""
    word, *rest = argv
    return _COMMANDS[word](rest)


def export_main(argv: Sequence[str]) -> int:
    """Write questions as a file for another system. 0; 1 when it could hold none of them; 2 when nothing could be done."""
    parser = argparse.ArgumentParser(
        prog="quizapp questions export", description="Write questions for another system."
    )
    parser.add_argument("--format", choices=OUTGOING, required=True, help="the other system's format")
    parser.add_argument("--bank", help="only this bank")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="a new file (default: stdout)")
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="only these files or folders")
    options = parser.parse_args(argv)
    library = load_library(roots_from_environment())
    if problem := _export_problem(options, library):
        print(f"quizapp questions export: {problem}", file=sys.stderr)
        return 2
    done = export(_wanted(library, options.paths, options.bank), options.format)
    for id_, reason in done.left_out:
        print(f"{id_} is left out: {reason}", file=sys.stderr)
    for id_, loss in done.losses:
        print(f"{id_}: {loss}", file=sys.stderr)
    print(f"{done.count} questions written, {len(done.left_out)} left out", file=sys.stderr)
    if not done.count:
        return 1
    if options.output is None:
        sys.stdout.write(done.text)
        return 0
    try:
        with options.output.open("x", encoding="utf-8", newline="") as stream:
            stream.write(done.text)
    except OSError as error:
        print(f"quizapp questions export: {options.output}: {error.strerror}", file=sys.stderr)
        return 2
    return 0


def _export_problem(options: argparse.Namespace, library: Library) -> str:
    banks = [bank.id for bank in library.banks]
    if options.bank and options.bank not in banks:
        return f"there is no bank '{options.bank}'; {suggestion(options.bank, banks)}"
    if missing := [path for path in options.paths if not path.exists()]:
        return f"{missing[0]} does not exist"
    if options.output is not None and options.output.exists():
        return f"{options.output} is there already; name another file, or delete it"
    return ""


def _wanted(library: Library, paths: Sequence[Path], bank: str | None) -> list[tuple[str, Question]]:
    """The chosen questions with bank and topic, in this order."""
    found = []
    for question in library.questions:
        origin = library.origins[question.id]
        here = origin.path.resolve()
        if (bank in (None, origin.bank)) and (
            not paths or any(here.is_relative_to(path.resolve()) for path in paths)
        ):
            found.append((f"{origin.bank}/{question.topic}", question))
    return sorted(found, key=lambda entry: (entry[0], entry[1].id))


def import_main(argv: Sequence[str]) -> int:
    """Make question files of another system's file, all or none. 0; 1 with something to mend; 2 when nothing could be done."""
    parser = argparse.ArgumentParser(
        prog="quizapp questions import",
        description="Make question files of another system's file. With anything to mend, nothing is written.",
    )
    parser.add_argument("--format", choices=INCOMING, required=True, help="the file's format")
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--bank", required=True, help="the bank they go to")
    parser.add_argument("--topic", choices=TOPICS, help="their topic (default: what the file says)")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="DIR", help="the root, above the bank (default: the first root)"
    )
    parser.add_argument("--dry-run", action="store_true", help="only check, and name the files")
    said = parser.add_argument_group("for questions whose file does not say it")
    said.add_argument("--level", choices=LEVELS, help="default: the bank's name when it is one of these")
    for name in ("difficulty", "minutes", "points"):
        said.add_argument(f"--{name}", type=int)
    said.add_argument("--reference", action="append", metavar="URL", help="a page of the documentation")
    said.add_argument("--covers", action="append", metavar="ID", help="an id of coverage.yaml")
    options = parser.parse_args(argv)
    roots = roots_from_environment()
    library = load_library([*roots, *([options.output] if _is_further_root(options.output, roots) else [])])
    banks = [bank.id for bank in library.banks]
    if options.bank not in banks:
        hint = suggestion(options.bank, banks)
        print(f"quizapp questions import: there is no bank '{options.bank}'; {hint}", file=sys.stderr)
        return 2
    wish = Wish(options.bank, options.output or roots[0], options.topic, _defaults(options))
    try:
        return _import(options.file, options.format, wish, library, is_dry=options.dry_run)
    except OSError as error:
        print(f"quizapp questions import: {error.filename}: {error.strerror}", file=sys.stderr)
        return 2


def _is_further_root(output: Path | None, roots: Sequence[Path]) -> bool:
    """Whether the files go to a root that the settings do not name; its ids must not be taken either."""
    return (
        output is not None and output.is_dir() and output.resolve() not in [root.resolve() for root in roots]
    )


def _import(path: Path, form: str, wish: Wish, library: Library, *, is_dry: bool) -> int:
    done = plan(path, form, wish, library)
    for text in summary(done):
        print(f"{path}:{text}", file=sys.stderr)
    if done.problems:
        for problem in done.problems:
            print(f"{path}:{problem}", file=sys.stderr)
        print(f"nothing was written: {len(done.problems)} to mend", file=sys.stderr)
        return 1
    if not is_dry:
        write(done)
    for target in done.files:
        print(target)
    left = f", {len(done.skipped)} left out" if done.skipped else ""
    print(f"{len(done.files)} questions {'to write' if is_dry else 'written'}{left}", file=sys.stderr)
    return 0


def _defaults(options: argparse.Namespace) -> dict[str, Any]:
    level = options.level or (options.bank if options.bank in LEVELS else None)
    given = {
        "level": level,
        "difficulty": options.difficulty,
        "minutes": options.minutes,
        "points": options.points,
        "references": options.reference,
        "covers": options.covers,
    }
    return {key: value for key, value in given.items() if value is not None}


_COMMANDS = {"export": export_main, "import": import_main}
