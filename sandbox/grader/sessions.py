"""Sessions as the tests see them: which one is current, asking it, and answering what it asks back."""

from __future__ import annotations

import builtins
import os
import sys
import warnings
from typing import Any

from sandbox import frames
from sandbox.encoding import Encoder
from sandbox.grader import visitors
from sandbox.grader.context import Run
from sandbox.grader.refusals import CannotPass, ChannelBroken, ControlRaised, NotTrusted, SessionEnded
from sandbox.grader.remote import Table, error_of
from sandbox.grader.watching import Watch
from sandbox.values import MUTABLE_TYPES, ValueProblem, replace_content

ORIGINAL_INPUT = builtins.input
WARNING = ("module", "class", "text")
ENDING = frozenset({"__next__", "next", "send", "throw", "close"})  # methods that may raise StopIteration
MAX_OWN = 200_000  # containers of the test files that are told apart


class Session:
    """One fresh process of the candidate's code."""

    def __init__(self, run: Run, number: int) -> None:
        self.run = run
        self.number = number
        self.table = Table(self)
        self.ended: frames.Frame | None = None
        self.is_closed = False
        self.is_ahead = False  # modules were imported before anything was asked
        self.is_touched = False  # something other than importing was done
        self.given: set[Any] = set()  # numbers of the test's objects and exceptions that it was handed
        self.loaded: set[str] = set()  # modules that were imported
        self._asks = 0
        self._answers: dict[int, dict[str, Any]] = {}
        self._open: list[int] = []
        self._environ: dict[str, str] = {}
        self._inside: list[str] = []
        self._ahead = 0  # the number of the ask that imports ahead
        self._told_ahead: dict[str, Any] | None = None  # its answer
        self._has_client = False  # was made of what was told ahead, which the session does not know yet
        more = {"is_last": True} if run.sessions.is_last else {}
        run.wire.send(op="open", s=number, kind="module", main=main_module(run.modules), **more)

    # Asking

    def import_ahead(self, modules: list[str]) -> None:
        """Have modules imported before anything is asked. A failure comes again when asked.

        The answer says what a client has to know of the application, where that can be said without executing anything.
        """
        self.is_ahead = True
        self._asks += 1
        self._ahead = self._asks
        body = {"do": "import", "modules": modules, "tests": True, "settings": True}
        self.run.wire.send(op="ask", s=self.number, id=self._asks, body=body)

    def settings_ahead(self) -> dict[str, Any] | None:
        """What a client has to know of the application, where it was told ahead and nothing was asked since."""
        with self.run.wire.lock:
            if not self._ahead or self._asks != self._ahead:
                return None
            self._check_alive()
            while self._told_ahead is None:
                self._take(self.run.wire.receive())
            found = self._told_ahead.get("ok")
            settings = found.get("settings") if type(found) is dict else None
            if type(settings) is not dict:
                return None
            self.is_touched = self._has_client = True
            return settings

    def ask(self, body: dict[str, Any], *, touches: bool = True) -> dict[str, Any]:
        """Have the session do something. The answer's body. Raises `Refusal` when there is none."""
        with self.run.wire.lock:
            self._check_alive()
            self.is_touched = self.is_touched or touches
            self._settle(body)
            watch = self.run.sessions.watch
            watch.add_to(body, self)
            self._asks += 1
            number = self._asks
            self.run.wire.send(op="ask", s=self.number, id=number, body=body)
            self._open.append(number)
            try:
                while number not in self._answers:
                    self._take(self.run.wire.receive())
                answer = self._answers.pop(number)
            finally:
                self._open.remove(number)
        self._overhear(answer)
        watch.take(answer, self)
        return answer

    def _check_alive(self) -> None:
        if self.is_closed:
            msg = "This object belongs to a session that is over. Make it in the test or in a fixture of the test."
            raise self.run.refuse(SessionEnded(msg))
        if self.ended is not None:
            raise self.run.refuse(self._end())

    def _end(self) -> SessionEnded:
        ended = self.ended or {}
        how = (
            f"signal {ended['signal']}"
            if ended.get("signal") is not None
            else f"exit status {ended.get('exit')}"
        )
        return SessionEnded(f"Your program ended ({how}) before it answered the test.")

    def _take(self, frame: frames.Frame) -> None:
        session = self.run.sessions.known.get(frame.get("s", -1))
        if session is not None:
            session.take(frame)
        if self.ended is not None and not any(number in self._answers for number in self._open):
            raise self.run.refuse(self._end())

    def take(self, frame: frames.Frame) -> None:
        """Take in a frame that the agent sent for this session."""
        word = frame["ev"]
        if word == "answer":
            if frame["id"] in self._open:
                self._answers[frame["id"]] = frame["body"]
            elif frame["id"] == self._ahead:
                self._told_ahead = frame["body"]
        elif word == "ended":
            self.ended = frame
        elif word == "ask" and not self.is_closed:
            self._serve(frame)

    def _serve(self, frame: frames.Frame) -> None:
        callback = frame["id"]
        self._inside.append(callback)
        try:
            body = visitors.serve(self, frame["body"])
        finally:
            self._inside.pop()
        self.run.wire.send(op="reply", s=self.number, id=callback, body=body)

    def _settle(self, body: dict[str, Any]) -> None:
        """Tell the session what the test changed around it: environment variables, `input`, standard output."""
        if self._inside:
            body["in"] = self._inside[-1]
        if self._has_client:
            body["has_client"] = True
            self._has_client = False
        now = environment()
        if now != self.run.environ or self._environ:
            wanted = {name: value for name, value in now.items() if self.run.environ.get(name) != value}
            wanted |= {name: None for name in self.run.environ if name not in now}  # type: ignore[misc]
            changes = {name: value for name, value in wanted.items() if self._environ.get(name, "") != value}
            changes |= {name: self.run.environ.get(name) for name in self._environ if name not in wanted}  # type: ignore[misc]
            if changes:
                body["env"] = changes | body.get("env", {})
            self._environ = wanted
        if builtins.input is not ORIGINAL_INPUT:
            body["input_from"] = asker = visitors.function_form(builtins.input)
            self.given.add(asker.get("tf"))
        if sys.stdout is not self.run.sessions.stdout or sys.stderr is not self.run.sessions.stderr:
            body["hear"] = True

    def _overhear(self, answer: dict[str, Any]) -> None:
        heard = answer.get("heard")
        if type(heard) is dict:
            for name in ("stdout", "stderr"):
                stream = getattr(sys, name)
                if type(heard.get(name)) is str and stream is not getattr(self.run.sessions, name):
                    stream.write(heard[name])
        warned = answer.get("warned")
        if type(warned) is list:
            for item in warned[:50]:
                if (
                    type(item) is list
                    and len(item) == len(WARNING)
                    and all(type(text) is str for text in item)
                ):
                    kind = getattr(builtins, item[1], None) if item[0] == "builtins" else None
                    is_warning = isinstance(kind, type) and issubclass(kind, Warning)
                    warnings.warn(item[2], kind if is_warning else UserWarning, stacklevel=6)

    # Values

    def value(self, body: dict[str, Any], paths: tuple[str, ...] = (), *, touches: bool = True) -> Any:
        """Ask, and give the value that came; raise the exception that came instead."""
        answer = self.ask(body, touches=touches)
        self.learn(answer)
        if "ok" in answer:
            return self.arrived(answer["ok"], paths)
        raise self._unmistakable(self.failure(answer), body)

    def raw(self, body: dict[str, Any], *, touches: bool = True) -> dict[str, Any]:
        """Ask, and give the answer's own object (see the session's operations); raise the exception that came instead."""
        answer = self.ask(body, touches=touches)
        self.learn(answer)
        found = answer.get("ok")
        if type(found) is dict:
            return found
        raise self._unmistakable(self.failure(answer), body)

    def call(
        self, body: dict[str, Any], args: tuple[Any, ...], kwargs: dict[str, Any], paths: tuple[str, ...] = ()
    ) -> Any:
        """Ask with arguments; containers that were changed in place are changed here too."""
        encoder = Encoder(lambda value: visitors.form(value, self), track=True)
        try:
            body["args"] = [encoder.encode(value) for value in args]
            if kwargs:
                body["kw"] = {name: encoder.encode(value) for name, value in kwargs.items()}
        except ValueProblem as problem:
            raise self.run.refuse(CannotPass(str(problem))) from None
        if encoder.tracked:
            body["tracked"] = len(encoder.tracked)
        answer = self.ask(body)
        self.learn(answer)
        if "changed" in answer:
            self._apply(answer["changed"], encoder.tracked, tuple(f"{path}!" for path in paths))
        if "ok" in answer:
            value = self.arrived(answer["ok"], paths)
            return self._same(answer.get("same"), value, encoder.tracked)
        raise self._unmistakable(self.failure(answer), body)

    def _unmistakable(self, error: BaseException, body: dict[str, Any]) -> BaseException:
        """The same exception, unless it is a StopIteration of what is no iterator: it would end a loop of the test."""
        if not isinstance(error, StopIteration) or body.get("name") in ENDING:
            return error
        if self.run.contract.allows(
            "error:StopIteration"
        ):  # the reference raises it as well, or there is none
            return error
        text = "Your code raised StopIteration outside of an iterator."
        return self.run.refuse(ControlRaised(text, error.__dict__.get("_quizapp_place")))

    def _same(self, number: Any, value: Any, tracked: list[Any]) -> Any:
        """The argument itself, when the value that came is said to be it and is equal to what it is now."""
        if type(number) is int and 0 <= number < len(tracked):
            given = tracked[number]
            if type(given) is type(value) and not self.run.sessions.is_of_tests(given) and given == value:
                return given
        return value

    def learn(self, answer: dict[str, Any]) -> None:
        """Take in the descriptions of classes that an answer carries."""
        try:
            for form in answer.get("classes", ()):
                self.table.describe(form)
        except (ValueProblem, KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
            raise self.broken() from error

    def arrived(self, form: Any, paths: tuple[str, ...]) -> Any:
        """The value of a form, held to the shape that the reference gave."""
        value, is_plain = self.decode(form, paths)
        self._check(paths, value, is_plain=is_plain)
        return value

    def _check(self, paths: tuple[str, ...], value: Any, *, is_plain: bool) -> None:
        contract = self.run.contract
        if paths and not contract.arrived(paths, is_plain=is_plain):
            msg = (
                f"{paths[0].partition(':')[2]} gave {described(value)}, where a plain value is expected: "
                "return a str, int, list, dict ... itself"
            )
            raise self.run.refuse(NotTrusted(msg))
        # Whoever expects such an exception would take every failure of the test for it.
        if type(value) is type and issubclass(value, BaseException) and issubclass(AssertionError, value):
            allowed = [contract.allows(f"{path}~any") for path in paths or ("*",)]
            if not any(allowed):
                name = paths[0].partition(":")[2] if paths else "a class"
                msg = f"{name} is {value.__name__} itself, which every failed assertion is too: define a class of its own"
                raise self.run.refuse(NotTrusted(msg))

    def decode(self, form: Any, paths: tuple[str, ...] = ()) -> tuple[Any, bool]:
        """The value of a form, and whether it is plain through and through."""
        try:
            return self.table.decode(form, paths)
        except (ValueProblem, KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
            raise self.broken() from error

    def broken(self) -> ChannelBroken:
        """The refusal for an answer that makes no sense."""
        refusal = ChannelBroken("Your program broke the answer channel.")
        self.run.refuse(refusal)
        return refusal

    def failure(self, answer: dict[str, Any]) -> BaseException:
        """The exception that an answer without a value stands for."""
        if type(answer.get("problem")) is str:
            problem = ValueProblem(answer["problem"][:1000])
            self.run.refused.append(NotTrusted(str(problem)))
            return self.run.refused[-1]
        try:
            error = error_of(self, answer["error"])
        except (ValueProblem, KeyError, TypeError, ValueError, AttributeError, RecursionError):
            return self.broken()
        if isinstance(error, ControlRaised):
            self.run.refuse(error)
        if "home" in answer["error"]:
            self.run.forgive(error)
        if answer.get("import") is True:
            error.__dict__["_quizapp_import"] = True
        return error

    def _apply(self, changed: Any, tracked: list[Any], paths: tuple[str, ...]) -> None:
        try:
            for number, form in dict(changed).items():
                target = tracked[int(number)]
                if self.run.sessions.is_of_tests(target):
                    continue
                decoder = self.table.decoder(memo=dict(enumerate(tracked)))
                content = decoder.decode(form)
                self._check(paths, content, is_plain=not decoder.handles)
                replace_content(target, content)
        except (ValueProblem, KeyError, TypeError, ValueError, IndexError) as error:
            raise self.broken() from error

    def close(self) -> None:
        """Have the process killed; its objects are of no use from now on."""
        if not self.is_closed:
            self.is_closed = True
            self.run.sessions.known.pop(self.number, None)
            self.run.wire.send(op="close", s=self.number)


def environment() -> dict[str, str]:
    """The environment variables of the test, without those that pytest sets to say which test runs."""
    # Compared as the interpreter holds them: this is asked before all that is asked of the candidate's code, and only
    # the name of the test changes from one test to the next.
    held = {name: value for name, value in _held().items() if not name.startswith(b"PYTEST_")}
    if held != _known.get("held"):
        _known["held"] = held
        _known["read"] = {os.fsdecode(name): os.fsdecode(value) for name, value in held.items()}
    return _known["read"]


_known: dict[str, dict[Any, Any]] = {}  # the variables as they were when they were last read


def _held() -> dict[bytes, bytes]:
    try:
        return os.environ._data  # type: ignore[attr-defined, no-any-return]  # noqa: SLF001 - no quicker way
    except AttributeError:  # a test has put something else in its place
        return {os.fsencode(name): os.fsencode(value) for name, value in os.environ.items()}


def described(value: Any) -> str:
    """What a value is, for a sentence."""
    kind = type(value)
    return (
        f"an object of class {kind.__name__}"
        if kind.__module__ != "builtins"
        else f"a {kind.__name__} with objects in it"
    )


def main_module(modules: tuple[str, ...]) -> str:
    """The file that an application is looked for in."""
    for name in ("app.py", "application.py", "main.py", "wsgi.py"):
        if name in modules:
            return name
    packages = [name for name in modules if name.endswith("/__init__.py") and name.count("/") == 1]
    scripts = [name for name in modules if name.endswith(".py") and "/" not in name]
    return (packages or scripts or ["app.py"])[0]


class Sessions:
    """Which session a test speaks with: a fresh one by default, shared where a fixture of wider scope used one."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.known: dict[int, Session] = {}
        self.is_last = False  # the sessions that are opened now are for the last test
        self.stdout, self.stderr = sys.stdout, sys.stderr
        self._count = 0
        self._current: Session | None = None
        self._meant_for = (
            ""  # the node id of the test that the current session was prepared for, before collection
        )
        self._shared_by: str | None = None  # the node id that the current session is kept for
        self._further: list[Session] = []
        self._own: dict[int, Any] = {}
        self.watch = Watch()

    def current(self) -> Session:
        """The session of the running test (or of collection), opened when it is first needed."""
        session = self._current
        if session is not None and session.is_ahead:
            session.is_ahead = False
            if environment() != self.run.environ:
                self._drop()  # the test changed variables that the import may read
        if self._current is None:
            self._current = self.open()
        return self._current

    def prepare(self, modules: list[str], node: str = "") -> None:
        """Open the next test's session and import what it will import, while this process has other things to do.

        `node` is that test's id where it is only expected to be the next.
        """
        if self._current is None and environment() == self.run.environ:
            self._meant_for = node
            with self.run.wire.together():
                self._current = self.open()
                if modules:
                    self._current.import_ahead(modules)

    def open(self) -> Session:
        """A new session."""
        self._count += 1
        session = self.known[self._count] = Session(self.run, self._count)
        return session

    def further(self) -> Session:
        """One more fresh process beside the test's own, which ends with the test."""
        session = self.open()
        self._further.append(session)
        return session

    def share(self, node: str) -> None:
        """Keep the current session for all tests below a node, because a fixture for all of them uses it."""
        if self._current is not None and (self._shared_by is None or self._shared_by.startswith(node)):
            self._shared_by = node

    def begin(self, node: str) -> None:
        """A test begins: a fresh session, unless it may go on with the one there is."""
        session, meant_for, self._meant_for = self._current, self._meant_for, ""
        self.watch.reset()
        if session is None:
            return
        if meant_for and meant_for != node and session.is_ahead:
            self._drop()
            return
        if self._shared_by is not None and _is_below(node, self._shared_by) and session.ended is None:
            return
        if not self.run.session_per_test and session.ended is None:
            return
        if not session.is_touched and not session.is_closed and environment() == self.run.environ:
            return  # collection only imported: as good as new
        self._drop()

    def end(self, following: str | None) -> None:
        """A test has ended."""
        self.watch.forget_session()
        for session in self._further:
            session.close()
        self._further.clear()
        if self._shared_by is not None and following is not None and _is_below(following, self._shared_by):
            return
        if self._shared_by is None and not self.run.session_per_test and following is not None:
            return
        if self._current is not None and (self._current.is_touched or following is None):
            self._drop()

    def end_all(self) -> None:
        """The run is over: close what is open."""
        for session in [*self._further, *([self._current] if self._current is not None else [])]:
            session.close()

    def abandon(self) -> None:
        """Give the current session up, because it no longer answers."""
        self._drop()

    def _drop(self) -> None:
        self._shared_by = None
        if self._current is not None:
            self._current.close()
            self._current = None

    def note_own(self, roots: Any) -> None:
        """Note containers that belong to the test files themselves: the candidate's code never changes them."""
        todo = [root for root in roots if not self.watch.knows(root)]
        while todo and len(self._own) < MAX_OWN:
            value = todo.pop()
            kind = type(value)
            if kind in (list, tuple, set, frozenset, dict) and id(value) not in self._own:
                self._own[id(value)] = value
                todo.extend(value.values() if kind is dict else value)
            elif kind in MUTABLE_TYPES:
                self._own[id(value)] = value

    def is_of_tests(self, value: Any) -> bool:
        """Whether a container belongs to the test files themselves."""
        return id(value) in self._own


def _is_below(node: str, above: str) -> bool:
    return not above or node == above or node.startswith((f"{above}::", f"{above}/", f"{above}["))
