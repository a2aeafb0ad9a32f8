"""Whether a question gives itself away: its answer or a hidden test in what is shown, or one hidden test in another.

The rules look for whole lines and whole values, so that what a prompt has to say anyway (names, messages, an example
of its own) is no giveaway.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import singledispatch

from quizapp.questions.document import Route
from quizapp.questions.flaw import Flaw, names_of_tests, tree_of
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
from quizapp.questions.values import Meeting, assertions, meetings

_LONG_LINE = 12  # characters: shorter lines of code say nothing
_LONG_ANSWER = 6
_LONG_SENTENCE = 50
_LONG_OPTION = 25
_LINES_IN_ORDER = 3
_OPENING = ("import ", "from ", "def ", "async def ", "class ", "@", "#", '"""', "return jsonify", "app = ")


@singledispatch
def giveaway_flaws(question: Question) -> Iterator[Flaw]:
    """Give a flaw for each way in which the question tells its own answer."""
    raise TypeError(question)


@giveaway_flaws.register
def _(question: ChoiceQuestion) -> Iterator[Flaw]:
    right = [
        option.text for option in question.options if option.correct and len(option.text) >= _LONG_OPTION
    ]
    yield from _in_prompt(question.prompt, right)


@giveaway_flaws.register
def _(question: TextQuestion) -> Iterator[Flaw]:
    # A prompt that names wrong answers too offers a choice.
    offered = any(_stands_in(miss.answer, question.prompt) for miss in question.near_misses)
    answers = [answer for answer in question.accept if len(answer) >= _LONG_ANSWER]
    if not offered:
        yield from _in_prompt(question.prompt, answers)


@giveaway_flaws.register
def _(question: OutputQuestion) -> Iterator[Flaw]:
    expected = question.expected.strip()
    if len(expected) >= _LONG_ANSWER:
        yield from _in_prompt(question.prompt, [expected])
    for number, line in enumerate(question.program.splitlines(), 1):
        comment = line.partition("#")[2]
        if len(expected) >= _LONG_ANSWER and _stands_in(expected, comment):
            yield Flaw(
                ("program",), "answer-in-starter", "has a comment that says what it prints", line=number
            )


@giveaway_flaws.register
def _(question: BugQuestion) -> Iterator[Flaw]:
    program = {_plain(line) for line in question.program.splitlines()}
    mended = [line for line in question.fixed.splitlines() if _plain(line) not in program]
    yield from _lines_in_prompt(question.prompt, _telling(mended), least=1)
    mended_lines = set(_telling(mended))
    for number, line in enumerate(question.program.splitlines(), 1):
        if line.lstrip().startswith("#") and _plain(line.lstrip("# ")) in mended_lines:
            yield Flaw(("program",), "answer-in-starter", "has the mended line as a comment", line=number)


@giveaway_flaws.register
def _(question: OrderQuestion) -> Iterator[Flaw]:
    shown = [_plain(line) for line in question.prompt.splitlines()]
    answer = [_plain(line) for line in question.lines]
    for number in range(len(shown) - _LINES_IN_ORDER + 1):
        run = shown[number : number + _LINES_IN_ORDER]
        if all(run) and any(run == answer[i : i + _LINES_IN_ORDER] for i in range(len(answer))):
            yield Flaw(("prompt",), "answer-in-prompt", "shows lines in their right order", line=number + 1)
            return


@giveaway_flaws.register
def _(question: FreeQuestion) -> Iterator[Flaw]:
    sentences = re.split(r"(?<=[.!?])\s+", question.model_answer)
    yield from _in_prompt(question.prompt, [one for one in sentences if len(one) >= _LONG_SENTENCE])


@giveaway_flaws.register
def _(question: TestsQuestion) -> Iterator[Flaw]:
    yield from _solution_shown(question.prompt, question.files, question.solution)


@giveaway_flaws.register
def _(question: CodeQuestion) -> Iterator[Flaw]:
    yield from _solution_shown(question.prompt, question.files, question.solution)
    parsed = {path: tree for path, text in question.tests.items() if (tree := _parsed(text)) is not None}
    if len(parsed) == len(question.tests):
        yield from _tests_shown(question, parsed)
    shown = "\n".join([question.prompt, *question.files.values(), *question.samples.values()])
    for path, tree in parsed.items():
        yield from _learnt(path, list(meetings(tree)), shown)


