"""What candidates' tests may ask of the program they test, and what comes back: nothing by which to know it."""

from __future__ import annotations

import re
import socket
from typing import Any

import pytest

from sandbox.cgroups import Cgroup
from sandbox.client import BrokerClient
from sandbox.conversations import Cut, GatedRun
from sandbox.frames import Frame, FrameError
from sandbox.gate import Gate, Refused, is_plain
from sandbox.pool import Place, Warm
from sandbox.protocol import GraderFor, Limits, Outcome, Priority, Program, Status
from sandbox.streams import ContainerStream

FILES = {"app.py", "shop/stock.py"}


def gate() -> Gate:
    return Gate(("app:slug", "shop.stock:count"), FILES)


def asked(body: dict[str, Any], of: Gate | None = None) -> dict[str, Any]:
    found = (of or gate()).inward({"op": "ask", "s": 1, "id": 1, "body": body})["body"]
    assert isinstance(found, dict)
    return found


def answered(body: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    used = gate()
    asked(body, used)
    passed = used.outward({"ev": "answer", "s": 1, "id": 1, "body": answer})
    assert passed is not None
    found = passed["body"]
    assert isinstance(found, dict)
    return found


CALL = {"do": "call", "o": {"n": ["app", "slug"]}, "args": ["A b", {"m": 0, "v": [1, {"t": [2, None]}]}]}


def test_an_offered_function_is_called_by_its_name_or_by_the_number_that_names_gave() -> None:
    assert asked(CALL)["o"] == {"n": ["app", "slug"]}
    names = answered(
        {"do": "names", "module": "app"}, {"ok": {"names": {"slug": {"h": 7, "c": 3, "nm": "x"}}}}
    )
    number = names["ok"]["names"]["slug"]["h"]
    assert asked(CALL | {"o": {"h": number}})["o"] == {"n": ["app", "slug"]}


@pytest.mark.parametrize(
    "body",
    [
        {"do": "call", "o": {"n": ["app", "other"]}, "args": []},
        {"do": "call", "o": {"n": ["os", "getcwd"]}, "args": []},
        {"do": "call", "o": {"n": ["app", "slug", "__call__"]}, "args": []},
        {"do": "call", "o": {"py": ["os", "getcwd"]}, "args": []},
        {"do": "call", "o": {"h": 7}, "args": []},
        {"do": "call", "o": {"h": True}, "args": []},
        {"do": "call", "o": {"r": "k", "do": {"do": "value", "o": {"h": 1}}}, "args": []},
        CALL | {"name": "__code__"},
        CALL | {"args": [{"py": ["os", "environ"]}]},
        CALL | {"args": [[{"t": [{"h": 1}]}]]},
        CALL | {"args": [{"o": {"key": {"f": 1, "x": 2}}}]},
        CALL | {"args": [{"e": ["antigravity", "X", "Y"]}]},
        CALL | {"kw": {"text": {"n": ["app"]}}},
        CALL | {"env": {"PATH": "/"}},
        CALL | {"pushed": {"0": []}},
        CALL | {"input_from": {"f": 1}},
        {"do": "get", "o": {"n": ["app", "slug"]}, "name": "__code__"},
        {"do": "get", "o": {"n": ["app"]}, "name": "__file__"},
        {"do": "get", "o": {"h": 1000}, "name": "__code__"},
        {"do": "names", "module": "os"},
        {"do": "value", "o": {"py": ["os", "environ"]}},
        {"do": "module", "name": "m", "source": "x = 1"},
        {"do": "reload", "module": "app"},
        {"do": "path", "path": "app.py", "name": "read_text"},
        {"do": "logs"},
        {"do": "op", "op": "repr", "args": [{"h": 1}]},
        {"do": "cli", "args": ["routes"]},
        {"do": "wsgi", "app": {"h": 1}, "environ": {}, "body": ""},
        {"do": "session_save", "environ": {}, "content": {"h": 1}},
        {"do": "session_save", "environ": {}},
        {"do": "import", "modules": 5},
        {"do": "import", "modules": "app"},
        {"do": "import", "modules": ["app", 5]},
        {"do": "import", "modules": {"app": 1}},
        {"do": "perform"},
        {"do": "__class__"},
        {"do": None},
        {},
    ],
)
def test_whatever_else_is_asked_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="slug, count"):
        asked(body)


