"""What is proved of one question in the sandbox, and what is found wrong with it.

For a code question: its solution passes every test in good time, its starter does not pass, no cheat passes a test it
may not, and each listed mistake fails exactly the tests it names. For an output question: its program prints what it
claims, every time. For a bug question: its proof fails on the program and passes on the mended one.
For a question that asks for tests: its model tests find every mutant, and weak ones miss those that are named.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from pathlib import Path
from typing import Any

from quizapp.questions.document import Document, Place, read_file
from quizapp.questions.finding import Finding
from quizapp.questions.schema import BugQuestion, CodeQuestion, OutputQuestion, Question, TestsQuestion
from quizapp.rules import parameters, programs
from quizapp.rules.judging import judge
from quizapp.rules.marking import printed_lines
from sandbox.client import BrokerClient
from sandbox.clock import FairClock
from sandbox.protocol import Limits, Outcome, Priority, Program, Status, TestStatus
from worker.bugs import bug_findings
from worker.cheats import Cheat, cheats
from worker.mutation import Mutation, Score
from worker.testlines import name_of, place_of
from worker.tests_proofs import tests_findings

TRIES = 3  # of a run that fails for a reason of ours, or that seems slow
SHARE_OF_LIMIT = 0.5  # more than this of a limit is too close to it on a busier machine
OURS = (Status.INTERNAL_ERROR, Status.CANCELLED)
USER = "questions check"
PRINTS = 2  # runs of an output program: the second one has another hash seed


class NotProved(Exception):
    """The sandbox failed, so nothing is known about the question; the text says why."""


class Prover:
    """Proves questions through one broker. Safe to share between threads."""

    def __init__(self, client: BrokerClient, priority: Priority = Priority.BULK) -> None:
        self._client = client
        self._priority = priority

    def findings(self, question: Question, path: Path) -> list[Finding]:
        """What is wrong with a question that loads. Raises `NotProved`, `BrokerUnavailable`.

        A parameterised question is proved filled with each of its sets.
        """
        if question.parameters:
            return [
                replace(finding, message=f"{finding.message} (filled with {parameters.told(values)})")
                for values in question.parameters
                for finding in self.findings(question.filled(values), path)
            ]
        if isinstance(question, CodeQuestion):
            return list(_CodeProof(self, question, read_file(path)).findings())
        if isinstance(question, OutputQuestion):
            return list(self._printing(question, read_file(path)))
        if isinstance(question, BugQuestion):
            return list(bug_findings(self.run, question, read_file(path)))
        if isinstance(question, TestsQuestion):
            return list(tests_findings(self.run, question, read_file(path)))
        return []

    def run(self, program: Program, limits: Limits) -> Outcome:
        """Run a program, again when it fails for a reason of ours. Raises `NotProved`, `BrokerUnavailable`."""
        detail = ""
        for _ in range(TRIES):
            outcome = self._client.run(program, limits, self._priority, user=USER)
            if outcome.status not in OURS:
                return outcome
            detail = outcome.detail
        raise NotProved(detail or "the sandbox failed and does not say why")

    def run_each(self, programs: Sequence[Program], limits: Limits) -> list[Outcome]:
        """Run programs of one author one after the other, in one container as long as each comes to its end.

        Raises `NotProved`, `BrokerUnavailable`.
        """
        series = secrets.token_hex(16)
        return [self.run(replace(program, series=series), limits) for program in programs]

    def score(
        self, question: CodeQuestion, path: Path, pieces: Executor
    ) -> tuple[Score | None, list[Finding]]:
        """How many of the faults put into the solution its tests notice; no score when the solution does not pass.

        A parameterised question is filled with its first set. The runs are spread over `pieces`. Raises `NotProved`,
        `BrokerUnavailable`.
        """
        met = next(question.each())
        assert isinstance(met, CodeQuestion)  # noqa: S101 - for the type checker
        content = met.to_content()
        outcome = self.run(programs.reference(content), programs.limits(content))
        if _recorded(outcome) is None:
            return None, []
        mutation = Mutation(self.run, self.run_each, met, question.equivalents, read_file(path))
        return mutation.score(outcome, pieces)

    def _printing(self, question: OutputQuestion, document: Document) -> Iterator[Finding]:
        program = Program(files={"main.py": question.program}, main="main.py")
        for _ in range(PRINTS):
            outcome = self.run(program, Limits())
            if outcome.status is not Status.FINISHED or outcome.exit_code:
                said = outcome.stderr.strip().splitlines()
                why = said[-1] if said else outcome.detail or f"exit status {outcome.exit_code}"
                place = document.place(("program",), key=True)
                yield document.finding(
                    place, "program-fails", f"the program does not end well: {why}", "mend the program"
                )
                return
            if (found := _difference(question.expected, outcome.stdout)) is not None:
                line, message = found
                place = document.inside(("expected",), line)
                yield document.finding(
                    place, "wrong-output", message, "print the same on every run, and claim that"
                )
                return


def _recorded(outcome: Outcome) -> dict[str, Any] | None:
    """What a question version keeps of its reference run; None when the solution does not pass."""
    if judge(outcome, outcome.collected).verdict != "accepted":
        return None
    return {"contract": outcome.contract, "tests": list(outcome.collected)}


def _difference(expected: str, printed: str) -> tuple[int, str] | None:
    """The first line (from 1) in which the two differ, and how; None when they are the same."""
    wanted, got = printed_lines(expected), printed_lines(printed)
    if wanted == got:
        return None
    line = next(
        (n for n, (a, b) in enumerate(zip(wanted, got, strict=False)) if a != b), min(len(wanted), len(got))
    )
    claims = repr(wanted[line]) if line < len(wanted) else "nothing more"
    prints = repr(got[line]) if line < len(got) else "nothing more"
    return min(
        line, len(wanted) - 1
    ) + 1, f"line {line + 1} claims {claims:.120}, the program prints {prints:.120}"


class _CodeProof:
    """The proofs of one code question, in order; without a solution that passes there is nothing to hold others to."""

    def __init__(self, prover: Prover, question: CodeQuestion, document: Document) -> None:
        self.run = prover.run
        self.run_each = prover.run_each
        self.question = question
        self.document = document
        self.content = question.to_content()
        self.limits = programs.limits(self.content)
        self.recorded: Mapping[str, Any] = {}

    def place_of(self, test_id: str) -> Place:
        """Where a test is written."""
        return place_of(self.question, self.document, test_id)

    def findings(self) -> Iterator[Finding]:
        outcome = self.run(programs.reference(self.content), self.limits)
        recorded = _recorded(outcome)
        if recorded is None:
            yield from self._solution_fails(outcome)
            return
        self.recorded = recorded
        yield from self._too_slow(outcome)
        yield from self._starter()
        yield from self._mistakes()
        yield from self._cheats()

    def graded(self, files: Mapping[str, str]) -> tuple[str, list[str]]:
        """The verdict for some files, and the ids of the tests that did not pass."""
        program = self._program(files)
        return self._judged(program, self.run(program, self.limits))

    def _program(self, files: Mapping[str, str]) -> Program:
        return programs.graded(self.content, self.recorded, files, scope="full", trace=False)

    def _judged(self, program: Program, outcome: Outcome) -> tuple[str, list[str]]:
        for _ in range(TRIES - 1):
            if outcome.status is not Status.WALL_LIMIT:
                break
            outcome = self.run(program, self.limits)  # the machine may have been busy with others
        expected = tuple(self.recorded["tests"])
        passed = {test.name for test in outcome.tests if test.status is TestStatus.PASSED}
        return judge(outcome, expected).verdict, [name for name in expected if name not in passed]

    def _solution_fails(self, outcome: Outcome) -> Iterator[Finding]:
        failed = [test for test in outcome.tests if test.status is not TestStatus.PASSED]
        for test in failed:
            why = test.message or test.exception or test.status.value
            yield self.document.finding(
                self.place_of(test.name),
                "solution-fails",
                f"the solution does not pass {name_of(test.name)}: {_one_line(why)}",
                "mend the test or the solution",
            )
        if not failed:
            error = outcome.error
            why = f"{error.type}: {error.message}" if error else outcome.detail or outcome.status.value
            place = self.document.place(("solution",), key=True)
            message = f"the solution does not pass: {_one_line(why)}"
            yield self.document.finding(place, "solution-fails", message, "mend the solution")

    def _too_slow(self, outcome: Outcome) -> Iterator[Finding]:
        slow = self._slow(outcome)
        for _ in range(TRIES - 1):
            if slow is None:
                return
            # The machine may have been busy with others: the best of a few runs counts.
            slow = self._slow(self.run(programs.reference(self.content), self.limits))
        if slow is not None:
            place, message = slow
            yield self.document.finding(
                place, "too-slow", message, "make the tests quicker, or raise the question's limits"
            )

    def _slow(self, outcome: Outcome) -> tuple[Place, str] | None:
        # On a busy machine honest code takes longer, and its wall limit moves along: see `sandbox.clock`.
        stretch = FairClock().stretch()
        for used, limit, what in (
            (outcome.cpu_seconds, self.limits.cpu_seconds, "seconds of processor time"),
            (outcome.wall_seconds / stretch, self.limits.wall_seconds, "seconds"),
        ):
            if used > SHARE_OF_LIMIT * limit:
                place = self.document.place(("limits",), key=True)
                return place, f"the solution takes {used:.1f} of {limit:g} {what}"
        for test in outcome.tests:
            took = test.seconds / stretch
            if took > SHARE_OF_LIMIT * self.limits.test_seconds:
                message = f"{name_of(test.name)} takes {took:.1f} s of {self.limits.test_seconds:g} s"
                return self.place_of(test.name), message
        return None

    def _starter(self) -> Iterator[Finding]:
        verdict, _ = self.graded(self.question.files)
        if verdict == "accepted":
            place = self.document.place(("files",), key=True)
            hint = "write a test that the starter fails"
            yield self.document.finding(
                place, "starter-passes", "the starter passes every test as it is", hint
            )

    def _mistakes(self) -> Iterator[Finding]:
        for index, mistake in enumerate(self.question.mistakes):
            verdict, failed = self.graded(self.question.mistaken_files(mistake))
            route = ("mistakes", index)
            if verdict == "accepted":
                place = self.document.place((*route, "title"))
                message = f"the mistake '{mistake.title}' passes every test"
                yield self.document.finding(place, "mistake-passes", message, "write a test that it fails")
                continue
            names, claimed = {name_of(test) for test in failed}, set(mistake.fails)
            if names != claimed:
                differences = [f"also fails {name}" for name in sorted(names - claimed)]
                differences += [f"passes {name}" for name in sorted(claimed - names)]
                place = self.document.place((*route, "fails"), key=True)
                message = f"the mistake '{mistake.title}' {', '.join(differences)}"
                yield self.document.finding(
                    place, "mistake-fails-others", message, "list exactly the tests it fails"
                )

    def _cheats(self) -> Iterator[Finding]:
        """All of them in one container, as far as they let go of it: nothing of a candidate's is among them."""
        made = list(cheats(self.question))
        programs_of_cheats = [self._program(cheat.files) for cheat in made]
        outcomes = self.run_each(programs_of_cheats, self.limits)
        for cheat, program, outcome in zip(made, programs_of_cheats, outcomes, strict=True):
            _, failed = self._judged(program, outcome)
            yield from self._cheat(cheat, failed)

    def _cheat(self, cheat: Cheat, failed: list[str]) -> Iterator[Finding]:
        for name in self.recorded["tests"]:
            if name in failed or (cheat.spares_samples and programs.is_sample(self.content, name)):
                continue
            message = f"{name_of(name)} is passed by a cheat: {cheat.title}"
            hint = "let the test also ask for something that only a solution does"
            yield self.document.finding(self.place_of(name), "cheat-passes", message, hint)


def _one_line(text: str) -> str:
    return " ".join(text.split())[:300]
