"""The form of question files, a model for each kind; the JSON Schema is made from them.

These models are the authority. What a single field cannot know (two right options, tests that do not parse) is in
`soundness`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field, StringConstraints, TypeAdapter

from quizapp.questions.fields import (
    MOST_SETS,
    Answer,
    Degree,
    HiddenFiles,
    Identifier,
    Language,
    Level,
    Line,
    Link,
    Name,
    Normalisation,
    Package,
    ParameterSet,
    Part,
    ProgramFiles,
    Prose,
    SampleFiles,
    Source,
    SourceFiles,
    Topic,
    several,
)
from quizapp.questions.parts import (
    Criterion,
    Distractor,
    Equivalent,
    Fault,
    Hint,
    Limits,
    LineNearMiss,
    Mistake,
    Mutant,
    NearMiss,
    Option,
    PanelRequest,
    Variant,
)
from quizapp.rules import parameters
from quizapp.rules.parameters import Values


class _Question(Part):
    id: Annotated[Name, Field(description="The file's name without .yaml; stable for ever.")]
    title: Line
    level: Level
    topic: Topic
    difficulty: Annotated[Degree, Field(description="The author's guess, 1 (easy) to 5.")]
    minutes: Annotated[int, Field(ge=1, le=120)]
    points: Annotated[int, Field(ge=1, le=100)]
    since: Annotated[Line | None, Field(description="The version the answer depends on: 'Flask 3.1'.")] = None
    tags: Annotated[tuple[Name, ...], several()] = ()
    prompt: Annotated[Prose, Field(description="Markdown.")]
    parameters: Annotated[
        tuple[ParameterSet, ...],
        several(0, MOST_SETS),
        Field(
            description="Sets of values for the placeholders `<<name>>`; each attempt draws one. Every set has all names."
        ),
    ] = ()
    hints: Annotated[tuple[Hint, ...], several(0, 5)] = ()
    explanation: Annotated[Prose, Field(description="Markdown; teaches, shown after answering.")]
    references: Annotated[tuple[Link, ...], several(1, 8), Field(description="Official documentation pages.")]
    covers: Annotated[tuple[Name, ...], several(1), Field(description="Ids of the coverage list.")]

    def to_content(self) -> dict[str, Any]:
        """Give the question as a plain JSON object, every default written out."""
        return self.model_dump(mode="json")

    def filled(self, values: Values) -> Question:
        """Give the question as one person meets it, for one of its parameter sets.

        Raises pydantic's ValidationError when these values make it unsound.
        """
        return QUESTION.validate_python(parameters.filled(self.to_content(), values))

    def each(self) -> Iterator[Question]:
        """Give every question that people meet: one for each parameter set, the question itself without any."""
        if not self.parameters:
            yield QUESTION.validate_python(self.to_content())
        for values in self.parameters:
            yield self.filled(values)


class ChoiceQuestion(_Question):
    """Choose one or several options."""

    kind: Literal["choice"]
    select: Literal["one", "several"]
    shuffle: bool = True
    options: Annotated[tuple[Option, ...], several(2, 10)]


class TextQuestion(_Question):
    """Write a short answer."""

    kind: Literal["text"]
    accept: Annotated[tuple[Answer, ...], several(1)]
    patterns: Annotated[
        tuple[Annotated[Answer, StringConstraints(max_length=200)], ...],
        several(0, 20),
        Field(
            description="Also accepted: `*` is any text, `?` one character; `\\*` and `\\?` are themselves."
        ),
    ] = ()
    normalise: Annotated[tuple[Normalisation, ...], several()] = ("case", "space")
    near_misses: Annotated[tuple[NearMiss, ...], several()] = ()


class OutputQuestion(_Question):
    """Predict what a program prints."""

    kind: Literal["output"]
    program: Annotated[Source, Field(description="Python; must print the same on every run.")]
    expected: Annotated[Answer, Field(description="Exactly what it prints on stdout.")]
    near_misses: Annotated[tuple[NearMiss, ...], several()] = ()


class BugQuestion(_Question):
    """Point at the faulty line, or at all faulty lines."""

    kind: Literal["bug"]
    program: Annotated[Source, Field(description="What is shown, with numbered lines.")]
    language: Annotated[Language, Field(description="How the program is coloured; Python must parse.")] = (
        "python"
    )
    faulty: Annotated[tuple[Fault, ...], several(1, 6)]
    near_misses: Annotated[tuple[LineNearMiss, ...], several(0, 20)] = ()
    fixed: Annotated[Source, Field(description="The mended program; shown after answering.")]
    proof: Annotated[
        Source | None,
        Field(
            description="pytest text that imports `app`: the program must fail it, the mended one pass. Never shown."
        ),
    ] = None


class OrderQuestion(_Question):
    """Put lines in order, leaving out those that do not belong."""

    kind: Literal["order"]
    lines: Annotated[tuple[Line, ...], several(3, 20), Field(description="In the right order.")]
    distractors: Annotated[tuple[Distractor, ...], several(0, 10)] = ()
    indent: Annotated[
        bool, Field(description="The candidate indents too; lines carry 4 spaces per level.")
    ] = False
    also: Annotated[
        tuple[Annotated[tuple[int, ...], several(3, 20)], ...],
        several(),
        Field(description="Other accepted orders: 0-based indexes into `lines`."),
    ] = ()


class CodeQuestion(_Question):
    """Write code that hidden tests grade."""

    kind: Literal["code"]
    files: Annotated[SourceFiles, Field(description="What the editor opens with.")]
    solution: Annotated[SourceFiles, Field(description="The reference solution, laid over `files`.")]
    samples: Annotated[SampleFiles, Field(description="pytest or unittest text, shown to the candidate.")]
    tests: Annotated[HiddenFiles, Field(description="pytest or unittest text, hidden.")]
    mistakes: Annotated[tuple[Mistake, ...], several(1, 12)]
    preload: Annotated[tuple[Package, ...], several(0, 12)] = ()
    limits: Limits = Limits()
    requests: Annotated[tuple[PanelRequest, ...], several(0, 20)] = ()
    # Of use to authors alone, so it is no part of a version: declaring one makes no new version of the question.
    equivalents: Annotated[
        tuple[Equivalent, ...],
        several(0, 40),
        Field(
            exclude=True, description="Mutants of the solution that tests need not notice, with the reason."
        ),
    ] = ()

    def solved_files(self) -> dict[str, str]:
        """Give the files as a candidate with the reference solution would submit them."""
        return {**self.files, **self.solution}

    def mistaken_files(self, mistake: Mistake) -> dict[str, str]:
        """Give the files with a listed mistake in them: the solution, overlaid by the mistake's files."""
        return {**self.solved_files(), **mistake.files}


