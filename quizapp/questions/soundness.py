"""Rules a question must keep that no single field can see; pure, one flaw per thing to mend."""

from __future__ import annotations

import difflib
from collections.abc import Generator, Iterator
from functools import singledispatch

from quizapp.questions.document import Route
from quizapp.questions.finding import suggestion
from quizapp.questions.flaw import Flaw, names_of_tests, unparsable
from quizapp.questions.giveaways import giveaway_flaws
from quizapp.questions.markup import markup_flaws
from quizapp.questions.references import reference_flaws
from quizapp.questions.schema import (
    BugQuestion,
    ChoiceQuestion,
    CodeQuestion,
    FreeQuestion,
    OrderQuestion,
    OutputQuestion,
    Question,
    TestsQuestion,
    TextQuestion,
)
from quizapp.questions.soundness_parameters import filled_flaws, set_flaws
from quizapp.questions.soundness_tests import free_flaws, tests_flaws
from quizapp.rules.marking import fits, line_number, normalised, printed_lines, split_indent
from quizapp.rules.wildcards import PatternError


def flaws(question: Question) -> Iterator[Flaw]:
    """Give every broken rule of one question; a parameterised one is held to them filled with each of its sets."""
    if question.parameters:
        wrong = list(set_flaws(question))
        yield from wrong or filled_flaws(question, flaws)
        return
    cost = sum(hint.cost for hint in question.hints)
    if cost > question.points:
        message = f"has hints that cost {cost} of {question.points} points"
        yield Flaw(("hints",), "hints-too-dear", message, "make the hints cheaper in all than the question")
    for name in ("covers", "tags", "references"):
        yield from _repeated((name,), getattr(question, name))
    yield from reference_flaws(question.references)
    yield from markup_flaws(question)
    yield from _kind_flaws(question)
    yield from giveaway_flaws(question)


def _repeated(route: Route, values: tuple[str, ...], code: str = "repeated") -> Iterator[Flaw]:
    first: dict[str, int] = {}
    for index, value in enumerate(values):
        if first.setdefault(value, index) != index:
            yield Flaw((*route, index), code, f"repeats {value!r}", "take one of them out")


@singledispatch
def _kind_flaws(question: Question) -> Iterator[Flaw]:
    raise TypeError(question)


@_kind_flaws.register
def _(question: ChoiceQuestion) -> Iterator[Flaw]:
    right = [index for index, option in enumerate(question.options) if option.correct]
    if not right:
        yield Flaw(("options",), "no-right-option", "has no right option", "mark it with `correct: true`")
    if question.select == "one" and len(right) > 1:
        yield Flaw(
            ("options", right[1]),
            "two-right-options",
            f"has {len(right)} right options, but `select: one`",
            "write `select: several`, or take a `correct` out",
        )
    yield from _repeated(
        ("options",), tuple(" ".join(o.text.split()) for o in question.options), "same-option"
    )


@_kind_flaws.register
def _(question: TextQuestion) -> Iterator[Flaw]:
    rules = question.normalise
    accepted = [normalised(answer, rules) for answer in question.accept]
    for index, answer in enumerate(accepted):
        if answer in accepted[:index]:
            yield Flaw(
                ("accept", index), "repeated", "is accepted already", "normalisation makes the two the same"
            )
        if not answer:
            yield Flaw(("accept", index), "empty-answer", "is empty once normalised", "drop `punctuation`")
    for index, pattern in enumerate(question.patterns):
        try:
            fits(pattern, "", rules)
        except PatternError as problem:
            yield Flaw(("patterns", index), "bad-pattern", str(problem), "see questions/README.md")
            return
    for index, miss in enumerate(question.near_misses):
        answer = normalised(miss.answer, rules)
        if answer in accepted or any(fits(pattern, answer, rules) for pattern in question.patterns):
            yield Flaw(("near_misses", index), "near-miss-accepted", "is an accepted answer", "take one out")


@_kind_flaws.register
def _(question: OutputQuestion) -> Iterator[Flaw]:
    yield from unparsable(("program",), question.program)
    for index, miss in enumerate(question.near_misses):
        if printed_lines(miss.answer) == printed_lines(question.expected):
            yield Flaw(("near_misses", index), "near-miss-accepted", "is the expected output", "take it out")


