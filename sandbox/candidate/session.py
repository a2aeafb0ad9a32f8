"""One session: a fresh process that imports the submitted files and does what the tests ask, one ask at a time."""

from __future__ import annotations

import atexit
import builtins
import os
import sys
import tempfile
import threading
import traceback
import types
from collections.abc import Callable
from typing import Any

from sandbox import frames
from sandbox.candidate.channel import Channel
from sandbox.candidate.faults import describe, safe_text
from sandbox.candidate.listening import Tee
from sandbox.candidate.objects import ImportFailed, ObjectTable
from sandbox.candidate.operations import Decoded, Operations, encode_answer, snapshot
from sandbox.candidate.rehearsal import rehearse
from sandbox.candidate.workspace import Workspace
from sandbox.encoding import Encoder
from sandbox.values import ValueProblem, replace_content

_encode_frame = frames.encode


class MadeAhead:
    """What the agent makes for all sessions before it forks them: each would make it in pages of its own.

    To look at every name of `sys.modules` alone writes to three hundred of them. The streams are those of whichever
    process writes to them, and nobody writes to the agent's.
    """

    def __init__(self) -> None:
        self.modules = tuple(name for name in sys.modules if name == "sandbox" or name.startswith("sandbox."))
        self.tees = {"stdout": Tee(1), "stderr": Tee(2)}


def main(
    fd: int,
    workspace: Workspace,
    start: Callable[[frames.Frame], None],
    made: MadeAhead,
    *,
    is_rush: bool = False,
) -> int:
    """Rehearse, unless there is a rush, wait for the order to open, then be that session. The exit status of the process."""
    channel = Channel(fd)
    if not is_rush:
        rehearse(workspace)
    tees = _settle_in(workspace, made)
    order = channel.receive_open()
    _give_input(order.get("stdin", ""), workspace)
    script = order.get("main", "app.py")
    sys.argv = [script]
    main_module = types.ModuleType("__main__")
    main_module.__file__ = os.path.join(workspace.folder, script)  # noqa: PTH118
    sys.modules["__main__"] = main_module
    start(order)
    if order["kind"] == "script":
        os.close(fd)
        return _run_script(main_module, workspace)
    session = Session(channel, workspace, tees, order["s"])
    session.operations.main = script.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
    session.serve()
    return 0


def _settle_in(workspace: Workspace, made: MadeAhead) -> dict[str, Tee]:
    """Whatever of a session's surroundings is the same for all of them, while nobody waits; its standard streams."""
    folder = str(workspace.folder)
    os.chdir(folder)
    sys.path.insert(0, folder)
    for name in made.modules:
        del sys.modules[name]  # the candidate may have modules of these names; ours go on by what they hold
    sys.stdin = sys.__stdin__ = open(0, encoding="utf-8", errors="surrogateescape", closefd=False)  # type: ignore[misc]  # noqa: SIM115
    sys.stdout = sys.__stdout__ = made.tees["stdout"]  # type: ignore[misc]
    sys.stderr = sys.__stderr__ = made.tees["stderr"]  # type: ignore[misc]
    return made.tees


def _give_input(text: str, workspace: Workspace) -> None:
    """Let standard input be this text, where there is one; nothing has been read from it so far."""
    if not text:
        return
    with tempfile.TemporaryFile(dir=workspace.temporary) as file:
        file.write(text.encode("utf-8", "surrogateescape"))
        file.flush()
        os.lseek(file.fileno(), 0, os.SEEK_SET)
        os.dup2(file.fileno(), 0)


def _run_script(module: types.ModuleType, workspace: Workspace) -> int:
    status = 0
    try:
        path = module.__file__ or ""
        with open(path, "rb") as file:  # noqa: PTH123
            code = compile(file.read(), path, "exec")
        exec(code, vars(module))  # noqa: S102 - this is what the process is for
    except SystemExit as error:
        status = _exit_status(error)
    except BaseException as error:  # noqa: BLE001 - shown as Python shows it, without our own frames
        status = 1
        print(describe(error, workspace.folder)["traceback"], file=sys.stderr)  # noqa: T201 - the program's own stream
    try:
        threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001 - what the interpreter does at its end
        atexit._run_exitfuncs()  # noqa: SLF001
    except BaseException:  # noqa: BLE001
        traceback.print_exc()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            status = status or 120
    return status


def _exit_status(error: SystemExit) -> int:
    if error.code is None:
        return 0
    if isinstance(error.code, int):
        return error.code & 0xFF
    print(safe_text(str, error.code), file=sys.stderr)  # noqa: T201 - the program's own stream
    return 1


