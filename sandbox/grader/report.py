"""What the grader says of each test, as a pytest plugin: it sees every phase of a test and writes one frame for it."""

from __future__ import annotations

import re
import signal
import time
import types
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import pytest

from sandbox.grader.context import Run, shown
from sandbox.grader.imports import Missing, RemoteModule, module_name
from sandbox.grader.refusals import NotTrusted, Refusal, SessionEnded, TestTimeLimit
from sandbox.grader.remote import is_remote, link_of
from sandbox.grader.sessions import main_module

MAX_MESSAGE = 4096
TEARDOWN_SECONDS = 2.0
MAX_CAUSES = 10
BEFORE_IMPORT = frozenset(
    {"files", "session", "monkeypatch", "probe", "tmp_path"}
)  # may matter to what an import finds
_EXPLAINED = re.compile(r"(?:^|\n)assert ")


@dataclass
class Finding:
    """What is known of the test that runs."""

    node: str
    began: float
    failures: list[tuple[str, BaseException | None, str]] = field(
        default_factory=list
    )  # phase, exception, text
    module: Any = None  # of the test
    code: types.CodeType | None = None
    skipped: str | None = None
    has_passed_call: bool = False
    compared: tuple[str, str] | None = None
    subtest: str = ""  # the first sub-test that failed: its title and parameters
    of_subtest: tuple[str, str] | None = None  # what it compared
    worded: dict[str, tuple[str, str]] = field(
        default_factory=dict
    )  # unittest's text -> what the author wrote of it, what unittest says


