"""One run of tests, in a process of its own."""

from __future__ import annotations

import contextlib
import gc
import io
import os
import re
import shutil
import sys
import tempfile
import threading
import time
import types
import unittest
from collections.abc import Callable
from pathlib import Path
from typing import Any

import flask
import pytest
from _pytest.config import _prepareconfig
from _pytest.main import wrap_session

from sandbox import frames, shapes
from sandbox.demand import is_busy
from sandbox.grader import context, fixtures, imports, inspection, remote, rewriting, visitors
from sandbox.grader.children import NO_MORE, RunOne, Turn
from sandbox.grader.contract import Contract
from sandbox.grader.main import INI, OPTIONS
from sandbox.grader.mirrors import build
from sandbox.grader.rehearsal import rehearse
from sandbox.grader.report import Reporter
from sandbox.grader.sessions import Sessions, environment
from sandbox.grader.wire import Wire

APPROX: Any = sys.modules[type(pytest.approx(1)).__module__]
WORD = re.compile(r"[A-Za-z_]\w*")
MAX_PROBLEM = 4096
REHEARSALS = 12  # of the parent: the interpreter has a quicker form of a function that was called eight times
THREAD_SECONDS = 5.0  # to wait for others to end before a thread is refused
FLASK_NAMES = (
    "current_app", "g", "request", "session", "url_for", "render_template", "render_template_string", "get_flashed_messages",
    "has_request_context", "has_app_context", "flash", "abort", "redirect", "make_response", "jsonify",
)  # fmt: skip


def options(folder: Path) -> list[str]:
    """Pytest's command line for the tests in a folder."""
    return [*OPTIONS, f"--rootdir={folder}", "-c", str(folder / "pytest.ini"), str(folder)]


def warm_up(folder: Path, source: str) -> None:
    """Let pytest do once, on a file without importance, what every run has it do."""
    (folder / "pytest.ini").write_text(INI)
    (folder / "test_warm.py").write_text(source)
    with _quiet():
        pytest.main(options(folder))
    for name in [name for name in sys.modules if name == "test_warm"]:
        del sys.modules[name]
    sys.path[:] = [entry for entry in sys.path if entry != str(folder)]


class Nowhere(io.TextIOBase):
    """A stream that forgets what is written."""

    def write(self, text: str) -> int:
        """Forget."""
        return len(text)

    def writable(self) -> bool:
        """Always."""
        return True


@contextlib.contextmanager
def _quiet() -> Any:
    old = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = Nowhere(), Nowhere()
    try:
        yield
    finally:
        sys.stdout, sys.stderr = old


def start_pytest(then: Callable[[RunOne], None]) -> None:
    """Start pytest, rehearse, and call `then` with the function that serves one run, for a forked process to call."""
    folder = Path(tempfile.mkdtemp(prefix="tests-"))
    sys.path[:] = [entry for entry in sys.path if entry not in ("", ".")]
    reporter = Reporter()
    _offer_testing_module()
    _make_flask_names_remote()
    _guard_comparisons(reporter)
    _wait_for_threads()
    rewriting.quicken()
    inspection.forward_inspection()

    def work(_config: pytest.Config, session: pytest.Session) -> None:
        """What pytest does once it has started: here, let processes be forked that collect and run."""
        for _ in range(REHEARSALS):
            rehearse(run_tests, folder, reporter, session)
        gc.collect()
        gc.freeze()
        gc.set_threshold(20_000)
        then(
            lambda receiving, sending, turn: _serve_one(
                Wire(receiving, sending), turn, folder, reporter, session
            )
        )

    _make(folder)
    with _quiet():
        wrap_session(_prepareconfig(options(folder), [fixtures, reporter]), work)


def _make(folder: Path) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    (folder / "pytest.ini").write_text(INI)
    os.chdir(folder)


def _serve_one(wire: Wire, turn: Turn, folder: Path, reporter: Reporter, session: pytest.Session) -> int:
    """Rehearse, and when the turn comes say ready, wait for the order to run, run, and say that it is done.

    The exit status of the process: `NO_MORE` when the stream ended before an order came.
    """
    if not is_busy() and turn.take_free_folder():
        _make(folder)
        rehearse(run_tests, folder, reporter, session)
        gc.freeze()
        turn.leave_folder()
    if not turn.wait():
        return NO_MORE
    _make(folder)  # the parent sweeps up after every run
    wire.send(ev="ready")
    order = _next_order(wire)
    if order is None:
        return NO_MORE
    turn.begin()
    turn.take_folder()  # a process that is made ahead may be at its rehearsal still
    done = run_tests(wire, order, folder, reporter, session)
    shutil.rmtree(folder, ignore_errors=True)
    wire.send(ev="done", **done)
    return 0 if wire.is_between_frames() else 1


def _next_order(wire: Wire) -> frames.Frame | None:
    try:
        order = wire.receive()
        while "ev" in order:  # the last words of a session of the run before
            order = wire.receive()
    except EOFError:
        return None
    shapes.check(order, "op", shapes.TO_GRADER)
    return order


