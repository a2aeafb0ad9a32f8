"""The processes of a grader that are ready ahead of time."""

import os
import subprocess
import sys
from pathlib import Path

from tests.sandbox.conftest import ROOT

# Three wait; the first is ended before its turn. Each that serves says which it is.
SCRIPT = """
import os, signal
from sandbox.grader.children import Children

def run_one(receiving, sending, turn):
    if not turn.wait():
        return 77
    turn.begin()
    os.write(sending, f"{os.getpid()} ".encode())
    return 0

children = Children(run_one, 0, 1)
waiting = [children._fork() for _ in range(3)]
children._spares += waiting
os.kill(waiting[0].pid, signal.SIGKILL)
os.waitid(os.P_PID, waiting[0].pid, os.WEXITED | os.WNOWAIT)
assert children._serve_one()
os.write(1, str(waiting[1].pid).encode())
"""


def test_who_waits_serves_the_next_run_and_all_end_with_their_grader(tmp_path: Path) -> None:
    # It cleans up its temporary folder after a run, so it has one of its own. That it has an end shows that all its
    # processes have: each of them holds its standard output open.
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    served, _, next_one = done.stdout.partition(" ")
    assert served == next_one != ""
