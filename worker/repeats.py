"""Whether a question's own reference always fares alike: what passes only mostly fails some candidate for nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from quizapp.questions.document import Document, Place
from quizapp.questions.finding import Finding
from quizapp.questions.schema import BugQuestion, CodeQuestion, OutputQuestion, Question, TestsQuestion
from quizapp.rules import programs
from sandbox.protocol import GraderFor, Limits, Outcome, Program
from worker.testlines import name_of, place_of
from worker.variants import meet

Run = Callable[[Program, Limits], Outcome]
Said = Mapping[str, str]  # name of a test, or of what else is looked at -> how it went

PRINTED = "what the program prints"
HINT = "take chance, time and order out of it, or wait for what it depends on"


def said_once(run: Run, question: Question) -> Said:
    """Run the reference of a question once. Raises what `run` raises, and `TypeError` for a question without one."""
    if isinstance(question, CodeQuestion):
        content = question.to_content()
        return _of_tests(run(programs.reference(content), programs.limits(content)))
    if isinstance(question, BugQuestion):
        tests = {"test_proof.py": question.proof or ""}
        return _of_tests(run(Program(files={"app.py": question.fixed}, tests=tests, record=True), Limits()))
    if isinstance(question, OutputQuestion):
        outcome = run(Program(files={"main.py": question.program}, main="main.py"), Limits())
        return {PRINTED: outcome.stdout, "the program": f"{outcome.status.value} {outcome.exit_code}"}
    if isinstance(question, TestsQuestion):
        content = question.to_content()
        met = meet(
            lambda program: run(program, programs.limits(content)),
            content,
            question.solution,
            meetings=1,
            grader_for=GraderFor.ALL,
        )
        return {line.name: line.status.value for line in met.outcome.tests}
    raise TypeError(question)


def _of_tests(outcome: Outcome) -> Said:
    said = {test.name: test.status.value for test in outcome.tests}
    return said if outcome.complete else {**said, "the run": outcome.status.value}


def mixed_findings(question: Question, document: Document, runs: Sequence[Said]) -> Iterator[Finding]:
    """Give a finding for each test that did not end alike in all runs, with how often it ended how."""
    for name in dict.fromkeys(name for said in runs for name in said):
        counts = Counter(said.get(name, "did not run") for said in runs)
        if len(counts) > 1:
            place, told = _told(question, document, name)
            if name == PRINTED:
                ways = f"{len(counts)} different texts"
            else:
                ways = ", ".join(f"{word} {count} times" for word, count in counts.most_common())
            message = f"in {len(runs)} runs of the same solution {told}: {ways}"
            yield document.finding(place, "flaky-reference", message, HINT)


def _told(question: Question, document: Document, name: str) -> tuple[Place, str]:
    """Where a finding about a test is placed, and what the test is called."""
    if isinstance(question, CodeQuestion):
        if "::" in name:
            return place_of(question, document, name), name_of(name)
        return document.place(("solution",), key=True), name
    part = {"bug": "proof", "output": "program"}.get(question.kind, "solution")
    return document.place((part,), key=True), name.rpartition("::")[2]
