"""Frames: what is cut, what is decoded, what is refused."""

from __future__ import annotations

import json
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox import frames, shapes
from sandbox.order import AgentOrder

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.text(), JSON, max_size=5), st.integers(1, 7))
def test_a_frame_survives_being_cut_anywhere(frame: dict[str, Any], size: int) -> None:
    sent = frames.encode(frame) * 2
    decoder = frames.Decoder()
    received = [found for at in range(0, len(sent), size) for found in decoder.feed(sent[at : at + size])]
    assert received == [frame, frame]
    assert decoder.pending == 0


@given(st.binary(max_size=200))
def test_noise_is_a_frame_error_or_a_frame(noise: bytes) -> None:
    try:
        found = frames.decode(noise)
    except frames.FrameError:
        return
    assert isinstance(found, dict)


@pytest.mark.parametrize(
    "payload",
    [
        b"[1]",
        b"{}x",
        b'{"a": 1, "a": 2}',
        b'{"a": {"b": 1, "b": 2}}',
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": 1e400}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b'{"a": ' + b"[" * 300 + b"]" * 300 + b"}",
        b'{"a": ' + b"[" * 100_000,
        b'{"a": "\xff"}',
        b"\xef\xbb\xbf{}",
        b"",
    ],
    ids=str,
)
def test_what_is_not_strict_json_is_refused(payload: bytes) -> None:
    with pytest.raises(frames.FrameError):
        frames.decode(payload)


def test_lone_surrogates_and_nul_are_text() -> None:
    frame = {"a": "\ud800\0"}
    assert frames.decode(frames.encode(frame)[4:]) == frame


@pytest.mark.parametrize("length", [0, 1, frames.MAX_FRAME + 1, 2**32 - 1])
def test_an_impossible_length_is_refused_before_its_bytes_come(length: int) -> None:
    with pytest.raises(frames.FrameError):
        frames.Decoder().feed(struct.pack(">I", length))


def test_too_long_a_frame_is_not_written() -> None:
    with pytest.raises(frames.FrameError):
        frames.encode({"a": "x" * frames.MAX_FRAME})
    assert frames.encode({"a": "x" * frames.MAX_FRAME}, 2 * frames.MAX_FRAME)


@pytest.mark.parametrize("value", [{1, 2}, object(), float("nan")], ids=["set", "object", "nan"])
def test_what_is_no_json_is_not_written(value: object) -> None:
    with pytest.raises(frames.FrameError):
        frames.encode({"a": value})


GOOD = [
    {"ev": "ready"},
    {"ev": "loaded", "error": None},
    {"ev": "loaded", "error": {"type": "ImportError", "message": "x", "line": 3}},
    {"ev": "answer", "s": 1, "id": 1, "body": {}},
    {"ev": "ask", "s": 1, "id": "c1", "body": {}},
    {"ev": "output", "s": 1, "stream": "stdout", "text": "x"},
    {"ev": "ended", "s": 1, "exit": None, "signal": 9, "cpu_seconds": 0.1, "peak_memory_mib": 3},
]
BAD = [
    {},
    {"ev": "nothing"},
    {"ev": ["answer"]},
    {"ev": "answer", "s": True, "id": 1, "body": {}},
    {"ev": "answer", "s": 1, "id": 1.0, "body": {}},
    {"ev": "answer", "s": 1, "id": -1, "body": {}},
    {"ev": "answer", "s": 1, "id": 1, "body": []},
    {"ev": "answer", "s": 1, "id": 1},
    {"ev": "answer", "s": 1, "id": 1, "body": {}, "status": "passed"},
    {"ev": "ask", "s": 1, "id": "c٣", "body": {}},
    {"ev": "ask", "s": 1, "id": "c0", "body": {}},
    {"ev": "output", "s": 1, "stream": "stdin", "text": "x"},
    {"ev": "test", "outcome": {"name": "x", "status": "passed"}},
    {"op": "load", "files": {}},
]


@pytest.mark.parametrize("frame", GOOD, ids=json.dumps)
def test_frames_of_an_agent(frame: dict[str, Any]) -> None:
    assert shapes.check_from_agent(frame) == frame["ev"]


@pytest.mark.parametrize("frame", BAD, ids=json.dumps)
def test_what_an_agent_may_not_send(frame: dict[str, Any]) -> None:
    with pytest.raises(frames.FrameError):
        shapes.check_from_agent(frame)


def test_a_grader_may_order_sessions_but_not_load_files() -> None:
    assert shapes.check_from_grader({"op": "close", "s": 1}) == ("close", True)
    assert shapes.check_from_grader({"ev": "done"}) == ("done", False)
    with pytest.raises(frames.FrameError):
        shapes.check_from_grader({"op": "load", "files": {}})


@pytest.mark.parametrize(
    "outcome",
    [
        {"name": "x"},
        {"name": "x", "status": "accepted"},
        {"name": "x", "status": "passed", "extra": 1},
        {"name": "x", "status": "failed", "calls": [{"sent": "a"}]},
        {"name": "x", "status": "failed", "error": {"message": "no type"}},
    ],
    ids=json.dumps,
)
def test_outcomes_of_another_shape(outcome: dict[str, Any]) -> None:
    assert not shapes.is_outcome(outcome)
    with pytest.raises(frames.FrameError):
        shapes.check_from_grader({"ev": "test", "outcome": outcome})


def opened() -> AgentOrder:
    order = AgentOrder()
    order.sent({"op": "load", "files": {}})
    order.sent({"op": "open", "s": 1, "kind": "module"})
    order.sent({"op": "ask", "s": 1, "id": 7, "body": {}})
    return order


def test_asks_nest() -> None:
    order = opened()
    order.checked({"ev": "loaded"})
    order.checked({"ev": "opened", "s": 1})
    order.checked({"ev": "ask", "s": 1, "id": "c1", "body": {}})
    order.sent({"op": "ask", "s": 1, "id": 8, "body": {"in": "c1"}})
    order.checked({"ev": "answer", "s": 1, "id": 8, "body": {}})
    order.sent({"op": "reply", "s": 1, "id": "c1", "body": {}})
    order.checked({"ev": "answer", "s": 1, "id": 7, "body": {}})
    assert order.is_busy
    order.sent({"op": "close", "s": 1})
    order.checked({"ev": "ended", "s": 1, "exit": None, "signal": 9, "cpu_seconds": 0, "peak_memory_mib": 0})
    order.checked({"ev": "closed", "s": 1})
    assert not order.is_busy


@pytest.mark.parametrize(
    "frame",
    [
        {"ev": "answer", "s": 1, "id": 9, "body": {}},
        {"ev": "answer", "s": 2, "id": 7, "body": {}},
        {"ev": "closed", "s": 1},
        {"ev": "broke", "s": 1, "reason": "x"},
        {"ev": "output", "s": 3, "stream": "stdout", "text": ""},
    ],
    ids=json.dumps,
)
def test_what_may_not_come_now(frame: dict[str, Any]) -> None:
    with pytest.raises(frames.FrameError):
        opened().checked(frame)


def test_nothing_comes_twice() -> None:
    order = opened()
    for frame in (
        {"ev": "loaded"},
        {"ev": "opened", "s": 1},
        {"ev": "ask", "s": 1, "id": "c2", "body": {}},
        {"ev": "answer", "s": 1, "id": 7, "body": {}},
        {"ev": "ended", "s": 1, "exit": 0, "signal": None, "cpu_seconds": 0, "peak_memory_mib": 0},
    ):
        order.checked(frame)
        with pytest.raises(frames.FrameError):
            order.checked(frame)
