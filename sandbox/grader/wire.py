"""The grader's end of the stream to the broker."""

from __future__ import annotations

import contextlib
import os
import select
import threading
from collections.abc import Iterator
from typing import Any

from sandbox import frames
from sandbox.grader.refusals import Refusal


class Wire:
    """Frames in and out. A signal may interrupt the wait for a frame, never the taking in of one."""

    def __init__(self, receiving: int, sending: int) -> None:
        self._in = receiving
        self._out = sending
        self._decoder = frames.Decoder()
        self._arrived: list[frames.Frame] = []
        self._held: bytearray | None = None  # frames that are to go out in one piece
        self._is_busy = False
        self._interruption: Refusal | None = None
        self.lock = threading.RLock()  # of one conversation at a time, among threads of a test

    def send(self, **frame: Any) -> None:
        """Write one frame."""
        if self._held is None:
            self._write(frames.encode(frame))
        else:
            self._held += frames.encode(frame)

    @contextlib.contextmanager
    def together(self) -> Iterator[None]:
        """Frames sent in the block go out in one piece at its end: each piece wakes four processes on its way."""
        if self._held is not None:
            yield
            return
        self._held = bytearray()
        try:
            yield
        finally:
            self._let_out()

    def _let_out(self) -> None:
        held, self._held = self._held, None
        if held:
            self._write(bytes(held))

    def _write(self, encoded: bytes) -> None:
        view = memoryview(encoded)
        self._is_busy = True
        try:
            while view:
                view = view[os.write(self._out, view) :]
        finally:
            self._is_busy = False
        self._raise_interruption()

    def receive(self) -> frames.Frame:
        """The next frame. Raises `EOFError` when the broker is gone."""
        self._let_out()
        while not self._arrived:
            select.select([self._in], [], [])
            self._is_busy = True
            try:
                chunk = os.read(self._in, 1 << 18)
                if not chunk:
                    raise EOFError
                self._arrived += self._decoder.feed(chunk)
            finally:
                self._is_busy = False
            self._raise_interruption()
        return self._arrived.pop(0)

    def is_between_frames(self, seconds: float = 1.0) -> bool:
        """Whether no half of a frame was taken in; waits a moment for the other half. Who comes next reads on from here."""
        while self._decoder.pending and select.select([self._in], [], [], seconds)[0]:
            self._arrived += self._decoder.feed(os.read(self._in, 1 << 18))
        return not self._decoder.pending

    def interrupt(self, refusal: Refusal) -> None:
        """Called by a signal handler: raise now, or as soon as the frame at hand is whole."""
        if self._is_busy:
            self._interruption = refusal
        else:
            raise refusal

    def _raise_interruption(self) -> None:
        if self._interruption is not None:
            refusal, self._interruption = self._interruption, None
            raise refusal
