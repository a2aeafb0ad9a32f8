"""The proof of a question that asks for tests: model tests find every mutant, weak ones miss those that are named."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from quizapp.questions.document import Document
from quizapp.questions.finding import Finding
from quizapp.questions.schema import TestsQuestion
from quizapp.rules import programs
from sandbox.protocol import GraderFor, Limits, Outcome, Program, TestStatus
from worker.variants import Met, meet

Run = Callable[[Program, Limits], Outcome]


def tests_findings(run: Run, question: TestsQuestion, document: Document) -> Iterator[Finding]:
    """Give what is wrong with the programs, the model tests and the listed mistakes."""
    model = _met(run, question, question.solution)
    if broken := _not_passed(model, "right::"):
        place = document.place(("solution",), key=True)
        message = f"the solution does not pass on a right program: {broken[0]}"
        yield document.finding(place, "solution-fails", message, "mend the tests or the program")
        return
    for title in _not_passed(model, "mutants::"):
        index = next(number for number, mutant in enumerate(question.mutants) if mutant.title == title)
        place = document.place(("mutants", index, "title"))
        message = f"the mutant '{title}' survives the solution"
        yield document.finding(place, "mutant-survives", message, "write a test that it fails")
    if _met(run, question, question.files, needs_all=False).verdict == "accepted":
        place = document.place(("files",), key=True)
        yield document.finding(
            place, "starter-passes", "the starter kills every mutant", "give less of the tests"
        )
    for number, mistake in enumerate(question.mistakes):
        weak = _met(run, question, {**question.files, **mistake.files})
        survivors = set(_not_passed(weak, "mutants::"))
        if broken := _not_passed(weak, "right::"):
            place = document.place(("mistakes", number, "title"))
            message = f"the mistake '{mistake.title}' does not pass on a right program: {broken[0]}"
            yield document.finding(place, "mistake-fails-others", message, "mend its tests")
        elif survivors != set(mistake.fails):
            differences = [f"lets {title} live" for title in sorted(survivors - set(mistake.fails))]
            differences += [f"kills {title}" for title in sorted(set(mistake.fails) - survivors)]
            place = document.place(("mistakes", number, "fails"), key=True)
            message = f"the mistake '{mistake.title}' {', '.join(differences)}"
            yield document.finding(place, "mistake-fails-others", message, "list exactly the survivors")


def _met(run: Run, question: TestsQuestion, tests: Mapping[str, str], *, needs_all: bool = True) -> Met:
    content = question.to_content()
    limits = programs.limits(content)

    def within(program: Program) -> Outcome:
        return run(program, limits)

    def met() -> Met:
        return meet(within, content, tests, meetings=1, grader_for=GraderFor.ALL, needs_all=needs_all)

    found = met()
    # The machine may have been busy with others.
    return found if found.verdict != "time_limit" else met()


def _not_passed(met: Met, prefix: str) -> list[str]:
    """The titles of the programs on which it did not go as it should; for right ones with the reason."""
    return [
        line.name.removeprefix(prefix)
        + (f" ({' '.join(line.message.split())})" if prefix == "right::" else "")
        for line in met.outcome.tests
        if line.name.startswith(prefix) and line.status is not TestStatus.PASSED
    ]
