"""The command `quizapp questions diff`: what a sync would change, before it is done."""

# ruff: noqa: T201 - a command speaks on stdout

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from quizapp import create_app
from quizapp.services.differences import Difference, differences

EXAMPLES = """\
examples:
  quizapp questions diff            what `quizapp questions sync` would change
  quizapp questions diff --json     the same for programs: an array of {id, what, keys, interviews, practising}

A line says what would happen to a question, which of its keys differ, and how many open attempts have it: they keep the
version that they were begun with.
Exit status 0: nothing would change; 1: something would; 2: it could not be compared.
"""


def main(argv: Sequence[str]) -> int:
    """Run the command. Exit status 0 when nothing would change, 1 when something would, 2 when there is no such folder."""
    parser = argparse.ArgumentParser(
        prog="quizapp questions diff",
        description="Compare the question files with the database; nothing is changed.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "roots", nargs="*", type=Path, help="folders of question files (default: QUIZAPP_QUESTIONS)"
    )
    parser.add_argument("--json", action="store_true", help="write an array of objects")
    options = parser.parse_args(list(argv))
    app = create_app()
    roots = options.roots or [Path(root) for root in app.config["QUESTIONS"]]
    if missing := [root for root in roots if not root.is_dir()]:
        print(f"quizapp questions diff: {missing[0]} is not a folder", file=sys.stderr)
        return 2
    with app.app_context():
        found, findings = differences(roots, processes=len(os.sched_getaffinity(0)))
    for finding in findings:
        print(finding, file=sys.stderr)
    if options.json:
        print(json.dumps([one.as_object() for one in found], indent=2))
    else:
        for one in found:
            print(told(one))
        print(f"{len(found)} questions differ" if found else "nothing would change", file=sys.stderr)
    return 1 if found else 0


def told(one: Difference) -> str:
    """One line about one question."""
    text = f"{one.what:8} {one.id}"
    if one.keys:
        text += f": {', '.join(one.keys)}"
    if one.what == "broken":
        text += ": its file does not load, the published version stays"
    kept = [
        f"{count} {what}"
        for count, what in ((one.interviews, "interviews under way"), (one.practising, "people practising"))
        if count
    ]
    return f"{text} ({' and '.join(kept)} keep the version they began with)" if kept else text
