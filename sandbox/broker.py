"""The broker: the only process that can reach Docker, behind a unix socket with two calls, run and health.

It starts whether or not an engine answers, says in its health what is wrong and what to do, and picks up when the
engine is back. Who asks must be root, the broker's own user, or named in the settings; when an asker goes away its
run ends.
"""

from __future__ import annotations

import contextlib
import logging
import os
import selectors
import signal
import socket
import struct
import threading
import time
from collections.abc import Iterator
from typing import Any

from sandbox import frames
from sandbox.admission import Admission
from sandbox.client import ASKING_BYTES
from sandbox.engine import EngineError
from sandbox.pool import NoneReady
from sandbox.protocol import PROTOCOL_VERSION, Health, Limits, Outcome, Priority, Program, Status
from sandbox.reaper import EVERY_SECONDS, Reaper
from sandbox.settings import Settings, within_caps
from sandbox.workshop import CLAIM_SECONDS, STARTING, Lost, Refused, Workshop

ASK_SECONDS = 10.0  # for an asker to say what it wants
ANSWER_SECONDS = 10.0  # for an asker to take its answer
RECHECK_SECONDS = 2.0  # between looks at an engine that does not answer
HAND_BACK_SECONDS = 5.0  # for the runs to notice that they are ended
STOPPING = "the broker is stopping"
UCRED = struct.Struct("3i")

log = logging.getLogger("sandbox.broker")


