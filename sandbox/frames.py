"""Frames on the streams between broker, agent and grader: how they are written, cut and decoded.

A frame is a 4-byte big-endian length and that many bytes of one JSON object in UTF-8, at most `MAX_FRAME` bytes.
The other side of a stream may be hostile, so decoding is strict: no duplicate keys, no NaN or infinity, no number
that Python refuses to read, bounded depth; whatever is wrong is one `FrameError`. What a frame may hold is for `shapes`
to say, and when it may come for `order`. The standard library only: this file is also in the images.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable, Mapping
from typing import Any

MAX_FRAME = 1 << 20  # bytes of one frame, its length prefix not counted
MAX_DEPTH = 256  # brackets within brackets
MIN_FRAME = 2  # bytes: an object without fields
_HEADER = struct.Struct(">I")

# Made once: `json.dumps` makes one for each call. What contains itself is found by its depth.
_ENCODER = json.JSONEncoder(ensure_ascii=True, check_circular=False, allow_nan=False, separators=(",", ":"))

Frame = dict[str, Any]


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
    """Cuts a stream of bytes into frames and decodes each strictly. Shapes are checked elsewhere (`shapes`)."""

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
