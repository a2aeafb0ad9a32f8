"""The agent by itself: what a session finds, what it leaves, and how its end is told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.remote.harness import Peer, peer


@pytest.fixture(scope="module")
def agent() -> Iterator[Peer]:
    with peer("sandbox.candidate.start") as made:
        yield made


def load(agent: Peer, **files: str) -> None:
    agent.send(
        op="load", files={f"{name}.py": text for name, text in files.items()}, cpu_seconds=2, disk_mib=1
    )
    assert agent.wait_for("loaded") == {"ev": "loaded"}


def close(agent: Peer, number: int) -> None:
    agent.send(op="close", s=number)
    assert agent.wait_for("closed")["s"] == number


def script(agent: Peer, number: int, source: str, stdin: str = "") -> tuple[str, dict[str, Any]]:
    """What a script printed, and how it ended."""
    load(agent, main=source)
    agent.send(op="open", s=number, kind="script", main="main.py", stdin=stdin)
    ended = None
    texts = ""
    while ended is None:
        frame = agent.wait_any("output", "ended")
        texts += frame.get("text", "")
        ended = frame if frame["ev"] == "ended" else None
    close(agent, number)
    return texts, ended


def test_a_session_holds_its_streams_and_nothing_of_the_agent(agent: Peer) -> None:
    texts, ended = script(agent, 1, "import os\nprint(sorted(map(int, os.listdir('/proc/self/fd')))[:4])\n")
    assert ended["exit"] == 0
    assert texts.strip() in ("[0, 1, 2, 3]", "[0, 1, 2]")  # 3 is the listing itself


def test_stdin_is_given_and_ends(agent: Peer) -> None:
    texts, ended = script(agent, 2, "import sys\nprint(sys.stdin.read().upper())\ninput()\n", "hello\n")
    assert "HELLO" in texts
    assert "EOFError" in texts
    assert ended["exit"] == 1


@pytest.mark.parametrize(
    ("source", "exit_code", "signal"),
    [
        ("raise SystemExit(3)", 3, None),
        ("import os; os._exit(4)", 4, None),
        ("import os; os.kill(os.getpid(), 9)", None, 9),
        ("while True: pass", None, 24),
        ("import resource, signal\nsignal.signal(24, signal.SIG_IGN)\nwhile True: pass", None, 9),
        ("import ctypes; ctypes.string_at(0)", None, 11),
        ("1 / 0", 1, None),
    ],
)
def test_how_a_script_ends(agent: Peer, source: str, exit_code: int | None, signal: int | None) -> None:
    _texts, ended = script(agent, 3, source)
    assert (ended["exit"], ended["signal"]) == (exit_code, signal)


def test_traceback_shows_only_the_candidates_lines(agent: Peer) -> None:
    texts, _ended = script(agent, 4, "def f():\n    return {}['key']\n\nf()\n")
    assert texts == (
        'Traceback (most recent call last):\n  File "main.py", line 4, in <module>\n    f()\n'
        "  File \"main.py\", line 2, in f\n    return {}['key']\nKeyError: 'key'\n"
    )


def test_a_file_may_not_grow_beyond_the_limit(agent: Peer) -> None:
    texts, ended = script(agent, 5, "open('big', 'wb').write(b'x' * 3_000_000)\n")
    assert ended["exit"] == 1
    assert "File too large" in texts or ended["signal"] == 25


def test_nothing_survives_a_session(agent: Peer) -> None:
    source = (
        "import os, time\nopen('left.txt', 'w').write('x')\nos.mkdir('locked')\nopen('locked/in', 'w').close()\n"
        "os.chmod('locked', 0)\nos.symlink('/etc', 'link')\n"
        "if os.fork() == 0:\n    os.setsid()\n    pid = os.fork()\n    if pid == 0:\n        time.sleep(600)\n"
        "    print(pid, flush=True)\n    os._exit(0)\n"
        "os.wait()\n"
    )
    left, _ended = script(agent, 6, source)
    assert int(left)
    texts, _ended = script(
        agent,
        7,
        f"import os\nprint(sorted(os.listdir('.')))\nprint(os.path.exists('/proc/{int(left)}'))\n",
    )
    assert texts == "['main.py']\nFalse\n"


def test_an_import_that_fails_says_where(agent: Peer) -> None:
    load(agent, app="x = 1\ny = (2\n")
    agent.send(op="open", s=8, kind="module", main="app.py")
    agent.send(op="ask", s=8, id=1, body={"do": "import"})
    error = agent.wait_for("answer")["body"]["error"]
    close(agent, 8)
    assert error["type"] == "SyntaxError"
    assert (error["file"], error["line"], error["column"]) == ("app.py", 2, 5)
    assert "was never closed" in error["message"]


def test_requests_without_a_grader(agent: Peer) -> None:
    load(agent, app="from flask import Flask\napp = Flask(__name__)\n@app.get('/')\ndef i(): return 'é'\n")
    agent.send(op="open", s=9, kind="module", main="app.py")
    agent.send(op="ask", s=9, id=1, body={"do": "request", "method": "GET", "path": "/"})
    body = agent.wait_for("answer")["body"]
    close(agent, 9)
    assert (body["status"], body["body"], body["body_cut"]) == (200, "é", False)


def test_a_preload_that_fails_is_told(agent: Peer) -> None:
    agent.send(op="load", files={}, preload=["no_such_package"])
    assert agent.wait_for("loaded")["error"]["type"] == "ModuleNotFoundError"


APPLICATION = """
from flask import Flask
app = Flask(__name__)
app.config["SERVER_NAME"] = "books.example"
@app.get("/")
def index():
    return "the first"