def _solution_shown(prompt: str, files: Mapping[str, str], solution: Mapping[str, str]) -> Iterator[Flaw]:
    starter = {_plain(line) for text in files.values() for line in text.splitlines()}
    written = [line for text in solution.values() for line in text.splitlines()]
    own = _telling([line for line in written if _plain(line) not in starter])
    yield from _lines_in_prompt(prompt, own, least=2)
    for path, text in files.items():
        for number, line in enumerate(text.splitlines(), 1):
            if line.lstrip().startswith("#") and _plain(line.lstrip("# ")) in set(own):
                message = "has a line of the solution as a comment"
                yield Flaw(("files", path), "answer-in-starter", message, line=number)
                break


def _tests_shown(question: CodeQuestion, parsed: Mapping[str, ast.Module]) -> Iterator[Flaw]:
    shown: list[tuple[Route, str, str]] = [(("prompt",), question.prompt, "expectation-in-prompt")]
    shown += [(("files", path), text, "expectation-in-starter") for path, text in question.files.items()]
    # What speaks neither of a test nor of equality cannot show one.
    shown = [one for one in shown if "==" in one[1] or "test_" in one[1]]
    if not shown:
        return
    names = names_of_tests(question.tests)
    names |= {name.partition("::")[2] for name in names}
    sample = " ".join(" ".join(text.split()) for text in question.samples.values()).replace('"', "'")
    hidden = [text for tree in parsed.values() for text in assertions(tree) if text not in sample]
    for route, text, code in shown:
        for number, line in enumerate(text.splitlines(), 1):
            plain = " ".join(line.split()).replace('"', "'")
            found = next((name for name in re.findall(r"\btest_\w+", line) if name in names), None)
            if found is not None:
                yield Flaw(route, code, f"names the hidden test {found}", line=number)
            elif any(one in plain for one in hidden):
                yield Flaw(route, code, "shows what a hidden test asserts", line=number)


def _learnt(path: str, met: Sequence[Meeting], shown: str) -> Iterator[Flaw]:
    """Values that one test expects, that are shown nowhere, and that another test hands to the program."""
    told: set[str] = set()
    for one in met:
        for value, line in one.expected.items():
            if value in shown or value in told or any(value in sent for sent in one.sent):
                continue
            other = next((other for other in met if other is not one and value in other.sent), None)
            if other is not None:
                told.add(value)
                message = f"{one.name} expects {value!r:.60}, which {other.name} sends"
                yield Flaw(("tests", path), "test-reveals-test", message, line=line)


def _parsed(text: str) -> ast.Module | None:
    try:
        return tree_of(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _telling(lines: Iterable[str]) -> list[str]:
    """The lines that say something: not imports, heads of functions, comments or short ones."""
    plain = [_plain(line) for line in lines]
    return [line for line in plain if len(line) >= _LONG_LINE and not line.startswith(_OPENING)]


def _plain(line: str) -> str:
    return " ".join(line.strip().strip("`").split())


def _lines_in_prompt(prompt: str, answer: Sequence[str], least: int) -> Iterator[Flaw]:
    numbers = [number for number, line in enumerate(prompt.splitlines(), 1) if _plain(line) in set(answer)]
    if len(numbers) >= least:
        message = (
            "shows what is to be written" if least == 1 else f"shows {len(numbers)} lines of the solution"
        )
        yield Flaw(("prompt",), "answer-in-prompt", message, line=numbers[0])


def _in_prompt(prompt: str, answers: Iterable[str]) -> Iterator[Flaw]:
    for answer in answers:
        if _stands_in(answer, prompt):
            first = answer.strip().splitlines()[0]
            lines = prompt.splitlines()
            line = next((number for number, text in enumerate(lines, 1) if first in text), None)
            yield Flaw(("prompt",), "answer-in-prompt", f"says the answer: {first!r:.60}", line=line)
            return


def _stands_in(answer: str, text: str) -> bool:
    """Whether an answer stands in a text by itself, not as a part of a longer word."""
    plain = answer.strip()
    return plain in text and re.search(rf"(?<![\w.]){re.escape(plain)}(?!\w)", text) is not None
