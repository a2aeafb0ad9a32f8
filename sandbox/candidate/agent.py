"""The agent: PID 1 of a candidate's container. It keeps the submitted files and makes a fresh process for each session.

It speaks frames on its standard streams (see `frames`), imports Flask ahead of time so that sessions need not, and
never runs submitted code itself: sessions are forked, get none of its descriptors, and are killed and swept up after.
"""

from __future__ import annotations

import codecs
import contextlib
import gc
import importlib
import os
import pkgutil
import selectors
import signal
import socket
import sys
import time
from collections import deque
from pathlib import Path
from typing import Any

from sandbox import frames, shapes, shortcut
from sandbox.candidate import rehearsal, session, warmup
from sandbox.candidate.faults import describe
from sandbox.candidate.processes import (
    Ended,
    be_inspectable,
    give_back_memory,
    halt,
    kill_all_others,
    kill_tree,
    limit,
    reap,
    shield,
    wait_for,
)
from sandbox.candidate.workspace import Workspace

CHANNEL_FD = (
    100  # of the answer channel in a session; below any limit of open files, above what programs open
)
GATHER_SECONDS = 0.005  # between two looks at an output that drips
DRIP = 4096  # bytes
SAID_BYTES = 64 * 1024  # of frames that are written together
HELD_SECONDS = 0.02  # for which what nobody waits for may wait for the next frame
REHEARSED = "rehearsed.txt"
OUT_CHUNK = 32 * 1024  # bytes of output in one frame; six times as long in the worst case


class Child:
    """One session's process, or a spare one that waits to become a session."""

    def __init__(self, pid: int, channel: socket.socket, pipes: dict[str, int]) -> None:
        self.pid = pid
        self.number = -1
        self.channel = channel
        self.pipes = pipes
        self.texts = {name: codecs.getincrementaldecoder("utf-8")("replace") for name in pipes}
        self.decoder = frames.Decoder()
        self.out = bytearray()
        self.ended: Ended | None = None
        self.is_broken = False
        self.passed_on = 0  # bytes of output


