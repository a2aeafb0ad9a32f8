"""The stream of one container: frames out, frames in, nothing that blocks.

The engine wraps what a container writes in chunks of its own (one byte stream number, three zero bytes, four bytes
length). Stdout carries our frames; stderr is kept a little, for our own log. Where the broker can open the container's
pipes, the frames go by these (`shortcut`), and what the engine brings is stderr and the end.
"""

from __future__ import annotations

import contextlib
import io
import select
import selectors
import socket
import time
from collections.abc import Callable, Mapping
from typing import Any

from sandbox import frames, shapes, shortcut

CHUNK_HEADER = 8
STDOUT, STDERR = 1, 2
STDERR_KEPT = 8 * 1024
READ_BYTES = 256 * 1024
OUT_BYTES = 24 * 1024 * 1024  # what may wait for a container that does not read
LAST_WORDS_SECONDS = 0.2  # for what the engine still brings of a container whose pipes have ended


class StreamClosed(Exception):
    """The container's end of the stream is closed: the container is gone or going."""


class ContainerStream:
    """Both directions of a container, for use in one selector loop at a time. `detach` lets go of an attached stream."""

    def __init__(self, sock: socket.socket, detach: Callable[[socket.socket], None]) -> None:
        self._sock = sock
        self._detach = detach
        self._pipes: shortcut.Pipes | None = None
        self.received = 0  # bytes of all the container sent
        self.stderr = b""
        self._decoder = frames.Decoder()
        self._raw = bytearray()
        self._out = bytearray()
        self._awaits_room = False
        sock.setblocking(False)

    def begin(self, pid: int | None, seconds: float) -> None:
        """Take the first word of a container whose first process is `pid` on this host, and say how we speak from now on.

        None when the engine is on another host. Raises `StreamClosed`, `frames.FrameError`.
        """
        offer = self.wait_for("offer", seconds)
        shapes.check(offer, "ev", shapes.FIRST_FROM_CONTAINER)
        pipes = None if pid is None else shortcut.opened(pid, offer["pipes"])
        if pipes is not None:
            self._pipes = pipes
            self._decoder = frames.Decoder()
        self.send(shortcut.GO)

    def close(self) -> None:
        """Let go of the container, which ends then."""
        if self._pipes is not None:
            self._pipes.close()
        self._detach(self._sock)

    # One selector loop

    @property
    def _sources(self) -> tuple[io.FileIO | socket.socket, ...]:
        return (self._sock,) if self._pipes is None else (self._pipes.reading, self._sock)

    def register(self, selector: selectors.BaseSelector) -> None:
        """Have a selector look for what the container says; its keys have this stream as their data."""
        self._awaits_room = False
        for source in self._sources:
            selector.register(source, selectors.EVENT_READ, self)

    def look_for_room(self, selector: selectors.BaseSelector) -> None:
        """Have a selector that knows the stream look for room too, while something waits to be written."""
        if bool(self._out) == self._awaits_room:
            return
        self._awaits_room = not self._awaits_room
        if self._pipes is None:
            wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if self._awaits_room else 0)
            selector.modify(self._sock, wanted, self)
        elif self._awaits_room:
            selector.register(self._pipes.writing, selectors.EVENT_WRITE, self)
        else:
            selector.unregister(self._pipes.writing)

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
                sent = self._written(memoryview(self._out)[:READ_BYTES])
            except (BlockingIOError, InterruptedError):
                return
            except (OSError, ValueError) as error:  # the latter of a pipe that was closed here
                raise StreamClosed(str(error)) from error
            if sent is None:
                return
            del self._out[:sent]

    def _written(self, piece: memoryview) -> int | None:
        return self._sock.send(piece) if self._pipes is None else self._pipes.writing.write(piece)

    def receive(self, source: Any = None) -> list[frames.Frame]:
        """The frames that are whole by now, from whichever `source` is ready; from all when none is named.

        Raises `StreamClosed` at the end, `frames.FrameError` on nonsense.
        """
        if self._pipes is None:
            return self._decoder.feed(self._attached())
        if source is not self._sock:
            return self._decoder.feed(self._piped())
        try:
            self._attached()
        except StreamClosed:
            if not (left := self._piped()):
                raise
            return self._decoder.feed(left)
        return []

    def _attached(self) -> bytes:
        """What came over the attached stream as standard output."""
        try:
            data = self._sock.recv(READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return b""
        except OSError as error:
            raise StreamClosed(str(error)) from error
        if not data:
            msg = "the container closed its stream"
            raise StreamClosed(msg)
        self.received += len(data)
        self._raw += data
        return self._unwrapped()

    def _piped(self) -> bytes:
        """What came through the pipe."""
        assert self._pipes is not None  # noqa: S101 - for the type checker
        try:
            data = self._pipes.reading.read(READ_BYTES)
        except (OSError, ValueError) as error:
            raise StreamClosed(str(error)) from error
        if data is None:
            return b""
        if not data:
            msg = "the container closed its stream"
            raise StreamClosed(msg)
        self.received += len(data)
        return data

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

    def more(self, seconds: float) -> list[frames.Frame]:
        """What comes within that time; nothing when nothing does. Raises as `receive` does."""
        poll = select.poll()
        known = {source.fileno(): source for source in self._sources}
        for fd in known:
            poll.register(fd, select.POLLIN)
        found: list[frames.Frame] = []
        for fd, _ in poll.poll(max(0.0, seconds) * 1000):
            found += self.receive(known[fd])
        return found

    def wait_for(self, event: str, seconds: float) -> dict[str, Any]:
        """Block until a frame with this `ev` comes. Raises `StreamClosed`, also when the time is over."""
        give_up = time.monotonic() + seconds
        while (left := give_up - time.monotonic()) > 0:
            try:
                received = self.more(left)
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
        poll = select.poll()
        try:
            for source in self._sources:
                poll.register(source.fileno(), select.POLLIN)
            return not poll.poll(0)
        except (OSError, ValueError):
            return False

    def _hear_out(self) -> None:
        """Wait for what the engine brings, which may be a little later than the end of the pipe."""
        poll, give_up = select.poll(), time.monotonic() + LAST_WORDS_SECONDS
        with contextlib.suppress(StreamClosed, OSError, ValueError):
            poll.register(self._sock.fileno(), select.POLLIN)
            while (left := give_up - time.monotonic()) > 0 and poll.poll(left * 1000):
                self._attached()

    def complaint(self) -> str:
        """The last words on stderr, for our log."""
        if self._pipes is not None:
            self._hear_out()
        return self.stderr.decode("utf-8", "replace").strip()[-1000:]
