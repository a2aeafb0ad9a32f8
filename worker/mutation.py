"""How well the tests of a code question guard its solution: the share of small faults in it that they notice.

The mutants of a question (see `mutator`) run in pieces, each piece in one container, since all are an author's own
code with one fault; each stops at the first test that does not pass. A survivor is one that passes every test. Those
that cannot be told from the solution are declared by the question as `equivalents`, each with a reason.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from quizapp.questions.document import Document
from quizapp.questions.finding import Finding, suggestion
from quizapp.questions.parts import Equivalent
from quizapp.questions.schema import CodeQuestion
from quizapp.rules import programs
from quizapp.rules.judging import judge
from sandbox.protocol import Limits, Outcome, Program, Status
from worker.mutator import Mutant, mutants

PIECE = 12  # mutants that share a container
LEAST_SHARE = 0.8  # of a question's mutants that its tests have to kill
AVERAGE_SHARE = 0.9  # over all questions
LISTED = 5  # survivors that a finding names
TIME_OVER = frozenset({"time_limit"})

Run = Callable[[Program, Limits], Outcome]
RunEach = Callable[[Sequence[Program], Limits], list[Outcome]]


@dataclass(frozen=True)
class Survivor:
    """A mutant that passes every test, and where in the question's file its line stands."""

    mutant: Mutant
    line: int

    def to_json(self) -> dict[str, Any]:
        """Its name, the line in the file, and what is different."""
        return {"mutant": self.mutant.name, "line": self.line, "difference": self.mutant.difference}


@dataclass(frozen=True)
class Score:
    """What came of one question's mutants. `declared` counts the equivalents that did survive."""

    question: str
    path: str
    mutants: int
    killed: int
    declared: int
    survivors: tuple[Survivor, ...]
    seconds: float  # that the runs took, one after the other

    @property
    def share(self) -> float:
        """The mutants that were killed, of those that can be: from 0 to 1."""
        wanted = self.mutants - self.declared
        return self.killed / wanted if wanted else 1.0

    def to_json(self) -> dict[str, Any]:
        """A row of the table."""
        return {
            "question": self.question,
            "path": self.path,
            "mutants": self.mutants,
            "killed": self.killed,
            "declared": self.declared,
            "survived": len(self.survivors),
            "score": round(self.share, 4),
            "seconds": round(self.seconds, 1),
            "survivors": [survivor.to_json() for survivor in self.survivors],
        }


