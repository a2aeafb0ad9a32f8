"""The command `quizapp attempts credit`: give a running attempt more time."""

# ruff: noqa: T201 - a command speaks on stdout

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from quizapp import create_app
from quizapp.errors import Refusal
from quizapp.rules import deadlines
from quizapp.services import clocks, crediting


def main(argv: Sequence[str]) -> int:
    """Run the command and return its exit status: 0 given, 1 refused, 2 wrong usage."""
    parser = argparse.ArgumentParser(
        prog="quizapp attempts credit",
        description="Give a running attempt more time. Its open page shows it without being loaded again.",
    )
    parser.add_argument("attempt", type=int, metavar="ATTEMPT", help="its number, as in the page's address")
    parser.add_argument("seconds", type=int, metavar="SECONDS", help="how much")
    parser.add_argument("--reason", required=True, help="why; kept in the audit log")
    options = parser.parse_args(list(argv))
    app = create_app()
    with app.app_context():
        try:
            attempt = crediting.give(options.attempt, options.seconds, options.reason)
        except Refusal as refusal:
            print(f"quizapp: {refusal.message}. {refusal.what_to_do}", file=sys.stderr)
            return 1
        ends = deadlines.deadline(clocks.terms(attempt))
        told = f"{ends:%H:%M:%S} UTC" if ends else "never"
        print(f"Attempt {attempt.id} of {attempt.user.email} ends at {told}.")
    return 0
