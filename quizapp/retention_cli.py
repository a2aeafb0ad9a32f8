"""The command `quizapp retention`: list what old interviews are due to be ended, or end them."""

# ruff: noqa: T201 - a command speaks on stdout

from __future__ import annotations

import argparse
from collections.abc import Sequence

from quizapp import create_app
from quizapp.services import retention


def main(argv: Sequence[str]) -> int:
    """Run the command; exit status 0."""
    parser = argparse.ArgumentParser(
        prog="quizapp retention",
        description="List what QUIZAPP_RETENTION_DAYS and QUIZAPP_RETENTION have in store for old interviews of teams. "
        "Nothing is changed without --apply.",
    )
    parser.add_argument("--apply", action="store_true", help="do it now")
    options = parser.parse_args(list(argv))
    app = create_app()
    with app.app_context():
        terms = retention.terms()
        if terms.days is None:
            print("Everything is kept: QUIZAPP_RETENTION_DAYS is not set.")
            return 0
        if options.apply:
            attempts, invitations = retention.apply()
            print(f"{attempts} attempts and {invitations} invitations: {terms.act}d.")
            return 0
        due = retention.due()
        for attempt in due.attempts:
            print(f"attempt {attempt.id}  ended {attempt.finished_at:%Y-%m-%d}  {attempt.user.name}")
        for invitation in due.invitations:
            print(f"invitation {invitation.id}  nobody sat it  {invitation.name or invitation.email}")
        print(
            f"{due.attempt_count} attempts and {due.invitation_count} invitations, older than {terms.days} days, "
            f"are due: {terms.act}. Nothing was changed; --apply does it."
        )
    return 0
