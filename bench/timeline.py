"""Where the time of one graded run goes: `python -m bench.timeline`. The table in `sandbox/README.md` comes from here.

The frames of a run pass the relay one by one. The time between two of them is put down to what the second one reports.
"""

from __future__ import annotations

import argparse
import os
import socket
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from quizapp.questions import load_library
from quizapp.rules import programs
from sandbox import conversations, relay
from sandbox.admission import Admission
from sandbox.protocol import Outcome, Program
from sandbox.reaper import Reaper
from sandbox.settings import Settings
from sandbox.workshop import Workshop

QUESTIONS = Path(__file__).resolve().parent / "questions"
REST_SECONDS = 0.3  # between two runs, so that nothing is being made meanwhile
STEPS = {
    "loaded": "the agent takes the files and fills the workspace",
    "collected": "pytest collects the tests (the first session imports meanwhile)",
    "opened": "a test's process is stopped, and the next session is handed its orders",
    "ended": "the submitted files are imported (a process is taken apart meanwhile)",
    "closed": "the submitted files are imported (a process is taken apart meanwhile)",
    "import": "the submitted files are imported (a process is taken apart meanwhile)",
    "client": "the submitted files are imported (a process is taken apart meanwhile)",
    "wsgi": "the application answers a request, there and back",
    "call": "the submitted code is called, there and back",
    "ask": "the test's own lines, and its client, in the grader",
    "test": "a test is reported and the next one set up",
    "open": "a test is reported and the next one set up",
    "close": "a test is reported and the next one set up",
    "done": "the last words",
}


class Log:
    """The moments of one run's frames, and what each reported."""

    def __init__(self) -> None:
        self.moments: list[tuple[float, str]] = []
        self._asked: dict[tuple[int, int], str] = {}

    def note(self, frame: Mapping[str, Any]) -> None:
        """Take a frame on its way."""
        word = str(frame.get("ev") or frame.get("op"))
        key = (frame.get("s", 0), frame.get("id", 0))
        if word == "ask" and isinstance(frame.get("body"), Mapping):
            self._asked[key] = str(frame["body"].get("do"))
        if word == "answer":
            word = self._asked.get(key, "call")
        self.moments.append((time.perf_counter(), word))

    def steps(self, began: float) -> Counter[str]:
        """Milliseconds of each step; frames of one moment cost nothing."""
        spent: Counter[str] = Counter()
        before = began
        for moment, word in self.moments:
            spent[STEPS.get(word, STEPS["call"])] += (moment - before) * 1000  # type: ignore[assignment]
            before = moment
        return spent


def main() -> None:
    """Measure, and print medians."""
    parser = argparse.ArgumentParser(prog="python -m bench.timeline", description=__doc__)
    parser.add_argument("--rounds", type=int, default=30, help="how many runs (30)")
    count = parser.parse_args().rounds
    (question,) = load_library([QUESTIONS]).questions
    content = question.to_content()
    with tempfile.TemporaryDirectory(prefix="quizapp-bench-") as folder:
        settings = Settings.from_environment(
            {**os.environ, "QUIZAPP_BROKER_SOCKET": f"{folder}/broker.sock", "QUIZAPP_SANDBOX_POOL_SIZE": "4"}
        )
        workshop = Workshop(settings, Reaper(settings), Admission(settings.max_running))
        workshop.open()
        try:
            logs = _measured(workshop, content, count)
        finally:
            workshop.close()
    total = [sum(steps.values()) for steps in logs]
    for step in dict.fromkeys(STEPS.values()):
        print(f"{statistics.median(steps[step] for steps in logs):7.1f} ms  {step}")
    print(
        f"{statistics.median(total):7.1f} ms  in all (median of {count}; the medians of the steps need not add up to it)"
    )


def _measured(workshop: Workshop, content: Mapping[str, Any], count: int) -> list[Counter[str]]:
    outcome, _ = _run(workshop, programs.reference(content))
    recorded = {"contract": outcome.contract, "tests": list(outcome.collected)}
    logs = []
    for number in range(count):
        files = {**content["solution"], "app.py": f"{content['solution']['app.py']}\n# {number}\n"}
        outcome, steps = _run(workshop, programs.graded(content, recorded, files, scope="full", trace=True))
        if not all(test.status == "passed" for test in outcome.tests):
            sys.exit(f"the exercise's own solution does not pass: {outcome}")
        logs.append(steps)
    return logs


def _run(workshop: Workshop, program: Program) -> tuple[Outcome, Counter[str]]:
    while workshop.lack or workshop.pool.ready < workshop.settings.pool_size:
        time.sleep(0.05)
    time.sleep(REST_SECONDS)
    log = Log()
    outcomes: list[Outcome] = []
    ours, theirs = socket.socketpair()
    with ours, theirs, _listening(log):
        began = time.perf_counter()
        workshop.run(program, programs.limits({}), theirs, lambda *_: None, outcomes.append)
    return outcomes[0], log.steps(began)


class _listening:  # noqa: N801 - used as a function
    """Notes every frame that passes the relay for the length of a block."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._agent, self._grader = relay.Relay._from_agent, conversations.GradedRun.from_stream

    def __enter__(self) -> None:
        log, agent, grader = self._log, self._agent, self._grader

        def from_agent(of: relay.Relay, frame: Any) -> None:
            log.note(frame)
            agent(of, frame)

        def from_stream(of: conversations.GradedRun, received: list[Any]) -> None:
            for frame in received:
                log.note(frame)
            grader(of, received)

        relay.Relay._from_agent = from_agent  # type: ignore[method-assign, assignment]
        conversations.GradedRun.from_stream = from_stream  # type: ignore[method-assign, assignment]

    def __exit__(self, *_: object) -> None:
        relay.Relay._from_agent = self._agent  # type: ignore[method-assign]
        conversations.GradedRun.from_stream = self._grader  # type: ignore[method-assign]


if __name__ == "__main__":
    main()