def test_an_import_names_files_of_the_program_and_the_first_of_them_by_default() -> None:
    assert asked({"do": "import", "modules": ["shop.stock", "os"]})["modules"] == ["shop.stock"]
    for modules in ([], ["os"], None):
        assert asked({"do": "import", "modules": modules})["modules"] == ["app"]


def test_a_request_whose_environment_is_no_text_is_refused() -> None:
    with pytest.raises(Refused, match="headers and a body"):
        asked({"do": "wsgi", "environ": {"wsgi.input": 1}, "body": ""})


@pytest.mark.parametrize(
    "frame",
    [
        {"op": "open", "s": 1, "kind": "script", "main": "app.py"},
        {"op": "open", "s": 1, "kind": "module", "main": "/usr/lib/python3/os.py"},
        {"op": "open", "s": 1, "kind": "module"},
        {"op": "reply", "s": 1, "id": "c1", "body": {}},
    ],
)
def test_orders_that_no_honest_tests_give_end_the_run(frame: dict[str, Any]) -> None:
    with pytest.raises(FrameError):
        gate().inward(frame)


def test_names_tells_what_is_offered_and_nothing_of_what_else_is_there() -> None:
    there = {
        "slug": {"h": 31, "c": 9, "nm": "inner"},
        "_helper": {"h": 32, "c": 9},
        "os": {"h": 4, "c": 2},
        "N": 3,
    }
    told = answered(
        {"do": "names", "module": "app"}, {"ok": {"names": there, "all": ["slug"]}, "classes": [{"id": 9}]}
    )
    other = answered(
        {"do": "names", "module": "app"}, {"ok": {"names": {"slug": {"h": 5, "c": 1, "nm": "y"}}}}
    )
    assert told == other
    assert set(told["ok"]["names"]) == {"slug"}


def test_an_exception_comes_without_its_place_and_one_of_the_programs_own_as_exception() -> None:
    place = {"type": "ValueError", "message": "m", "file": "app.py", "line": 7, "traceback": "return secret"}
    error = {"cls": {"xt": ["builtins", "ValueError"]}, "text": "m", "args": ["m"], "place": place, "h": 3}
    told = answered(CALL, {"error": error | {"cause": error}})
    assert told["error"]["cls"] == {"xt": ["builtins", "ValueError"]}
    assert "secret" not in str(told)
    assert "app.py" not in str(told)
    own = answered(CALL, {"error": error | {"cls": {"c": 12}}})
    assert own["error"]["cls"] == {"xt": ["builtins", "Exception"]}


@pytest.mark.parametrize(
    "value", [{"h": 3, "c": 1}, [{"h": 3, "c": 1}], {"o": {"a": {"C": 1, "h": 2}}}, {"tf": 1}]
)
def test_a_result_that_is_no_plain_value_does_not_come_back(value: Any) -> None:
    assert not is_plain(value)
    assert set(answered(CALL, {"ok": value})) == {"problem"}


def test_a_response_comes_without_the_exception_behind_it_and_its_warnings() -> None:
    answer = {
        "status": "500",
        "headers": [],
        "body": "",
        "more": False,
        "raised": {"x": {"place": {"file": "app.py"}}},
    }
    told = answered(
        {"do": "wsgi", "environ": {}, "body": ""}, {"ok": answer, "warned": ["app.py:7"], "classes": []}
    )
    assert told == {"ok": {"status": "500", "headers": [], "body": "", "more": False}}


def test_what_was_printed_comes_without_what_went_to_standard_error() -> None:
    printed = {"stdout": "hello", "stderr": 'File "app.py", line 7, in show'}
    assert answered({"do": "output"}, {"ok": printed}) == {"ok": {"stdout": "hello", "stderr": ""}}
    assert answered(CALL | {"hear": True}, {"ok": 1, "heard": printed}) == {
        "ok": 1,
        "heard": {"stdout": "hello"},
    }
    assert answered(CALL | {"hear": True}, {"ok": 1, "heard": printed | {"stdout": ""}}) == {"ok": 1}