class Session:
    """Answers asks until the channel closes."""

    def __init__(self, channel: Channel, workspace: Workspace, tees: dict[str, Tee], number: int) -> None:
        self.channel = channel
        self.number = number
        self.workspace = workspace
        self.table = ObjectTable(workspace.folder, self.ask_back)
        self.operations = Operations(self.table, workspace.folder, workspace.temporary)
        self.operations.tees = tees
        self.operations.listener.install()
        self.tees = tees
        self._count = 0
        self._counting = threading.Lock()
        self._input = builtins.input
        self._watched: list[list[Any]] = []  # module, name, form that the tests know

    def serve(self, inside: str | None = None) -> frames.Frame:
        """Do asks until the reply to the callback `inside` comes; for ever when there is none."""
        while True:
            frame = self.channel.receive(inside)
            if frame["op"] == "reply":
                return frame
            self._answer(frame["id"], self.do(frame["body"]))

    def _answer(self, number: int, body: dict[str, Any]) -> None:
        try:
            self.channel.send({"ev": "answer", "s": self.number, "id": number, "body": body})
        except frames.FrameError:
            error = ValueProblem(
                "what your code gave is too large to be passed to the tests (more than 1 MiB)"
            )
            failed = self._failed(error, {})
            self.channel.send({"ev": "answer", "s": self.number, "id": number, "body": failed})

    def ask_back(self, body: dict[str, Any]) -> dict[str, Any]:
        """Ask the tests, from whichever thread of the candidate's code. Gives the reply's body."""
        with self._counting:
            self._count += 1
            number = f"c{self._count}"
            described = self.table.take_classes()
            if described:
                body["classes"] = described
            self.channel.send({"ev": "ask", "s": self.number, "id": number, "body": body})
        reply: dict[str, Any] = self.serve(number)["body"]
        return reply

    def do(self, body: dict[str, Any]) -> dict[str, Any]:
        """Do one ask and give the body of its answer."""
        answer: dict[str, Any] = {}
        memo: dict[int, Any] = {}
        heard = {name: len(tee.kept) for name, tee in self.tees.items()} if body.get("hear") else {}
        before: dict[int, Any] = {}
        try:
            self._settle(body)
            self._push(body)
            if body.get("tracked"):
                before = self._before(body, memo)
            value = self.operations.perform(body, memo)
            answer["ok"] = encode_answer(self.table, value)
            if before:
                self._add_identity(answer, value, memo)
        except BaseException as error:  # noqa: BLE001 - everything the candidate's code raises is an answer
            answer = self._failed(error, body)
        try:
            if before:
                self._add_changes(answer, before, memo)
        except Exception:  # noqa: BLE001 - an argument that became impossible stays as it was
            answer.pop("changed", None)
        self._add_watched(answer)
        self._add_heard(answer, heard)
        if body.get("do") in {"request", "import"} and not body.get("tests"):
            answer = self._plain_answer(body, answer)
        else:
            described = self.table.take_classes()
            if described:
                answer["classes"] = described
        return answer

    def _push(self, body: dict[str, Any]) -> None:
        """Take in what the tests changed in containers that they imported by name."""
        if "watch" in body:
            self._watched = body["watch"]
        for index, form in body.get("pushed", {}).items():
            module, name, _known = self._watched[int(index)]
            replace_content(getattr(self.table.module(module), name), self.table.decode(form))
            self._watched[int(index)][2] = form

    @staticmethod
    def _add_identity(answer: dict[str, Any], value: Any, memo: dict[int, Any]) -> None:
        """Say which argument it is that came back, when it is one."""
        for number, given in memo.items():
            if given is value:
                answer["same"] = number
                return

    def _add_watched(self, answer: dict[str, Any]) -> None:
        changed = {}
        for index, (module, name, known) in enumerate(self._watched):
            try:
                form = Encoder(_not_plain).encode(vars(sys.modules[module])[name])
            except Exception:  # noqa: BLE001, S112 - gone, or no plain value any more: the tests keep what they have
                continue
            if form != known:
                self._watched[index][2] = changed[str(index)] = form
        if changed:
            answer["watched"] = changed

    def _before(self, body: dict[str, Any], memo: dict[int, Any]) -> dict[int, Any]:
        body["decoded"] = Decoded(body, self.table.decoder(memo))
        return snapshot(memo, self.table)

    def _add_changes(self, answer: dict[str, Any], before: dict[int, Any], memo: dict[int, Any]) -> None:
        known = {id(value): number for number, value in memo.items()}
        changed = {}
        for number, form in before.items():
            now = Encoder(self.table.other, known=known).shallow(memo[number])
            if now != form:
                changed[str(number)] = now
        if changed:
            answer["changed"] = changed

    def _add_heard(self, answer: dict[str, Any], heard: dict[str, int]) -> None:
        for tee in self.tees.values():
            try:
                tee.flush()
            except (OSError, ValueError):
                continue
        texts = {name: self.tees[name].text(since) for name, since in heard.items()}
        if any(texts.values()):
            answer["heard"] = texts
        warned = self.operations.listener.take_warnings()
        if warned:
            answer["warned"] = warned

    def _failed(self, error: BaseException, _body: dict[str, Any]) -> dict[str, Any]:
        if isinstance(error, ImportFailed):
            return {"error": self.table.exception(error.error), "import": True}
        if isinstance(error, ValueProblem):
            return {"problem": safe_text(str, error)}
        return {"error": self.table.exception(error)}

    def _plain_answer(self, body: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
        """The form in which asks are answered that come without a grader."""
        if body.get("do") == "request" and "ok" in answer:
            answer = answer["ok"]
            if "raised" in answer:
                answer["error"] = answer.pop("raised")["x"].get("place")
            return answer
        if "error" in answer:
            return {"error": answer["error"].get("place", {"type": "Exception"})}
        return (
            {"ok": True}
            if "ok" in answer
            else {"error": {"type": "Exception", "message": answer.get("problem", "")}}
        )

    def _settle(self, body: dict[str, Any]) -> None:
        """Make this process's environment what the test's is: variables and what answers `input`."""
        for name, value in body.get("env", {}).items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        if body.get("has_client"):
            self.operations.keep_application()
        asker = body.get("input_from")
        builtins.input = self.table.decode(asker) if asker else self._input


def _not_plain(value: Any) -> Any:
    raise ValueProblem(type(value).__name__)
