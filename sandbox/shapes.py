"""What a frame between broker, agent and grader may hold: the tables here are the authority for the wire.

The standard library only: this file is also in the images.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.frames import Frame, FrameError

MAX_NUMBER = 2**53  # of session numbers and ask numbers
MAX_AMOUNT = 1e12  # of seconds and mebibytes
MAX_EXIT = 1024  # of exit codes and signals
PIPES = 2  # that a container offers, one each way: each is told by its descriptor and its inode
_CALLBACK = re.compile(r"c[1-9][0-9]{0,14}", re.ASCII)

Check = Callable[[Any], bool]


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
