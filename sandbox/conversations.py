"""Who speaks with the agent in a run: the tests in a grader, or, in a free run, the broker itself."""

from __future__ import annotations

import contextlib
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sandbox import frames
from sandbox.clock import FairClock
from sandbox.pool import Warm
from sandbox.protocol import CandidateError, Limits, Program, Response, Status, TestOutcome
from sandbox.streams import ContainerStream, StreamClosed

log = logging.getLogger("sandbox.conversations")

Order = Callable[[Mapping[str, Any]], None]  # sends one order to the agent


class Cut(Exception):
    """The run ends here, for this reason."""

    def __init__(self, status: Status, detail: str) -> None:
        super().__init__(status, detail)
        self.status = status
        self.detail = detail


class Conversation(ABC):
    """One side of a run. `findings` become fields of the outcome."""

    streams: tuple[ContainerStream, ...] = ()  # read by the relay besides the candidate's

    def __init__(self, program: Program, limits: Limits) -> None:
        self.program = program
        self.limits = limits
        self.is_over = False
        self.findings: dict[str, Any] = {}
        self.order: Order = lambda _frame: None  # the relay puts its own in place

    @abstractmethod
    def begin(self) -> None:
        """Say the first words. The agent has been sent its `load` and may not have answered yet."""

    @abstractmethod
    def from_agent(self, frame: frames.Frame) -> None:
        """Take one checked event of the agent."""

    def from_stream(self, received: list[frames.Frame]) -> None:
        """Take what came from one of `streams`."""
        raise NotImplementedError


class GradedRun(Conversation):
    """Hands the tests to a grader and passes frames on between it and the agent."""

    def __init__(self, program: Program, limits: Limits, grader: Warm) -> None:
        super().__init__(program, limits)
        self.grader = grader.stream
        self.streams = (self.grader,)
        self.is_ready_again = False  # the grader's next process waits already
        self.tests: list[TestOutcome] = []
        self.findings = {"tests": (), "collected": ()}

    def begin(self) -> None:
        program = self.program
        order = {
            "op": "run",
            "tests": dict(program.tests),
            "modules": sorted({*program.files, *program.blobs}),
            "contract": None if program.contract is None else dict(program.contract),
            "record": program.record,
            "trace": program.trace,
            "test_seconds": self.limits.test_seconds * FairClock().stretch(),
            "session_per_test": program.session_per_test,
        }
        with self._grader_going_wrong():
            self.grader.send(order)

    def from_agent(self, frame: frames.Frame) -> None:
        if frame["ev"] in frames.RELAYED_TO_GRADER:
            with self._grader_going_wrong():
                self.grader.send(frame)

    @contextlib.contextmanager
    def _grader_going_wrong(self) -> Iterator[None]:
        try:
            yield
        except (StreamClosed, frames.FrameError) as error:
            msg = f"The grader broke off: {error}. {self.grader.complaint()}"
            raise Cut(Status.INTERNAL_ERROR, msg) from error

    def from_stream(self, received: list[frames.Frame]) -> None:
        for frame in received:
            word, is_order = frames.check_from_grader(frame)
            if is_order:
                self.order(frame)
            else:
                self._take(word, frame)

    def _take(self, event: str, frame: Mapping[str, Any]) -> None:
        if event == "collected":
            self.findings["collected"] = tuple(frame["ids"])
        elif event == "test":
            self.tests.append(TestOutcome.from_json(frame["outcome"]))
            self.findings["tests"] = tuple(self.tests)
        elif event == "done":
            self._done(frame)
        elif event == "ready":
            self.is_ready_again = True
        elif event == "crashed":
            log.warning(
                "a grader's process ended (status %s, signal %s): %s",
                frame["exit"],
                frame["signal"],
                self.grader.complaint(),
            )
            raise Cut(Status.INTERNAL_ERROR, "The grader's process ended before its tests did.")

    def _done(self, frame: Mapping[str, Any]) -> None:
        self.findings["contract"] = frame.get("contract")
        if error := frame.get("error"):
            self.findings |= {"status": Status.LOAD_ERROR, "error": CandidateError.from_json(error)}
        elif problem := frame.get("problem"):
            self.findings |= {
                "status": Status.INTERNAL_ERROR,
                "detail": f"The tests cannot be run: {problem}",
            }
        elif not self.findings["collected"]:
            self.findings |= {"status": Status.INTERNAL_ERROR, "detail": "The grader found no test to run."}
        else:
            self.findings["complete"] = True
        self.is_over = True


class ScriptRun(Conversation):
    """Runs `main` as a script with its stdin."""

    def begin(self) -> None:
        self.order(
            {
                "op": "open",
                "s": 1,
                "kind": "script",
                "main": self.program.main,
                "stdin": self.program.stdin,
                "cpu_seconds": self.limits.cpu_seconds,
                "is_last": True,
            }
        )

    def from_agent(self, frame: frames.Frame) -> None:
        if frame["ev"] == "ended":
            signal = frame["signal"]
            self.findings["exit_code"] = frame["exit"] if signal is None else -signal
            self.order({"op": "close", "s": 1})
        elif frame["ev"] == "closed":
            self.is_over = True


class RequestsRun(Conversation):
    """Replays requests against the candidate's Flask application, all in one session."""

    def __init__(self, program: Program, limits: Limits) -> None:
        super().__init__(program, limits)
        self.responses: list[Response] = []
        self._asked = 0.0

    def begin(self) -> None:
        self.order({"op": "open", "s": 1, "kind": "module", "main": self.program.main,
                    "cpu_seconds": self.limits.cpu_seconds, "is_last": True})  # fmt: skip
        self.order({"op": "ask", "s": 1, "id": 0, "body": {"do": "import"}})

    def from_agent(self, frame: frames.Frame) -> None:
        if frame["ev"] == "answer":
            self._answered(frame["id"], frame["body"])
        elif frame["ev"] == "ended" and not self.is_over:
            raise Cut(Status.DIED, "The program ended before it had answered every request.")

    def _answered(self, number: int, body: Mapping[str, Any]) -> None:
        if number == 0:
            if error := body.get("error"):
                self.findings |= {"status": Status.LOAD_ERROR, "error": _error(error)}
                self.is_over = True
                return
        else:
            self.responses.append(self._response(body))
            self.findings["responses"] = tuple(self.responses)
        if number == len(self.program.requests):
            self.is_over = True
            return
        request = self.program.requests[number]
        self._asked = time.monotonic()
        self.order({"op": "ask", "s": 1, "id": number + 1, "body": {"do": "request"} | request.to_json()})

    def _response(self, body: Mapping[str, Any]) -> Response:
        took = round((time.monotonic() - self._asked) * 1000, 1)
        try:
            return Response.from_json({**body, "milliseconds": took})
        except ValueError as error:
            raise frames.FrameError(str(error)) from error


def _error(raw: Any) -> CandidateError:
    try:
        return CandidateError.from_json(raw)
    except (ValueError, TypeError) as error:
        raise frames.FrameError(str(error)) from error