class Agent:
    """Serves the orders of the broker until it goes."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.selector = selectors.DefaultSelector()
        self.children: dict[int, Child] = {}
        self.ending: dict[int, Child] = {}  # by process: closed, and on its way out
        self.spare: Child | None = None
        self._wants_spare = False
        self._is_rush = False
        self.cpu_seconds = 5.0
        self.disk_mib = 16.0
        self._resting: deque[tuple[float, Child, str, Any]] = (
            deque()
        )  # outputs that are looked at again later
        self._is_over = False
        self._said = bytearray()  # frames that wait to be written in one piece
        self._due = 0.0  # when they have to be
        self._decoder = frames.Decoder()
        self._made_ahead = session.MadeAhead()
        self._in, self._out = 0, 1
        self._wake, self._woken = os.pipe()

    def serve(self) -> None:
        """Read orders until there are no more to come; then kill what is left."""
        with contextlib.suppress(EOFError):  # the first look at the orders finds the end as well
            self._in, self._out = shortcut.offered(self._in, self._out)
        os.set_blocking(self._woken, False)
        os.set_blocking(self._wake, False)
        signal.set_wakeup_fd(self._woken, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self.selector.register(self._in, selectors.EVENT_READ, self._orders)
        self.selector.register(self._wake, selectors.EVENT_READ, self._woke)
        self.spare = self._fork()
        self._rehearse()
        self.send(ev="ready")
        while True:
            if self._said and self._due <= time.monotonic():
                self._say()
            if self._wants_spare:
                # It gets ready beside the session that was opened, which has its orders by now. No submitted code has
                # run in it, and none can reach into it: its memory and descriptors are shielded like our own until it
                # becomes a session.
                self._wants_spare = False
                self.spare = self._fork()
            for key, mask in self.selector.select(self._rest()):
                if (
                    key.fd not in self.selector.get_map()
                    or self.selector.get_key(key.fd).data is not key.data
                ):
                    continue  # an earlier event of this round took it away
                key.data(mask)
                if self._is_over:
                    kill_all_others()
                    return

    def _rehearse(self) -> None:
        """Take an order and clear up, as every run has it begin: what was forked copies memory at its first write."""
        order = {"op": "load", "files": {REHEARSED: ""}}
        for frame in self._decoder.feed(frames.encode(order)):
            shapes.check_to_agent(frame)
            self.workspace.load(frame["files"], {})
        self._tidy()
        self.workspace.load({}, {})
        self.workspace.clean()
        frames.encode({"ev": "loaded"})

    def send(self, **frame: Any) -> None:
        """Have one frame written to the broker, with others of this moment: each piece wakes four processes on its way."""
        self._pass_on(frames.encode(frame))

    def _pass_on(self, written: bytes) -> None:
        self._said += written
        self._due = 0.0
        if len(self._said) > SAID_BYTES:
            self._say()

    def _send_later(self, **frame: Any) -> None:
        """Have a frame travel with the next one, unless none comes soon: nobody waits for it, and reading costs all."""
        if not self._said:
            self._due = time.monotonic() + HELD_SECONDS
        self._said += frames.encode(frame)

    def _say(self) -> None:
        view = memoryview(bytes(self._said))
        self._said.clear()
        while view:
            view = view[os.write(self._out, view) :]

    # Orders

    def _orders(self, _mask: int) -> None:
        chunk = os.read(self._in, 1 << 16)
        self._is_over = not chunk
        for frame, written in self._decoder.pieces(chunk):
            word = shapes.check_to_agent(frame)
            getattr(self, f"_{word}")(frame, written)

    def _load(self, frame: frames.Frame, _written: bytes) -> None:
        self._is_rush = frame.get("is_rush", False)
        self.cpu_seconds = frame.get("cpu_seconds", self.cpu_seconds)
        self.disk_mib = frame.get("disk_mib", self.disk_mib)
        try:
            self.workspace.load(frame["files"], frame.get("blobs", {}))
            self._preload([*frame.get("preload", []), *warmup.named_in(frame["files"].values())])
        except Exception as error:  # noqa: BLE001 - whatever a package raises while it is imported
            self.send(ev="loaded", error=describe(error, self.workspace.folder))
            return
        self.send(ev="loaded")
        self._tidy()

    def _preload(self, names: list[str]) -> None:
        if not names:
            return
        for name in names:
            importlib.import_module(name)
        gc.freeze()
        kill_all_others()
        if self.spare is not None:
            self._discard(self.spare)
        self.spare = self._fork()

    def _tidy(self) -> None:
        """Make the workspace what the next session is to find."""
        self.workspace.clean()
        with contextlib.suppress(OSError):  # a full disk shows as missing files, which is what it is
            self.workspace.fill()

    def _open(self, frame: frames.Frame, _written: bytes) -> None:
        child = self.spare or self._fork()
        child.number = frame["s"]
        self.children[child.number] = child
        self.selector.register(child.channel, selectors.EVENT_READ, lambda mask: self._channel(child, mask))
        for name, pipe in child.pipes.items():
            self.selector.register(
                pipe, selectors.EVENT_READ, lambda _mask, name=name: self._printed(child, name)
            )
        limits = {"cpu_seconds": frame.get("cpu_seconds", self.cpu_seconds), "disk_mib": self.disk_mib}
        self._tell(child, frames.encode(frame | limits))
        self._send_later(ev="opened", s=child.number)
        self.spare = None
        self._wants_spare = not frame.get("is_last")

    def _ask(self, frame: frames.Frame, written: bytes) -> None:
        child = self.children.get(frame["s"])
        if child is not None and child.ended is None:
            self._tell(child, written)

    _reply = _ask

    def _close(self, frame: frames.Frame, _written: bytes) -> None:
        child = self.children.get(frame["s"])
        if child is None:
            return
        is_last = len(self.children) == 1
        if is_last and self._halt(child):
            self._tidy()
            return
        if is_last:
            self._note(kill_all_others(self.spare.pid if self.spare is not None else None))
        else:
            kill_tree(child.pid)
            with contextlib.suppress(ProcessLookupError):
                os.kill(child.pid, signal.SIGKILL)
            if child.ended is None:
                self._note({child.pid: wait_for(child.pid)})
        self._forget(child)
        self.send(ev="closed", s=child.number)
        if is_last:
            self._tidy()

    def _halt(self, child: Child) -> bool:
        """Have a session's process end without waiting for it, where nothing of it can disturb the next one."""
        known = {*self.ending, *([self.spare.pid] if self.spare is not None else [])}
        if child.ended is not None or not halt(child.pid, known, (0, 1, 2, CHANNEL_FD)):
            return False
        self._take_last_words(child)
        self._forget(child)
        self.ending[child.pid] = child
        return True

    # Sessions

    def _fork(self) -> Child:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        pipes = {"stdout": os.pipe(), "stderr": os.pipe()}
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                self._become_session(theirs, pipes["stdout"][1], pipes["stderr"][1])
                status = session.main(
                    CHANNEL_FD, self.workspace, start, self._made_ahead, is_rush=self._is_rush
                )
            finally:
                os._exit(status)
        theirs.close()
        ours.setblocking(False)
        for reading, writing in pipes.values():
            os.close(writing)
            os.set_blocking(reading, False)
        return Child(pid, ours, {name: ends[0] for name, ends in pipes.items()})

    @staticmethod
    def _become_session(channel: socket.socket, out: int, err: int) -> None:
        signal.set_wakeup_fd(-1)
        for name in (
            signal.SIGCHLD,
            signal.SIGINT,
            signal.SIGTERM,
            signal.SIGHUP,
            signal.SIGQUIT,
            signal.SIGUSR1,
            signal.SIGUSR2,
        ):
            signal.signal(name, signal.SIG_DFL)
        os.setsid()
        null = os.open(os.devnull, os.O_RDONLY)
        for source, target in ((null, 0), (out, 1), (err, 2), (channel.fileno(), CHANNEL_FD)):
            os.dup2(source, target, inheritable=target != CHANNEL_FD)
        os.closerange(3, CHANNEL_FD)
        os.closerange(CHANNEL_FD + 1, 1024)
        channel.detach()

    def _tell(self, child: Child, written: bytes) -> None:
        child.out += written
        self._flush(child)

    def _flush(self, child: Child) -> None:
        while child.out:
            try:
                sent = child.channel.send(child.out)
            except BlockingIOError:
                break
            except OSError:
                child.out.clear()
                return
            del child.out[:sent]
        if child.channel.fileno() in self.selector.get_map():
            wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if child.out else 0)
            key = self.selector.get_key(child.channel)
            if key.events != wanted:
                self.selector.modify(child.channel, wanted, key.data)

    def _channel(self, child: Child, mask: int) -> None:
        if mask & selectors.EVENT_WRITE:
            self._flush(child)
        if mask & selectors.EVENT_READ:
            self._read_channel(child)

    def _read_channel(self, child: Child) -> bool:
        """Pass on what a session said; whether there may be more."""
        try:
            chunk = child.channel.recv(1 << 16)
        except BlockingIOError:
            return False
        except OSError:
            chunk = b""
        if not chunk:
            self._unregister(child.channel)
            return False
        try:
            for frame, written in child.decoder.pieces(chunk):
                said = frame.get("s")
                frame["s"] = child.number
                if shapes.check_from_agent(frame) not in {"answer", "ask"}:
                    msg = "a session may only answer and ask"
                    raise frames.FrameError(msg)  # noqa: TRY301 - one place answers for every bad frame
                for name in list(child.pipes):
                    self._output(child, name)
                if type(said) is int and said == child.number:
                    self._pass_on(written)
                else:  # whatever else it says of itself is none of the broker's business
                    self.send(**frame)
        except frames.FrameError as error:
            self._break(child, str(error))
            return False
        return True

    def _break(self, child: Child, reason: str) -> None:
        if not child.is_broken:
            child.is_broken = True
            self._unregister(child.channel)
            self.send(ev="broke", s=child.number, reason=reason[:300])
            with contextlib.suppress(ProcessLookupError):
                if child.ended is None:
                    os.kill(child.pid, signal.SIGKILL)

    def _output(self, child: Child, name: str) -> bool:
        """Pass on a piece of what a session printed; whether there may be more."""
        pipe = child.pipes.get(name)
        if pipe is None:
            return False
        try:
            chunk = os.read(pipe, OUT_CHUNK)
        except BlockingIOError:
            return False
        except OSError:
            chunk = b""
        child.passed_on += len(chunk)
        text = child.texts[name].decode(chunk, final=not chunk)
        if text:
            self.send(ev="output", s=child.number, stream=name, text=text)
        if not chunk:
            self._unregister(pipe)
            os.close(child.pipes.pop(name))
        return bool(chunk)

    def _printed(self, child: Child, name: str) -> None:
        """Pass on what was printed, and let what drips gather before the next look: every frame costs everybody."""
        before = child.passed_on
        if self._output(child, name) and child.passed_on - before < DRIP:
            key = self.selector.unregister(child.pipes[name])
            self._resting.append((time.monotonic() + GATHER_SECONDS, child, name, key.data))

    def _rest(self) -> float | None:
        """Look again at the outputs that have rested; seconds until there is something to do, None when there is nothing."""
        now = time.monotonic()
        while self._resting and self._resting[0][0] <= now:
            _due, child, name, look = self._resting.popleft()
            if name in child.pipes:
                self.selector.register(child.pipes[name], selectors.EVENT_READ, look)
        due = [self._resting[0][0]] if self._resting else []
        if self._said:
            due.append(self._due)
        return max(0.0, min(due) - now) if due else None

    def _woke(self, _mask: int) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(self._wake, 4096)
        self._note(reap())

    def _note(self, ended: dict[int, Ended]) -> None:
        for child in list(self.children.values()):
            if child.ended is None and child.pid in ended:
                child.ended = ended[child.pid]
                self._take_last_words(child)
                self.send(ev="ended", s=child.number, **vars(child.ended))
        for pid in [pid for pid in self.ending if pid in ended]:
            number = self.ending.pop(pid).number
            send = self._send_later if self.children else self.send  # the end of the last one is waited for
            send(ev="ended", s=number, **vars(ended[pid]))
            send(ev="closed", s=number)
        if self.spare is not None and self.spare.pid in ended:
            self._discard(self.spare)

    def _take_last_words(self, child: Child) -> None:
        """Pass on what a process that does nothing more has said and printed."""
        while (
            not child.is_broken
            and child.channel.fileno() in self.selector.get_map()
            and self._read_channel(child)
        ):
            continue
        for name in list(child.pipes):
            for _ in range(64):
                if not self._output(child, name):
                    break
        for name, text in child.texts.items():
            if rest := text.decode(b"", final=True):
                self.send(ev="output", s=child.number, stream=name, text=rest)

    def _forget(self, child: Child) -> None:
        del self.children[child.number]
        for name in list(child.pipes):
            self._unregister(child.pipes[name])
            os.close(child.pipes.pop(name))
        self._unregister(child.channel)
        child.channel.close()

    def _discard(self, child: Child) -> None:
        for pipe in child.pipes.values():
            os.close(pipe)
        child.channel.close()
        if self.spare is child:
            self.spare = None

    def _unregister(self, source: Any) -> None:
        with contextlib.suppress(KeyError, ValueError):
            self.selector.unregister(source)


