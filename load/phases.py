"""What is measured of a site full of people: saves, saves beside submissions, and from which rate on something breaks."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from typing import Any

from bench.capacity import CLIENTS_PER_CORE, rate
from bench.measures import percentile
from bench.site import Site, Visitor
from load.crowds import Crowd
from load.parts import Parts, Usage
from load.words import Orders, marked

SUBMISSION_SHARE = 0.5  # of what the sandbox sustains
STEPS = (1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0)  # times the usual rate
STEP_SECONDS = 12.0
WARM_SECONDS = 3.0  # of each step, not counted: what was due at the old pace
KINDS = ("save", "page", "clock", "visit", "submission")
# What nobody would call working any more.
BROKEN_P99_MS = 1000.0
BROKEN_SHARE = 0.9  # of the saves that were due


class Aside:
    """Somebody of the same making who is not in the crowd: sends code, one at a time."""

    def __init__(self, site: Site, line: str) -> None:
        told = json.loads(line)
        self._visitor = Visitor(site.port)
        self._visitor.be(told["cookie"], told["csrf"])
        self._sheet = next(one for one in told["sheets"] if one["solution"])

    def submit(self) -> None:
        """Send a right program that nobody has sent before, and wait for its verdict."""
        files = marked(self._sheet["solution"])
        told = self._visitor.verdict(self._sheet["response"], files)
        if told["verdict"] != "accepted":
            raise SystemExit(f"a reference solution was not accepted: {told}")


@dataclass
class Stage:
    """A site with its people, and what was found out about it so far."""

    site: Site
    crowd: Crowd
    parts: Parts
    aside: Sequence[Aside]
    say: Callable[[str], None]
    figures: dict[str, float] = field(default_factory=dict)
    raw: dict[str, Any] = field(default_factory=dict)

    def keep(self, phase: str, usage: Usage) -> dict[str, Any]:
        """The percentiles of a phase, and where its CPU went, for the report; gives the entry."""
        told: dict[str, Any] = {kind: _series(self.crowd.records.of(phase, kind)) for kind in KINDS}
        self.raw[phase] = {**told, "seconds": usage.seconds, **usage.told()}
        entry: dict[str, Any] = self.raw[phase]
        return entry


def sustained(stage: Stage, cores: int) -> None:
    """Verdicts a second of people who send one program after the other, before anybody else is there."""
    works = [partial(one.submit) for one in stage.aside[: CLIENTS_PER_CORE * cores]]
    stage.aside[0].submit()  # records the references' contracts, opens connections
    stage.site.wait_until_full()
    ahead = stage.site.broker.health().pool_size
    stage.figures["sustained_verdicts_per_second"] = rate(works, ahead)
    stage.site.wait_until_full()


def saves(stage: Stage, seconds: float) -> None:
    """Everybody saves, and turns pages."""
    usage = stage.crowd.hold(stage.parts, seconds, Orders("saves"))
    told = stage.keep("saves", usage)
    stage.figures |= {
        "saves_per_second": told["save"]["n"] / usage.seconds,
        **{f"save_{name}": told["save"][name] for name in ("p50_ms", "p95_ms", "p99_ms")},
        "page_p95_ms": told["page"]["p95_ms"],
        "crowd_share": usage.cores.get("crowd", 0.0) / usage.machine_cores,
    }


def submissions(stage: Stage, seconds: float) -> None:
    """The same, and code is sent at half the rate that the sandbox sustains when it has the machine to itself."""
    offered = SUBMISSION_SHARE * stage.figures["sustained_verdicts_per_second"]
    usage = stage.crowd.hold(stage.parts, seconds, Orders("submissions", submissions=offered))
    told = stage.keep("submissions", usage)
    stage.figures |= {
        "submissions_per_second": told["submission"]["n"] / usage.seconds,
        "save_with_submissions_p99_ms": told["save"]["p99_ms"],
        "page_with_submissions_p95_ms": told["page"]["p95_ms"],
        "verdict_p95_ms": told["submission"]["p95_ms"],
    }


def limit(stage: Stage) -> None:
    """Raise the rate step by step until something breaks, and say what."""
    people = stage.raw["people"]
    for pace in STEPS:
        phase = f"pace {pace:g}"
        Orders("between", pace).write(stage.crowd.folder)
        time.sleep(WARM_SECONDS)
        usage = stage.crowd.hold(stage.parts, STEP_SECONDS, Orders(phase, pace))
        told = stage.keep(phase, usage)
        due = pace * people / 5.0
        told |= {"saves_due_per_second": due, "saves_per_second": told["save"]["n"] / usage.seconds}
        stage.say(
            f"  {pace:g} times the rate: {told['saves_per_second']:.0f} saves a second of {due:.0f}, "
            f"p99 {told['save']['p99_ms']:.0f} ms, machine {usage.busy:.0%} busy"
        )
        if what := _broken(told):
            stage.figures |= {"broke_at_pace": pace, "broke_at_saves_per_second": due}
            stage.raw["limit"] = f"{what}; {_scarce(usage)}"
            stage.say(f"  broken: {stage.raw['limit']}")
            return
    stage.raw["limit"] = f"nothing broke up to {STEPS[-1]:g} times the rate"


def _broken(told: Mapping[str, Any]) -> str:
    failed = sum(told[kind]["failed"] for kind in KINDS)
    if failed:
        return f"{failed} requests failed"
    if told["save"]["p99_ms"] > BROKEN_P99_MS:
        return f"p99 of a save is {told['save']['p99_ms']:.0f} ms"
    if told["saves_per_second"] < BROKEN_SHARE * told["saves_due_per_second"]:
        return f"{told['saves_per_second']:.0f} of {told['saves_due_per_second']:.0f} saves a second are answered"
    return ""


def _scarce(usage: Usage) -> str:
    spent = sorted(usage.cores.items(), key=lambda pair: -pair[1])
    listed = ", ".join(f"{part} {cores:.1f}" for part, cores in spent if cores >= 0.05)
    return f"the machine is {usage.busy:.0%} busy; cores used: {listed}"


def _series(records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Percentiles from the moment each was due, in milliseconds; `late` is how far the crowd itself was behind."""
    if not records:
        return {"n": 0, "failed": 0}
    took = [(one["done"] - one["due"]) * 1000 for one in records]
    asked = [(one["done"] - one["sent"]) * 1000 for one in records]
    late = [(one["sent"] - one["due"]) * 1000 for one in records]
    return {
        "n": len(records),
        "failed": sum(one["status"] != HTTPStatus.OK for one in records),
        "statuses": Counter(str(one["status"]) for one in records),
        **{f"p{share}_ms": percentile(took, share / 100) for share in (50, 95, 99)},
        "max_ms": max(took),
        "p99_from_sending_ms": percentile(asked, 0.99),
        "late_p99_ms": percentile(late, 0.99),
    }
