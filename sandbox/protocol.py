"""What the sandbox is given and what it gives back: frozen dataclasses, a leaf that imports nothing of ours.

Everything here is plain data that survives a trip through JSON (`to_json`, `from_json`). `Status` speaks of
processes only; whether an answer was right is judged elsewhere, from the tests an `Outcome` lists.
"""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

PROTOCOL_VERSION = 1
MAX_NUMBER = 2**53  # whole numbers are smaller: every reader of JSON has these as they are


class Priority(StrEnum):
    """Who is served first when places are short: people who wait, expired drafts, then bulk work."""

    LIVE = "live"
    EXPIRY = "expiry"
    BULK = "bulk"


class Status(StrEnum):
    """How the run of a program ended, as a matter of processes."""

    FINISHED = "finished"  # the run came to its end; see `tests`, `responses`, `exit_code`
    LOAD_ERROR = "load_error"  # the submitted files could not be imported; see `error`
    CPU_LIMIT = "cpu_limit"
    WALL_LIMIT = "wall_limit"
    MEMORY_LIMIT = "memory_limit"
    OUTPUT_LIMIT = "output_limit"
    DIED = "died"  # the candidate's process ended before it answered
    BROKE_CHANNEL = "broke_channel"  # the candidate's side sent what the protocol does not allow
    CANCELLED = "cancelled"  # who asked went away
    INTERNAL_ERROR = "internal_error"  # ours: nothing is known about the program


class GraderFor(StrEnum):
    """Whom a grader may serve after it has run tests that are not our own."""

    RUN = "run"  # nobody: whoever wrote them learns nothing in one run that helps them in the next
    SERIES = "series"  # the same tests on further programs, where nobody gains by comparing these
    ALL = "all"  # everybody: an author wrote them, who is trusted with tests of code questions as well


class TestStatus(StrEnum):
    """How one test ended. Only PASSED grants anything."""

    __test__ = False
    PASSED = "passed"
    FAILED = "failed"  # an assertion of the test did not hold
    ERROR = "error"  # an exception other than an assertion, in any phase
    SKIPPED = "skipped"


_PLAIN_ALREADY = frozenset({str, int, float, bool, type(None)})


class _Plain:
    """To and from the plain JSON form, field by field. Unknown fields are an error, missing ones take the default."""

    def to_json(self) -> dict[str, Any]:
        return {f.name: _plain(getattr(self, f.name)) for f in dataclasses.fields(self)}  # type: ignore[arg-type]

    @classmethod
    def from_json(cls, raw: Any) -> Self:
        """Build from `to_json`'s form. Raises `ValueError` with the field's name when something does not fit."""
        if not isinstance(raw, Mapping):
            msg = f"{cls.__name__}: {raw!r:.80} is no object"
            raise ValueError(msg)  # noqa: TRY004 - who reads what others sent expects one error for all that does not fit
        hints = _hints(cls)  # type: ignore[arg-type]  # mypy takes a class for unhashable
        unknown = sorted(set(raw) - set(hints))
        if unknown:
            msg = f"{cls.__name__} has no field {', '.join(unknown)}"
            raise ValueError(msg)
        try:
            return cls(**{name: _typed(hints[name], value, name) for name, value in raw.items()})
        except TypeError as error:
            msg = f"{cls.__name__}: {error}"
            raise ValueError(msg) from error


@functools.cache
def _hints(cls: type) -> dict[str, Any]:
    """The types of a dataclass's fields; reading them anew for every record would cost milliseconds a run."""
    return typing.get_type_hints(cls)


def _plain(value: Any) -> Any:
    # Contracts have thousands of these and of dictionaries, and the tests below take a while.
    if type(value) in _PLAIN_ALREADY:
        return value
    if type(value) is dict:
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, _Plain):
        return value.to_json()
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value


def _typed(hint: Any, value: Any, name: str) -> Any:
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        if value is None and type(None) in args:
            return None
        (hint,) = [arg for arg in args if arg is not type(None)][:1]
        return _typed(hint, value, name)
    if hint is Any:
        return value
    if origin is tuple and isinstance(value, list | tuple):
        return tuple(_typed(args[0], item, name) for item in value)
    if origin is Mapping and isinstance(value, Mapping):
        return {str(key): _typed(args[1], item, name) for key, item in value.items()}
    return _single(hint, value, name)


def _single(hint: Any, value: Any, name: str) -> Any:
    if isinstance(hint, type) and issubclass(hint, _Plain) and isinstance(value, Mapping):
        return hint.from_json(value)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint(value)
    if type(value) is int and not -MAX_NUMBER < value < MAX_NUMBER:
        msg = f"{name}: a number of {value.bit_length()} bits is too large"
        raise ValueError(msg)
    if hint is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if hint in (int, str, bool) and type(value) is hint:
        return value
    msg = f"{name}: {value!r:.80} is not a {getattr(hint, '__name__', hint)}"
    raise ValueError(msg)