def start(order: frames.Frame) -> None:
    """What a session's process does once its `open` has come: limits, and its memory is its own business."""
    limit(order["cpu_seconds"], order["disk_mib"])
    be_inspectable()


def prepare() -> Workspace:
    """Be shielded, and warm up: import what programs use, and the packages named on the command line."""
    shield()
    workspace = Workspace(
        Path(os.environ.get("SANDBOX_BOX", "/box")),
        Path(os.environ.get("SANDBOX_TMP", "/tmp")),  # noqa: S108 - the container's own
    )
    if os.getpid() == 1:  # in a container of our own
        workspace.shared = (Path("/dev/shm"), Path("/dev/mqueue"))  # noqa: S108
    sys.path[:] = [entry for entry in sys.path if entry != ""]
    warmup.warm_up(sys.argv[1:])
    gc.freeze()
    # What is done for the first time changes much (caches, what the interpreter knows of the code), and would change it
    # in the memory of each session anew.
    rehearsal.perform(workspace)
    gc.collect()
    pkgutil.get_importer(str(workspace.folder))  # who finds the submitted files: made, not asked yet
    return workspace


def serve(workspace: Workspace) -> None:
    """Say ready, and serve until standard input ends."""
    gc.freeze()
    gc.enable()
    give_back_memory()
    Agent(workspace).serve()
    os._exit(
        0
    )  # the container ends with this process; to take the interpreter apart first takes longer than a test
