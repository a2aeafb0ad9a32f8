"""Proves many questions at once: what `questions check` does with the sandbox once the files are read."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from quizapp.questions.document import read_file
from quizapp.questions.finding import Finding
from quizapp.questions.library import Library
from quizapp.questions.schema import BugQuestion, CodeQuestion, OutputQuestion, Question, TestsQuestion
from sandbox.client import LocalBroker
from sandbox.protocol import Priority
from worker.cases import have_images
from worker.mutation import Score
from worker.proofs import NotProved, Prover
from worker.repeats import mixed_findings, said_once

Q = TypeVar("Q", bound=Question)


@dataclass
class Proved:
    """What came of it: findings, a sentence for each question that could not be proved, and scores if wanted."""

    findings: list[Finding] = field(default_factory=list)
    unproved: list[str] = field(default_factory=list)
    scores: list[Score] = field(default_factory=list)


def say(text: str) -> None:
    """Tell whoever watches how far it has come."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def can_be_proved(question: Question) -> bool:
    """Whether there is something of this question to run."""
    if isinstance(question, BugQuestion):
        return question.proof is not None
    return isinstance(question, CodeQuestion | OutputQuestion | TestsQuestion)


def prove(
    questions: Sequence[Question], library: Library, jobs: int, *, mutants: bool = False, repeat: int = 0
) -> Proved:
    """Prove questions, several at a time; with `mutants` score their tests, with `repeat` run references that often.

    Uses the running broker behind everybody who waits for it, or one of its own. Raises `BrokerUnavailable`.
    """
    have_images()
    broker = LocalBroker()
    with broker as client, _threads(jobs) as threads, _threads(jobs) as pieces:
        prover = Prover(client, Priority.LIVE if broker.is_own else Priority.BULK)
        course = Round(prover, library, threads, pieces)
        course.proofs(questions)
        if mutants:
            course.scores(questions)
        if repeat:
            course.repeats(questions, repeat)
    return course.proved


@contextmanager
def _threads(count: int) -> Iterator[Executor]:
    with ThreadPoolExecutor(max_workers=count) as threads:
        try:
            yield threads
        except BaseException:
            threads.shutdown(cancel_futures=True)
            raise


class Round:
    """One round through some questions, with one prover."""

    def __init__(self, prover: Prover, library: Library, threads: Executor, pieces: Executor) -> None:
        self.prover = prover
        self.library = library
        self.threads = threads  # a question in each
        self.pieces = pieces  # what is run side by side for one question
        self.proved = Proved()

    def proofs(self, questions: Sequence[Question]) -> None:
        """What every check proves of a question."""

        def one(question: Question) -> str:
            found = self.prover.findings(question, self.library.origins[question.id].path)
            self.proved.findings += found
            return f"{len(found)} findings" if found else "proved"

        self._each("", questions, one)

    def scores(self, questions: Sequence[Question]) -> None:
        """How many faults in each solution its tests notice."""

        def one(question: CodeQuestion) -> str:
            path = self.library.origins[question.id].path
            score, found = self.prover.score(question, path, self.pieces)
            self.proved.findings += found
            if score is None:
                return "no score, as its solution does not pass"
            self.proved.scores.append(score)
            return f"{score.killed} of {score.mutants} mutants killed"

        self._each("mutants of ", [one for one in questions if isinstance(one, CodeQuestion)], one)

    def repeats(self, questions: Sequence[Question], times: int) -> None:
        """Whether each reference always fares alike, with many others running beside it."""

        def one(question: Question) -> str:
            document, met = read_file(self.library.origins[question.id].path), next(question.each())
            runs = list(self.pieces.map(lambda _: said_once(self.prover.run, met), range(times)))
            found = list(mixed_findings(met, document, runs))
            self.proved.findings += found
            return "mixed" if found else f"the same {times} times"

        self._each("repeats of ", questions, one)

    def _each(self, what: str, questions: Sequence[Q], one: Callable[[Q], str]) -> None:
        """Do something with each question, and say on stderr how far it has come."""
        done: list[str] = []

        def told(question: Q) -> None:
            began = time.monotonic()
            try:
                how = one(question)
            except NotProved as problem:
                how = "not proved"
                self.proved.unproved.append(f"{question.id} could not be proved: {problem}")
            done.append(question.id)
            count = f"{len(done):{len(str(len(questions)))}}/{len(questions)}"
            took = time.monotonic() - began
            say(f"{count} {what}{question.id}: {how} ({took:.1f} s)")

        list(self.threads.map(told, questions))