@_kind_flaws.register
def _(question: BugQuestion) -> Iterator[Flaw]:
    if question.language == "python":
        yield from unparsable(("program",), question.program)
        yield from unparsable(("fixed",), question.fixed)
    if question.proof is not None:
        broken = list(unparsable(("proof",), question.proof))
        yield from broken
        if not broken and not names_of_tests({"proof.py": question.proof}):
            yield Flaw(("proof",), "no-tests", "has no test function in its proof", "name it test_...")
    mended = _mended_lines(question.program, question.fixed)
    taken: dict[int, Route] = {}
    for index, fault in enumerate(question.faulty):
        marks: list[tuple[Route, int | str]] = [(("faulty", index, "line"), fault.line)]
        marks += [(("faulty", index, "also", place), mark) for place, mark in enumerate(fault.also)]
        lines = yield from _marked_lines(question.program, marks, taken)
        if lines and not mended & set(lines):
            message = f"line {lines[0]} is faulty, but `fixed` leaves it as it is"
            yield Flaw(("faulty", index), "fault-not-mended", message, "point at a line that `fixed` changes")
    misses: list[tuple[Route, int | str]] = [
        (("near_misses", index, "line"), miss.line) for index, miss in enumerate(question.near_misses)
    ]
    yield from _marked_lines(question.program, misses, taken)


def _marked_lines(
    program: str, marks: list[tuple[Route, int | str]], taken: dict[int, Route]
) -> Generator[Flaw, None, list[int]]:
    """Find the lines that some marks mean; each must be one line with text that no other mark means."""
    lines = []
    for route, mark in marks:
        try:
            line = line_number(program, mark)
        except ValueError as problem:
            hint = "write more of the line, or its number"
            yield Flaw(route, "unknown-line", f"names the line {mark!r}: {problem}", hint)
            continue
        if not program.splitlines()[line - 1].strip():
            yield Flaw(route, "unknown-line", f"names line {line}, which is empty", "name another one")
        elif taken.setdefault(line, route) != route:
            yield Flaw(route, "repeated", f"names line {line} once more", "take one of them out")
        lines.append(line)
    return lines


def _mended_lines(program: str, fixed: str) -> set[int]:
    """Give the lines (from 1) that the mended program changes, or that it writes new lines before or after."""
    blocks = difflib.SequenceMatcher(None, program.splitlines(), fixed.splitlines(), autojunk=False)
    changed: set[int] = set()
    for tag, start, end, _, _ in blocks.get_opcodes():
        if tag == "insert":
            changed |= {start, start + 1}
        elif tag != "equal":
            changed |= set(range(start + 1, end + 1))
    return changed


@_kind_flaws.register
def _(question: OrderQuestion) -> Iterator[Flaw]:
    shown = [_shown(line, question.indent) for line in question.lines]
    if len(set(shown)) == 1:
        yield Flaw(("lines",), "ambiguous-line", "has only equal lines")
    seen = set(shown)
    for index, distractor in enumerate(question.distractors):
        text = _shown(distractor.text, question.indent)
        if text in seen:
            message = "looks the same as a line of the answer or another distractor"
            yield Flaw(("distractors", index), "ambiguous-line", message, "change one of the two")
        seen.add(text)
    if question.indent:
        for index, line in enumerate(question.lines):
            if (len(line) - len(line.lstrip(" "))) % 4:
                yield Flaw(("lines", index), "odd-indent", "is not indented by a multiple of 4 spaces")
    orders = [tuple(range(len(question.lines)))]
    for index, order in enumerate(question.also):
        if sorted(order) != list(orders[0]):
            yield Flaw(
                ("also", index), "not-an-order", "does not use every line once", "list all indexes from 0"
            )
        elif order in orders:
            yield Flaw(("also", index), "repeated", "is an accepted order already", "take it out")
        orders.append(order)


def _shown(line: str, indent: bool) -> str:
    return split_indent(line)[0] if indent else line.rstrip()


@_kind_flaws.register
def _(question: CodeQuestion) -> Iterator[Flaw]:
    for path, text in question.solution.items():
        if path.endswith(".py"):
            yield from unparsable(("solution", path), text)
    # A full submission runs the samples too, so a mistake may name their tests as well.
    names: set[str] = set()
    parsed = True
    for part, files in (("samples", question.samples), ("tests", question.tests)):
        broken = [flaw for path, text in files.items() for flaw in unparsable((part, path), text)]
        yield from broken
        parsed = parsed and not broken
        found = names_of_tests(files) if not broken else set()
        if not broken and not found:
            yield Flaw((part,), "no-tests", f"has no test function in its {part}", "name it test_...")
        names |= found
    if question.solved_files() == question.files:
        yield Flaw(("solution",), "solution-is-starter", "has a solution that changes nothing")
    yield from _repeated(("equivalents",), tuple(one.mutant for one in question.equivalents))
    for index, mistake in enumerate(question.mistakes):
        for place, name in enumerate(mistake.fails):
            if parsed and name not in names:
                route = ("mistakes", index, "fails", place)
                yield Flaw(route, "unknown-test", f"names the test '{name}'", suggestion(name, names))
        if question.mistaken_files(mistake) == question.solved_files():
            yield Flaw(("mistakes", index, "files"), "mistake-is-solution", "is the same as the solution")


@_kind_flaws.register
def _(question: TestsQuestion) -> Iterator[Flaw]:
    yield from tests_flaws(question)


@_kind_flaws.register
def _(question: FreeQuestion) -> Iterator[Flaw]:
    yield from free_flaws(question)