def test_what_a_session_used_is_not_told() -> None:
    ended = {"ev": "ended", "s": 1, "exit": 0, "signal": None, "cpu_seconds": 1.5, "peak_memory_mib": 40.0}
    assert gate().outward(ended) == ended | {"cpu_seconds": 0.0, "peak_memory_mib": 0.0}


# With real containers

APP = """
import os
from flask import Flask, request

LIMIT = 3
app = Flask(__name__)


def slug(text):
    if not text:
        raise ValueError("empty")
    return text.lower().replace(" ", "-")


def where():
    with open("/proc/1/stat") as stat:
        return os.readlink("/proc/self/ns/mnt") + stat.read().split()[21]


@app.get("/fail")
def fail():
    print("about to fail", flush=True)
    secret_of_the_source = {}
    return secret_of_the_source["key"]


@app.get("/slug/<text>")
def show(text):
    return {"slug": slug(text), "page": request.args.get("page")}
"""
HONEST = """
import pytest
from app import LIMIT, slug


def test_value():
    assert slug("A b") == "a-b"
    assert LIMIT == 3


def test_error():
    with pytest.raises(ValueError, match="empty"):
        slug("")


def test_request(client):
    assert client.get("/slug/Hi?page=2").json == {"slug": "hi", "page": "2"}


def test_wrong():
    assert slug("A") == "A", "capitals stay"
"""
# Each tries to learn the program's source; it would fail with a message that tells when it could.
CURIOUS = """
import inspect

import app
from app import slug


def ask(body):
    from sandbox.grader.context import run

    return run().sessions.current().ask(body)


def test_source():
    assert "lower" not in inspect.getsource(slug), "SOURCE"


def test_code():
    assert not slug.__code__.co_consts, "SOURCE"


def test_imported_module():
    assert "app.py" not in app.os.listdir("."), "SOURCE"


def test_raw_frames():
    for body in (
        {"do": "value", "o": {"py": ["os", "environ"]}},
        {"do": "path", "path": "app.py", "name": "read_text"},
        {"do": "module", "name": "spy", "source": "import app"},
        {"do": "call", "o": {"py": ["builtins", "open"]}, "args": ["app.py"]},
    ):
        assert set(ask(body)) == {"problem"}, "SOURCE"
"""
# The application logs the traceback of a view that raises to standard error, with lines of its source.
LISTENING = """
import sys


def test_output(client, output):
    assert client.get("/fail").status_code == 500
    assert (output.stdout, output.stderr) == ("about to fail\\n", ""), "SOURCE"


def test_capsys(client, capsys):
    assert client.get("/fail").status_code == 500
    assert tuple(capsys.readouterr()) == ("about to fail\\n", ""), "SOURCE"


def test_logs(client, logs):
    client.get("/fail")
    assert logs.text is None, "SOURCE"


def test_replaced_streams(client, monkeypatch):
    import io

    monkeypatch.setattr(sys, "stderr", io.StringIO())
    client.get("/fail")
    assert sys.stderr.getvalue() == "", "SOURCE"
"""
# Asks that no honest tests send, which the gate itself must not stumble over.
ODD = """
def test_x(client):
    client.get("/slug/a")
    client.remote.session.value({body})
"""
TEXTS = "zero \\0 half \\ud800 end"  # as it stands in a source
ZERO = TEXTS.partition(" half")[0]
SHOWN = "zero \N{SYMBOL FOR NULL}"
# Sends the broker a last word of its own, as only the grader's code should.
FORGED = f"""
def test_x():
    from sandbox.grader.context import run

    error = {{"type": "{TEXTS}", "message": "{TEXTS}", "file": "{TEXTS}", "traceback": "{TEXTS}"}}
    run().wire.send(ev="done", error=error)
"""
NOISY = """
import os


def test_x():
    for number in range(3, 64):
        try:
            os.write(number, b"\\x00\\x00\\x00\\x05hello")
        except OSError:
            pass
"""


