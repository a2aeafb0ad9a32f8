"""Who speaks with the agent in a run: the tests in a grader, or, in a free run, the broker itself."""

from __future__ import annotations

import contextlib
import logging
import re
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sandbox import frames, shapes
from sandbox.capture import storable
from sandbox.clock import FairClock
from sandbox.gate import Gate, Refused
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

    def stream_broke(self, error: Exception, complaint: str) -> Cut:
        """How the run ends when one of `streams` closed or sent what the protocol does not allow."""
        return Cut(Status.INTERNAL_ERROR, f"The grader broke off: {error}. {complaint}")

    def whereabouts(self) -> str:
        """How far it has come, as the end of a sentence about the program; "" when there is nothing to say."""
        return ""


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
            "stops_at_failure": program.stops_at_failure,
        }
        with self._grader_going_wrong():
            self.grader.send(order)

    def from_agent(self, frame: frames.Frame) -> None:
        if frame["ev"] not in shapes.RELAYED_TO_GRADER:
            return
        try:
            self.grader.send(frame)
        except StreamClosed as error:
            raise self.stream_broke(error, self.grader.complaint()) from error
        except frames.FrameError as error:
            # No fault of the grader: what fits into a frame in UTF-8 may not fit in the ASCII that we write.
            msg = f"what it sent cannot be passed on: {error}"
            raise frames.FrameError(msg) from error

    @contextlib.contextmanager
    def _grader_going_wrong(self) -> Iterator[None]:
        try:
            yield
        except (StreamClosed, frames.FrameError) as error:
            raise self.stream_broke(error, self.grader.complaint()) from error

    def whereabouts(self) -> str:
        """The test that runs: they come in the order in which they were collected, one outcome each."""
        collected: tuple[str, ...] = self.findings.get("collected", ())
        if not collected:
            return " while the tests were importing it"
        if len(self.tests) >= len(collected):
            return " after its last test"
        number = len(self.tests)
        return f" in {collected[number].split('::', 1)[-1]}, test {number + 1} of {len(collected)}"

    def from_stream(self, received: list[frames.Frame]) -> None:
        for frame in received:
            word, is_order = shapes.check_from_grader(frame)
            if is_order:
                self.order(frame)
            else:
                self._take(word, frame)

    def _take(self, event: str, frame: Mapping[str, Any]) -> None:
        if event == "collected":
            self.findings["collected"] = tuple(storable(frame["ids"]))
        elif event == "test":
            self.tests.append(TestOutcome.from_json(storable(frame["outcome"])))
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
            self.findings |= {"status": Status.LOAD_ERROR, "error": CandidateError.from_json(storable(error))}
        elif problem := frame.get("problem"):
            self.findings |= {
                "status": Status.INTERNAL_ERROR,
                "detail": f"The tests cannot be run: {storable(problem)}",
            }
        elif not self.findings["collected"]:
            self.findings |= {"status": Status.INTERNAL_ERROR, "detail": "The grader found no test to run."}
        else:
            self.findings["complete"] = True
        self.is_over = True


