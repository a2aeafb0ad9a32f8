"""Runs hostile cases through the real pool and notes every promise that a run broke.

Each case ends with the same seven questions: was there an outcome in time, did the broker stay small, is the
container gone, is the next honest submission graded as ever, is the host untouched, did nothing secret come out, and
was nothing accepted that should not be.
"""

from __future__ import annotations

import contextlib
import json
import re
import secrets
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from quizapp.rules.judging import judge, judge_run
from sandbox.client import BrokerUnavailable
from sandbox.clock import FairClock
from sandbox.engine import Engine
from sandbox.protocol import Limits, Outcome, Program, Status
from tests.sandbox.conftest import SECRET, RunningBroker
from tests.sandbox.hostile_cases import Canaries, Case, honest
from worker.cases import expected_tests

AT_ONCE = 4
GROWTH_MIB = 50.0  # of the broker, in the whole suite
LONGEST_TEXT = 8 * 1024  # characters of any text of an outcome but what was printed or answered
GONE_SECONDS = 3.0  # from the outcome to the end of the container, on a quiet machine
PATIENCE_SECONDS = 90.0  # what a test grants a busy machine on top of any promise
HONEST = Limits(cpu_seconds=20.0, wall_seconds=50.0, test_seconds=25.0)
TRIES = 3  # of a submission that fails for a reason of the sandbox's own, as in production
# What a busy machine may bring about by itself: a container that does not start in time, a limit that comes first.
UNLUCKY = frozenset({"internal_error", "time_limit"})
PRINTED = frozenset({"stdout", "stderr", "body"})


@dataclass
class Seen:
    """What became of one case: a verdict and its seconds for each run, and every promise that was broken."""

    case: Case
    verdicts: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)  # promises of time broken as a quiet machine counts
    texts: list[str] = field(default_factory=list)


