"""The containers of one engine, while it answers: images, pool, graders, events, and a run among them."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import socket
import threading
from collections.abc import Callable, Iterator

from sandbox import hardening
from sandbox.build import is_current
from sandbox.conversations import Conversation, GradedRun, RequestsRun, ScriptRun
from sandbox.engine import Engine, EngineError, EngineUnavailable
from sandbox.graders import Graders
from sandbox.pool import CandidatePool, Warm
from sandbox.protocol import PROTOCOL_VERSION, Limits, Outcome, Program
from sandbox.reaper import Reaper
from sandbox.recipes import Recipe, recipes
from sandbox.relay import Relay
from sandbox.settings import Settings
from sandbox.watch import Watch

CLAIM_SECONDS = 30.0  # for a warm container once a run has its place
STARTING = "starting: the first containers are not ready yet"

log = logging.getLogger("sandbox.workshop")


class Refused(Exception):
    """The broker will not run this; the text says why and what to do."""


class Workshop:
    """The containers of one engine: pool, graders, events. Exists while the engine answers."""

    def __init__(self, settings: Settings, reaper: Reaper) -> None:
        self.settings = settings
        self.engine = Engine(settings.docker_host, settings.engine_timeout)
        self.description = self.engine.describe()
        candidate, grader = (self._image(recipe) for recipe in recipes(settings))
        self.fingerprint = _fingerprint(settings, candidate, grader, self.description)
        labels, threads = reaper.labels, settings.refill_threads
        uid = hardening.FIRST_UID
        self.watch = Watch(self.engine, ["app=quizapp", f"quizapp.broker={reaper.broker}"])
        self.pool = CandidatePool(
            self.engine, candidate, settings.pool_size, labels, threads, uid, runtime=settings.runtime
        )
        self.graders = Graders(
            self.engine,
            grader,
            settings.max_running,
            labels,
            2,
            uid + settings.pool_size,
            runtime=settings.runtime,
        )
        self._reaper = reaper
        self._has_started = False

    def _image(self, recipe: Recipe) -> str:
        if not is_current(self.engine, recipe):
            msg = f"The image {recipe.image} is missing or out of date: run `quizapp sandbox build`"
            raise Refused(msg)
        return str(self.engine.image(recipe.image)["Id"])

    def open(self) -> None:
        self._reaper.sweep(self.engine)
        self.watch.start()
        self.graders.start()
        self.pool.start()

    def close(self) -> None:
        self.watch.stop()
        stoppers = [threading.Thread(target=supply.stop) for supply in (self.pool, self.graders)]
        for stopper in stoppers:
            stopper.start()
        for stopper in stoppers:
            stopper.join()
        with contextlib.suppress(EngineError):
            self._reaper.remove_own(self.engine)

    @property
    def loss(self) -> str:
        """What the engine that no longer answers was last heard to say; empty while it answers."""
        troubles = (self.pool.trouble, self.graders.trouble)
        return next((str(trouble) for trouble in troubles if isinstance(trouble, EngineUnavailable)), "")

    @property
    def lack(self) -> str:
        """Why nothing can be run now; empty when it can."""
        for supply in (self.pool, self.graders):
            if supply.trouble is not None and not supply.ready:
                return f"No {supply.role} container starts: {supply.trouble}"
        self._has_started = self._has_started or bool(self.pool.ready and self.graders.ready)
        return "" if self._has_started else STARTING

    def run(
        self,
        program: Program,
        limits: Limits,
        asker: socket.socket,
        on_output: Callable[[str, str], None],
        on_outcome: Callable[[Outcome], None],
        user: str = "",
    ) -> None:
        """Run one program in containers of its own. Raises `NoneReady`, `EngineError`.

        `on_outcome` is told before the next container is made: the engine's work for it would slow the answer.
        """
        candidate = self.pool.claim(CLAIM_SECONDS)
        log.info("container %.12s runs a program of %r", candidate.container, user)
        try:
            if hardening.needs_resize(limits):
                self.engine.resize(candidate.container, limits.memory_mib * hardening.MIB, limits.pids)
            with self._conversation(program, limits) as conversation:
                outcome = Relay(candidate, conversation, asker, on_output, self.watch).run()
            self.engine.detach(candidate.stream.sock)
            on_outcome(outcome)
        finally:
            self.pool.discard(candidate)

    @contextlib.contextmanager
    def _conversation(self, program: Program, limits: Limits) -> Iterator[Conversation]:
        if not program.tests:
            yield (RequestsRun if program.requests else ScriptRun)(program, limits)
            return
        grader: Warm = self.graders.claim(CLAIM_SECONDS)
        conversation = GradedRun(program, limits, grader)
        try:
            yield conversation
        finally:
            self.graders.release(grader, is_fit=conversation.is_over, is_ready=conversation.is_ready_again)


def _fingerprint(settings: Settings, candidate: str, grader: str, engine: str) -> str:
    body = hardening.candidate_body(candidate, 0, "", {}, settings.runtime)
    told = [PROTOCOL_VERSION, candidate, grader, engine, body, settings.caps.to_json()]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]
