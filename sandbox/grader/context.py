"""What everything in the grader's process of one run shares: the run, its phase, and what was refused."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FrameType
from typing import TYPE_CHECKING, Any

from sandbox.grader.contract import Contract
from sandbox.grader.refusals import Refusal

if TYPE_CHECKING:
    from sandbox.grader.sessions import Sessions
    from sandbox.grader.wire import Wire

MAX_CALLS = 60
MAX_SHOWN = 600
MAX_REFUSED = 64  # kept of each kind; the first one says it, and a flood must not fill the memory


@dataclass
class Run:
    """One run of tests."""

    wire: Wire
    contract: Contract
    folder: str  # of the tests, with a trailing slash
    modules: tuple[str, ...]
    tests: tuple[str, ...] = ()
    words: frozenset[str] = frozenset()  # of the tests' text, where no contract says what the names are
    trace: bool = False
    test_seconds: float = 5.0
    session_per_test: bool = True
    stops_at_failure: bool = False
    phase: str = "collect"  # "collect", "test", or "report" while nothing may be forwarded
    refused: list[Refusal] = field(default_factory=list)
    noted: list[BaseException] = field(default_factory=list)  # failures that nobody may swallow
    calls: list[dict[str, str]] = field(default_factory=list)
    environ: dict[str, str] = field(default_factory=dict)
    fault: dict[str, Any] | None = None
    sessions: Sessions = field(init=False)

    def note_failure(self, error: BaseException) -> None:
        """Note a failed assertion of the test that the candidate's code is about to see: it may not keep it to itself."""
        if self.is_failure(error):
            self.noted.append(error)

    @staticmethod
    def is_failure(error: BaseException) -> bool:
        """Whether an exception is how a test says that something is wrong."""
        return isinstance(error, AssertionError) or type(error).__name__ == "Failed"

    def forgive(self, error: BaseException) -> None:
        """Note it no more: it goes on in the test."""
        self.noted[:] = [other for other in self.noted if other is not error]

    def note_fault(self, error: BaseException | None) -> None:
        """Keep the place of an exception behind a 500, for the report of a test that fails after it."""
        place = error.__dict__.get("_quizapp_place") if error is not None else None
        if isinstance(place, dict):
            self.fault = place

    def refuse(self, refusal: Refusal) -> Refusal:
        """Note a refusal, for `raise run().refuse(...)`."""
        if len(self.refused) < MAX_REFUSED or not any(type(known) is type(refusal) for known in self.refused):
            self.refused.append(refusal)
        return refusal

    def note_call(self, sent: Callable[[], str], got: Callable[[], str]) -> None:
        """Keep what was sent and got, as texts for people, when this run is traced."""
        if self.trace and len(self.calls) < MAX_CALLS and self.phase == "test":
            self.calls.append({"sent": shown(sent), "got": shown(got)})

    def is_test_file(self, name: str) -> bool:
        """Whether code of this file name is a test's."""
        return name.startswith(self.folder)

    def may_forward(self) -> bool:
        """Whether the candidate's code may be asked now: in tests, and while a test file's own lines are executed."""
        if self.phase == "test":
            return True
        if self.phase == "report":
            return False
        frame: FrameType | None = sys._getframe(1)  # noqa: SLF001
        while frame is not None:
            if self.is_test_file(frame.f_code.co_filename):
                return True
            frame = frame.f_back
        return False


def shown(make: Callable[[], str]) -> str:
    """A text for people, cut, whatever making it raises."""
    try:
        text = make()
    except Exception as error:  # noqa: BLE001 - a repr in a test may raise anything
        text = f"<{type(error).__name__}>"
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}..."


_current: list[Run] = []


def begin(run: Run) -> None:
    """Make this the run of the process."""
    _current[:] = [run]


def run() -> Run:
    """The run of this process."""
    return _current[0]
