"""What a pool passes before it serves: a look at its engine, and the quick attempts to get out of one container."""

from __future__ import annotations

import logging
import threading

from sandbox.candidates import CandidatePool
from sandbox.check import host, isolation
from sandbox.check.findings import Finding, failures
from sandbox.engine import Engine, EngineError
from sandbox.pool import NoneReady
from sandbox.settings import Settings
from sandbox.watch import Watch

RETRY_SECONDS = 1.0
TRIES = 3  # for a run that said nothing: a container may die without being unsafe

log = logging.getLogger("sandbox.selftest")


class SelfTest:
    """Tests in a thread of its own, once. `hole` is what it found, as a sentence; empty when there is none (yet)."""

    def __init__(self, engine: Engine, settings: Settings, pool: CandidatePool, watch: Watch) -> None:
        self.hole = ""
        self._engine, self._settings, self._pool, self._watch = engine, settings, pool, watch
        self._is_over = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._test, name="self-test", daemon=True)

    @property
    def is_over(self) -> bool:
        return self._is_over.is_set()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End a test that waits for its container. One that runs ends with its pool."""
        self._stopping.set()

    def wait(self, seconds: float) -> bool:
        """Wait for its end; whether that came."""
        return self._is_over.wait(seconds)

    def _examine(self) -> list[Finding]:
        is_confined = host.has_security_module(self._engine)
        findings: list[Finding] = []
        for _ in range(TRIES):
            findings = isolation.examine(self._pool, self._watch, is_confined=is_confined, is_quick=True)
            if self._stopping.is_set() or not isolation.came_to_nothing(findings):
                break
        return findings

    def _test(self) -> None:
        while not self._stopping.is_set():
            try:
                found = failures(host.look(self._engine, self._settings))
                found += failures(self._examine())
            except (EngineError, NoneReady) as error:  # nothing can be run either, and health says why
                log.info("the self-test waits: %s", error)
                self._stopping.wait(RETRY_SECONDS)
                continue
            if self._stopping.is_set():
                return  # its container may have gone away under it
            if found:
                told = "; ".join(f"{one.subject}: {one.found} ({one.remedy})" for one in found)
                self.hole = f"refused, the sandbox has a hole: {told}. `quizapp sandbox check` tells more"
                log.error("%s", self.hole)
            self._is_over.set()
            return
