"""A container's process and its broker find the short way between them, or go the long one; either way all ends are noticed."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import pytest

from sandbox import frames, shortcut
from sandbox.streams import STDERR, STDOUT, ContainerStream, StreamClosed

SECONDS = 30.0


@dataclass
class Container:
    """A process that offers pipes and then gives back whatever it is told, and the broker's stream to it."""

    pid: int
    stream: ContainerStream


def _serve(receiving: int, sending: int) -> None:
    """What the process does: after the offer it repeats each frame as an event, until there are no more."""
    receiving, sending = shortcut._offered(receiving, sending)
    decoder = frames.Decoder()
    while chunk := os.read(receiving, 1 << 16):
        for frame in decoder.feed(chunk):
            if frame["op"] == "complain":
                os.write(2, b"a complaint")
            os.write(sending, frames.encode({"ev": "said", "op": frame["op"]}))


def _wrap(source: int, kind: int, engine: socket.socket) -> None:
    """Do what the engine does with what a container writes."""
    with suppress(OSError):
        while chunk := os.read(source, 1 << 16):
            engine.sendall(bytes([kind, 0, 0, 0]) + len(chunk).to_bytes(4, "big") + chunk)


@pytest.fixture
def container() -> Iterator[Container]:
    ours, engine = socket.socketpair()
    out, err = os.pipe(), os.pipe()
    pid = os.fork()
    if pid == 0:
        with suppress(BaseException):
            ours.close()
            os.dup2(err[1], 2)
            for end in (*out[:1], *err):
                os.close(end)
            _serve(engine.fileno(), out[1])
        os._exit(0)
    os.close(out[1])
    os.close(err[1])
    threads = [
        threading.Thread(target=_wrap, args=(source, kind, engine), daemon=True)
        for source, kind in ((out[0], STDOUT), (err[0], STDERR))
    ]
    for thread in threads:
        thread.start()
    stream = ContainerStream(ours, socket.socket.close)
    yield Container(pid, stream)
    stream.close()
    engine.shutdown(socket.SHUT_RDWR)
    for thread in threads:
        thread.join(SECONDS)
    for end in (out[0], err[0]):
        os.close(end)
    engine.close()
    os.waitpid(pid, 0)


@pytest.mark.parametrize("is_here", [True, False])
def test_what_is_said_arrives_and_is_answered(container: Container, *, is_here: bool) -> None:
    stream = container.stream
    stream.begin(container.pid if is_here else None, SECONDS)
    assert (stream._pipes is not None) == is_here
    for word in ("one", "two"):
        stream.send({"op": word})
        assert stream.wait_for("said", SECONDS) == {"ev": "said", "op": word}
    assert stream.is_alive


def test_the_way_is_long_where_another_process_has_that_number(container: Container) -> None:
    stream = container.stream
    stream.begin(os.getpid(), SECONDS)
    assert stream._pipes is None
    stream.send({"op": "one"})
    assert stream.wait_for("said", SECONDS)["op"] == "one"


@pytest.mark.parametrize("is_here", [True, False])
def test_the_end_of_the_process_is_noticed_with_its_last_words(
    container: Container, *, is_here: bool
) -> None:
    stream = container.stream
    stream.begin(container.pid if is_here else None, SECONDS)
    stream.send({"op": "complain"})
    stream.wait_for("said", SECONDS)
    os.kill(container.pid, 9)
    if is_here:
        with pytest.raises(StreamClosed, match="a complaint"):
            stream.wait_for("said", SECONDS)
        assert not stream.is_alive
    else:  # the engine would close the stream; here it only says what was said on standard error
        with pytest.raises(StreamClosed, match="a complaint"):
            stream.wait_for("said", 0.2)


def test_the_end_of_the_broker_is_noticed(container: Container) -> None:
    container.stream.begin(container.pid, SECONDS)
    container.stream.close()
    # The process reads no more and ends: nobody but the broker had the other ends.
    assert os.waitid(os.P_PID, container.pid, os.WEXITED | os.WNOWAIT) is not None
