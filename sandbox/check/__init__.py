"""`quizapp sandbox check`: look at the engine and the images, then try to get out of a container.

The containers are the check's own, made as the broker's are, so that it says what is wrong also where the broker
refuses to serve.
"""

from __future__ import annotations

import dataclasses
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sandbox import hardening, runtimes
from sandbox.candidates import CandidatePool
from sandbox.check import host, images, isolation
from sandbox.check.findings import Finding, Level, as_json, exit_status, failures, passed, table
from sandbox.engine import Engine, EngineError, EngineUnavailable
from sandbox.pool import NoneReady
from sandbox.reaper import Reaper
from sandbox.recipes import recipes
from sandbox.settings import Settings
from sandbox.watch import Watch

LAST_UID = hardening.FIRST_UID + 127  # the images know 128 users; a broker's pool begins at the first


def run(settings: Settings, *, is_json: bool = False) -> int:
    """Print what was found. 0: nothing failed, 1: something did, 2: it could not be looked at."""
    findings, could_look = look(settings)
    print(as_json(findings) if is_json else table(findings))  # noqa: T201
    return exit_status(findings) if could_look else 2


def look(settings: Settings) -> tuple[list[Finding], bool]:
    """Everything that was found, and whether all of it could be looked at."""
    engine = Engine(settings.docker_host, settings.engine_timeout)
    # A socket path of its own: a broker removes what others with its path have left.
    reaper = Reaper(dataclasses.replace(settings, socket=Path(tempfile.gettempdir(), f"{uuid.uuid4()}.sock")))
    findings: list[Finding] = []
    try:
        settings = runtimes.settled(engine, settings, reaper.labels("trial"))
        answered = passed("the engine answers", runtimes.describe(engine, settings))
        findings += [answered, *host.look(engine, settings)]
        of_images = list(images.look(engine, settings))
        findings += of_images
        if not failures(of_images):
            with own_pool(engine, settings, reaper) as (pool, watch):
                findings += isolation.examine(pool, watch, is_confined=host.has_security_module(engine))
                findings += isolation.try_limits(pool, watch)
        findings += host.not_tried(engine, settings)
    except EngineUnavailable as error:
        return [*findings, Finding("the engine answers", Level.FAIL, str(error))], False
    except (EngineError, NoneReady) as error:
        return [*findings, Finding("a container starts", Level.FAIL, str(error))], False
    return findings, True


@contextmanager
def own_pool(engine: Engine, settings: Settings, reaper: Reaper) -> Iterator[tuple[CandidatePool, Watch]]:
    """A pool of one, made as the broker makes its own, and gone after the block. Raises `EngineError`."""
    watch = Watch(engine, ["app=quizapp", f"quizapp.broker={reaper.broker}"])
    candidate, _ = recipes(settings)
    pool = CandidatePool(
        engine, candidate.image, 1, reaper.labels, 1, LAST_UID, least=1, runtime=settings.runtime
    )
    watch.start()
    pool.start()
    try:
        yield pool, watch
    finally:
        watch.stop()
        pool.stop()
        reaper.remove_own(engine)