# What it fails with names both containers: by their name space of files, and by when their first process began.
WHERE = """
import os
from app import where


def test_first():
    with open("/proc/1/stat") as stat:
        here = os.readlink("/proc/self/ns/mnt") + stat.read().split()[21]
    assert not here, f"{here} {where()}"


def test_second():
    pass
"""


def run(client: BrokerClient, tests: str, **asked: Any) -> Outcome:
    program = Program(
        files={"app.py": APP},
        tests={"test_app.py": tests},
        has_untrusted_tests=True,
        offers=("app:slug", "app:LIMIT", "app:where"),
        **asked,
    )
    return client.run(program, Limits(wall_seconds=30), Priority.LIVE, user="gate")


@pytest.mark.docker
def test_honest_tests_call_functions_meet_exceptions_and_send_requests(client: BrokerClient) -> None:
    outcome = run(client, HONEST)
    assert outcome.complete
    told = {test.name.partition("::")[2]: (test.status.value, test.message) for test in outcome.tests}
    assert told == {
        "test_value": ("passed", ""),
        "test_error": ("passed", ""),
        "test_request": ("passed", ""),
        "test_wrong": ("failed", "capitals stay"),
    }


@pytest.mark.docker
def test_curious_tests_learn_nothing_of_the_source(client: BrokerClient) -> None:
    outcome = run(client, CURIOUS)
    told = {test.name.partition("::")[2]: (test.status.value, test.message) for test in outcome.tests}
    assert told["test_raw_frames"][0] == "passed"
    for name in ("test_source", "test_code", "test_imported_module"):
        assert told[name][0] != "passed"
        assert "SOURCE" not in told[name][1]


@pytest.mark.docker
@pytest.mark.parametrize(
    ("tests", "status"),
    [
        ("def test_x(:\n", Status.LOAD_ERROR),
        ("import os\nos._exit(3)\n", Status.DIED),
        ("import os\n\n\ndef test_x():\n    os._exit(0)\n", Status.DIED),
        (NOISY, Status.BROKE_CHANNEL),
    ],
)
def test_tests_that_break_their_side_never_make_it_a_fault_of_ours(
    client: BrokerClient, tests: str, status: Status
) -> None:
    outcome = run(client, tests)
    assert (outcome.status, outcome.complete) == (status, False)
    if status is Status.LOAD_ERROR:
        assert outcome.error is not None
        assert (outcome.error.type, outcome.error.file, outcome.error.line) == (
            "SyntaxError",
            "test_app.py",
            1,
        )


@pytest.mark.docker
def test_what_the_program_says_on_standard_error_does_not_reach_the_tests(client: BrokerClient) -> None:
    outcome = run(client, LISTENING)
    told = {test.name.partition("::")[2]: (test.status.value, test.message) for test in outcome.tests}
    assert told.pop("test_logs")[0] != "passed"
    assert "secret_of_the_source" not in str(outcome.tests)
    assert "secret_of_the_source" in outcome.stderr  # for who asked
    assert told == dict.fromkeys(("test_output", "test_capsys", "test_replaced_streams"), ("passed", ""))


@pytest.mark.docker
@pytest.mark.parametrize(
    "body",
    [
        {"do": "import", "modules": 5},
        {"do": "session_save", "client": 1, "environ": {}},
        {"do": "call", "o": {"n": [["app"], "slug"]}},
        {"do": "\ud800"},
    ],
)
def test_odd_asks_are_refused_and_the_run_goes_on(client: BrokerClient, body: dict[str, Any]) -> None:
    outcome = run(client, ODD.format(body=body))
    assert outcome.complete
    assert [test.status.value for test in outcome.tests] == ["failed"]
    assert "and nothing else" in outcome.tests[0].message