class Mutation:
    """The mutants of one question, run through `run_each`, which gives the outcomes of programs in one container.

    `equivalents` are those it declares.
    """

    def __init__(
        self,
        run: Run,
        run_each: RunEach,
        question: CodeQuestion,
        equivalents: Sequence[Equivalent],
        document: Document,
    ) -> None:
        self.run = run
        self.run_each = run_each
        self.question = question
        self.equivalents = equivalents
        self.document = document
        self.content = question.to_content()
        self.mutants = [
            mutant for path, text in sorted(question.solution.items()) for mutant in mutants(path, text)
        ]

    def score(self, reference: Outcome, pieces: Executor) -> tuple[Score, list[Finding]]:
        """Run every mutant, piece by piece on `pieces`: the score, and what is to be mended. Raises what `run` raises."""
        limits = self._limits(reference)
        recorded = {"contract": reference.contract, "tests": list(reference.collected)}

        def one(piece: Sequence[Mutant]) -> tuple[list[Mutant], float]:
            began = time.monotonic()
            return self._survivors(piece, recorded, limits), time.monotonic() - began

        cut = [self.mutants[start : start + PIECE] for start in range(0, len(self.mutants), PIECE)]
        done = list(pieces.map(one, cut))
        alive = [mutant for survivors, _ in done for mutant in survivors]
        declared = {one.mutant for one in self.equivalents} & {mutant.name for mutant in alive}
        score = Score(
            question=self.question.id,
            path=str(self.document.path),
            mutants=len(self.mutants),
            killed=len(self.mutants) - len(alive),
            declared=len(declared),
            survivors=tuple(
                Survivor(mutant, self._line(mutant)) for mutant in alive if mutant.name not in declared
            ),
            seconds=sum(seconds for _, seconds in done),
        )
        return score, [*self._weakness(score), *self._stale({mutant.name for mutant in alive})]

    def _survivors(
        self, piece: Sequence[Mutant], recorded: Mapping[str, Any], limits: Limits
    ) -> list[Mutant]:
        made = [self._program(mutant, recorded) for mutant in piece]
        outcomes = self.run_each(made, limits)
        expected = tuple(recorded["tests"])
        alive = []
        for mutant, program, outcome in zip(piece, made, outcomes, strict=True):
            verdict = judge(outcome, expected).verdict
            if verdict in TIME_OVER and outcome.status is not Status.CPU_LIMIT:
                # The machine may have been busy with others.
                verdict = judge(self.run(program, limits), expected).verdict
            if verdict == "accepted":
                alive.append(mutant)
        return alive

    def _program(self, mutant: Mutant, recorded: Mapping[str, Any]) -> Program:
        files = {**self.question.solved_files(), mutant.path: mutant.text}
        program = programs.graded(self.content, recorded, files, scope="full", trace=False)
        return dataclasses.replace(program, stops_at_failure=True)

    def _limits(self, reference: Outcome) -> Limits:
        """A small multiple of what the solution takes, so that a mutant that loops is cut soon."""
        own = programs.limits(self.content)
        slowest = max((test.seconds for test in reference.tests), default=0.0)
        return dataclasses.replace(
            own,
            cpu_seconds=min(own.cpu_seconds, 1.0 + 3 * reference.cpu_seconds),
            wall_seconds=min(own.wall_seconds, 2.0 + 3 * reference.wall_seconds),
            test_seconds=min(own.test_seconds, 1.0 + 3 * slowest),
        )

    # Findings

    def _line(self, mutant: Mutant) -> int:
        """The line of the question's file on which a mutant's line stands."""
        return self.document.inside(("solution", mutant.path), mutant.line).line

    def _weakness(self, score: Score) -> Iterator[Finding]:
        if score.share >= LEAST_SHARE:
            return
        names = [survivor.mutant.name for survivor in score.survivors]
        more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
        message = (
            f"the tests notice {score.killed} of {score.mutants - score.declared} faults in the solution"
            f" ({score.share:.0%}, wanted {LEAST_SHARE:.0%}); not {', '.join(names[:LISTED])}{more}"
        )
        hint = "test what they change, or declare those that change nothing as `equivalents`"
        yield self.document.finding(self.document.place(("tests",), key=True), "weak-tests", message, hint)

    def _stale(self, alive: set[str]) -> Iterator[Finding]:
        known = {mutant.name for mutant in self.mutants}
        for number, equivalent in enumerate(self.equivalents):
            place = self.document.place(("equivalents", number, "mutant"))
            if equivalent.mutant not in known:
                message = f"declares the mutant '{equivalent.mutant}', which there is not"
                hint = suggestion(equivalent.mutant, alive) or "take it out"
                yield self.document.finding(place, "unknown-equivalent", message, hint)
            elif equivalent.mutant not in alive:
                message = f"declares the mutant '{equivalent.mutant}', which the tests do notice"
                yield self.document.finding(place, "equivalent-killed", message, "take it out")


# What is shown of all questions


def table(scores: Sequence[Score]) -> Iterator[str]:
    """The lines of a table: each question, then all of them."""
    width = max([len(score.question) for score in scores] + [8])
    yield f"{'question':{width}} mutants  killed  declared  survived  score  seconds"
    for score in sorted(scores, key=lambda score: score.question):
        yield (
            f"{score.question:{width}} {score.mutants:7} {score.killed:7} {score.declared:9}"
            f" {len(score.survivors):9} {score.share:6.0%} {score.seconds:8.1f}"
        )
    told = summary(scores)
    yield (
        f"{len(scores)} questions, {told['mutants']} mutants, {told['killed']} killed, {told['declared']} declared,"
        f" {told['survived']} survived; average score {told['average']:.1%}; {told['seconds']:.0f} s of runs"
    )


def told_survivors(scores: Sequence[Score]) -> Iterator[str]:
    """The lines that list what survived: where it is, and what is different."""
    for score in scores:
        for survivor in score.survivors:
            yield f"{score.path}:{survivor.line} survives: {survivor.mutant.name}"
            yield from (f"    {line}" for line in survivor.mutant.difference.splitlines())


def summary(scores: Sequence[Score]) -> dict[str, Any]:
    """The figures over all questions; `average` is that of the questions' scores, each counted alike."""
    return {
        "mutants": sum(score.mutants for score in scores),
        "killed": sum(score.killed for score in scores),
        "declared": sum(score.declared for score in scores),
        "survived": sum(len(score.survivors) for score in scores),
        "average": round(average(scores), 4),
        "seconds": round(sum(score.seconds for score in scores), 1),
        "questions": [score.to_json() for score in sorted(scores, key=lambda score: score.question)],
    }


def average(scores: Sequence[Score]) -> float:
    """The mean of the questions' scores; 1.0 of none. Questions without mutants (templates only) do not count."""
    shares = [score.share for score in scores if score.mutants]
    return sum(shares) / len(shares) if shares else 1.0
