"""Scripts and replayed requests in real containers: what comes back, and what each limit does."""

import base64
import json
import time
from typing import Any

import pytest

from sandbox.client import BrokerClient
from sandbox.protocol import Limits, Outcome, Program, Request, Status

pytestmark = pytest.mark.docker

# The clock is generous to what is cut by its processor time: other work may share the machine.
BUSY = Limits(cpu_seconds=1.0, wall_seconds=20.0)
QUICK = Limits(cpu_seconds=1.0, wall_seconds=2.0)
HELLO = """
from flask import Flask, request, session
app = Flask(__name__)
app.secret_key = "k"
@app.get("/")
def hello():
    session["n"] = session.get("n", 0) + 1
    return f"hello {session['n']}"
@app.post("/echo")
def echo():
    return request.get_data(), 201, {"X-Seen": request.headers.get("X-Given", "")}
@app.get("/fail")
def fail():
    return str(1 / 0)
"""


def run(client: BrokerClient, source: str, limits: Limits | None = None, **more: Any) -> Outcome:
    return client.run(Program(files={"app.py": source}, **more), limits)


def test_a_script_reads_its_input_and_prints(client: BrokerClient) -> None:
    outcome = run(client, "import sys\nprint(input() * 2)\nprint('é!', file=sys.stderr)", stdin="ab\n")
    assert (outcome.status, outcome.exit_code) == (Status.FINISHED, 0)
    assert (outcome.stdout, outcome.stderr) == ("abab\n", "é!\n")
    assert 0 < outcome.cpu_seconds < 1
    assert outcome.peak_memory_mib > 1


def test_a_script_that_raises_ends_with_its_traceback(client: BrokerClient) -> None:
    outcome = run(client, "def f():\n    return 1 / 0\nf()")
    assert (outcome.status, outcome.exit_code) == (Status.FINISHED, 1)
    assert "ZeroDivisionError" in outcome.stderr
    assert "line 2" in outcome.stderr


def test_a_script_finds_its_files_text_and_not(client: BrokerClient) -> None:
    source = "import other\nprint(other.NAME, open('logo.bin', 'rb').read())"
    program = Program(
        files={"app.py": source, "other.py": "NAME = 'o'"},
        blobs={"logo.bin": base64.b64encode(b"\xff\x00\xfe").decode()},
    )
    assert client.run(program).stdout == "o b'\\xff\\x00\\xfe'\n"


def test_output_comes_while_the_program_runs(client: BrokerClient) -> None:
    arrived: list[tuple[float, str]] = []
    source = "import time\nprint('one', flush=True)\ntime.sleep(5)\nprint('two')"
    program = Program(files={"app.py": source})
    outcome = client.run(program, on_output=lambda _, text: arrived.append((time.monotonic(), text)))
    assert "".join(text for _, text in arrived) == outcome.stdout == "one\ntwo\n"
    assert arrived[-1][0] - arrived[0][0] > 0.5


def test_requests_are_replayed_in_one_session(client: BrokerClient) -> None:
    requests = (
        Request(path="/"),
        Request(path="/", headers=(("Accept", "*/*"),)),
        Request(method="POST", path="/echo", headers=(("X-Given", "g"),), body="bödy"),
        Request(path="/missing"),
    )
    outcome = run(client, HELLO, requests=requests)
    assert outcome.status is Status.FINISHED
    assert [reply.status for reply in outcome.responses] == [200, 200, 201, 404]
    assert outcome.responses[0].body == "hello 1"
    assert outcome.responses[2].body == "bödy"
    assert ("X-Seen", "g") in outcome.responses[2].headers


def test_a_view_that_raises_is_a_500_with_the_candidates_line(client: BrokerClient) -> None:
    (reply,) = run(client, HELLO, requests=(Request(path="/fail"),)).responses
    assert reply.status == 500


def test_an_app_that_cannot_be_imported_is_a_load_error(client: BrokerClient) -> None:
    outcome = run(client, "from flask import Flask\napp = Flask(__name__\n", requests=(Request(),))
    assert outcome.status is Status.LOAD_ERROR
    assert outcome.error is not None
    assert (outcome.error.type, outcome.error.file) == ("SyntaxError", "app.py")