def run_tests(
    wire: Wire, order: frames.Frame, folder: Path, reporter: Reporter, session: pytest.Session
) -> dict[str, Any]:
    """Run the tests of one order; the fields of the frame that ends it."""
    _write(folder, order["tests"])
    run = _ordered(wire, order, folder)
    context.begin(run)
    reporter.run = run
    run.sessions = Sessions(run)
    sys.meta_path.insert(0, imports.Finder(run.modules, run.tests))
    if (first := run.contract.ahead(run.tests)) is not None:
        run.sessions.prepare(first[1], first[0])
    problem = ""
    try:
        session.config.hook.pytest_collection(session=session)
        session.config.hook.pytest_runtestloop(session=session)
    except session.Interrupted:
        pass  # tests that could not be collected; the reporter knows why
    except BaseException as error:  # noqa: BLE001 - pytest itself failed; say so and let the next run have a fresh process
        problem = f"pytest failed: {type(error).__name__}: {error}"
    run.sessions.end_all()
    return _done(run, reporter, problem)


def _ordered(wire: Wire, order: frames.Frame, folder: Path) -> context.Run:
    run = context.Run(
        wire=wire,
        contract=Contract(order.get("contract"), is_recording=order.get("record", False)),
        folder=f"{folder}/",
        modules=tuple(order["modules"]),
        tests=tuple(order["tests"]),
        trace=order.get("trace", False),
        test_seconds=float(order.get("test_seconds", 5.0)),
        session_per_test=order.get("session_per_test", True),
        stops_at_failure=order.get("stops_at_failure", False),
    )
    if not run.contract.is_enforced:
        run.words = frozenset(WORD.findall("\n".join(order["tests"].values())))
    run.environ = environment()
    return run


def _done(run: context.Run, reporter: Reporter, problem: str) -> dict[str, Any]:
    done: dict[str, Any] = {}
    if reporter.load_error is not None:
        done["error"] = {
            key: value
            for key, value in reporter.load_error.items()
            if shapes.is_error({"type": "", key: value})
        }
    elif reporter.problem or problem:
        done["problem"] = (reporter.problem or problem)[:MAX_PROBLEM]
    if run.contract.is_recording:
        done["contract"] = run.contract.recorded()
    return done


def _write(folder: Path, tests: dict[str, str]) -> None:
    for name, text in tests.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", errors="surrogatepass")


def _offer_testing_module() -> None:
    module = types.ModuleType(
        "quizapp_testing", "What tests of candidates' code may import besides the fixtures."
    )
    module.expose = visitors.expose  # type: ignore[attr-defined]
    sys.modules["quizapp_testing"] = module


def _make_flask_names_remote() -> None:
    """`current_app`, `g` and the like, used in a test, are those of the candidate's process."""
    special = [
        "__getitem__",
        "__setitem__",
        "__delitem__",
        "__contains__",
        "__iter__",
        "__len__",
        "__call__",
        "__bool__",
        "__str__",
        "__format__",
    ]
    facts = remote.Facts(
        "flask",
        "proxy",
        frozenset(special),
        set(),
        frozenset(),
        is_hashable=True,
        is_own=False,
        of=(),
        is_subject=True,
    )
    mirror = build(remote.RemoteType, facts, ())
    for name in FLASK_NAMES:
        link = remote.Link(name=("flask", name), paths=(f"flask:{name}",), title=name, is_subject=True)
        setattr(flask, name, remote.make_object(mirror, link))


def _guard_comparisons(reporter: Reporter) -> None:
    """Approximate comparisons never ask the candidate's objects; failed ones are remembered for the report."""
    base = type(pytest.approx(1)).__mro__[1]
    for kind in [base, *vars(APPROX).values()]:
        if isinstance(kind, type) and issubclass(kind, base) and "__eq__" in vars(kind):
            _guard_approx(kind)
    for name in ("assertAlmostEqual", "assertNotAlmostEqual"):
        _guard_almost(name)
    plain = unittest.TestCase.assertEqual

    def assert_equal(self: Any, first: Any, second: Any, msg: Any = None) -> None:
        try:
            plain(self, first, second, msg)
        except AssertionError:
            reporter.compared(first, second)
            raise

    unittest.TestCase.assertEqual = assert_equal  # type: ignore[method-assign]
    formatted = unittest.TestCase._formatMessage  # noqa: SLF001 - all of unittest's messages go through it

    def format_message(self: Any, msg: Any, standard: str) -> str:
        text = formatted(self, msg, standard)
        reporter.worded(text, "" if msg is None else str(msg), standard)
        return text

    unittest.TestCase._formatMessage = format_message  # type: ignore[method-assign, assignment]  # noqa: SLF001


def _wait_for_threads() -> None:
    """Let a test start more threads than the container may have at once: the next one starts when another has ended."""
    start: Any = threading._start_new_thread  # type: ignore[attr-defined]  # noqa: SLF001 - what Thread.start calls

    def start_in_time(*args: Any) -> Any:
        latest = time.monotonic() + THREAD_SECONDS
        while True:
            try:
                return start(*args)
            except RuntimeError:
                if time.monotonic() > latest:
                    raise
                time.sleep(0.005)

    threading._start_new_thread = start_in_time  # type: ignore[attr-defined]  # noqa: SLF001


def _guard_approx(kind: Any) -> None:
    original = kind.__eq__

    def equal(self: Any, other: Any) -> Any:
        return False if remote.is_remote(other) else original(self, other)

    kind.__eq__ = equal


def _guard_almost(name: str) -> None:
    original = getattr(unittest.TestCase, name)

    def compare(self: Any, first: Any, second: Any, *args: Any, **kwargs: Any) -> None:
        if remote.is_remote(first) != remote.is_remote(second):
            self.fail(f"an object of your code is no number: {first!r} and {second!r}")
        original(self, first, second, *args, **kwargs)

    setattr(unittest.TestCase, name, compare)