class Reporter:
    """Follows the tests of one run."""

    run: Run  # set when the order to run has come

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin anew."""
        self.finding: Finding | None = None
        self.load_error: dict[str, Any] | None = None
        self.problem = ""
        self._left = 0.0
        self._imports: dict[Any, list[str]] = {}
        self._absent: dict[Any, dict[str, str]] = {}  # module -> names that it imported and that are missing

    # Collection

    @pytest.hookimpl(tryfirst=True)
    def pytest_pycollect_makeitem(self, obj: Any) -> list[Any] | None:
        """Nothing of the candidate's is ever collected."""
        if isinstance(obj, RemoteModule | Missing) or is_remote(obj):
            return []
        return None

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self, collector: Any) -> Generator[None, Any, Any]:
        """Keep what made a test file impossible to collect."""
        report = yield
        call = getattr(report, "call", None)
        excinfo = getattr(call, "excinfo", None)
        if report.failed and excinfo is not None:
            self._not_collected(collector.nodeid, excinfo.value)
        return report

    def _not_collected(self, node: str, error: BaseException) -> None:
        cause: BaseException | None = error
        seen = 0
        while cause is not None and seen < MAX_CAUSES:
            place = _place(cause)
            if place is not None or isinstance(cause, Refusal):
                self.load_error = (
                    self.load_error or place or {"type": type(cause).__name__, "message": str(cause)}
                )
                return
            cause = cause.__cause__ or cause.__context__
            seen += 1
        self.problem = self.problem or f"{node}: {type(error).__name__}: {error}"[:MAX_MESSAGE]

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Say which tests there are."""
        run = self.run
        roots: list[Any] = [getattr(getattr(item, "callspec", None), "params", {}) for item in session.items]
        modules: set[Any] = {getattr(item, "module", None) for item in session.items} - {None}
        for module in modules:
            roots += [value for value in vars(module).values() if not is_remote(value)]
            for value in list(vars(module).values()):
                if type(value) is type and value.__module__ == module.__name__:
                    roots += list(vars(value).values())
        run.sessions.note_own(roots)
        if run.contract.is_recording:
            for item in {item.path: item for item in reversed(session.items)}.values():
                if self._may_prepare(item):
                    run.contract.note_ahead(item.nodeid, self._modules_of(item))
        run.wire.send(ev="collected", ids=[item.nodeid for item in session.items])
        run.phase = "report"

    # One test

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(
        self, item: pytest.Item, nextitem: pytest.Item | None
    ) -> Generator[None, Any, Any]:
        """One test from its set-up to its frame."""
        run = self.run
        run.refused.clear()
        run.noted.clear()
        run.calls.clear()
        run.fault = None
        function = getattr(item, "function", None)
        self.finding = Finding(
            item.nodeid,
            time.monotonic(),
            module=getattr(item, "module", None),
            code=getattr(function, "__code__", None),
        )
        self._left = run.test_seconds
        run.sessions.is_last = nextitem is None
        run.sessions.begin(item.nodeid)
        try:
            return (yield)
        finally:
            run.phase = "report"
            with run.wire.together():
                self._end(item, nextitem, self.finding)
            self.finding = None

    def _end(self, item: pytest.Item, nextitem: pytest.Item | None, finding: Finding) -> None:
        """Say how a test ended, close its session, and have the next one's get ready."""
        run = self.run
        is_found_wrong = self._say(finding)
        if is_found_wrong and run.stops_at_failure:
            item.session.shouldstop = "one test has found the program wrong"
        if any(isinstance(refusal, TestTimeLimit | SessionEnded) for refusal in run.refused):
            run.sessions.abandon()
        run.sessions.end(nextitem.nodeid if nextitem else None)
        if nextitem is not None and self._may_prepare(nextitem):
            run.sessions.is_last = nextitem is item.session.items[-1]
            run.sessions.prepare(self._modules_of(nextitem))

    @staticmethod
    def _may_prepare(item: Any) -> bool:
        names = set(getattr(item, "fixturenames", ()))
        return (
            bool(names)
            and names.isdisjoint(BEFORE_IMPORT)
            and not hasattr(getattr(item, "obj", None), "patchings")
        )

    def _modules_of(self, item: Any) -> list[str]:
        """What a test is going to import: what its file imports, and the application when it has a client."""
        module = item.module
        if module not in self._imports:
            links = [link_of(value) for value in vars(module).values()]
            found = [link.name[0] for link in links if link is not None and link.name is not None]
            self._imports[module] = [name for name in dict.fromkeys(found) if name != "flask"]
        modules = list(self._imports[module])
        if "client" in item.fixturenames and not modules:
            path = main_module(self.run.modules)
            modules = [module_name(path)] if path in self.run.modules else []
        return modules

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self) -> Generator[None, Any, Any]:
        """Set-up, timed."""
        return (yield from self._timed(self._left))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Generator[None, Any, Any]:
        """The test itself, timed."""
        return (yield from self._timed(self._left))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self) -> Generator[None, Any, Any]:
        """Taking down, timed."""
        return (yield from self._timed(TEARDOWN_SECONDS))

    def _timed(self, seconds: float) -> Any:
        began = time.monotonic()
        signal.signal(signal.SIGALRM, self._alarm)
        signal.setitimer(signal.ITIMER_REAL, max(0.05, seconds))
        self.run.phase = "test"
        try:
            return (yield)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            self.run.phase = "report"
            self._left = max(0.05, self._left - (time.monotonic() - began))

    def _alarm(self, *_args: Any) -> None:
        refusal = TestTimeLimit(f"The test took longer than {round(self.run.test_seconds, 1):g} s.")
        self.run.refuse(refusal)
        self.run.wire.interrupt(refusal)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any, request: Any) -> Generator[None, Any, Any]:
        """A fixture of wider scope that used the session keeps it for all its tests."""
        if not hasattr(self, "run"):
            return (yield)
        current = self.run.sessions._current  # noqa: SLF001 - to look without opening one
        before = current._asks if current is not None else -1  # noqa: SLF001
        try:
            return (yield)
        finally:
            now = self.run.sessions._current  # noqa: SLF001
            if (
                fixturedef.scope != "function"
                and now is not None
                and (now is not current or now._asks != before)  # noqa: SLF001
            ):
                self.run.sessions.share(_node_of(request))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, call: Any) -> Generator[None, Any, Any]:
        """Keep the exception of a phase."""
        report = yield
        finding = self.finding
        if finding is not None:
            if report.failed:
                value = call.excinfo.value if call.excinfo is not None else None
                finding.failures.append((report.when, value, _text(value)))
            elif report.skipped:
                finding.skipped = finding.skipped or _text(call.excinfo.value if call.excinfo else None)
            elif report.when == "call" and not hasattr(report, "wasxfail"):
                finding.has_passed_call = True
        return report

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Sub-tests come this way only."""
        finding = self.finding
        if (
            finding is not None
            and report.nodeid == finding.node
            and type(report).__name__ == "SubtestReport"
            and report.failed
        ):
            if not finding.failures:
                finding.failures.append(("call", None, "A sub-test failed."))
            if not finding.subtest:
                finding.subtest = getattr(report, "_sub_test_description", str)()
                finding.of_subtest = finding.compared

    def worded(self, text: str, author: str, standard: str) -> None:
        """Remember which part of a message of unittest's is the author's."""
        if self.finding is not None:
            self.finding.worded[text[:MAX_MESSAGE].strip()] = (author[:MAX_MESSAGE], standard[:MAX_MESSAGE])

    def pytest_assertrepr_compare(self, op: str, left: Any, right: Any) -> None:
        """Remember the two sides of the comparison that failed."""
        if self.finding is None or not self.run.trace:
            return
        if op in {"in", "not in"} and type(left) is type(right) and isinstance(left, str | bytes):
            # What is looked for stands on the left, and what came is the text in which it should be.
            self.finding.compared = (shown(lambda: repr(right)), shown(lambda: f"{left!r} {op} it"))
            return
        self.finding.compared = (
            shown(lambda: repr(left)),
            shown(lambda: f"{'' if op == '==' else op + ' '}{right!r}"),
        )

    def compared(self, first: Any, second: Any) -> None:
        """As `pytest_assertrepr_compare`, for unittest's methods."""
        if self.finding is not None and self.run.trace:
            self.finding.compared = (shown(lambda: repr(first)), shown(lambda: repr(second)))

    def _say(self, finding: Finding) -> bool:
        """Say how a test ended; whether it found what it tests wrong."""
        outcome = self._outcome(finding)
        if outcome.get("error") is None:
            outcome.pop("error", None)
        self.run.wire.send(ev="test", outcome=outcome)
        is_answered = not self.run.refused
        return outcome["status"] == "failed" or (outcome["status"] == "error" and is_answered)

    def _outcome(self, finding: Finding) -> dict[str, Any]:
        run = self.run
        outcome: dict[str, Any] = {
            "name": finding.node,
            "seconds": round(time.monotonic() - finding.began, 4),
        }
        if run.trace:
            outcome["calls"] = [dict(call) for call in run.calls]
        failures = list(finding.failures)
        if run.refused and not any(isinstance(value, Refusal) for _, value, _ in failures):
            failures.insert(0, ("call", run.refused[0], str(run.refused[0])))
        failures = failures or self._swallowed(finding)
        if not failures:
            if finding.skipped is not None or not finding.has_passed_call:
                return outcome | {"status": "skipped", "message": finding.skipped or ""}
            return outcome | {"status": "passed"}
        _phase, error, text = min(failures, key=lambda failure: not isinstance(failure[1], Refusal))
        is_failure = (
            error is None
            or isinstance(error, AssertionError | NotTrusted)
            or type(error).__name__ == "Failed"
        )
        outcome |= {"status": "failed" if is_failure else "error", "message": self._message(error, text)}
        outcome["exception"] = type(error).__name__ if error is not None else "AssertionError"
        place = _place(error) or run.fault
        if place is not None:
            outcome["error"] = place
            if _place(error) is not None:
                outcome["exception"] = place["type"]
        if finding.subtest and run.trace:
            outcome["message"] = f"{finding.subtest} {outcome['message']}"[:MAX_MESSAGE]
        compared = finding.of_subtest if finding.subtest else finding.compared
        if compared is not None and isinstance(error, AssertionError):
            outcome["got"], outcome["expected"] = compared
        return outcome

    def _swallowed(self, finding: Finding) -> list[tuple[str, BaseException | None, str]]:
        """What failed in a test that passed all the same."""
        noted = list(self.run.noted)
        if missing := self._missing(finding):
            noted.append(ImportError(missing))
        return [("call", error, _text(error)) for error in noted[:1]]

    def _missing(self, finding: Finding) -> str:
        """What is said of a name that the candidate's module lacks, when the test that passed names it."""
        found = self._absent.get(finding.module)
        if found is None:
            names = vars(finding.module) if finding.module is not None else {}
            found = self._absent[finding.module] = {
                name: repr(value)[1:-1] for name, value in names.items() if type(value) is Missing
            }
        used = _names_in(finding.code) if found and finding.code is not None else set()
        return next((text for name, text in found.items() if name in used), "")

    def _assertion(self, text: str) -> str:
        """What is said of an assertion that did not hold: the author's words, else, where it may be known, the reason."""
        known = self.finding.worded.get(text.strip()) if self.finding is not None else None
        written, standard = known if known is not None else (authors_message(text), "")
        if written or not self.run.trace:
            return written or "An assertion of the test did not hold."
        reason = _first_line(standard or text)
        return reason if reason.startswith("assert ") else f"AssertionError: {reason}".rstrip(": ")

    def _message(self, error: BaseException | None, text: str) -> str:
        if isinstance(error, AssertionError):
            return self._assertion(text)
        if error is None or isinstance(error, Refusal) or type(error).__name__ == "Failed":
            return text[:MAX_MESSAGE]
        return f"{type(error).__name__}: {text}"[:MAX_MESSAGE]


