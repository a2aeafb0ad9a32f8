"""Frames on the streams between broker, agent and grader: how they are cut, decoded and checked.

A frame is a 4-byte big-endian length and that many bytes of one JSON object in UTF-8, at most `MAX_FRAME` bytes.
The other side of a stream may be hostile, so decoding is strict: no duplicate keys, no NaN or infinity, no number
that Python refuses to read, bounded depth; whatever is wrong is one `FrameError`. The shape of every frame is in the
tables at the end, which are the authority for the wire. The standard library only: this file is also in the images.
"""

from __future__ import annotations

import json
import math
import re
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

MAX_FRAME = 1 << 20  # bytes of one frame, its length prefix not counted
MAX_DEPTH = 256  # brackets within brackets
MAX_NUMBER = 2**53  # of session numbers and ask numbers
MAX_AMOUNT = 1e12  # of seconds and mebibytes
MAX_EXIT = 1024  # of exit codes and signals
MAX_QUESTIONS = 256  # of a session's that wait for a reply: no more threads can wait for one
PIPES = 2  # that a container offers, one each way: each is told by its descriptor and its inode
MIN_FRAME = 2  # bytes: an object without fields
_HEADER = struct.Struct(">I")

# Made once: `json.dumps` makes one for each call. What contains itself is found by its depth.
_ENCODER = json.JSONEncoder(ensure_ascii=True, check_circular=False, allow_nan=False, separators=(",", ":"))
_CALLBACK = re.compile(r"c[1-9][0-9]{0,14}", re.ASCII)

Frame = dict[str, Any]
Check = Callable[[Any], bool]


class FrameError(Exception):
    """The other side sent what the protocol does not allow. The text says what, without quoting it at length."""


def encode(frame: Mapping[str, Any], limit: int = MAX_FRAME) -> bytes:
    """Header and payload of one frame. Raises `FrameError` when the payload would be longer than `limit` bytes."""
    try:
        payload = _ENCODER.encode(frame).encode("ascii")
    except (ValueError, TypeError, RecursionError) as error:
        msg = f"a frame cannot be written: {type(error).__name__}"
        raise FrameError(msg) from error
    if len(payload) > limit:
        msg = f"a frame of {len(payload)} bytes is longer than {limit}"
        raise FrameError(msg)
    return _HEADER.pack(len(payload)) + payload


def decode(payload: bytes) -> Frame:
    """One JSON object from the bytes of one frame (without its header). Raises `FrameError` and nothing else."""
    try:
        frame = _DECODER.decode(payload.decode("utf-8"))
    except FrameError:
        raise
    except (ValueError, RecursionError, MemoryError) as error:
        msg = f"a frame is not strict JSON: {type(error).__name__}"
        raise FrameError(msg) from error
    if type(frame) is not dict:
        msg = "a frame is not a JSON object"
        raise FrameError(msg)
    if payload.count(b"[") + payload.count(b"{") > MAX_DEPTH:
        _check_depth(frame)
    return frame


def _pairs(pairs: list[tuple[str, Any]]) -> Frame:
    found = dict(pairs)
    if len(found) != len(pairs):
        msg = "a frame has a key twice"
        raise FrameError(msg)
    return found


def _constant(text: str) -> Any:
    msg = f"a frame holds {text}"
    raise FrameError(msg)


