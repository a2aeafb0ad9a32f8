"""The proof of a question about a faulty line: its tests fail on the program and pass on the mended one."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from quizapp.questions.document import Document
from quizapp.questions.finding import Finding
from quizapp.questions.schema import BugQuestion
from quizapp.rules.judging import judge
from sandbox.protocol import Limits, Outcome, Program, TestStatus


def bug_findings(
    run: Callable[[Program, Limits], Outcome], question: BugQuestion, document: Document
) -> Iterator[Finding]:
    """Give what the proof of this question does not prove; nothing for a question without a proof."""
    if question.proof is None:
        return
    tests = {"test_proof.py": question.proof}
    outcome = run(Program(files={"app.py": question.fixed}, tests=tests, record=True), Limits())
    if judge(outcome, outcome.collected).verdict != "accepted":
        place = document.place(("fixed",), key=True)
        why = _why(outcome)
        message = f"the mended program does not pass the proof: {why}"
        yield document.finding(place, "solution-fails", message, "mend the program or the proof")
        return
    faulty = run(
        Program(files={"app.py": question.program}, tests=tests, contract=outcome.contract), Limits()
    )
    if judge(faulty, outcome.collected).verdict == "accepted":
        place = document.place(("proof",), key=True)
        message = "the faulty program passes the proof"
        yield document.finding(place, "proof-passes", message, "write a test that the fault fails")


def _why(outcome: Outcome) -> str:
    failed = next((test for test in outcome.tests if test.status is not TestStatus.PASSED), None)
    if failed is not None:
        why = failed.message or failed.exception or failed.status.value
        return " ".join(f"{failed.name.partition('::')[2]}: {why}".split())[:300]
    if outcome.error:
        return f"{outcome.error.type}: {outcome.error.message}"[:300]
    return outcome.detail or outcome.status.value
