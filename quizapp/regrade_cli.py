"""The command `quizapp regrade`: mark the answers of finished attempts again with the published version of a question."""

# ruff: noqa: T201 - a command speaks on stdout

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from typing import Any

from quizapp import create_app
from quizapp.errors import Refusal
from quizapp.extensions import db
from quizapp.services import accounts, regrade_decisions, regrades
from quizapp.services.regrade_lines import Line, Outlook

LOOK_SECONDS = 1.0


def main(argv: Sequence[str]) -> int:
    """Run the command. 0: worked out, applied or undone; 1: refused, or not everything could be graded; 2: wrong usage."""
    parser = _parser()
    options = parser.parse_args(list(argv))
    if bool(options.question) == bool(options.undo):
        parser.error("name a question, or a regrade to undo")
    if options.dry_run and options.apply_as:
        parser.error("--dry-run applies nothing")
    if options.undo and not options.apply_as:
        parser.error("--undo needs --as, the address of a manager")
    app = create_app()
    with app.app_context():
        try:
            return _undone(options) if options.undo else _regraded(options)
        except Refusal as refusal:
            print(f"quizapp: {refusal.message}. {refusal.what_to_do}", file=sys.stderr)
            return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="quizapp regrade",
        description="Mark the answers of finished attempts again with the published version of a question, and list old "
        "and new points. Code runs in the sandbox, so workers have to be up. No score changes without --as.",
    )
    parser.add_argument("question", nargs="?", help="the question's id")
    parser.add_argument("--dry-run", action="store_true", help="list, and leave nothing behind")
    parser.add_argument("--as", dest="apply_as", metavar="ADDRESS", help="apply it in this manager's name")
    parser.add_argument("--only-raise", action="store_true", help="whoever would lose points keeps them")
    parser.add_argument("--undo", type=int, metavar="NUMBER", help="give back what a regrade changed")
    parser.add_argument("--wait", type=float, default=3600.0, help="seconds to wait for code (%(default)s)")
    parser.add_argument("--json", action="store_true", help="the list as JSON")
    return parser


def _undone(options: argparse.Namespace) -> int:
    found = regrade_decisions.undo(options.undo, accounts.by_email(options.apply_as))
    print(f"Regrade {found.regrade.id} is undone.")
    return 0


def _regraded(options: argparse.Namespace) -> int:
    if options.dry_run and not regrades.needs_sandbox(options.question):
        with regrades.rehearsed(options.question) as found:
            _told(found, options)
        return 0
    actor = accounts.by_email(options.apply_as) if options.apply_as else None
    if actor is not None:
        regrade_decisions.need_manager(actor)
    number = regrades.start(options.question, None).id
    try:
        found = _awaited(number, options.wait)
    except KeyboardInterrupt:
        regrades.discard(number)
        raise
    _told(found, options)
    if options.dry_run:
        is_complete = found.is_complete
        regrades.discard(number)
        return 0 if is_complete else 1
    if not found.is_complete:
        print(f"quizapp: regrade {number} is not complete; it waits on the page Regrades.", file=sys.stderr)
        return 1
    if actor is None:
        print(f"Regrade {number} waits for a manager on the page Regrades.")
        return 0
    regrade_decisions.apply(number, actor, is_only_raising=options.only_raise, seen=found.digest)
    print(f"Regrade {number} is applied; `quizapp regrade --undo {number} --as {actor.email}` takes it back.")
    return 0


def _awaited(number: int, seconds: float) -> Outlook:
    """Look until nothing is being graded any more, or the patience ends."""
    give_up = time.monotonic() + seconds
    told = 0
    while True:
        found = regrades.show(number)
        if not found.grading or time.monotonic() > give_up:
            return found
        if found.grading != told:
            told = found.grading
            print(f"{told} of {len(found.lines)} answers are being graded", file=sys.stderr)
        db.session.rollback()
        time.sleep(LOOK_SECONDS)


def _told(found: Outlook, options: argparse.Namespace) -> None:
    if options.json:
        print(json.dumps([_facts(line, options) for line in found.lines], indent=2))
        return
    for line in found.lines:
        facts = _facts(line, options)
        told = [
            f"attempt {facts['attempt']:>6}",
            f"{_points(line.old_points)} -> {_points(facts['new_points'])}",
            line.progress if not line.changes else "lowered" if line.is_lowered else "raised",
        ]
        if line.changes and line.is_lowered and options.only_raise:
            told[-1] = "keeps its points"
        elif line.crosses:
            told.append("passes now" if line.crosses == "up" else "does not pass any more")
        if line.problem:
            told.append(line.problem)
        print("  ".join(told))
    print(
        f"{len(found.lines)} answers: {found.raised} raised, {found.lowered} lowered"
        f"{' (they keep their points)' if options.only_raise and found.lowered else ''}, {found.kept} cannot be "
        f"marked again, {found.grading} being graded, {found.failed} failed"
    )


def _facts(line: Line, options: argparse.Namespace) -> dict[str, Any]:
    is_kept = options.only_raise and line.is_lowered
    return {
        "attempt": line.item.response.attempt_id,
        "old_points": line.old_points,
        "new_points": line.old_points if is_kept else line.new_points,
        "old_percent": line.old_percent,
        "new_percent": line.old_percent if is_kept else line.new_percent,
        "crosses": "" if is_kept else line.crosses,
        "progress": line.progress,
        "problem": line.problem,
    }


def _points(value: float | None) -> str:
    return "none" if value is None else f"{value:g}"
