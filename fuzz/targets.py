"""What is fuzzed, and what must hold. A target raises `Finding`, or anything else that it does not expect, for a find."""

from __future__ import annotations

import collections
import io
import json
import threading
from collections.abc import Callable, Mapping
from typing import Any

from fuzz import forms
from sandbox import decoding, encoding, frames, shapes, values
from sandbox.grader import context, remote, visitors
from sandbox.grader.contract import Contract
from sandbox.grader.refusals import Refusal
from sandbox.grader.sessions import Session, Sessions
from sandbox.order import AgentOrder

CHUNKS = (1, 3, 7, 64, 4096, 1 << 20)
CHECKS: tuple[Callable[[frames.Frame], Any], ...] = (
    shapes.check_from_agent,
    shapes.check_to_agent,
    shapes.check_from_grader,
    shapes.check_to_grader,
)
SHAPES = [
    (key, word, tuple(name.removesuffix("?") for name in shape))
    for key, table in (
        ("ev", shapes.FROM_AGENT),
        ("op", shapes.TO_AGENT),
        ("ev", shapes.FROM_GRADER),
        ("op", shapes.TO_GRADER),
    )
    for word, shape in table.items()
]
MOST_MIRRORS = 200


class Finding(Exception):
    """Something that must hold does not."""


def streams(payload: bytes, size: int) -> None:
    """Bytes of a stream, cut anywhere: frames, or one `FrameError`; what was read can be written and read again."""
    decoder = frames.Decoder()
    order = AgentOrder()
    try:
        for at in range(0, len(payload), size):
            for frame in decoder.feed(payload[at : at + size]):
                ordered(order, frame)
    except frames.FrameError:
        return
    if decoder.pending > frames.MAX_FRAME + 4:
        raise Finding("the decoder keeps more than a frame")


def ordered(order: AgentOrder, frame: frames.Frame) -> None:
    """One frame through every check, and through the order of an agent."""
    again = frames.encode(frame, limit=8 * frames.MAX_FRAME)
    if frames.decode(again[4:]) != frame:
        raise Finding("a frame does not survive being written")
    for check in CHECKS:
        try:
            check(frame)
        except frames.FrameError:
            continue
    try:
        if "op" in frame:
            shapes.check_to_agent(frame)
            order.sent(frame)
        else:
            order.checked(frame)
    except frames.FrameError:
        return
    order.is_busy  # noqa: B018 - it is asked after every frame


def _no_handles(_form: Any) -> Any:
    raise values.ValueProblem("no handle")


def codec(form: Any, *, may_import: bool) -> None:
    """A form is a value, or one `ValueProblem`; a value that can be written reads back as the same form."""
    try:
        found = decoding.Decoder(_no_handles, may_import=may_import).decode(form)
    except values.ValueProblem:
        return
    try:
        written = encoding.Encoder(_no_handles).encode(found)
    except values.ValueProblem:
        return
    text = json.dumps(written, allow_nan=False, sort_keys=True)
    again = encoding.Encoder(_no_handles).encode(decoding.Decoder(_no_handles).decode(json.loads(text)))
    if not _is_same(json.dumps(again, sort_keys=True), text):
        raise Finding(f"a value changes on its way: {text[:300]}")
    if type(found) in values.MUTABLE_TYPES and not isinstance(found, io.StringIO | io.BytesIO):
        values.replace_content(type(found)(), found)


def _is_same(one: str, other: str) -> bool:
    """Sets have no order, so their members may come in another."""
    return one == other or collections.Counter(one) == collections.Counter(other)


class ScriptedWire:
    """The grader's end of the stream, with the other end's words given."""

    def __init__(self, received: list[frames.Frame]) -> None:
        self.received = received
        self.lock = threading.RLock()

    def send(self, **frame: Any) -> None:
        """Write one frame: it must be one that the protocol allows."""
        shapes.check_from_grader(frames.decode(frames.encode(frame)[4:]))

    def receive(self) -> frames.Frame:
        """The next scripted frame, checked as the relay checks it."""
        if not self.received:
            raise EOFError
        return self.received.pop(0)


def _echo(*args: Any, **kwargs: Any) -> Any:
    return args or kwargs


def grader(bodies: list[Mapping[str, Any]], way: int) -> None:
    """Whatever an answer's body holds, a test gets a value, a refusal, or the exception that it describes."""
    _forget()
    run = context.Run(ScriptedWire([]), Contract(None, is_recording=False), "/tests/", ("app.py",))  # type: ignore[arg-type]
    context.begin(run)
    run.sessions = Sessions(run)
    run.phase = "test"
    session = run.sessions.current()
    visitors.number_of(_echo)
    visitors.number_of(iter([1, 2]))
    visitors.number_of(visitors.Exposed(io.StringIO("text"), ("read", "write")))
    for body in bodies:
        _one_body(session, dict(body), way)


def _one_body(session: Session, body: dict[str, Any], way: int) -> None:
    run: Any = session.run
    if way == 0:
        try:
            reply = visitors.serve(session, body)
        except Refusal:
            return
        frames.encode({"op": "reply", "s": 1, "id": "c1", "body": reply})
        return
    session._asks += 0  # noqa: SLF001 - the ask below has the next number
    run.wire.received[:] = [{"ev": "answer", "s": session.number, "id": session._asks + 1, "body": body}]  # noqa: SLF001
    error = None
    try:
        if way == 1:
            session.value({"do": "get"}, ("app:f()",))
        elif way == 2:
            session.raw({"do": "get"})
        else:
            session.call({"do": "call"}, ([1], {"a": {2}}), {"k": bytearray(b"x")}, ("app:f()",))
    except Refusal:
        return
    except Exception as raised:  # noqa: BLE001 - told apart below
        error = raised
    if error is not None and "_quizapp_place" not in error.__dict__:
        raise Finding(f"{type(error).__name__} in the grader: {error}") from error


def _forget() -> None:
    """What a process of one run may keep to its end would only grow here."""
    for kept in (visitors._objects, visitors._numbers, visitors._raised, visitors._homes, visitors._supers):  # noqa: SLF001
        kept.clear()
    if len(remote._shared) > MOST_MIRRORS:  # noqa: SLF001
        remote._shared.clear()  # noqa: SLF001


def one(data: bytes, provider: Callable[[bytes], forms.Bytes]) -> None:
    """One input: the first byte says what it is for."""
    if len(data) < 2:
        return
    target, rest = data[0] % 8, data[1:]
    if target == 0:
        streams(rest[1:], CHUNKS[rest[0] % len(CHUNKS)])
        return
    if target == 1:
        try:
            read = frames.decode(rest)
        except frames.FrameError:
            return
        codec(read.get("body", read), may_import=False)
        grader([read], 1 + len(rest) % 3)
        return
    source = provider(rest)
    if target == 2:
        order = AgentOrder()
        while source.remaining_bytes():
            ordered(order, forms.shaped(source, SHAPES))
    elif target in {3, 4}:
        codec(forms.value(source), may_import=target == 4)
    else:
        way = source.ConsumeIntInRange(0, 3)
        body = forms.fields(source) if source.ConsumeIntInRange(0, 2) else {"ok": forms.value(source)}
        grader([body, forms.fields(source)], way)