class TestsQuestion(_Question):
    """Write tests that pass on programs that are right and fail on those that are wrong."""

    kind: Literal["tests"]
    program: Annotated[
        ProgramFiles, Field(description="A right program, shown beside the editor; text alone is `app.py`.")
    ]
    files: Annotated[SourceFiles, Field(description="What the editor opens with: test files.")]
    solution: Annotated[SourceFiles, Field(description="Model tests: they fail on every mutant.")]
    offers: Annotated[
        tuple[Identifier, ...],
        several(0, 20),
        Field(
            description="Functions and constants that tests import, all with plain values. `client` is always there."
        ),
    ] = ()
    variants: Annotated[
        tuple[Variant, ...], several(1, 6), Field(description="Right, and written otherwise.")
    ]
    mutants: Annotated[tuple[Mutant, ...], several(3, 16)]
    mistakes: Annotated[
        tuple[Mistake, ...],
        several(0, 8),
        Field(description="Weak tests that people write; `fails` names the mutants that survive them."),
    ] = ()
    preload: Annotated[tuple[Package, ...], several(0, 12)] = ()
    limits: Limits = Limits()


class FreeQuestion(_Question):
    """Answer in your own words, graded by a person."""

    kind: Literal["free"]
    rubric: Annotated[
        tuple[Criterion, ...], several(2, 8), Field(description="Its points are those of the question.")
    ]
    model_answer: Annotated[Prose, Field(description="Markdown; an answer that earns everything.")]
    words: Annotated[int, Field(ge=20, le=600, description="About how many words; shown, not enforced.")] = (
        120
    )


Question: TypeAlias = (
    ChoiceQuestion
    | TextQuestion
    | OutputQuestion
    | BugQuestion
    | OrderQuestion
    | CodeQuestion
    | TestsQuestion
    | FreeQuestion
)
QUESTION_MODELS: dict[str, type[Question]] = {
    "choice": ChoiceQuestion,
    "text": TextQuestion,
    "output": OutputQuestion,
    "bug": BugQuestion,
    "order": OrderQuestion,
    "code": CodeQuestion,
    "tests": TestsQuestion,
    "free": FreeQuestion,
}
QUESTION: TypeAdapter[Question] = TypeAdapter(Annotated[Question, Field(discriminator="kind")])
