"""What askers and the broker say to each other over the unix socket: one JSON object a frame, larger ones than inside."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping
from typing import Any

from sandbox import frames

MOST_BYTES = 32 * 1024 * 1024  # of one frame: an outcome with the traces of many tests is long


def encode(message: Mapping[str, Any]) -> bytes:
    """One message as bytes. Raises `frames.FrameError` when it is longer than `MOST_BYTES` or no JSON."""
    try:
        payload = json.dumps(message, allow_nan=False, separators=(",", ":")).encode()
    except (ValueError, TypeError, RecursionError) as error:
        msg = f"a message cannot be written: {error}"
        raise frames.FrameError(msg) from error
    if len(payload) > MOST_BYTES:
        msg = f"a message of {len(payload)} bytes is longer than {MOST_BYTES}"
        raise frames.FrameError(msg)
    return struct.pack(">I", len(payload)) + payload


class Messages:
    """Cuts what arrives into messages."""

    def __init__(self) -> None:
        self._cutter = frames.Cutter(MOST_BYTES)

    def feed(self, chunk: bytes) -> Iterator[dict[str, Any]]:
        """The messages that are whole now. Raises `frames.FrameError`."""
        for payload in self._cutter.feed(chunk):
            yield frames.decode(payload)
