"""Every way for code to end is told in the words of whoever wrote it: real runs, and what the page says of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import pytest

from quizapp.rules import explaining
from quizapp.rules.judging import judge, judge_run
from sandbox.protocol import Limits, Outcome, Program
from tests.sandbox.conftest import RunningBroker

pytestmark = pytest.mark.docker

TESTS = """
from app import answer

def test_quick():
    assert callable(answer)

def test_answer():
    assert answer() == 42, "answer() is 42"
"""
NAMES = ["test_app.py::test_quick", "test_app.py::test_answer"]
PATIENT = Limits(cpu_seconds=20, wall_seconds=60, test_seconds=30)  # what a case does not set never ends it


@dataclass(frozen=True)
class Case:
    """A program, its limits, and what is said of it (a pattern)."""

    code: str
    verdict: str
    says: str
    limits: dict[str, Any] = field(default_factory=dict)
    tests: str = TESTS


CASES = {
    "accepted": Case("def answer():\n    return 42\n", "accepted", r"Every test passed\."),
    "wrong": Case("def answer():\n    return 41\n", "wrong_answer", r"test_answer: answer\(\) is 42"),
    "their line": Case(
        "def answer():\n    return nothing\n",
        "runtime_error",
        r"NameError in app\.py, line 2 \(in test_answer\): name 'nothing' is not defined",
    ),
    "at import": Case(
        "import nowhere\n", "runtime_error", r"ModuleNotFoundError in app\.py, line 1: No module named 'nowhere'"
    ),
    "syntax": Case(
        "def answer():\n    return 42 +\n",
        "syntax_error",
        r"Python could not read the code in app\.py, line 2, column 16: invalid syntax",
    ),
    "cpu": Case(
        "def answer():\n    while True: pass\n",
        "time_limit",
        r"More than 1 s of CPU time, all that a run may use; it was stopped in test_answer, test 2 of 2\.",
        {"cpu_seconds": 1.0},
    ),
    "wall": Case(
        "import time\ndef answer():\n    time.sleep(600)\n",
        "time_limit",
        r"Still running after 2 s, all that a run may take, waiting included; "
        r"it was stopped in test_answer, test 2 of 2\.",
        {"wall_seconds": 2.0},
    ),
    "one test": Case(
        "import time\ndef answer():\n    time.sleep(600)\n",
        "time_limit",
        r"test_answer: The test took longer than [\d.]+ s\.",
        {"test_seconds": 2.0},
    ),
    "wall at import": Case(
        "import time\ntime.sleep(600)\n",
        "time_limit",
        r"Still running after 2 s, .*; it was stopped while the tests were importing it\.",
        {"wall_seconds": 2.0},
    ),
    "memory": Case(
        "def answer():\n    return len([b'x' * 2**20 for _ in range(999)])\n",
        "memory_limit",
        r"The program wanted more than its 96 MiB of memory in test_answer, test 2 of 2, so it was ended; "
        r"its peak was \d+ MiB\.",
        {"memory_mib": 96},
    ),
    "memory of a child": Case(
        "import os\ndef answer():\n    child = os.fork()\n    if not child:\n"
        "        kept = [b'x' * 2**20 for _ in range(999)]\n        os._exit(0)\n    os.waitpid(child, 0)\n    return 42\n",
        "memory_limit",
        r"The program wanted more than its 96 MiB of memory.*, so one of its processes was ended; "
        r"its peak was \d+ MiB\.",
        {"memory_mib": 96},
    ),
    "flood": Case(
        "def answer():\n    while True: print('x' * 1000)\n",
        "output_limit",
        r"More than 1024 KiB came out of the program in test_answer, test 2 of 2, so it was stopped\. "
        r"The first 64 KiB of each stream are kept\.",
        {"flood_bytes": 2**20},
    ),
    "gone": Case(
        "import os\ndef answer():\n    os._exit(3)\n",
        "runtime_error",
        r"test_answer: Your program ended \(exit status 3\) before it answered the test\.",
    ),
    "killed itself": Case(
        "import os\ndef answer():\n    os.kill(os.getpid(), 9)\n",
        "runtime_error",
        r"test_answer: Your program ended \(signal 9\) before it answered the test\.",
    ),
    "broke the channel": Case(
        "import os, stat\ndef answer():\n    for fd in range(3, 200):\n        try:\n"
        "            if stat.S_ISSOCK(os.fstat(fd).st_mode): os.write(fd, b'x' * 64)\n        except OSError: pass\n",
        "runtime_error",
        r"The program broke the answer channel in test_answer, test 2 of 2: .*\.",
    ),
}  # fmt: skip


def limits(**changes: Any) -> Limits:
    return Limits.from_json(PATIENT.to_json() | changes)


def said(outcome: Outcome, verdict: str, scope: str = "full") -> str:
    return explaining.sentence(verdict, scope, outcome.to_json(), is_open=True)


@pytest.mark.parametrize("name", CASES)
def test_a_verdict_says_what_happened(broker: RunningBroker, name: str) -> None:
    case = CASES[name]
    program = Program(files={"app.py": case.code}, tests={"test_app.py": case.tests})
    outcome = broker.client.run(program, limits(**case.limits))
    assert judge(outcome, NAMES).verdict == case.verdict, outcome
    assert re.fullmatch(case.says, said(outcome, case.verdict)), said(outcome, case.verdict)
    assert outcome.wall_seconds > 0
    assert outcome.peak_memory_mib > 0
    assert all(test.seconds > 0 for test in outcome.tests)
    if case.verdict == "output_limit":
        assert outcome.stdout_cut
        assert 0 < len(outcome.stdout) <= 64 * 1024
    if case.verdict == "syntax_error":
        assert outcome.error is not None
        frame = explaining.code_frame(program.files, outcome.error.to_json())
        assert frame == "  1 | def answer():\n> 2 |     return 42 +\n    |                ^"


@pytest.mark.parametrize(
    ("code", "verdict", "says"),
    [
        ("print(1)\n", "accepted", r"The code ran to its end\."),
        ("raise SystemExit(7)\n", "runtime_error", r"The program ended with exit status 7\."),
        (
            "import os\nos.kill(os.getpid(), 11)\n",
            "runtime_error",
            r"The program was ended by the signal SIGSEGV\.",
        ),
        (
            "import time\ntime.sleep(600)\n",
            "time_limit",
            r"Still running after 2 s, all that a run may take, waiting included\.",
        ),
    ],
)
def test_a_run_says_how_it_ended(broker: RunningBroker, code: str, verdict: str, says: str) -> None:
    wall = 2.0 if verdict == "time_limit" else PATIENT.wall_seconds
    outcome = broker.client.run(Program(files={"app.py": code}), limits(wall_seconds=wall))
    assert judge_run(outcome).verdict == verdict
    assert re.fullmatch(says, said(outcome, verdict, "run")), said(outcome, verdict, "run")
