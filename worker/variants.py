"""Runs a candidate's tests against every program of a tests question, one program at a time for each run of them."""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from threading import Event
from typing import Any

from quizapp.rules import killing, programs
from quizapp.rules.scoring import code_share
from sandbox.protocol import GraderFor, Outcome, Program, Status, TestOutcome

AT_ONCE = 3  # programs that are met at the same time
OURS = (Status.INTERNAL_ERROR, Status.CANCELLED)

Run = Callable[[Program], Outcome]


@dataclass(frozen=True)
class Met:
    """What came of it: the verdict, the share of the points, and an outcome with one line for each program."""

    verdict: str
    share: float
    outcome: Outcome
    expected: int


def meet(
    run: Run,
    content: Mapping[str, Any],
    tests: Mapping[str, str],
    *,
    meetings: int = killing.RIGHT_MEETINGS,
    grader_for: GraderFor = GraderFor.RUN,
    needs_all: bool = True,
) -> Met:
    """Let the tests meet every program, right ones `meetings` times in all. Raises what `run` raises.

    Fewer meetings are quicker, and enough where nobody gains by chance: in practice, and for model tests. There the
    tests also need no new grader for each program. Without `needs_all` it ends at the first program, right or wrong,
    on which the tests are not what they should be; the share is then the least that it can be.
    """
    began = time.monotonic()
    variants = programs.variants(content)
    mutants = [variant for variant in variants if not variant.is_right]
    met = killing.course(variants, random.SystemRandom(), meetings)  # an order that nobody can foresee
    series = secrets.token_hex(16)

    def one(variant: programs.Variant) -> Outcome:
        program = programs.gated(content, variant.files, tests)
        return run(replace(program, series=series, grader_for=grader_for, stops_at_failure=True))

    outcomes = _outcomes(one, met, needs_all=needs_all)
    if ours := next((outcome for outcome in outcomes.values() if outcome.status in OURS), None):
        # Nothing that a hidden program wrote goes to whoever sent the tests.
        return Met("internal_error", 0.0, replace(ours, tests=(), stdout="", stderr=""), len(mutants))
    right = [outcomes[variant.id] for variant in variants if variant.is_right and variant.id in outcomes]
    lines = killing.told(variants, outcomes)
    wrong = next((outcome for outcome in right if not killing.passes(outcome)), None)
    took = time.monotonic() - began
    if wrong is not None:
        return _broken(wrong, tuple(line for line in lines if line.name.startswith("right::")), took)
    killed = sum(variant.id in outcomes and killing.kills(outcomes[variant.id]) for variant in mutants)
    verdict = "accepted" if killed == len(mutants) else "wrong_answer"
    told = Outcome(status=Status.FINISHED, complete=True, tests=lines, wall_seconds=took)
    return Met(verdict, code_share(killed, len(mutants), 0), told, len(lines))


def _broken(wrong: Outcome, failed: tuple[TestOutcome, ...], took: float) -> Met:
    """What came of tests that did not pass on a right program: nothing counts, and only the right ones are told."""
    told = Outcome(
        status=wrong.status,
        detail=wrong.detail,
        complete=True,
        tests=failed,
        error=wrong.error if wrong.status is Status.LOAD_ERROR else None,
        wall_seconds=took,
    )
    return Met(killing.verdict_of(wrong), 0.0, told, len(failed))


def _outcomes(
    run: Callable[[programs.Variant], Outcome], met: list[programs.Variant], *, needs_all: bool
) -> dict[str, Outcome]:
    """By program, what was said; of one that was met several times the first word that is not a pass.

    Once the tests did not pass on a right program nothing can count any more, and what is left is not run.
    """
    is_settled = Event()

    def one(variant: programs.Variant) -> Outcome | None:
        if is_settled.is_set():
            return None
        outcome = run(variant)
        is_as_it_should_be = killing.passes(outcome) if variant.is_right else killing.kills(outcome)
        if outcome.status in OURS or (not is_as_it_should_be and (variant.is_right or not needs_all)):
            is_settled.set()
        return outcome

    with ThreadPoolExecutor(max_workers=AT_ONCE) as threads:
        outcomes = list(threads.map(one, met))
    found: dict[str, Outcome] = {}
    for variant, outcome in zip(met, outcomes, strict=True):
        known = found.get(variant.id)
        if outcome is not None and (known is None or killing.passes(known)):
            found[variant.id] = outcome
    return found