def test_an_ask_on_which_the_gate_stumbles_is_a_fault_of_the_tests(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def stumble(_self: Gate, frame: Frame) -> Frame:
        raise KeyError(frame["op"])

    monkeypatch.setattr(Gate, "inward", stumble)
    program = Program(files={"app.py": APP}, tests={"test_app.py": HONEST}, has_untrusted_tests=True)
    with socket.socket() as unused:
        grader = Warm("", ContainerStream(unused, lambda _: None), Place(0, 0), Cgroup(""))
        with pytest.raises(Cut) as cut:
            GatedRun(program, Limits(), grader).from_stream([{"op": "ask", "s": 1, "id": 1, "body": {}}])
    assert cut.value.status is Status.BROKE_CHANNEL
    assert "KeyError" in caplog.text


@pytest.mark.docker
@pytest.mark.parametrize(
    "tests",
    [
        pytest.param(f'raise ValueError("{TEXTS}")\n', id="while they are loaded"),
        pytest.param(f'def test_x():\n    assert 0, "{TEXTS}"\n', id="in a test"),
        pytest.param(FORGED, id="in a forged last word"),
        pytest.param(f'import os\nos.write(2, b"{ZERO}")\n{NOISY}', id="on their container's standard error"),
    ],
)
def test_texts_of_tests_can_be_stored_whichever_way_they_come(client: BrokerClient, tests: str) -> None:
    outcome = run(client, tests)
    told = "".join(texts_in(outcome.to_json()))
    assert not re.search("[\0\ud800-\udfff]", told)
    assert SHOWN in told


def texts_in(raw: Any) -> list[str]:
    if isinstance(raw, dict):
        return texts_in([*raw, *raw.values()])
    return [text for item in raw for text in texts_in(item)] if isinstance(raw, list) else [str(raw)]


@pytest.mark.docker
def test_the_grader_that_ran_a_candidates_tests_runs_nothing_else(client: BrokerClient) -> None:
    mark = "import pathlib\n\n\ndef test_x():\n    place = pathlib.Path('/tmp/left-behind')\n"
    first = run(client, f"{mark}    place.write_text('here')\n")
    assert first.tests[0].status.value == "passed"
    for _ in range(6):
        outcome = run(client, f"{mark}    assert not place.exists()\n")
        assert outcome.tests[0].status.value == "passed"


def places(client: BrokerClient, series: str, grader_for: GraderFor) -> tuple[str, str]:
    """The containers of one run: of the tests, and of the program."""
    outcome = run(client, WHERE, series=series, grader_for=grader_for)
    tests, program = outcome.tests[0].message.split()
    return tests, program


@pytest.mark.docker
def test_runs_of_one_series_share_the_programs_container_and_only_on_request_the_tests_one(
    client: BrokerClient,
) -> None:
    alone = [places(client, "one", GraderFor.RUN) for _ in range(3)]
    assert len({tests for tests, _ in alone}) == 3
    assert len({program for _, program in alone}) == 1
    shared = [places(client, "two", GraderFor.SERIES) for _ in range(3)]
    assert len(set(shared)) == 1
    strangers = [places(client, series, GraderFor.SERIES) for series in ("two", "three", "", "")]
    assert strangers[0] == shared[0]
    assert len({tests for tests, _ in alone + strangers}) == 7
    assert len({program for _, program in alone + strangers}) == 5


@pytest.mark.docker
def test_a_series_goes_on_after_tests_that_took_their_container_down(client: BrokerClient) -> None:
    asked = {"series": "broken", "grader_for": GraderFor.SERIES}
    assert run(client, "import os\n\n\ndef test_x():\n    os._exit(0)\n", **asked).status is Status.DIED
    assert run(client, NOISY, **asked).status is Status.BROKE_CHANNEL
    assert run(client, HONEST, **asked).complete


@pytest.mark.docker
def test_where_that_is_enough_the_first_test_that_finds_the_program_wrong_is_the_last(
    client: BrokerClient,
) -> None:
    outcome = run(client, WHERE, stops_at_failure=True)
    assert outcome.complete
    assert [name.partition("::")[2] for name in outcome.collected] == ["test_first", "test_second"]
    assert [test.name.partition("::")[2] for test in outcome.tests] == ["test_first"]
    own_fault = "def test_first(client):\n    {}['key']\n\n\ndef test_second(client):\n    assert False\n"
    assert [test.exception for test in run(client, own_fault, stops_at_failure=True).tests] == ["KeyError"]
