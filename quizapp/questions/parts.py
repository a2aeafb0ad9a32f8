"""The parts of questions: hints, options, faults, mistakes, variants and mutants, criteria, limits, requests."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from quizapp.questions.fields import (
    Answer,
    Line,
    Method,
    Part,
    Prose,
    SourceFiles,
    several,
)


class Hint(Part):
    """Help the candidate may take before answering."""

    text: Prose
    cost: Annotated[int, Field(ge=0, le=100, description="Points taken off when the hint is opened.")] = 0


class Option(Part):
    """One answer to choose."""

    text: Annotated[Answer, Field(description="Markdown.")]
    correct: Annotated[bool, Field(description="Write `correct: true` on right options only.")] = False
    reason: Annotated[Prose, Field(description="Why it is right or wrong; shown after answering.")]


class NearMiss(Part):
    """A wrong answer people really give, with what to tell them."""

    answer: Answer
    note: Prose


class Distractor(Part):
    """A line that does not belong into the answer."""

    text: Annotated[Line, Field(description="One line.")]
    reason: Prose


# A line of the program: its number from 1, or text that stands in exactly one of its lines.
LineMark = Annotated[
    Annotated[int, Field(ge=1)] | Line,
    Field(description="The line's number from 1, or text that stands in this line only."),
]


class Fault(Part):
    """A line to point at."""

    line: LineMark
    also: Annotated[
        tuple[LineMark, ...],
        several(0, 10),
        Field(description="Lines that count as the same answer, such as the rest of a long statement."),
    ] = ()
    reason: Annotated[Prose, Field(description="What is wrong here; shown after answering.")]


class LineNearMiss(Part):
    """A sound line that people suspect, with what to tell them."""

    line: LineMark
    reason: Prose


class Mistake(Part):
    """A wrong solution people really write; it must fail exactly the tests it names."""

    title: Line
    note: Prose
    files: SourceFiles
    fails: Annotated[tuple[Line, ...], several(1), Field(description="`test_x` or `TestY::test_x`.")]


class Equivalent(Part):
    """A small fault in the solution that no test can notice, or need not, and why."""

    mutant: Annotated[
        Line, Field(description="As `questions check --mutants` names it: 'app.py:12 < became <='.")
    ]
    reason: Prose


class Change(Part):
    """A small change to the program: text that stands in it exactly once, and what takes its place."""

    find: Annotated[str, StringConstraints(min_length=1, max_length=4000)]
    replace: Annotated[str, StringConstraints(max_length=4000)]


class Variant(Part):
    """Another program that is right: tests must pass on it. Written as `files` or as `changes`."""

    title: Line
    files: Annotated[
        SourceFiles | None, Field(description="Whole files, in place of the program's of these names.")
    ] = None
    changes: Annotated[tuple[Change, ...], several(0, 12)] = ()


class Mutant(Variant):
    """A program that is wrong in one way: tests should fail on it."""

    note: Annotated[Prose, Field(description="How to find it; shown in practice to whose tests do not.")]


class Criterion(Part):
    """One thing a person looks for in an answer."""

    title: Line
    points: Annotated[int, Field(ge=1, le=100)]
    description: Annotated[Prose, Field(description="What earns the points, and what earns a part of them.")]


class Limits(Part):
    """Limits of one run; what is absent takes the operator's default."""

    cpu_seconds: Annotated[float | None, Field(gt=0, le=60)] = None
    wall_seconds: Annotated[float | None, Field(gt=0, le=120)] = None
    memory_mib: Annotated[int | None, Field(ge=32, le=2048)] = None


class PanelRequest(Part):
    """One request the request panel of a Flask question starts with."""

    method: Method = "GET"
    path: Annotated[str, StringConstraints(pattern=r"^/", max_length=2000)]
    headers: dict[str, str] = Field(default_factory=dict)
    body: Annotated[str, StringConstraints(max_length=20_000)] = ""