def _names_in(code: types.CodeType) -> set[str]:
    """The global names that a function and the functions in it mention."""
    found = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            found |= _names_in(constant)
    return found


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0][:MAX_MESSAGE]


def authors_message(text: str) -> str:
    """The message that the author of a test gave an assertion; "" when there is none."""
    found = _EXPLAINED.search(text)
    if found is not None:
        return text[: found.start()].strip()[:MAX_MESSAGE]
    if " : " in text:  # unittest puts it behind its own words
        return text.rpartition(" : ")[2].strip()[:MAX_MESSAGE]
    if re.search(r" != | is not |not found in|unexpectedly|is not true|is not false|not raised", text):
        return ""
    return text.strip()[:MAX_MESSAGE]


def _text(value: BaseException | None) -> str:
    if value is None:
        return ""
    return shown(lambda: str(value)) if not isinstance(value, AssertionError) else str(value)[:MAX_MESSAGE]


def _place(error: BaseException | None) -> dict[str, Any] | None:
    if error is None:
        return None
    found = (
        getattr(error, "place", None) if isinstance(error, Refusal) else error.__dict__.get("_quizapp_place")
    )
    return found if isinstance(found, dict) else None


def _node_of(request: Any) -> str:
    node = request.node
    return "" if isinstance(node, pytest.Session) else str(node.nodeid)