@dataclass(frozen=True, kw_only=True)
class Limits(_Plain):
    """What one run may use. The operator's caps apply on top of what a question asks for."""

    cpu_seconds: float = 5.0  # of all processes of the candidate together
    wall_seconds: float = 10.0  # from the start of the run, queueing not counted
    test_seconds: float = 5.0  # wall time of one test
    memory_mib: int = 256
    pids: int = 64
    disk_mib: int = 16
    output_bytes: int = 64 * 1024  # kept of each stream
    flood_bytes: int = 4 * 1024 * 1024  # sent by the candidate's side in all, before the run is cut


@dataclass(frozen=True, kw_only=True)
class Request(_Plain):
    """One HTTP request of the request panel, replayed against the candidate's WSGI application."""

    method: str = "GET"
    path: str = "/"
    headers: tuple[tuple[str, ...], ...] = ()
    body: str = ""


@dataclass(frozen=True, kw_only=True)
class Response(_Plain):
    """What the candidate's application answered to one `Request`."""

    status: int = 0  # 0 when there was no answer
    reason: str = ""
    headers: tuple[tuple[str, ...], ...] = ()
    body: str = ""
    body_cut: bool = False
    milliseconds: float = 0.0
    error: CandidateError | None = None


@dataclass(frozen=True, kw_only=True)
class Program(_Plain):
    """What is to be run.

    With `tests` it is graded: pytest or unittest files, run in a grader container against remote modules.
    Without, it is a free run: `requests` are replayed against the Flask application in `files`, or, when there
    are none, `main` is run as a script with `stdin`.
    """

    files: Mapping[str, str]  # path below the working folder -> text
    blobs: Mapping[str, str] = field(default_factory=dict)  # as `files`, for what is not text: path -> base64
    tests: Mapping[str, str] = field(
        default_factory=dict
    )  # path -> text; never reaches the candidate container
    main: str = "app.py"
    stdin: str = ""
    requests: tuple[Request, ...] = ()
    preload: tuple[
        str, ...
    ] = ()  # packages the agent imports before the candidate's code, e.g. flask_sqlalchemy
    contract: Mapping[str, Any] | None = (
        None  # opaque: what a recorded run of the reference gave, see Outcome.contract
    )
    record: bool = False  # this run is the reference: give its contract back
    trace: bool = False  # list what each test sent, expected and got (practice only)
    session_per_test: bool = True
    # The tests are a candidate's, and `files` what they are to test: they run in a grader that serves nobody else after
    # (see `grader_for`), and use these names (`module:name`) and the Flask application only. See `sandbox.gate`.
    has_untrusted_tests: bool = False
    offers: tuple[str, ...] = ()
    # Runs of the same tests on several programs are a series, by a name that nobody else can know. The programs are ours
    # (those that such tests meet, or an author's own), so they may share a container: never set for a candidate's files.
    # See `sandbox.series`.
    series: str = ""
    grader_for: GraderFor = GraderFor.RUN
    stops_at_failure: bool = False  # the first test that finds the program wrong is the last that is run


@dataclass(frozen=True, kw_only=True)
class CandidateError(_Plain):
    """An exception of the candidate's code, placed in the candidate's own files."""

    type: str  # class name, e.g. "NameError"
    message: str = ""
    file: str = ""  # path as submitted; empty when no frame is the candidate's
    line: int = 0
    column: int = 0
    traceback: str = ""  # only frames of the candidate's files, cut to 4 KiB


@dataclass(frozen=True, kw_only=True)
class Call(_Plain):
    """One exchange between a test and the candidate's code, as texts for people (practice only)."""

    sent: str
    got: str


@dataclass(frozen=True, kw_only=True)
class TestOutcome(_Plain):
    """What the grader says of one test."""

    __test__ = False
    name: str  # node id without the folder: "test_app.py::TestX::test_y[1]"
    status: TestStatus
    message: str = ""  # the author's assertion message, else pytest's one-line reason
    exception: str = ""  # class name of what ended the test, or of the candidate's exception behind it
    error: CandidateError | None = None  # the candidate's own exception and line, when there is one
    expected: str = ""  # texts of the failed comparison, when the assertion was one (practice only)
    got: str = ""
    calls: tuple[Call, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Outcome(_Plain):
    """What happened in one run. `complete` is the grader's word that its list of tests is whole."""

    status: Status
    detail: str = ""  # a sentence for people: what happened and, if it is ours, what is being done
    complete: bool = False
    collected: tuple[str, ...] = ()  # ids of every test the grader collected, in order
    tests: tuple[TestOutcome, ...] = ()
    error: CandidateError | None = None
    responses: tuple[Response, ...] = ()
    exit_code: int | None = None
    stdout: str = ""
    stderr: str = ""
    stdout_cut: bool = False
    stderr_cut: bool = False
    cpu_seconds: float = 0.0
    wall_seconds: float = 0.0
    peak_memory_mib: float = 0.0
    contract: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Health(_Plain):
    """How the broker is. `reason` says what is wrong and what to do when `ready` is false."""

    ready: bool
    reason: str = ""
    fingerprint: str = (
        ""  # images, limits, runtime, seccomp profile, protocol: part of every verdict's cache key
    )
    pool_ready: int = 0  # candidate containers that wait
    pool_size: int = 0
    running: int = 0
    waiting: int = 0  # runs that wait for a place, all priorities
    engine: str = ""  # e.g. "Docker 20.10.24, runc 1.1.5, cgroup v1"