class Suite:
    """The hostile cases against one broker."""

    def __init__(
        self, broker: RunningBroker, engine: Engine, folder: Path, *, is_strict: bool = False
    ) -> None:
        """`is_strict`: a case has one try. Else what a busy machine may bring about by itself is tried again."""
        self.broker = broker
        self.engine = engine
        self.tries = 1 if is_strict else TRIES
        self.canaries = Canaries(secret=SECRET, file=folder / "host-file")
        self.canaries.file.write_text(self.canaries.host, encoding="utf-8")
        self._host = self._look_at_host()
        self._used: set[str] = set()  # containers, each for one program
        self._references: dict[tuple[str, str], tuple[Outcome, tuple[str, ...]]] = {}
        self._honest = honest(self.canaries)
        self._honest_expected: tuple[str, ...] = ()

    def run(self, cases: Sequence[Case]) -> dict[str, Seen]:
        """Run the cases, a few at once, each with all its runs one after the other."""
        self._warm_up()
        before = self._reset_memory_peak()
        with ThreadPoolExecutor(AT_ONCE) as threads:
            futures: dict[str, Future[Seen]] = {case.name: threads.submit(self.see, case) for case in cases}
        seen = {name: future.result() for name, future in futures.items()}
        if (grown := self._memory("VmHWM") - before) > GROWTH_MIB:
            for one in seen.values():
                one.faults.append(f"the broker grew by {grown:.0f} MiB in these runs")
        return seen

    def see(self, case: Case) -> Seen:
        """All runs of one case, in each of its forms."""
        seen = Seen(case)
        for form in case.forms:
            for number in range(case.runs):
                self._see_once(seen, form, number)
        if case.same and len(set(seen.texts)) > 1:
            seen.faults.append(f"the runs differ: {sorted(set(seen.texts))}")
        return seen

    def _see_once(self, seen: Seen, form: str, number: int) -> None:
        case = seen.case
        reference = self._reference(case, form)
        program = case.program(form, self.canaries)
        if reference is not None:
            program = _with_contract(program, reference[0])
        for left in reversed(range(self.tries)):
            user = f"{case.name}-{form}-{number}-{secrets.token_hex(4)}"
            clock, began = FairClock(), time.monotonic()
            with self._beside(seen, user):
                outcome = self.broker.client.run(program, case.limits, user=user)
            took, stretch = time.monotonic() - began, clock.stretch()
            verdict = _verdict(case, outcome, reference)
            if not left or verdict not in UNLUCKY or verdict in case.verdicts:
                seen.verdicts.append(verdict)
                self._check(seen, outcome, user)
                seen.seconds.append(took)
                self._check_time(seen, took, stretch)
                return

    def _check(self, seen: Seen, outcome: Outcome, user: str) -> None:
        self._check_verdict(seen, outcome)
        self._check_texts(seen, outcome)
        self._check_container(seen, user)
        self._check_host(seen)
        if seen.verdicts[-1] != "accepted":
            self._check_honest(seen)

    # Verdict and texts

    def _check_verdict(self, seen: Seen, outcome: Outcome) -> None:
        case, verdict = seen.case, seen.verdicts[-1]
        if verdict not in case.verdicts:
            seen.faults.append(f"{verdict} is not among {', '.join(case.verdicts)}: {_brief(outcome)}")
        said = "\n".join(_texts(outcome.to_json()))
        seen.texts.append(
            f"{verdict}\n{outcome.stdout}\n{outcome.stderr}\n{[test.message for test in outcome.tests]}"
        )
        for pattern in case.says:
            if not re.search(pattern, said, re.MULTILINE):
                seen.faults.append(f"nothing says {pattern!r}: {_brief(outcome)}")
        for pattern in case.never_says:
            if found := re.search(pattern, said, re.MULTILINE):
                seen.faults.append(f"something says {found[0]!r}, which {pattern!r} forbids")

    def _check_texts(self, seen: Seen, outcome: Outcome) -> None:
        told = outcome.to_json()
        if found := self.canaries.found_in(json.dumps(told, ensure_ascii=False)):
            seen.faults.append(f"what must stay hidden came out: {', '.join(found)}")
        if any(re.search("[\0\ud800-\udfff]", text) for text in _texts(told)):
            seen.faults.append("some text holds a zero or half of a character, which no store takes")
        for name in ("stdout", "stderr"):
            if len(told[name].encode("utf-8", "replace")) > seen.case.limits.output_bytes:
                seen.faults.append(f"more of {name} was kept than {seen.case.limits.output_bytes} bytes")
        printed = sum(len(text) for text in _texts(told))
        if printed > seen.case.limits.flood_bytes:
            seen.faults.append(f"{printed} characters were kept in all")
        longest = max((len(text) for text in _texts(told, without=PRINTED)), default=0)
        if longest > LONGEST_TEXT:
            seen.faults.append(f"a text has {longest} characters")

    # Time and traces

    def _check_time(self, seen: Seen, took: float, stretch: float) -> None:
        case = seen.case
        promised = min(case.seconds, case.limits.wall_seconds + 3.0)
        if took > promised * stretch:
            seen.late.append(f"the outcome took {took:.1f} s, not {promised:g} s")
        if took > promised * 4 + PATIENCE_SECONDS:
            seen.faults.append(f"the outcome took {took:.1f} s, far more than {promised:g} s")

    def _check_container(self, seen: Seen, user: str) -> None:
        """The container that ran it, as the broker's log names it, is gone."""
        found = re.search(
            rf"container (\w+) runs a program of '{re.escape(user)}'", self.broker.log.read_text()
        )
        if found is None:
            seen.faults.append("the broker does not say which container ran it")
            return
        if found[1] in self._used:
            seen.faults.append(f"container {found[1]} ran another program before")
        self._used.add(found[1])
        clock, began = FairClock(), time.monotonic()
        while any(one["Id"].startswith(found[1]) for one in self.engine.containers("app=quizapp")):
            if time.monotonic() - began > GONE_SECONDS * 4 + PATIENCE_SECONDS:
                seen.faults.append(f"container {found[1]} is still there")
                return
            time.sleep(0.1)
        if time.monotonic() - began > GONE_SECONDS * clock.stretch():
            seen.late.append(f"the container was there for another {time.monotonic() - began:.1f} s")

    def _check_host(self, seen: Seen) -> None:
        if self._look_at_host() != self._host:
            seen.faults.append("the host's file was touched")

    def _look_at_host(self) -> tuple[object, ...]:
        stat = self.canaries.file.stat()
        content = self.canaries.file.read_bytes()
        return (
            content,
            stat.st_mode,
            stat.st_uid,
            stat.st_mtime_ns,
            stat.st_nlink,
            sorted(self.canaries.file.parent.iterdir()),
        )

    # Others

    def _reference(self, case: Case, form: str) -> tuple[Outcome, tuple[str, ...]] | None:
        program = case.reference(form, self.canaries)
        if program is None:
            return None
        key = json.dumps(program.to_json(), sort_keys=True), form
        if key not in self._references:
            outcome = self._ask_patiently(program)
            expected = expected_tests(outcome)
            assert judge(outcome, expected).verdict == "accepted", (
                f"{case.name}: the solution fails: {_brief(outcome)}"
            )
            self._references[key] = outcome, expected
        return self._references[key]

    def _check_honest(self, seen: Seen) -> None:
        """A right submission that comes next is accepted."""
        outcome = self._ask_patiently(self._honest[1])
        verdict = judge(outcome, self._honest_expected).verdict
        if verdict != "accepted":
            seen.faults.append(f"the honest submission after it got {verdict}: {_brief(outcome)}")

    def _warm_up(self) -> None:
        reference, submission = self._honest
        outcome = self._ask_patiently(reference)
        self._honest_expected = expected_tests(outcome)
        assert judge(outcome, self._honest_expected).verdict == "accepted", _brief(outcome)
        self._honest = reference, _with_contract(submission, outcome)

    def _ask_patiently(self, program: Program) -> Outcome:
        for _ in range(TRIES - 1):
            with contextlib.suppress(BrokerUnavailable):
                outcome = self.broker.client.run(program, HONEST, user="honest")
                if outcome.status is not Status.INTERNAL_ERROR:
                    return outcome
        return self.broker.client.run(program, HONEST, user="honest")

    @contextlib.contextmanager
    def _beside(self, seen: Seen, user: str) -> Iterator[None]:
        """The second program of a case, under way while the first one runs."""
        program = seen.case.beside(self.canaries)
        if program is None:
            yield
            return
        with ThreadPoolExecutor(1) as thread:
            future = thread.submit(self.broker.client.run, program, seen.case.limits, user=f"{user}-beside")
            yield
        outcome = future.result()
        self._check_texts(seen, outcome)
        said = "\n".join(_texts(outcome.to_json()))
        for pattern in seen.case.beside_says or ():
            if not re.search(pattern, said, re.MULTILINE):
                seen.faults.append(f"the program beside does not say {pattern!r}: {_brief(outcome)}")

    def _memory(self, name: str) -> float:
        """A figure of the broker's process, in MiB."""
        status = Path(f"/proc/{self.broker.process.pid}/status").read_text(encoding="ascii")
        found = re.search(rf"^{name}:\s+(\d+) kB", status, re.MULTILINE)
        assert found is not None, status
        return int(found[1]) / 1024

    def _reset_memory_peak(self) -> float:
        """Let the kernel count the broker's peak from here. Gives what it uses now."""
        Path(f"/proc/{self.broker.process.pid}/clear_refs").write_text("5", encoding="ascii")
        return self._memory("VmRSS")


def _verdict(case: Case, outcome: Outcome, reference: tuple[Outcome, tuple[str, ...]] | None) -> str:
    if case.kind != "graded":
        return judge_run(outcome).verdict
    return judge(outcome, expected_tests(outcome) if reference is None else reference[1]).verdict


def _with_contract(program: Program, reference: Outcome) -> Program:
    return Program.from_json({**program.to_json(), "contract": reference.contract})


def _texts(told: object, without: frozenset[str] = frozenset()) -> Iterator[str]:
    """Every text in a plain form."""
    if isinstance(told, str):
        yield told
    elif isinstance(told, dict):
        for key, value in told.items():
            if key not in without and key != "contract":
                yield from _texts(value, without)
    elif isinstance(told, list):
        for value in told:
            yield from _texts(value, without)


def _brief(outcome: Outcome) -> str:
    told = {
        key: value
        for key, value in outcome.to_json().items()
        if value and key not in {"contract", "collected"}
    }
    return json.dumps(told, indent=1)[:6000]
