"""One run: frames between the containers, deadlines and a byte budget, in one selector loop.

The relay believes the grader about tests and nobody about anything else. What the candidate's side sends is
checked for size, shape and order before it goes anywhere; the first thing that does not fit ends the run. A flood
is cut by no longer reading: the stream is closed before the container is killed, because a container that writes
into an unread stream cannot be.
"""

from __future__ import annotations

import logging
import selectors
import signal
import socket
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox import frames
from sandbox.capture import Capture, storable
from sandbox.clock import FairClock
from sandbox.conversations import Conversation, Cut
from sandbox.order import AgentOrder
from sandbox.pool import Warm
from sandbox.protocol import Outcome, Status
from sandbox.streams import ContainerStream, StreamClosed
from sandbox.watch import KILLED, Watch

LOAD_SECONDS = 30.0  # for preloads; not the candidate's time
TICK_SECONDS = 0.1  # how often clock and processor time are looked at
OOM_SECONDS = 2.0  # how long a busy engine may take to tell of a kill for want of memory

log = logging.getLogger("sandbox.relay")

OnOutput = Callable[[str, str], None]


@dataclass
class Usage:
    """What the agent says its sessions used."""

    cpu_seconds: float = 0.0
    peak_memory_mib: float = 0.0


class Relay:
    """Runs one program in one claimed candidate container and says what happened."""

    def __init__(
        self,
        candidate: Warm,
        conversation: Conversation,
        asker: socket.socket,
        on_output: OnOutput,
        watch: Watch,
        *,
        is_rush: bool = False,
    ) -> None:
        self.candidate = candidate
        self._is_rush = is_rush
        self.conversation = conversation
        self.program = conversation.program
        self.limits = conversation.limits
        self.asker = asker
        self.on_output = on_output
        self.watch = watch
        self.captures = {name: Capture(self.limits.output_bytes) for name in ("stdout", "stderr")}
        self.usage = Usage()
        self.began = time.monotonic()
        self._clock = FairClock()
        self.is_loaded = False
        self._look_at_cpu = 0.0
        self._cpu_before = candidate.cgroup.cpu_seconds()
        self._kills_before = candidate.cgroup.out_of_memory() or 0
        self._received_before = candidate.stream.received
        self._order = AgentOrder()
        self._said = deque[str](maxlen=6)  # the last words, for the log of a run that came to no end
        conversation.order = self._to_agent

    def run(self) -> Outcome:
        """Run to the end, whichever it is. Never raises for anything the candidate's side does."""
        status, detail = Status.FINISHED, ""
        try:
            self._converse()
            if self._is_out_of_memory(patience=0.0):  # a child of the candidate's, while the rest went on
                raise self._memory_cut("one of its processes was ended")
        except Cut as cut:
            status, detail = cut.status, cut.detail
        return self._outcome(status, detail)

    def _converse(self) -> None:
        with selectors.DefaultSelector() as selector:
            streams = (self.candidate.stream, *self.conversation.streams)
            for stream in streams:
                stream.register(selector)
            selector.register(self.asker, selectors.EVENT_READ, self.asker)
            self._begin()
            while not self.conversation.is_over:
                for stream in streams:
                    stream.look_for_room(selector)
                for key, mask in selector.select(self._patience()):
                    self._serve(key, mask)
                self._check_limits()

    def _begin(self) -> None:
        load: dict[str, Any] = {
            "op": "load",
            "files": dict(self.program.files),
            "preload": list(self.program.preload),
            "cpu_seconds": self.limits.cpu_seconds,
            "disk_mib": self.limits.disk_mib,
        }
        if self._is_rush:
            load["is_rush"] = True
        if self.program.blobs:
            load["blobs"] = dict(self.program.blobs)
        try:
            self._to_agent(load)
            self.conversation.begin()
        except frames.FrameError as error:
            raise Cut(Status.INTERNAL_ERROR, f"The program cannot be sent: {error}.") from error

    def _serve(self, key: selectors.SelectorKey, mask: int) -> None:
        if self.conversation.is_over:
            return
        if key.data is self.asker:
            raise Cut(Status.CANCELLED, "The run was given up, because nobody waits for it any more.")
        stream: ContainerStream = key.data
        if stream is self.candidate.stream:
            self._serve_candidate(key, mask)
            return
        try:
            if mask & selectors.EVENT_WRITE:
                stream.flush()
            if mask & selectors.EVENT_READ:
                self.conversation.from_stream(stream.receive(key.fileobj))
        except (StreamClosed, frames.FrameError) as error:
            raise self.conversation.stream_broke(error, stream.complaint()) from error

    def _serve_candidate(self, key: selectors.SelectorKey, mask: int) -> None:
        stream = self.candidate.stream
        try:
            if mask & selectors.EVENT_WRITE:
                stream.flush()
            received = stream.receive(key.fileobj) if mask & selectors.EVENT_READ else []
            for frame in received:
                self._from_agent(self._order.checked(frame))
        except StreamClosed as error:
            raise self._gone() from error
        except frames.FrameError as error:
            log.info("candidate %.12s broke the channel: %s", self.candidate.container, error)
            raise Cut(
                Status.BROKE_CHANNEL,
                f"The program broke the answer channel{self.conversation.whereabouts()}: {error}.",
            ) from error
        if stream.received - self._received_before > self.limits.flood_bytes:
            raise Cut(
                Status.OUTPUT_LIMIT,
                f"More than {self.limits.flood_bytes // 1024} KiB came out of the program"
                f"{self.conversation.whereabouts()}, so it was stopped. "
                f"The first {self.limits.output_bytes // 1024} KiB of each stream are kept.",
            )

    def _from_agent(self, frame: frames.Frame) -> None:
        event = frame["ev"]
        self._note(f"agent: {event}", frame)
        if event == "loaded":
            self._loaded(frame)
        elif event == "output":
            if kept := self.captures[frame["stream"]].add(frame["text"]):
                self.on_output(frame["stream"], kept)
        elif event == "ended":
            self._session_ended(frame)
            if self._order.is_closing(frame["s"]):
                return  # an end that was asked for is no news, and every frame costs everybody
        self.conversation.from_agent(frame)

    def _loaded(self, frame: Mapping[str, Any]) -> None:
        if error := frame.get("error"):
            told = f"{error.get('type')}: {error.get('message', '')}"
            raise Cut(Status.INTERNAL_ERROR, f"The packages to preload could not be imported: {told:.300}")
        self.is_loaded = True
        self.began = time.monotonic()
        self._clock = FairClock()
        self._cpu_before = self.candidate.cgroup.cpu_seconds()
        self._look_at_cpu = self.began + TICK_SECONDS

    def _session_ended(self, frame: Mapping[str, Any]) -> None:
        self.usage.cpu_seconds += frame.get("cpu_seconds") or 0.0
        self.usage.peak_memory_mib = max(self.usage.peak_memory_mib, frame.get("peak_memory_mib") or 0.0)
        if frame.get("signal") == signal.SIGKILL:
            # An end that we asked for is no reason to wait for the engine's word, which may take seconds. When
            # there is one all the same, the kernel's victim was another process.
            is_ours = self._order.is_closing(frame["s"])
            if self._is_out_of_memory(0.0 if is_ours else OOM_SECONDS):
                raise self._memory_cut("one of its processes was ended" if is_ours else "it was ended")
        if frame.get("signal") == signal.SIGXCPU or self.usage.cpu_seconds >= self.limits.cpu_seconds:
            raise self._cpu_cut()

    def _to_agent(self, frame: Mapping[str, Any]) -> None:
        self._order.sent(frame)
        self._note(f"to agent: {frame['op']}", frame)
        try:
            self.candidate.stream.send(frame)
        except StreamClosed as error:
            raise self._gone() from error

    def _note(self, word: str, frame: Mapping[str, Any]) -> None:
        self._said.append(
            f"{time.monotonic() - self.began:.3f} {word} {frame.get('s', '')} {frame.get('id', '')}"
        )

    @property
    def is_wound_up(self) -> bool:
        """Whether no session goes on after the run: each was closed, or asked to."""
        return self._order.is_wound_up

    def settle(self, seconds: float) -> None:
        """After a run: read the agent's last words, until every session is closed. Raises `StreamClosed`, `FrameError`."""
        give_up = time.monotonic() + seconds
        while self._order.is_busy:
            left = give_up - time.monotonic()
            if left <= 0:
                msg = "a session was left open"
                raise StreamClosed(msg)
            for frame in self.candidate.stream.more(left):
                self._order.checked(frame)

    # Limits

    def _patience(self) -> float:
        return max(0.0, min(TICK_SECONDS, self._time_left()))

    def _time_left(self) -> float:
        """Seconds of the wall limit that are left, as a fair clock counts them."""
        if self.is_loaded:
            return self.limits.wall_seconds - self._clock.elapsed()
        return LOAD_SECONDS - self._clock.elapsed()

    def _check_limits(self) -> None:
        if self.conversation.is_over:
            return
        now = time.monotonic()
        if self.is_loaded and now >= self._look_at_cpu:
            self._look_at_cpu = now + TICK_SECONDS
            if (cpu := self._cpu()) is not None and cpu >= self.limits.cpu_seconds:
                raise self._cpu_cut()
        if self._time_left() > 0:
            return
        if not self.is_loaded:
            raise Cut(Status.INTERNAL_ERROR, f"The container did not load the program in {LOAD_SECONDS:g} s.")
        log.info(
            "candidate %.12s is cut after %.1f s by the wall clock; last words: %s",
            self.candidate.container,
            now - self.began,
            "; ".join(self._said),
        )
        raise Cut(
            Status.WALL_LIMIT,
            f"Still running after {self.limits.wall_seconds:g} s, all that a run may take, waiting included"
            f"{_place(self.conversation)}.",
        )

    def _cpu(self) -> float | None:
        now = self.candidate.cgroup.cpu_seconds()
        return None if now is None or self._cpu_before is None else now - self._cpu_before

    def _cpu_cut(self) -> Cut:
        return Cut(
            Status.CPU_LIMIT,
            f"More than {self.limits.cpu_seconds:g} s of CPU time, all that a run may use"
            f"{_place(self.conversation)}.",
        )

    def _memory_cut(self, ending: str) -> Cut:
        where = self.conversation.whereabouts()
        most = f"; its peak was {peak:.0f} MiB" if (peak := self._peak()) else ""
        limit = self.limits.memory_mib
        return Cut(
            Status.MEMORY_LIMIT,
            f"The program wanted more than its {limit} MiB of memory{where}, so {ending}{most}.",
        )

    def _gone(self) -> Cut:
        if not self.is_loaded:
            return Cut(
                Status.INTERNAL_ERROR,
                f"The container ended before it loaded. {self.candidate.stream.complaint()}",
            )
        if self._is_out_of_memory():
            return self._memory_cut("it was ended with all that ran beside it")
        code = self.watch.exit_code(self.candidate.container)
        if code is None:
            return Cut(Status.INTERNAL_ERROR, "The way to the container broke off.")
        if code == KILLED:
            # Nothing inside can send this signal to the first process of the container.
            return Cut(Status.INTERNAL_ERROR, "The container was killed from outside.")
        log.info("candidate %.12s ended: %s", self.candidate.container, self.candidate.stream.complaint())
        return Cut(Status.DIED, f"The program ended everything around it{self.conversation.whereabouts()}.")

    def _is_out_of_memory(self, patience: float = OOM_SECONDS) -> bool:
        killed = self.candidate.cgroup.out_of_memory()
        if killed is not None:
            return killed > self._kills_before
        return self.watch.was_out_of_memory(self.candidate.container, patience)

    def _peak(self) -> float:
        """The most memory that the program held, in MiB: the kernel's word, else the agent's."""
        peak = self.candidate.cgroup.peak_memory_mib()
        return self.usage.peak_memory_mib if peak is None else peak

    # The outcome

    def _outcome(self, status: Status, detail: str) -> Outcome:
        wall = time.monotonic() - self.began if self.is_loaded else 0.0
        cpu = self._cpu()
        found = dict(self.conversation.findings)
        if status is not Status.FINISHED:
            found.pop("status", None)
            found.pop("detail", None)
        fields: dict[str, Any] = {
            "status": status,
            "detail": storable(detail),  # it may quote what came from a container
            "stdout": self.captures["stdout"].text,
            "stderr": self.captures["stderr"].text,
            "stdout_cut": self.captures["stdout"].is_cut,
            "stderr_cut": self.captures["stderr"].is_cut,
            "cpu_seconds": round(self.usage.cpu_seconds if cpu is None else cpu, 4),
            "wall_seconds": round(wall, 4),
            "peak_memory_mib": round(self._peak(), 1),
        }
        return Outcome(**(fields | found))


def _place(conversation: Conversation) -> str:
    return f"; it was stopped{where}" if (where := conversation.whereabouts()) else ""
