"""What a session's process does before it is anybody's session: once, on nothing of importance, what most sessions do.

A forked process copies each page of memory when it first writes to it. That takes longer than the work itself, so it
is done while nobody waits.
"""

from __future__ import annotations

import gc
import sys
import types
from typing import Any

from sandbox import frames
from sandbox.candidate.objects import ObjectTable
from sandbox.candidate.operations import Operations, encode_answer
from sandbox.candidate.workspace import Workspace
from sandbox.demand import is_busy

NAME = "rehearsal"
SOURCE = """
import flask

app = flask.Flask(__name__)


@app.get("/things/<int:number>")
def show(number):
    return {"number": number}


@app.post("/things")
def make():
    return flask.jsonify(flask.request.get_json()), 201


def missing():
    flask.abort(404)


app.add_url_rule("/missing", view_func=missing)
"""
BODY = "eyJhIjogMX0="  # {"a": 1}
REQUESTS = (("GET", "/things/1", ""), ("POST", "/things", BODY), ("GET", "/missing", ""))


def rehearse(workspace: Workspace) -> None:
    """Have a process that was forked rehearse, and look for what that has left. Leaves no trace but warm memory.

    On a busy machine nothing is done: it would take the processor from somebody who waits.
    """
    if is_busy():
        return
    perform(workspace)
    gc.collect()
    gc.freeze()


def perform(workspace: Workspace) -> None:
    """Define a small application, ask it, and encode what it answers."""
    module = types.ModuleType(NAME)
    module.__file__ = str(workspace.folder / f"{NAME}.py")
    sys.modules[NAME] = module
    exec(compile(SOURCE, module.__file__, "exec"), vars(module))  # noqa: S102 - our own text
    operations = Operations(ObjectTable(workspace.folder, dict), workspace.folder, workspace.temporary)
    operations.main = NAME
    table = operations.table
    encode_answer(table, operations.perform({"do": "client"}))
    for method, path, content in REQUESTS:
        body: dict[str, Any] = {
            "do": "wsgi",
            "environ": _environ(method, path, len(content)),
            "body": content,
        }
        frames.encode({"ev": "answer", "body": encode_answer(table, operations.perform(body))})
    table.take_classes()
    del sys.modules[NAME]


def _environ(method: str, path: str, length: int) -> dict[str, str]:
    return {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "SCRIPT_NAME": "",
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "HTTP_HOST": "localhost",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
        "REMOTE_ADDR": "127.0.0.1",
    } | ({"CONTENT_TYPE": "application/json", "CONTENT_LENGTH": "8"} if length else {})