class Broker:
    """Listens, admits, runs. `serve` returns after `stop`, with every container gone."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.admission = Admission(settings.max_running, self._has_spare)
        self._reaper = Reaper(settings)
        self._workshop: Workshop | None = None
        self._reason = STARTING
        self._stopping = threading.Event()
        self._is_drained = threading.Event()
        self._askers: set[Asker] = set()  # those whose runs are under way
        self._bell, self._woken = socket.socketpair()
        self._bell.setblocking(False)
        self._under_way: set[threading.Thread] = set()

    def stop(self) -> None:
        """Ask the broker to end once its runs have, or a second time: at once. Safe in a signal handler and any thread."""
        if self._stopping.is_set():
            self._is_drained.set()
        self._stopping.set()
        with contextlib.suppress(OSError):
            self._bell.send(b"!")

    def stop_at(self, *signals: signal.Signals) -> None:
        """Let these signals end the broker. The kernel may hand one to any thread, so it rings the bell by itself."""
        signal.set_wakeup_fd(self._bell.fileno(), warn_on_full_buffer=False)
        for number in signals:
            signal.signal(number, lambda *_: self.stop())

    def serve(self) -> None:
        """Serve until `stop`. Raises `OSError` when the socket cannot be listened on."""
        with _listening(self.settings) as listener:
            keeper = threading.Thread(target=self._keep, name="keeper")
            keeper.start()
            try:
                self._accept(listener)
            finally:
                self._stopping.set()
                listener.close()
                self._drain()
                keeper.join()
                for thread in list(self._under_way):
                    thread.join(timeout=ANSWER_SECONDS)
                self._bell.close()
                self._woken.close()

    def _accept(self, listener: socket.socket) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(listener, selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            while not self._stopping.is_set():
                for key, _ in selector.select():
                    if key.fileobj is self._woken:
                        self._woken.recv(4096)  # what the bell meant is for `_stopping` to say
                        continue
                    connection, _ = listener.accept()
                    thread = threading.Thread(target=self._serve_asker, args=(connection,), daemon=True)
                    self._under_way.add(thread)
                    thread.start()

    def _drain(self) -> None:
        """Let the runs under way come to their end; what takes too long is handed back to who asked."""
        give_up = time.monotonic() + self.settings.drain_seconds
        while self._askers and time.monotonic() < give_up:
            if self._is_drained.wait(0.05):
                break
        self._hand_back(STOPPING, is_lost=False)
        self._is_drained.set()

    def _hand_back(self, reason: str, *, is_lost: bool) -> None:
        """End every run under way; whoever asked is told that nothing is known about the program."""
        for asker in list(self._askers):
            asker.hand_back(reason, is_lost=is_lost)
        give_up = time.monotonic() + HAND_BACK_SECONDS
        while self._askers and time.monotonic() < give_up:
            time.sleep(0.02)

    # The engine's side

    def _keep(self) -> None:
        """Keep a workshop while the engine answers; the only thread that opens and closes one."""
        swept = time.monotonic()
        while not self._is_drained.is_set():
            workshop = self._workshop
            if workshop is None:
                if self._stopping.is_set():
                    return
                self._open_workshop()
            elif loss := workshop.loss:
                self._close_workshop(loss)
            elif time.monotonic() - swept > EVERY_SECONDS:
                swept = time.monotonic()
                self._tidy(workshop)
            self._is_drained.wait(RECHECK_SECONDS if self._workshop is None else 0.25)
        if self._workshop is not None:
            self._close_workshop(STOPPING)

    def _open_workshop(self) -> None:
        try:
            workshop = Workshop(self.settings, self._reaper, self.admission)
            workshop.open()
        except (EngineError, Refused) as error:
            if str(error) != self._reason:
                log.warning("not ready: %s", error)
            self._reason = str(error)
        else:
            self._workshop = workshop
            log.info("serving on %s with %s", self.settings.socket, workshop.description)

    def _close_workshop(self, reason: str) -> None:
        workshop, self._workshop, self._reason = self._workshop, None, reason
        log.info("closing the pool: %s", reason)
        assert workshop is not None  # noqa: S101 - for the type checker
        self._hand_back(reason, is_lost=not self._stopping.is_set())
        workshop.close()

    def _tidy(self, workshop: Workshop) -> None:
        try:
            workshop.tidy()
        except EngineError as error:
            log.warning("tidying failed: %s", error)

    def _has_spare(self) -> bool:
        workshop = self._workshop
        return workshop is None or workshop.pool.has_spare

    def health(self) -> Health:
        """How the broker is now."""
        workshop, reason = self._workshop, self._reason
        if workshop is None:
            return Health(ready=False, reason=reason, pool_size=self.settings.pool_size)
        reason = workshop.lack
        return Health(
            ready=not reason,
            reason=reason,
            fingerprint=workshop.fingerprint,
            pool_ready=workshop.pool.ready,
            pool_size=workshop.pool.wanted,
            running=self.admission.running,
            waiting=self.admission.waiting,
            engine=workshop.description,
        )

    # The askers' side

    def _serve_asker(self, connection: socket.socket) -> None:
        try:
            with contextlib.closing(connection):
                connection.settimeout(ASK_SECONDS)
                self._answer(connection)
        except OSError as error:
            log.debug("an asker went away: %s", error)
        except Exception:
            log.exception("a call failed")
        finally:
            self._under_way.discard(threading.current_thread())

    def _answer(self, connection: socket.socket) -> None:
        try:
            self._check_peer(connection)
            question = _question(connection)
            answer = (
                self._health_answer()
                if question.get("op") == "health"
                else self._run_answer(question, connection)
            )
        except (Refused, NoneReady, EngineError) as error:
            answer = {"ev": "refused", "reason": str(error)}
        except Lost as error:
            answer = {"ev": "refused", "reason": str(error), "lost": True}
        if answer is not None:
            _say(connection, answer)

    def _check_peer(self, connection: socket.socket) -> None:
        _, uid, gid = UCRED.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, UCRED.size))
        if uid in {0, os.geteuid(), *self.settings.allowed_uids} or gid in self.settings.allowed_gids:
            return
        msg = f"user {uid} may not use this sandbox: see QUIZAPP_SANDBOX_ALLOWED_UIDS"
        raise Refused(msg)

    def _health_answer(self) -> dict[str, Any]:
        return {"ev": "health", "health": self.health().to_json()}

    def _run_answer(self, question: dict[str, Any], connection: socket.socket) -> dict[str, Any] | None:
        """Run what was asked for; the outcome is said as soon as it is known, so there may be nothing left to say."""
        program, limits, priority = _understood(question)
        limits = within_caps(limits, self.settings.caps)
        asker = Asker(connection)
        with self.admission.queued(priority, str(question.get("user", ""))) as ticket:
            if not self._wait_for_place(ticket.admitted, connection):
                return {"ev": "outcome", "outcome": Outcome(status=Status.CANCELLED).to_json()}
            workshop = self._open_soon()
            if self._stopping.is_set():
                raise Refused(STOPPING)
            self._askers.add(asker)
            try:
                workshop.run(
                    program,
                    limits,
                    connection,
                    asker.tell,
                    asker.finish,
                    ticket.user,
                    is_awaited=priority is not Priority.BULK,
                )
            finally:
                self._askers.discard(asker)
        return None

    def _open_soon(self) -> Workshop:
        """The workshop, waited for while the broker is starting."""
        give_up = time.monotonic() + CLAIM_SECONDS
        while (workshop := self._workshop) is None:
            if time.monotonic() > give_up or self._reason != STARTING:
                raise Refused(self._reason)
            time.sleep(0.02)
        return workshop

    def _wait_for_place(self, admitted: socket.socket, connection: socket.socket) -> bool:
        """Wait for a place; False when the asker went away meanwhile."""
        if self._workshop is None and self._reason != STARTING:
            raise Refused(self._reason)
        with selectors.DefaultSelector() as selector:
            selector.register(admitted, selectors.EVENT_READ)
            selector.register(connection, selectors.EVENT_READ)
            while not self._stopping.is_set():
                ready = {key.fileobj for key, _ in selector.select(1.0)}
                if connection in ready:
                    return False
                if admitted in ready:
                    return True
                self.admission.look()
        raise Refused(STOPPING)


class Asker:
    """Streams output to who asked, as far as they take it without waiting; the outcome has all of it anyway."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._is_behind = False
        self._refusal: dict[str, Any] | None = None

    def hand_back(self, reason: str, *, is_lost: bool) -> None:
        """End the run and say so instead of its outcome. The relay sees the end of what it reads from the asker."""
        self._refusal = {"ev": "refused", "reason": reason, "lost": is_lost}
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RD)

    def tell(self, stream: str, text: str) -> None:
        if self._is_behind:
            return
        message = frames.encode({"ev": "output", "stream": stream, "text": text})
        try:
            self._connection.settimeout(1.0)
            self._connection.sendall(message)
        except OSError:
            # Part of a message may be out, so nothing can follow it: the relay sees the closed connection.
            self._is_behind = True
            with contextlib.suppress(OSError):
                self._connection.shutdown(socket.SHUT_RDWR)

    def finish(self, outcome: Outcome) -> None:
        """Say the outcome, the last word of a run."""
        if self._refusal is not None and outcome.status in (Status.CANCELLED, Status.INTERNAL_ERROR):
            _say(self._connection, self._refusal)
            return
        if outcome.status is Status.INTERNAL_ERROR:
            log.warning("a run failed: %s", outcome.detail)
        _say(self._connection, {"ev": "outcome", "outcome": outcome.to_json()})