@pytest.mark.parametrize(
    ("source", "limits", "status"),
    [
        pytest.param("while True: pass", BUSY, Status.CPU_LIMIT, id="endless loop"),
        pytest.param("import time\ntime.sleep(60)", QUICK, Status.WALL_LIMIT, id="sleep"),
        pytest.param(
            "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)", QUICK, Status.WALL_LIMIT, id="stopped"
        ),
        pytest.param(
            "import signal\nfor n in (2, 14, 15, 24): signal.signal(n, signal.SIG_IGN)\nwhile True: pass",
            BUSY,
            Status.CPU_LIMIT,
            id="loop that ignores signals",
        ),
        pytest.param(
            "keep = []\nwhile True: keep.append(b'x' * 4_000_000)", None, Status.MEMORY_LIMIT, id="memory"
        ),
        pytest.param(
            "import os\nfor _ in range(20):\n    if not os.fork():\n        keep = b'x' * 30_000_000\n"
            "        import time; time.sleep(60)\nos.wait(); os.wait()\nos._exit(0)",
            # Nothing but memory is to be short: filling it takes a second of a slow processor.
            Limits(cpu_seconds=10.0, wall_seconds=30.0),
            Status.MEMORY_LIMIT,
            id="memory of many children",
        ),
        pytest.param("while True: print('x' * 1024)", None, Status.OUTPUT_LIMIT, id="flood on stdout"),
        pytest.param(
            "import sys\nwhile True: sys.stderr.write('x' * 1024)",
            None,
            Status.OUTPUT_LIMIT,
            id="flood on stderr",
        ),
        pytest.param(
            "import os\nwhile True:\n    for fd in (1, 2): os.write(fd, b'x')",
            Limits(cpu_seconds=2.0, wall_seconds=4.0, flood_bytes=200_000),
            Status.OUTPUT_LIMIT,
            id="flood of single bytes",
        ),
    ],
)
def test_what_goes_past_a_limit_is_cut_there(
    client: BrokerClient, source: str, limits: Limits | None, status: Status
) -> None:
    started = time.monotonic()
    outcome = run(client, source, limits)
    took = time.monotonic() - started
    assert outcome.status is status, outcome
    assert outcome.detail
    # The clock is slower on a busy machine, down to a quarter, and it begins when there is a container.
    assert took < 4 * (limits or Limits()).wall_seconds + 60
    assert len(outcome.stdout) <= Limits().output_bytes
    assert run(client, "print('next')").stdout == "next\n"


def test_a_fork_bomb_stays_inside(client: BrokerClient) -> None:
    outcome = run(client, "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass", QUICK)
    assert outcome.status in {Status.CPU_LIMIT, Status.WALL_LIMIT}
    assert run(client, "print('next')").stdout == "next\n"


def test_cut_output_says_so(client: BrokerClient) -> None:
    outcome = run(client, "print('x' * 5000)", Limits(output_bytes=1000))
    assert outcome.status is Status.FINISHED
    assert (len(outcome.stdout), outcome.stdout_cut, outcome.stderr_cut) == (1000, True, False)


def test_a_question_may_ask_for_more_memory(client: BrokerClient) -> None:
    source = "keep = b'x' * 300_000_000\nprint(len(keep))"
    assert run(client, source).status is Status.MEMORY_LIMIT
    assert run(client, source, Limits(memory_mib=512)).stdout == "300000000\n"


def test_no_container_serves_twice(client: BrokerClient) -> None:
    source = "import os\nprint(os.listdir('/box'), os.listdir('/tmp'))\nopen('/tmp/mark', 'w').close()\nprint(os.getuid())"
    seen = [run(client, source).stdout.splitlines() for _ in range(6)]
    assert {first for first, _ in seen} == {"['app.py'] []"} or all("mark" not in first for first, _ in seen)


def test_a_program_too_large_to_send_is_our_refusal_and_not_the_candidates_fault(
    client: BrokerClient,
) -> None:
    outcome = client.run(Program(files={"app.py": "x = 1\n", "big.txt": "x" * 2_000_000}))
    assert outcome.status is Status.INTERNAL_ERROR
    assert "cannot be sent" in outcome.detail


def test_nothing_of_ours_is_in_the_environment(client: BrokerClient) -> None:
    outcome = run(client, "import os, json\nprint(json.dumps(dict(os.environ)))")
    names = set(json.loads(outcome.stdout))
    assert not {name for name in names if "QUIZAPP" in name or "SECRET" in name or "KEY" in name}


# Finds the code of the session by walking frames and has it answer what the program likes.
FORGING = """
import sys
from flask import Flask
app = Flask(__name__)
frame = sys._getframe()
while frame is not None:
    if frame.f_code.co_name == "do" and "answer" in frame.f_locals:
        kind = type(frame.f_locals["self"])
        kind._plain_answer = lambda self, body, answer: FORGED.get(body["do"], {{"ok": True}})
    frame = frame.f_back
FORGED = {forged}
"""


@pytest.mark.parametrize(
    "forged",
    [
        {"import": {"error": ["type"]}},
        {"import": {"error": 5}},
        {"import": {"error": {"type": "x", "line": 10**30}}},
        {"request": {"status": 10**30}},
        {"request": {"status": 200, "error": ["type"]}},
        {"request": {"status": 200, "error": {"type": "x", "column": -(10**30)}}},
        {"request": {"status": 200, "headers": ["ab"]}},
    ],
)
def test_an_answer_that_is_none_breaks_the_channel(client: BrokerClient, forged: dict[str, Any]) -> None:
    outcome = run(client, FORGING.format(forged=forged), requests=(Request(),))
    assert outcome.status is Status.BROKE_CHANNEL, outcome
    assert "broke the answer channel" in outcome.detail
