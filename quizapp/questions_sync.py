"""The command `quizapp questions sync`: publish the question files into the database."""

# ruff: noqa: T201 - a command speaks on stdout

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from quizapp.application import assemble
from quizapp.services import content

EXAMPLES = """\
examples:
  quizapp questions diff                 first look at what would change
  quizapp questions sync                 publish the folders of QUIZAPP_QUESTIONS
  quizapp questions sync questions ../acme-questions

Each question is published whole or not at all: a file with findings leaves its published version as it is. A changed
question gets a new version, known by the hash of its content; open attempts keep theirs. A question whose file is gone
is retired, and comes back with its history when the file does.
"""


def main(argv: Sequence[str]) -> int:
    """Run the command. Exit status 0; 1 when some files do not load (the rest is published); 2 when nothing could be read."""
    parser = argparse.ArgumentParser(
        prog="quizapp questions sync",
        description="Publish the question files into the database. Files that do not load change nothing.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "roots", nargs="*", type=Path, help="folders of question files (default: QUIZAPP_QUESTIONS)"
    )
    options = parser.parse_args(list(argv))
    app = assemble({}, has_views=False)
    with app.app_context():
        try:
            done = content.sync(
                options.roots or [Path(root) for root in app.config["QUESTIONS"]],
                processes=len(os.sched_getaffinity(0)),
            )
        except content.RootMissing as missing:
            print(f"quizapp: {missing}", file=sys.stderr)
            return 2
    for finding in done.findings:
        print(finding, file=sys.stderr)
    print(summary(done))
    return 1 if any(not finding.is_advice for finding in done.findings) else 0


def summary(done: content.Publication) -> str:
    """One line about what changed."""
    told = [
        f"{len(ids)} {what}"
        for ids, what in (
            (done.added, "added"),
            (done.changed, "changed"),
            (done.retired, "retired"),
            (done.kept, "kept as they were, their files do not load"),
        )
        if ids
    ]
    return "Questions: " + (", ".join(told) if told else "nothing changed")
