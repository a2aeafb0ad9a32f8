"""The attached stream of one container: frames out, frames in, nothing that blocks.

The engine wraps what a container writes in chunks of its own (one byte stream number, three zero bytes, four bytes
length). Stdout carries our frames; stderr is kept a little, for our own log.
"""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Mapping
from typing import Any

from sandbox import frames

CHUNK_HEADER = 8
STDOUT, STDERR = 1, 2
STDERR_KEPT = 8 * 1024
READ_BYTES = 256 * 1024
OUT_BYTES = 24 * 1024 * 1024  # what may wait for a container that does not read


class StreamClosed(Exception):
    """The container's end of the stream is closed: the container is gone or going."""


class ContainerStream:
    """Both directions of an attached container, for use in one selector loop at a time."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.received = 0  # bytes of all the container sent
        self.stderr = b""
        self._decoder = frames.Decoder()
        self._raw = bytearray()
        self._out = bytearray()
        sock.setblocking(False)

    def fileno(self) -> int:
        return self.sock.fileno()

    @property
    def wants_to_write(self) -> bool:
        return bool(self._out)

    def send(self, frame: Mapping[str, Any]) -> None:
        """Queue one frame and write what goes without waiting. Raises `StreamClosed`, `frames.FrameError`."""
        self._out += frames.encode(frame)
        if len(self._out) > OUT_BYTES:
            msg = "the container does not read what it is sent"
            raise StreamClosed(msg)
        self.flush()

    def flush(self) -> None:
        """Write what goes without waiting. Raises `StreamClosed`."""
        while self._out:
            try:
                sent = self.sock.send(memoryview(self._out)[:READ_BYTES])
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                raise StreamClosed(str(error)) from error
            del self._out[:sent]

    def receive(self) -> list[frames.Frame]:
        """The frames that are whole by now. Raises `StreamClosed` at the end, `frames.FrameError` on nonsense."""
        try:
            data = self.sock.recv(READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return []
        except OSError as error:
            raise StreamClosed(str(error)) from error
        if not data:
            msg = "the container closed its stream"
            raise StreamClosed(msg)
        self.received += len(data)
        self._raw += data
        return self._decoder.feed(self._unwrapped())

    def _unwrapped(self) -> bytes:
        words = bytearray()
        while len(self._raw) >= CHUNK_HEADER:
            end = CHUNK_HEADER + int.from_bytes(self._raw[4:8], "big")
            if len(self._raw) < end:
                break
            payload = self._raw[CHUNK_HEADER:end]
            if self._raw[0] == STDOUT:
                words += payload
            elif self._raw[0] == STDERR:
                self.stderr = (self.stderr + payload)[-STDERR_KEPT:]
            del self._raw[:end]
        return bytes(words)

    def wait_for(self, event: str, seconds: float) -> dict[str, Any]:
        """Block until a frame with this `ev` comes. Raises `StreamClosed`, also when the time is over."""
        give_up = time.monotonic() + seconds
        while (left := give_up - time.monotonic()) > 0:
            poll = select.poll()
            poll.register(self.sock, select.POLLIN)
            try:
                received = self.receive() if poll.poll(left * 1000) else []
            except StreamClosed as error:
                msg = f"{error}; {self.complaint()}"
                raise StreamClosed(msg) from error
            for frame in received:
                if frame.get("ev") == event:
                    return frame
        msg = f"no {event!r} within {seconds:g} s; {self.complaint()}"
        raise StreamClosed(msg)

    @property
    def is_alive(self) -> bool:
        """Whether the other end is open and silent, as an idle container's is."""
        try:
            self.sock.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    def complaint(self) -> str:
        """The last words on stderr, for our log."""
        return self.stderr.decode("utf-8", "replace").strip()[-1000:]