def replace():
    global app
    app = Flask(__name__)
"""
REQUEST = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "SERVER_NAME": "books.example", "SERVER_PORT": "80",
           "HTTP_HOST": "books.example", "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.url_scheme": "http"}  # fmt: skip


def ask(agent: Peer, session: int, number: int, **body: Any) -> Any:
    agent.send(op="ask", s=session, id=number, body=body)
    return agent.wait_for("answer")["body"]["ok"]


def imported(agent: Peer, session: int, source: str) -> Any:
    """What the import of `main` says when it is asked for what a client has to know."""
    load(agent, main=source)
    agent.send(op="open", s=session, kind="module", main="main.py")
    return ask(agent, session, 1, do="import", modules=["main"], tests=True, settings=True)


@pytest.mark.parametrize("has_client", [True, False])
def test_a_client_of_what_was_told_ahead_keeps_the_application_that_there_was(
    agent: Peer, has_client: bool
) -> None:
    session = 40 + has_client
    told = imported(agent, session, APPLICATION)
    wanted = {"flask": True, "server_name": "books.example", "root": "/", "scheme": "http"}
    assert told == {"settings": wanted}
    more = {"has_client": True} if has_client else {}
    ask(agent, session, 2, do="call", o={"n": ["main", "replace"]}, **more)
    answer = ask(agent, session, 3, do="wsgi", client=1, environ=REQUEST, body="")
    assert answer["status"] == ("200 OK" if has_client else "404 NOT FOUND")
    close(agent, session)


@pytest.mark.parametrize(
    "source",
    [
        "from flask import Flask\ndef create_app():\n    print('made')\n    return Flask('a')\n",
        "from flask import Flask\nclass Own(Flask):\n    pass\napp = Own(__name__)\n",
        "def app(environ, start_response):\n    pass\n",
        "x = 1\n",
    ],
    ids=["factory", "subclass", "wsgi", "none"],
)
def test_nothing_is_told_ahead_that_would_execute_anything(agent: Peer, source: str) -> None:
    assert imported(agent, 42, source) == {"settings": None}
    close(agent, 42)
