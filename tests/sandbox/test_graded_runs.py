"""Tests in a grader against code in a candidate's container: how a run can end."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from sandbox.client import BrokerClient
from sandbox.protocol import Limits, Outcome, Program, Status, TestStatus
from tests.sandbox.conftest import RunningBroker

pytestmark = pytest.mark.docker

TESTS = """
from app import double

def test_two():
    assert double(2) == 4, "double(2) should be 4"

def test_text():
    assert double("ab") == "abab"

def test_nothing():
    assert double(0) == 0
"""
RIGHT = "def double(x):\n    return x + x\n"
QUICK = Limits(cpu_seconds=1.0, wall_seconds=4.0, test_seconds=2.0)


def grade(client: BrokerClient, source: str, tests: str = TESTS, limits: Limits | None = None) -> Outcome:
    return client.run(Program(files={"app.py": source}, tests={"test_app.py": tests}), limits)


def statuses(outcome: Outcome) -> dict[str, str]:
    return {test.name.rpartition("::")[2]: test.status.value for test in outcome.tests}


def test_a_right_answer_passes_every_test(client: BrokerClient) -> None:
    outcome = grade(client, RIGHT)
    assert (outcome.status, outcome.complete) == (Status.FINISHED, True), outcome
    assert outcome.collected == (
        "test_app.py::test_two",
        "test_app.py::test_text",
        "test_app.py::test_nothing",
    )
    assert {test.status for test in outcome.tests} == {TestStatus.PASSED}
    assert [test.name for test in outcome.tests] == list(outcome.collected)


def test_a_wrong_answer_fails_with_the_authors_message(client: BrokerClient) -> None:
    outcome = grade(client, "def double(x):\n    return x * 3\n")
    assert outcome.status is Status.FINISHED
    assert statuses(outcome) == {"test_two": "failed", "test_text": "failed", "test_nothing": "passed"}
    assert "double(2) should be 4" in outcome.tests[0].message


def test_unittest_files_work_as_they_are(client: BrokerClient) -> None:
    tests = (
        "import unittest\nfrom app import double\n\nclass DoubleTest(unittest.TestCase):\n"
        "    def test_two(self):\n        self.assertEqual(double(2), 4)\n"
        "    def test_none(self):\n        with self.assertRaises(TypeError):\n            double(None)\n"
    )
    outcome = grade(client, RIGHT, tests)
    assert outcome.complete
    assert statuses(outcome) == {"test_two": "passed", "test_none": "passed"}


def test_a_flask_app_is_asked_over_http(client: BrokerClient) -> None:
    source = "from flask import Flask\napp = Flask(__name__)\n@app.get('/')\ndef hello():\n    return {'hello': 'you'}\n"
    tests = (
        "def test_hello(client):\n    reply = client.get('/')\n    assert reply.status_code == 200\n"
        "    assert reply.get_json() == {'hello': 'you'}\n"
        "def test_missing(client):\n    assert client.get('/x').status_code == 404\n"
    )
    assert statuses(grade(client, source, tests)) == {"test_hello": "passed", "test_missing": "passed"}


def test_code_that_python_cannot_read_is_a_load_error_at_its_line(client: BrokerClient) -> None:
    outcome = grade(client, "x = 1\ndef double(x)\n    return x\n")
    assert outcome.status is Status.LOAD_ERROR
    assert outcome.error is not None
    assert (outcome.error.type, outcome.error.file, outcome.error.line) == ("SyntaxError", "app.py", 2)
    assert outcome.tests == ()


def test_code_that_raises_while_it_is_imported_is_a_load_error(client: BrokerClient) -> None:
    outcome = grade(client, "import math\n\nmath.sqrt(-1)\n" + RIGHT)
    assert outcome.status is Status.LOAD_ERROR
    assert outcome.error is not None
    assert (outcome.error.type, outcome.error.line) == ("ValueError", 3)


@pytest.mark.parametrize(
    "ending", ["import sys; sys.exit(0)", "import os; os._exit(0)", "quit()", "raise SystemExit"]
)
def test_an_end_before_the_tests_is_no_pass(client: BrokerClient, ending: str) -> None:
    outcome = grade(client, f"{ending}\n{RIGHT}")
    assert not any(test.status is TestStatus.PASSED for test in outcome.tests)
    assert outcome.status is not Status.INTERNAL_ERROR


def test_an_end_inside_one_test_leaves_the_others(client: BrokerClient) -> None:
    outcome = grade(client, "import os\ndef double(x):\n    if x == 'ab': os._exit(0)\n    return x + x\n")
    assert outcome.status is Status.FINISHED
    assert statuses(outcome) == {"test_two": "passed", "test_text": "error", "test_nothing": "passed"}


@pytest.mark.parametrize(
    ("source", "status"),
    [
        pytest.param("def double(x):\n    while True: pass\n", Status.CPU_LIMIT, id="endless loop"),
        pytest.param("while True: pass\n", Status.CPU_LIMIT, id="endless loop while imported"),
        pytest.param(
            "keep = []\ndef double(x):\n    while True: keep.append(b'x' * 4_000_000)\n",
            Status.MEMORY_LIMIT,
            id="memory",
        ),
        pytest.param("def double(x):\n    while True: print('x' * 1024)\n", Status.OUTPUT_LIMIT, id="flood"),
        pytest.param(
            "import sys\ndef double(x):\n    while True: sys.stderr.write('x')\n",
            Status.OUTPUT_LIMIT,
            id="slow flood",
        ),
    ],
)
def test_what_goes_past_a_limit_ends_the_run_there(client: BrokerClient, source: str, status: Status) -> None:
    started = time.monotonic()
    limits = Limits(cpu_seconds=1.0, wall_seconds=20.0, test_seconds=20.0, flood_bytes=300_000)
    outcome = grade(client, source, limits=limits)
    assert outcome.status is status, outcome
    assert time.monotonic() - started < 4 * limits.wall_seconds + 60  # see `sandbox.clock`
    assert grade(client, RIGHT).complete


def test_a_test_that_takes_too_long_is_told_apart_from_one_that_fails(client: BrokerClient) -> None:
    source = "import time\ndef double(x):\n    if x == 2: time.sleep(600)\n    return x + x\n"
    outcome = grade(client, source, limits=Limits(cpu_seconds=5.0, wall_seconds=30.0, test_seconds=3.0))
    assert statuses(outcome) == {"test_two": "error", "test_text": "passed", "test_nothing": "passed"}
    assert outcome.tests[0].exception == "TestTimeLimit"


def test_a_sleep_past_the_whole_run_is_cut_by_the_clock(client: BrokerClient) -> None:
    outcome = grade(
        client, "import time\ndef double(x):\n    time.sleep(60)\n", limits=Limits(wall_seconds=1.0)
    )
    assert outcome.status is Status.WALL_LIMIT
    assert outcome.wall_seconds < 50


HOLDS = {
    "a port": "import socket\nheld = socket.socket()\nheld.bind(('127.0.0.1', 5000))\nheld.listen()\n",
    "room on its disk": "import tempfile\nheld = tempfile.TemporaryFile()\nheld.write(bytes(10 * 2**20))\nheld.flush()\n",
    "memory": "def hold(): pass\nhold.held = b'x' * 70 * 2**20\n",
    "a process": "import os, time\nif os.fork() == 0: time.sleep(60)\n",
    "the end of a line": "print('half a letter ', end='')\nimport os, sys\nsys.stdout.flush()\nos.write(1, b'\\xc3')\n",
}


@pytest.mark.parametrize("held", HOLDS)
def test_what_a_test_has_left_open_does_not_hinder_the_next(client: BrokerClient, held: str) -> None:
    tests = TESTS + "\n".join(f"\ndef test_{number}(): assert double(2) == 4\n" for number in range(5))
    limits = Limits(cpu_seconds=20.0, wall_seconds=60.0, test_seconds=30.0, memory_mib=144)
    outcome = grade(client, HOLDS[held] + RIGHT, tests, limits)
    assert set(statuses(outcome).values()) == {"passed"}, outcome
    assert len(outcome.tests) == 8
    if "half" in HOLDS[held]:
        assert outcome.stdout.startswith(
            "half a letter \ufffd" * 7
        )  # nobody waits for the end of the last one


def test_the_grader_that_was_cut_off_is_replaced(broker: RunningBroker) -> None:
    for _ in range(5):  # more often than there are graders
        grade(broker.client, "while True: pass\n", limits=Limits(cpu_seconds=0.3, wall_seconds=2.0))
    assert grade(broker.client, RIGHT).complete


def test_what_is_printed_is_kept(client: BrokerClient) -> None:
    outcome = grade(client, "print('loading')\ndef double(x):\n    print('double', x)\n    return x + x\n")
    assert "double 2\n" in outcome.stdout


def test_tests_that_cannot_be_read_are_our_fault(client: BrokerClient) -> None:
    outcome = grade(client, RIGHT, "def test_a(:\n")
    assert outcome.status is Status.INTERNAL_ERROR
    assert "test_app.py" in outcome.detail


def test_a_file_without_tests_is_our_fault(client: BrokerClient) -> None:
    assert grade(client, RIGHT, "import app\n").status is Status.INTERNAL_ERROR


def test_a_preload_that_is_missing_is_our_fault(client: BrokerClient) -> None:
    program = Program(files={"app.py": RIGHT}, tests={"test_app.py": TESTS}, preload=("no_such_package",))
    outcome = client.run(program)
    assert outcome.status is Status.INTERNAL_ERROR
    assert "no_such_package" in outcome.detail


def test_packages_are_preloaded_before_the_clock_runs(client: BrokerClient) -> None:
    program = Program(
        files={"app.py": "import sys\nLOADED = 'flask_sqlalchemy' in sys.modules\n"},
        tests={"test_app.py": "import app\ndef test_loaded():\n    assert app.LOADED is True\n"},
        preload=("flask_sqlalchemy",),
    )
    assert statuses(client.run(program)) == {"test_loaded": "passed"}


def test_many_runs_at_once_all_come_out_right(client: BrokerClient) -> None:
    wrong = "def double(x):\n    return None\n"
    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(lambda n: grade(client, wrong if n % 3 else RIGHT), range(12)))
    for number, outcome in enumerate(outcomes):
        passed = all(test.status is TestStatus.PASSED for test in outcome.tests)
        assert (outcome.complete, passed) == (True, number % 3 == 0), outcome
