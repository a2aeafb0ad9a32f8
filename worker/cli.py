"""`quizapp worker`: the processes that take submissions from the queues."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


PLACES = ("live", "expiry", "bulk", "mail", "chores")  # the queues of `quizapp.queueing`, without loading it


def live_processes() -> int:
    """Twice as many as the sandbox runs at once by default.

    So there is always a run that waits at the broker, which knows whose turn it is and that new containers can wait,
    and a place is taken again while the last one's verdict is still being written.
    """
    return 2 * max(2, os.cpu_count() or 2)


def main(argv: Sequence[str]) -> int:
    """Supervise RQ workers until SIGTERM or SIGINT; 0 after an orderly end. Raises `ConfigurationError`."""
    parser = argparse.ArgumentParser(
        prog="quizapp worker",
        description="Take submissions from the queues and have the sandbox grade them. Each process serves one queue.",
    )
    parser.add_argument(
        "--live", type=int, default=live_processes(), help="processes for people who wait (%(default)s)"
    )
    parser.add_argument("--expiry", type=int, default=1, help="processes for expired drafts (%(default)s)")
    parser.add_argument("--bulk", type=int, default=1, help="processes for regrades and checks (%(default)s)")
    parser.add_argument("--mail", type=int, default=1, help="processes for mails (%(default)s)")
    parser.add_argument(
        "--chores", type=int, default=1, help="processes for exports and comparisons of answers (%(default)s)"
    )
    options = parser.parse_args(argv)
    counts = {name: getattr(options, name) for name in PLACES}
    if min(counts.values()) < 0 or not any(counts.values()):
        parser.error("the numbers of processes have to be 0 or more, and one of them above 0")

    from worker.supervisor import Supervisor  # noqa: PLC0415 - so that --help is quick

    return Supervisor(counts).run()