def _float(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        msg = "a frame holds a number that is too large"
        raise FrameError(msg)
    return number


_DECODER = json.JSONDecoder(object_pairs_hook=_pairs, parse_constant=_constant, parse_float=_float)


def _check_depth(frame: Frame) -> None:
    level: list[Any] = [frame]
    for _ in range(MAX_DEPTH):
        below: list[Any] = []
        for item in level:
            if type(item) is dict:
                below.extend(value for value in item.values() if type(value) in (dict, list))
            else:
                below.extend(value for value in item if type(value) in (dict, list))
        if not below:
            return
        level = below
    msg = f"a frame is nested deeper than {MAX_DEPTH}"
    raise FrameError(msg)


class Decoder:
    """Cuts a stream of bytes into frames and decodes each strictly. Shapes are checked elsewhere (`check_...`)."""

    def __init__(self, limit: int = MAX_FRAME) -> None:
        self._limit = limit
        self._buffer = bytearray()

    def feed(self, chunk: bytes) -> list[Frame]:
        """Take in `chunk` and give every frame that is whole now. Raises `FrameError`, also at an impossible length.

        An impossible length is reported as soon as its header is there, before its bytes are waited for.
        """
        return [frame for frame, _written in self.pieces(chunk)]

    def pieces(self, chunk: bytes) -> list[tuple[Frame, bytes]]:
        """As `feed`, with the bytes of each frame, header included, for who passes it on as it is."""
        self._buffer += chunk
        found: list[tuple[Frame, bytes]] = []
        while len(self._buffer) >= _HEADER.size:
            (length,) = _HEADER.unpack_from(self._buffer)
            if not MIN_FRAME <= length <= self._limit:
                msg = f"a frame announces {length} bytes"
                raise FrameError(msg)
            end = _HEADER.size + length
            if len(self._buffer) < end:
                break
            written = bytes(self._buffer[:end])
            found.append((decode(written[_HEADER.size :]), written))
            del self._buffer[:end]
        return found

    @property
    def pending(self) -> int:
        """How many bytes of a frame that is not whole yet have arrived."""
        return len(self._buffer)


def read(receive: Callable[[int], bytes]) -> bytes | None:
    """The payload of the next frame by blocking calls of `receive(size)`; None when the stream ends between frames."""
    header = _exactly(receive, _HEADER.size)
    if not header:
        return None
    (length,) = _HEADER.unpack(header)
    if not MIN_FRAME <= length <= MAX_FRAME:
        msg = f"a frame announces {length} bytes"
        raise FrameError(msg)
    payload = _exactly(receive, length)
    if not payload:
        msg = "the stream ended within a frame"
        raise FrameError(msg)
    return payload


def _exactly(receive: Callable[[int], bytes], size: int) -> bytes:
    parts: list[bytes] = []
    missing = size
    while missing:
        part = receive(missing)
        if not part:
            if parts:
                msg = "the stream ended within a frame"
                raise FrameError(msg)
            return b""
        parts.append(part)
        missing -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


# ---- shapes ---------------------------------------------------------------------------------------------------------


def _is_number(value: Any) -> bool:
    return type(value) is int and 0 <= value < MAX_NUMBER


def _is_amount(value: Any) -> bool:
    return type(value) in (int, float) and 0 <= value < MAX_AMOUNT


def _is_text(value: Any) -> bool:
    return type(value) is str


def _is_flag(value: Any) -> bool:
    return type(value) is bool


def _is_body(value: Any) -> bool:
    return type(value) is dict


def _is_small(value: Any) -> bool:
    return type(value) is int and -MAX_EXIT <= value <= MAX_EXIT


def _is_texts(value: Any) -> bool:
    return type(value) is list and all(type(item) is str for item in value)


def _is_files(value: Any) -> bool:
    return type(value) is dict and all(type(item) is str for item in value.values())


def _is_callback(value: Any) -> bool:
    return type(value) is str and _CALLBACK.fullmatch(value) is not None


def _is_pipes(value: Any) -> bool:
    return (
        type(value) is list
        and len(value) == PIPES
        and all(type(pipe) is list and len(pipe) == PIPES and all(map(_is_number, pipe)) for pipe in value)
    )


def _or_none(check: Check) -> Check:
    return lambda value: value is None or check(value)


def _one_of(*words: str) -> Check:
    return lambda value: type(value) is str and value in words


_ERROR_FIELDS: dict[str, Check] = {
    "type": _is_text,
    "message": _is_text,
    "file": _is_text,
    "line": _is_number,
    "column": _is_number,
    "traceback": _is_text,
}


def is_error(value: Any) -> bool:
    """Whether `value` has the shape of a `CandidateError` of the protocol."""
    return (
        type(value) is dict
        and "type" in value
        and all(name in _ERROR_FIELDS and _ERROR_FIELDS[name](item) for name, item in value.items())
    )


def _is_calls(value: Any) -> bool:
    return type(value) is list and all(
        type(call) is dict
        and set(call) == {"sent", "got"}
        and all(type(text) is str for text in call.values())
        for call in value
    )


_OUTCOME_FIELDS: dict[str, Check] = {
    "name": _is_text,
    "status": _one_of("passed", "failed", "error", "skipped"),
    "message": _is_text,
    "exception": _is_text,
    "error": _or_none(is_error),
    "expected": _is_text,
    "got": _is_text,
    "calls": _is_calls,
    "seconds": _is_amount,
}


def is_outcome(value: Any) -> bool:
    """Whether `value` has the shape of a `TestOutcome` of the protocol."""
    return (
        type(value) is dict
        and {"name", "status"} <= set(value)
        and all(name in _OUTCOME_FIELDS and _OUTCOME_FIELDS[name](item) for name, item in value.items())
    )


Shape = Mapping[str, Check]  # name of a field -> its check; a trailing "?" marks a field that may be missing

# The first key of a table is the value of "op" (orders, towards a container) or "ev" (events, from a container).
TO_AGENT: Mapping[str, Shape] = {
    "load": {
        "files": _is_files,
        "blobs?": _is_files,  # path -> base64
        "preload?": _is_texts,
        "is_rush?": _is_flag,  # other runs want the processors: nothing is done ahead
        "cpu_seconds?": _is_amount,
        "disk_mib?": _is_amount,
    },
    "open": {
        "s": _is_number,
        "kind": _one_of("module", "script"),
        "main?": _is_text,
        "stdin?": _is_text,
        "cpu_seconds?": _is_amount,
        "is_last?": _is_flag,  # no other session is expected, so none is got ready
    },
    "ask": {"s": _is_number, "id": _is_number, "body": _is_body},
    "reply": {"s": _is_number, "id": _is_callback, "body": _is_body},
    "close": {"s": _is_number},
}
FROM_AGENT: Mapping[str, Shape] = {
    "ready": {},
    "loaded": {"error?": _or_none(is_error)},
    "opened": {"s": _is_number},
    "answer": {"s": _is_number, "id": _is_number, "body": _is_body},
    "ask": {"s": _is_number, "id": _is_callback, "body": _is_body},
    "output": {"s": _is_number, "stream": _one_of("stdout", "stderr"), "text": _is_text},
    "broke": {"s": _is_number, "reason": _is_text},
    "ended": {
        "s": _is_number,
        "exit": _or_none(_is_small),
        "signal": _or_none(_is_small),
        "cpu_seconds": _is_amount,
        "peak_memory_mib": _is_amount,
    },
    "closed": {"s": _is_number},
}
TO_GRADER: Mapping[str, Shape] = {
    "run": {
        "tests": _is_files,
        "modules": _is_texts,
        "contract?": _or_none(_is_body),
        "record?": _is_flag,
        "trace?": _is_flag,
        "test_seconds?": _is_amount,
        "session_per_test?": _is_flag,
        "stops_at_failure?": _is_flag,
    },
}
FROM_GRADER: Mapping[str, Shape] = {
    "ready": {},
    "collected": {"ids": _is_texts},
    "test": {"outcome": is_outcome},
    "done": {"contract?": _or_none(_is_body), "error?": _or_none(is_error), "problem?": _is_text},
    "crashed": {"exit": _or_none(_is_small), "signal": _or_none(_is_small)},
}
# What a container says once, before its "ready" (see `shortcut`).
FIRST_FROM_CONTAINER: Mapping[str, Shape] = {"offer": {"pipes": _is_pipes}}
# What the relay passes on unchanged, byte for byte, once its shape and its ids are checked.
RELAYED_TO_AGENT = frozenset({"open", "ask", "reply", "close"})
RELAYED_TO_GRADER = frozenset({"answer", "ask", "ended"})


def check(frame: Frame, key: str, shapes: Mapping[str, Shape]) -> str:
    """The word under `key` ("op" or "ev") of a frame that has exactly a shape of `shapes`; else `FrameError`."""
    word = frame.get(key)
    shape = shapes.get(word) if type(word) is str else None
    if shape is None:
        msg = f"a frame has no known {key!r}"
        raise FrameError(msg)
    known = 1
    for entry, fits in shape.items():
        name = entry.removesuffix("?")
        if name in frame:
            known += 1
            if not fits(frame[name]):
                msg = f"{word}: {name} does not fit"
                raise FrameError(msg)
        elif name == entry:
            msg = f"{word}: {name} is missing"
            raise FrameError(msg)
    if known != len(frame):
        msg = f"{word}: unknown fields"
        raise FrameError(msg)
    return str(word)


def check_from_agent(frame: Frame) -> str:
    """The event's name of a frame that an agent sent. Raises `FrameError`."""
    return check(frame, "ev", FROM_AGENT)


def check_to_agent(frame: Frame) -> str:
    """The order's name of a frame for an agent. Raises `FrameError`."""
    return check(frame, "op", TO_AGENT)


def check_from_grader(frame: Frame) -> tuple[str, bool]:
    """The name of a frame that a grader sent, and whether it is an order to be relayed to the agent.

    A grader's own events have "ev" (`FROM_GRADER`); what it wants done in the candidate's container has "op" and is
    one of `RELAYED_TO_AGENT`. Raises `FrameError`.
    """
    if "op" in frame:
        word = check(frame, "op", TO_AGENT)
        if word not in RELAYED_TO_AGENT:
            msg = f"a grader may not order {word!r}"
            raise FrameError(msg)
        return word, True
    return check(frame, "ev", FROM_GRADER), False


def check_to_grader(frame: Frame) -> str:
    """The name of a frame for a grader: the order "run", or an event of the agent. Raises `FrameError`."""
    if "op" in frame:
        return check(frame, "op", TO_GRADER)
    word = check(frame, "ev", FROM_AGENT)
    if word not in RELAYED_TO_GRADER:
        msg = f"{word!r} is not for a grader"
        raise FrameError(msg)
    return word


@dataclass
class _Session:
    asks: set[int] = field(default_factory=set)  # open asks to the session
    callbacks: set[str] = field(default_factory=set)  # open asks of the session
    last_callback: int = 0
    is_opened: bool = False
    is_ended: bool = False
    is_closing: bool = False


class AgentOrder:
    """The order of frames between one agent and who speaks with it, for one run.

    Tell it of every order on its way to the agent (`sent`), and pass every frame of the agent through `checked`.
    """

    def __init__(self) -> None:
        self._sessions: dict[int, _Session] = {}
        self._is_loaded = False

    @property
    def is_busy(self) -> bool:
        """Whether a session is open that was not closed yet."""
        return bool(self._sessions)

    @property
    def is_wound_up(self) -> bool:
        """Whether every session that is open was asked to close, so that none goes on."""
        return all(session.is_closing for session in self._sessions.values())

    def is_closing(self, number: int) -> bool:
        """Whether this session was asked to close, which kills it."""
        return number in self._sessions and self._sessions[number].is_closing

    def sent(self, frame: Mapping[str, Any]) -> None:
        """Note an order that goes to the agent. Raises `FrameError` when it speaks of a session that is not open."""
        word = frame["op"]
        if word == "load":
            return
        number = frame["s"]
        if word == "open":
            if number in self._sessions:
                msg = f"session {number} is opened twice"
                raise FrameError(msg)
            self._sessions[number] = _Session()
            return
        session = self._sessions.get(number)
        if session is None or session.is_closing:
            msg = f"{word}: session {number} is not open"
            raise FrameError(msg)
        if word == "ask":
            session.asks.add(frame["id"])
        elif word == "reply":
            session.callbacks.discard(frame["id"])
        elif word == "close":
            session.is_closing = True

    def checked(self, frame: Frame) -> Frame:
        """The same frame when its shape is one of `FROM_AGENT` and it may come now; else `FrameError`."""
        word = check_from_agent(frame)
        if word in {"ready", "loaded"}:
            if word == "loaded" and self._is_loaded:
                msg = "loaded comes twice"
                raise FrameError(msg)
            self._is_loaded = self._is_loaded or word == "loaded"
            return frame
        session = self._sessions.get(frame["s"])
        if session is None:
            msg = f"{word}: no session {frame['s']} is open"
            raise FrameError(msg)
        getattr(self, f"_{word}")(session, frame)
        return frame

    @staticmethod
    def _opened(session: _Session, _frame: Frame) -> None:
        if session.is_opened:
            msg = "opened comes twice"
            raise FrameError(msg)
        session.is_opened = True

    @staticmethod
    def _answer(session: _Session, frame: Frame) -> None:
        if session.is_ended or frame["id"] not in session.asks:
            msg = f"an answer to ask {frame['id']}, which is not open"
            raise FrameError(msg)
        session.asks.remove(frame["id"])

    @staticmethod
    def _ask(session: _Session, frame: Frame) -> None:
        number = int(frame["id"][1:])
        if session.is_ended or number <= session.last_callback:
            msg = f"a question {frame['id']} out of order"
            raise FrameError(msg)
        if len(session.callbacks) >= MAX_QUESTIONS:
            msg = f"more than {MAX_QUESTIONS} questions wait for a reply"
            raise FrameError(msg)
        session.last_callback = number
        session.callbacks.add(frame["id"])

    @staticmethod
    def _output(_session: _Session, _frame: Frame) -> None:
        """Output may come at any time until the session is closed: a child may outlive its parent."""

    @staticmethod
    def _broke(_session: _Session, frame: Frame) -> None:
        msg = f"the program wrote into the answer channel: {frame['reason'][:200]}"
        raise FrameError(msg)

    @staticmethod
    def _ended(session: _Session, _frame: Frame) -> None:
        if session.is_ended:
            msg = "ended comes twice"
            raise FrameError(msg)
        session.is_ended = True

    def _closed(self, session: _Session, frame: Frame) -> None:
        if not session.is_closing:
            msg = "closed without having been asked to"
            raise FrameError(msg)
        del self._sessions[frame["s"]]
