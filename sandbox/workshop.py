"""The containers of one engine, while it answers: images, pool, graders, events, and a run among them."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial

from sandbox import hardening, runtimes
from sandbox.admission import Admission
from sandbox.build import is_current
from sandbox.candidates import CandidatePool
from sandbox.check.selftest import SelfTest
from sandbox.conversations import Conversation, GatedRun, GradedRun, RequestsRun, ScriptRun
from sandbox.engine import Engine, EngineError, EngineUnavailable
from sandbox.graders import Graders
from sandbox.pool import Warm
from sandbox.protocol import PROTOCOL_VERSION, GraderFor, Limits, Outcome, Program, Status
from sandbox.reaper import Reaper
from sandbox.recipes import Recipe, recipes
from sandbox.relay import Relay
from sandbox.series import SETTLE_SECONDS, Keep
from sandbox.settings import Settings
from sandbox.watch import Watch
from sandbox.weights import LESS, USUAL, Weights

CLAIM_SECONDS = 30.0  # for a warm container once a run has its place
PULSE_SECONDS = 3.0  # between two pings of the engine
SILENT_PINGS = 3  # so many without an answer, each given its time, and the engine counts as gone
LACKING_SECONDS = 10.0  # without a container of some kind before everything is looked at anew
STARTING = "starting: the first containers are not ready yet"

log = logging.getLogger("sandbox.workshop")


class Refused(Exception):
    """The broker will not run this; the text says why and what to do."""


class Lost(Exception):
    """The engine went away during a run, so nothing is known about the program."""


class Workshop:
    """The containers of one engine: pool, graders, events. Exists while the engine answers."""

    def __init__(self, settings: Settings, reaper: Reaper, admission: Admission) -> None:
        self.engine = Engine(settings.docker_host, settings.engine_timeout)
        candidate, grader = (self._image(recipe) for recipe in recipes(settings))
        self.settings = settings = runtimes.settled(self.engine, settings, reaper.labels("trial"))
        self.description = runtimes.describe(self.engine, settings)
        self.fingerprint = _fingerprint(settings, candidate, grader, self.description)
        labels, threads = reaper.labels, settings.refill_threads
        uid = hardening.FIRST_UID
        weights = Weights(str(self.engine.facts().get("CgroupDriver")))
        self._weights = weights
        self._admission = admission
        self.watch = Watch(self.engine, ["app=quizapp", f"quizapp.broker={reaper.broker}"])
        self.pool = CandidatePool(
            self.engine,
            candidate,
            settings.pool_size,
            labels,
            threads,
            uid,
            weights,
            least=settings.pool_least,
            runtime=settings.runtime,
            waiting=lambda: admission.waiting,
            people=lambda: admission.running_for_people,
            on_ready=admission.look,
        )
        self.graders = Graders(
            self.engine,
            grader,
            settings.max_running,
            labels,
            threads,
            uid + settings.pool_size,
            weights,
            runtime=settings.runtime,
        )
        self._programs = Keep(partial(self.pool.discard, has_ended_well=True))
        self._tests = Keep(self.graders.discard)
        self._self_test = SelfTest(self.engine, settings, self.pool, self.watch)
        self._reaper = reaper
        self._has_started = False
        self._lacking_since: float | None = None
        self._silent = 0  # pings in a row that were not answered
        self._stopping = threading.Event()
        self._pulse = threading.Thread(target=self._feel_pulse, name="engine-pulse", daemon=True)

    def _image(self, recipe: Recipe) -> str:
        if not is_current(self.engine, recipe):
            msg = f"The image {recipe.image} is missing or out of date: run `quizapp sandbox build`"
            raise Refused(msg)
        return str(self.engine.image(recipe.image)["Id"])

    def open(self) -> None:
        # What an earlier workshop of this broker left on an engine that went away is of no use to this one.
        self._reaper.remove_own(self.engine)
        self._reaper.sweep(self.engine, in_use=())
        self.watch.start()
        self.graders.start()
        self.pool.start()
        self._self_test.start()
        self._pulse.start()

    def close(self) -> None:
        """Remove every container; of an engine that does not answer, let go of them."""
        self._stopping.set()
        self._self_test.stop()
        for keep in (self._programs, self._tests):
            keep.close()
        self.watch.stop()
        if self._is_engine_gone:
            self.pool.abandon()
            self.graders.abandon()
            return
        stoppers = [threading.Thread(target=supply.stop) for supply in (self.pool, self.graders)]
        for stopper in stoppers:
            stopper.start()
        for stopper in stoppers:
            stopper.join()
        with contextlib.suppress(EngineError):
            self._reaper.remove_own(self.engine)

    def tidy(self) -> None:
        """Replace what grew old and remove what nobody owns. Raises `EngineError`."""
        self.pool.replace_old()
        self.graders.replace_old()
        self._reaper.sweep(self.engine, self.pool.containers | self.graders.containers)

    @property
    def _is_engine_gone(self) -> bool:
        troubles = (self.pool.trouble, self.graders.trouble)
        return self._silent >= SILENT_PINGS or any(isinstance(one, EngineUnavailable) for one in troubles)

    @property
    def loss(self) -> str:
        """Why this workshop has to be closed and another one opened; empty while it serves."""
        if self._silent >= SILENT_PINGS:
            return f"The Docker Engine at {self.engine.host} does not answer: it hangs, restart it (systemctl restart docker)"
        troubles = (self.pool.trouble, self.graders.trouble)
        if gone := next((str(one) for one in troubles if isinstance(one, EngineUnavailable)), ""):
            return gone
        lack = self.lack
        if not lack or lack == STARTING:
            self._lacking_since = None
            return ""
        self._lacking_since = self._lacking_since or time.monotonic()
        # Looking at everything anew finds images that were removed, or made again.
        return lack if time.monotonic() - self._lacking_since > LACKING_SECONDS else ""

    def _feel_pulse(self) -> None:
        while not self._stopping.wait(PULSE_SECONDS):
            try:
                self.engine.ping()
            except EngineError as error:
                self._silent += 1
                log.warning("the engine missed a beat: %s", error)
            else:
                self._silent = 0

    @property
    def lack(self) -> str:
        """Why nothing can be run now; empty when it can."""
        for supply in (self.pool, self.graders):
            if supply.trouble is not None and not supply.ready:
                return f"No {supply.role} container starts: {supply.trouble}"
        if self._self_test.hole:
            return self._self_test.hole
        has_containers = bool(self.pool.ready and self.graders.ready)
        self._has_started = self._has_started or (has_containers and self._self_test.is_over)
        return "" if self._has_started else STARTING

    def run(
        self,
        program: Program,
        limits: Limits,
        asker: socket.socket,
        on_output: Callable[[str, str], None],
        on_outcome: Callable[[Outcome], None],
        user: str = "",
        *,
        is_awaited: bool = True,
    ) -> None:
        """Run one program in containers of its own. Raises `NoneReady`, `EngineError`, `Lost`, `Refused`.

        Where nobody waits for it (not `is_awaited`), it goes behind who does when processors are short.
        `on_outcome` is told before the next container is made: the engine's work for it would slow the answer.
        """
        if not self._self_test.wait(CLAIM_SECONDS):
            raise Refused(STARTING)
        if self._self_test.hole:
            raise Refused(self._self_test.hole)
        breaks, has_ended_well, is_kept = self.watch.breaks, False, False
        candidate = self._candidate(program, limits)
        log.info("container %.12s runs a program of %r", candidate.container, user)
        shares = USUAL if is_awaited else LESS
        try:
            if hardening.needs_resize(limits):
                self.engine.resize(candidate.container, limits.memory_mib * hardening.MIB, limits.pids)
            self._weights.change(candidate.container, shares)
            with self._conversation(program, limits, shares) as conversation:
                relay = Relay(
                    candidate, conversation, asker, on_output, self.watch, is_rush=self._admission.is_rush
                )
                outcome = relay.run()
            has_ended_well = outcome.status is Status.FINISHED and relay.is_wound_up
            if is_kept := has_ended_well and _is_of_series(program):
                self._programs.put(_key(program, limits), candidate, partial(relay.settle, SETTLE_SECONDS))
            elif not has_ended_well:
                candidate.stream.close()
            if outcome.status is Status.INTERNAL_ERROR:
                self._check_engine(breaks)
            on_outcome(outcome)
        finally:
            if not is_kept:
                self.pool.discard(candidate, has_ended_well=has_ended_well)

    def _candidate(self, program: Program, limits: Limits) -> Warm:
        """A container for the program: the one of the program before in its series, else a warm one."""
        if _is_of_series(program) and (kept := self._programs.take(_key(program, limits))) is not None:
            return kept
        if not self.pool.ready:
            self._programs.clear()
        return self.pool.claim(CLAIM_SECONDS, program.preload)

    def _check_engine(self, breaks: int) -> None:
        """Raise `Lost` when the engine is, or was meanwhile, away: a run that failed with it is no fault of the program."""
        try:
            self.engine.ping()
        except EngineError as error:
            raise Lost(str(error)) from error
        if self.watch.breaks != breaks:
            raise Lost("The Docker Engine was restarted during the run")

    @contextlib.contextmanager
    def _conversation(self, program: Program, limits: Limits, shares: int) -> Iterator[Conversation]:
        if not program.tests:
            yield (RequestsRun if program.requests else ScriptRun)(program, limits)
            return
        grader = self._grader(program)
        self._weights.change(grader.container, shares)
        conversation = (GatedRun if program.has_untrusted_tests else GradedRun)(program, limits, grader)
        try:
            yield conversation
        finally:
            self._release(grader, conversation)

    def _grader(self, program: Program) -> Warm:
        """A grader for the tests: the one that ran them on the program before, where that is allowed, else a warm one."""
        if _shares_grader(program) and (kept := self._tests.take(program.series)) is not None:
            return kept
        if not self.graders.ready:
            self._tests.clear()
        return self.graders.claim(CLAIM_SECONDS)

    def _release(self, grader: Warm, run: GradedRun) -> None:
        program = run.program
        if not program.has_untrusted_tests or program.grader_for is GraderFor.ALL:
            self.graders.release(grader, is_fit=run.is_over, is_ready=run.is_ready_again)
        elif run.is_over and _shares_grader(program):
            self._tests.put(
                program.series, grader, partial(_await_ready, grader, is_ready=run.is_ready_again)
            )
        else:
            self.graders.discard(grader)  # a candidate's code ran in it: it is of no use to anybody else


def _is_of_series(program: Program) -> bool:
    return bool(program.series)


def _shares_grader(program: Program) -> bool:
    return _is_of_series(program) and program.has_untrusted_tests and program.grader_for is GraderFor.SERIES


def _key(program: Program, limits: Limits) -> tuple[object, ...]:
    return (program.series, program.preload, limits.memory_mib, limits.pids)


def _await_ready(grader: Warm, *, is_ready: bool) -> None:
    if not is_ready:
        grader.stream.wait_for("ready", SETTLE_SECONDS)


def _fingerprint(settings: Settings, candidate: str, grader: str, engine: str) -> str:
    body = hardening.candidate_body(candidate, 0, "", {}, settings.runtime)
    told = [PROTOCOL_VERSION, candidate, grader, engine, body, settings.caps.to_json()]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]