class GatedRun(GradedRun):
    """Tests that a candidate wrote, and a program they may use: neither side of the grader is believed.

    What these tests report decides nothing by itself; who asked compares what they say of several programs. All that
    goes wrong on their side is theirs, so that nobody can turn a bad answer into a fault of ours.
    """

    def __init__(self, program: Program, limits: Limits, grader: Warm) -> None:
        super().__init__(program, limits, grader)
        self.gate = Gate(program.offers, program.files)
        self._received_before = grader.stream.received

    def from_agent(self, frame: frames.Frame) -> None:
        if frame["ev"] in shapes.RELAYED_TO_GRADER and (passed := self.gate.outward(frame)) is not None:
            super().from_agent(passed)

    def from_stream(self, received: list[frames.Frame]) -> None:
        if self.grader.received - self._received_before > self.limits.flood_bytes:
            raise Cut(
                Status.OUTPUT_LIMIT, f"More than {self.limits.flood_bytes // 1024} KiB came from the tests."
            )
        for frame in received:
            if self.is_over:  # what follows the last word is of no interest to this run
                self.is_ready_again = self.is_ready_again or frame.get("ev") == "ready"
                continue
            word, is_order = shapes.check_from_grader(frame)
            if not is_order:
                self._take(word, frame)
                continue
            try:
                self.order(self._inward(frame))
            except Refused as refused:
                with self._grader_going_wrong():
                    self.grader.send(self.gate.refusal(frame, refused))

    def _inward(self, frame: frames.Frame) -> frames.Frame:
        try:
            order = self.gate.inward(frame)
        except (Refused, frames.FrameError):
            raise
        except Exception as error:
            # A hole of the gate. It is ours, but the frame is the candidate's, who must not gain a run without outcome by it.
            log.exception("the gate stumbled over %.1000r", frame)
            raise Cut(Status.BROKE_CHANNEL, "The tests sent what they may not send.") from error
        if self.program.series:
            order.pop(
                "is_last", None
            )  # of this run; the next one of the series wants a session got ready as well
        return order

    def stream_broke(self, error: Exception, complaint: str) -> Cut:
        return Cut(Status.BROKE_CHANNEL, f"The tests took their container down: {error}. {complaint}")

    def _take(self, event: str, frame: Mapping[str, Any]) -> None:
        if event in {"crashed", "ready"}:  # the next process waits, and this one has not said that it is done
            raise Cut(Status.DIED, "The tests ended their own process.")
        super()._take(event, frame)

    def _done(self, frame: Mapping[str, Any]) -> None:
        error, problem = frame.get("error"), frame.get("problem")
        if error or problem:
            told = CandidateError.from_json(storable(error)) if error else _told(storable(str(problem)))
            self.findings |= {"status": Status.LOAD_ERROR, "error": told}
        else:
            self.findings["complete"] = True
        self.is_over = True


# How pytest ends what it says of a file that it cannot load, and where it names the line before.
_LAST_WORD = re.compile(r"^E +(\w+): (.*)$", re.MULTILINE)
_LINE = re.compile(r"line (\d{1,6})\s*$", re.MULTILINE)


def _told(problem: str) -> CandidateError:
    """What pytest says of test files that it cannot load: `path: Class: text`, the text with the error's own words."""
    file, _, rest = problem.partition(": ")
    words, lines = _LAST_WORD.findall(rest), _LINE.findall(rest)
    if not words:
        return CandidateError(type="Error", message=rest[:300], file=file)
    kind, message = words[-1]
    return CandidateError(type=kind, message=message[:300], file=file, line=int(lines[-1]) if lines else 0)


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

    def whereabouts(self) -> str:
        """The request that waits for its answer."""
        if not self._asked:
            return " while it was being imported"
        return f" in request {len(self.responses) + 1} of {len(self.program.requests)}"

    def _answered(self, number: int, body: Mapping[str, Any]) -> None:
        if number == 0:
            if error := body.get("error"):
                self.findings |= {"status": Status.LOAD_ERROR, "error": _error(error)}
                self._close()
                return
        else:
            self.responses.append(self._response(body))
            self.findings["responses"] = tuple(self.responses)
        if number == len(self.program.requests):
            self._close()
            return
        request = self.program.requests[number]
        self._asked = time.monotonic()
        self.order({"op": "ask", "s": 1, "id": number + 1, "body": {"do": "request"} | request.to_json()})

    def _close(self) -> None:
        self.is_over = True
        with contextlib.suppress(Cut):  # every answer is there, so it is of no interest any more how it ends
            self.order({"op": "close", "s": 1})

    def _response(self, body: Mapping[str, Any]) -> Response:
        took = round((time.monotonic() - self._asked) * 1000, 1)
        try:
            return Response.from_json({**storable(dict(body)), "milliseconds": took})
        except ValueError as error:
            raise frames.FrameError(str(error)) from error


def _error(raw: Any) -> CandidateError:
    try:
        return CandidateError.from_json(storable(raw))
    except (ValueError, TypeError) as error:
        raise frames.FrameError(str(error)) from error
