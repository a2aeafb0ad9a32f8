"""A session's end of the answer channel, shared by all threads of the candidate's code."""

from __future__ import annotations

import os
import threading
from typing import Any

from sandbox import frames

_read, _write, _getpid, _exit = os.read, os.write, os.getpid, os._exit


class Channel:
    """Frames in and out. Each thread waits for what is meant for it; one of those who wait reads for all."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._pid = _getpid()
        self._condition = threading.Condition(threading.Lock())
        self._is_read = False
        self._arrived: list[frames.Frame] = []
        self._writing = threading.Lock()
        self._decoder = frames.Decoder()

    def send(self, frame: dict[str, Any]) -> None:
        """Write one frame. A forked child that comes back here ends: only the session itself may answer."""
        if _getpid() != self._pid:
            _exit(0)
        view = memoryview(frames.encode(frame))
        with self._writing:
            while view:
                view = view[_write(self._fd, view) :]

    def receive(self, inside: str | None) -> frames.Frame:
        """The next order for who waits inside the callback `inside` (None: for the session's main thread)."""
        while True:
            with self._condition:
                for index, frame in enumerate(self._arrived):
                    if _addressee(frame) == inside:
                        del self._arrived[index]
                        return frame
                if self._is_read:
                    self._condition.wait()
                    continue
                self._is_read = True
            arrived: list[frames.Frame] = []
            try:
                arrived = self._more()
            finally:
                with self._condition:
                    self._is_read = False
                    self._arrived += arrived
                    self._condition.notify_all()

    def receive_open(self) -> frames.Frame:
        """The first order; what has arrived behind it waits."""
        first, *self._arrived = self._more()
        return first

    def _more(self) -> list[frames.Frame]:
        while True:
            if _getpid() != self._pid:
                _exit(0)
            chunk = _read(self._fd, 1 << 16)
            if not chunk:
                _exit(0)
            arrived = self._decoder.feed(chunk)
            if arrived:
                return arrived


def _addressee(frame: frames.Frame) -> str | None:
    found: str | None = frame["id"] if frame["op"] == "reply" else frame.get("body", {}).get("in")
    return found