def _say(connection: socket.socket, answer: dict[str, Any]) -> None:
    connection.settimeout(ANSWER_SECONDS)
    connection.sendall(frames.encode(answer, ASKING_BYTES))


@contextlib.contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    """Listen on the socket, 0660. Raises `OSError` when another broker holds it."""
    path = settings.socket
    path.parent.mkdir(parents=True, exist_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        if path.exists() and probe.connect_ex(str(path)) == 0:
            msg = f"a broker listens at {path} already"
            raise OSError(msg)
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        before = os.umask(0o117)
        # The socket gets its name once it listens, so that whoever sees it can connect.
        unnamed = path.with_name(f"{path.name}.new")
        unnamed.unlink(missing_ok=True)
        try:
            listener.bind(str(unnamed))
        finally:
            os.umask(before)
        if settings.allowed_gids:
            os.chown(unnamed, -1, min(settings.allowed_gids))
        listener.listen(128)
        unnamed.rename(path)
        try:
            yield listener
        finally:
            path.unlink(missing_ok=True)


def _question(connection: socket.socket) -> dict[str, Any]:
    decoder = frames.Decoder(ASKING_BYTES)
    try:
        while chunk := connection.recv(262144):
            for question in decoder.feed(chunk):
                if question.get("version") != PROTOCOL_VERSION:
                    msg = f"the broker speaks protocol version {PROTOCOL_VERSION}, not {question.get('version')}"
                    raise Refused(msg)
                return question
    except frames.FrameError as error:
        raise Refused(str(error)) from error
    msg = "nothing was asked"
    raise Refused(msg)


def _understood(question: dict[str, Any]) -> tuple[Program, Limits, Priority]:
    try:
        return (
            Program.from_json(question["program"]),
            Limits.from_json(question.get("limits", {})),
            Priority(question.get("priority", Priority.LIVE)),
        )
    except (KeyError, ValueError, TypeError) as error:
        msg = f"the question does not fit: {error}"
        raise Refused(msg) from error
