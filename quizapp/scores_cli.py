"""The command `quizapp scores rebuild`: add up every stored score again, and say which were not what they should be."""

# ruff: noqa: T201 - a command speaks on stdout

from __future__ import annotations

import argparse
from collections.abc import Sequence

from quizapp import create_app
from quizapp.services import scores
from quizapp.services.scores import Difference


def main(argv: Sequence[str]) -> int:
    """Run the command and return its exit status: 0 nothing differed, 1 something did, 2 wrong usage."""
    parser = argparse.ArgumentParser(
        prog="quizapp scores rebuild",
        description="Add up the score of every interview attempt again from its answers, list those that were stored "
        "otherwise, and store them as they are.",
    )
    parser.add_argument("--dry-run", action="store_true", help="list, and change nothing")
    options = parser.parse_args(list(argv))
    count = missing = 0
    with create_app().app_context():
        for difference in scores.rebuild(is_rehearsal=options.dry_run):
            count += 1
            missing += difference.stored is None
            print(_told(difference))
    done = "would be stored again" if options.dry_run else "were stored again"
    print(f"{count} scores {done}, {missing} of them were missing." if count else "Every score is as stored.")
    return int(count > 0)


def _told(difference: Difference) -> str:
    if difference.stored is None:
        return f"attempt {difference.attempt_id}: was missing"
    changes = [
        f"{name} {difference.stored[name]} -> {difference.computed[name]}" for name in difference.columns
    ]
    return f"attempt {difference.attempt_id}: {', '.join(changes)}"
