"""The form of question, bank and blueprint files; these models are the authority, the JSON Schema is made from them.

Models are frozen and strict: an unknown key or a number where text belongs is an error. What a single field cannot
know (two right options, tests that do not parse) is in `soundness`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal, TypeAlias, get_args

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
)

from quizapp.rules import parameters
from quizapp.rules.parameters import Values

Level = Literal["fresher", "experienced"]
Kind = Literal["choice", "text", "output", "bug", "order", "code", "tests", "free"]
Topic = Literal[
    "foundations-tooling",
    "routing",
    "request-response",
    "templates",
    "forms-uploads",
    "sessions-cookies",
    "contexts-lifecycle",
    "structure-config",
    "errors-logging",
    "database",
    "api",
    "auth",
    "security",
    "testing",
    "async-background",
    "deploy-performance",
]
Language = Literal["python", "html+jinja", "sql", "bash", "yaml", "text"]
Normalisation = Literal["case", "space", "punctuation", "quotes"]
Method = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

LEVELS: tuple[str, ...] = get_args(Level)
KINDS: tuple[str, ...] = get_args(Kind)
TOPICS: tuple[str, ...] = get_args(Topic)

KEBAB = r"^[a-z0-9]+(-[a-z0-9]+)*$"
_FILE = r"^[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$"

Name = Annotated[str, StringConstraints(pattern=KEBAB, max_length=64)]
Line = Annotated[str, StringConstraints(pattern=r"^[^\n]*\S[^\n]*$", max_length=200)]
Prose = Annotated[str, StringConstraints(pattern=r"\S", max_length=8000)]
Source = Annotated[str, StringConstraints(pattern=r"\S", max_length=32_000)]
Answer = Annotated[str, StringConstraints(pattern=r"\S", max_length=2000)]
Identifier = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=80)]
FilePath = Annotated[str, StringConstraints(pattern=_FILE, max_length=120)]
Link = Annotated[str, StringConstraints(pattern=r"^https://[^\s<>\"]+$", max_length=300)]
Package = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_.]*$", max_length=60)]
# A starter file may be empty: the candidate writes it from nothing.
SourceFiles = Annotated[
    dict[FilePath, Annotated[str, StringConstraints(max_length=32_000)]], Field(min_length=1, max_length=20)
]


# Every set is proved when the question is checked, so there are not many.
MOST_SETS = 12
ParameterName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
ParameterValue = (
    Annotated[int, Field(ge=-(10**12), le=10**12)] | Annotated[str, StringConstraints(max_length=2000)]
)
ParameterSet = Annotated[dict[ParameterName, ParameterValue], Field(min_length=1, max_length=20)]


_Minutes = Annotated[int, Field(ge=1, le=120)]
_Degree = Annotated[int, Field(ge=1, le=5)]


def _as_files(name: str) -> BeforeValidator:
    def widen(value: Any) -> Any:
        return {name: value} if isinstance(value, str) else value

    return BeforeValidator(widen, json_schema_input_type=str | dict[str, str])


_TestFiles = Annotated[dict[FilePath, Source], Field(min_length=1, max_length=10)]
SampleFiles = Annotated[_TestFiles, _as_files("test_samples.py")]
ProgramFiles = Annotated[_TestFiles, _as_files("app.py")]
HiddenFiles = Annotated[_TestFiles, _as_files("test_hidden.py")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


def _several(least: int = 0, most: int = 100) -> Any:
    # YAML gives lists, frozen models hold tuples; only this one conversion is wanted.
    return Field(strict=False, min_length=least, max_length=most)


class Hint(_Part):
    """Help the candidate may take before answering."""

    text: Prose
    cost: Annotated[int, Field(ge=0, le=100, description="Points taken off when the hint is opened.")] = 0


class Option(_Part):
    """One answer to choose."""

    text: Annotated[Answer, Field(description="Markdown.")]
    correct: Annotated[bool, Field(description="Write `correct: true` on right options only.")] = False
    reason: Annotated[Prose, Field(description="Why it is right or wrong; shown after answering.")]


class NearMiss(_Part):
    """A wrong answer people really give, with what to tell them."""

    answer: Answer
    note: Prose


class Distractor(_Part):
    """A line that does not belong into the answer."""

    text: Annotated[Line, Field(description="One line.")]
    reason: Prose


# A line of the program: its number from 1, or text that stands in exactly one of its lines.
LineMark = Annotated[
    Annotated[int, Field(ge=1)] | Line,
    Field(description="The line's number from 1, or text that stands in this line only."),
]


class Fault(_Part):
    """A line to point at."""

    line: LineMark
    also: Annotated[
        tuple[LineMark, ...],
        _several(0, 10),
        Field(description="Lines that count as the same answer, such as the rest of a long statement."),
    ] = ()
    reason: Annotated[Prose, Field(description="What is wrong here; shown after answering.")]


class LineNearMiss(_Part):
    """A sound line that people suspect, with what to tell them."""

    line: LineMark
    reason: Prose


class Mistake(_Part):
    """A wrong solution people really write; it must fail exactly the tests it names."""

    title: Line
    note: Prose
    files: SourceFiles
    fails: Annotated[tuple[Line, ...], _several(1), Field(description="`test_x` or `TestY::test_x`.")]


class Equivalent(_Part):
    """A small fault in the solution that no test can notice, or need not, and why."""

    mutant: Annotated[
        Line, Field(description="As `questions check --mutants` names it: 'app.py:12 < became <='.")
    ]
    reason: Prose


class Change(_Part):
    """A small change to the program: text that stands in it exactly once, and what takes its place."""

    find: Annotated[str, StringConstraints(min_length=1, max_length=4000)]
    replace: Annotated[str, StringConstraints(max_length=4000)]


class Variant(_Part):
    """Another program that is right: tests must pass on it. Written as `files` or as `changes`."""

    title: Line
    files: Annotated[
        SourceFiles | None, Field(description="Whole files, in place of the program's of these names.")
    ] = None
    changes: Annotated[tuple[Change, ...], _several(0, 12)] = ()


class Mutant(Variant):
    """A program that is wrong in one way: tests should fail on it."""

    note: Annotated[Prose, Field(description="How to find it; shown in practice to whose tests do not.")]


class Criterion(_Part):
    """One thing a person looks for in an answer."""

    title: Line
    points: Annotated[int, Field(ge=1, le=100)]
    description: Annotated[Prose, Field(description="What earns the points, and what earns a part of them.")]


class Limits(_Part):
    """Limits of one run; what is absent takes the operator's default."""

    cpu_seconds: Annotated[float | None, Field(gt=0, le=60)] = None
    wall_seconds: Annotated[float | None, Field(gt=0, le=120)] = None
    memory_mib: Annotated[int | None, Field(ge=32, le=2048)] = None


class PanelRequest(_Part):
    """One request the request panel of a Flask question starts with."""

    method: Method = "GET"
    path: Annotated[str, StringConstraints(pattern=r"^/", max_length=2000)]
    headers: dict[str, str] = Field(default_factory=dict)
    body: Annotated[str, StringConstraints(max_length=20_000)] = ""


class _Question(_Part):
    id: Annotated[Name, Field(description="The file's name without .yaml; stable for ever.")]
    title: Line
    level: Level
    topic: Topic
    difficulty: Annotated[_Degree, Field(description="The author's guess, 1 (easy) to 5.")]
    minutes: Annotated[int, Field(ge=1, le=120)]
    points: Annotated[int, Field(ge=1, le=100)]
    since: Annotated[Line | None, Field(description="The version the answer depends on: 'Flask 3.1'.")] = None
    tags: Annotated[tuple[Name, ...], _several()] = ()
    prompt: Annotated[Prose, Field(description="Markdown.")]
    parameters: Annotated[
        tuple[ParameterSet, ...],
        _several(0, MOST_SETS),
        Field(
            description="Sets of values for the placeholders `<<name>>`; each attempt draws one. Every set has all names."
        ),
    ] = ()
    hints: Annotated[tuple[Hint, ...], _several(0, 5)] = ()
    explanation: Annotated[Prose, Field(description="Markdown; teaches, shown after answering.")]
    references: Annotated[
        tuple[Link, ...], _several(1, 8), Field(description="Official documentation pages.")
    ]
    covers: Annotated[tuple[Name, ...], _several(1), Field(description="Ids of the coverage list.")]

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
    options: Annotated[tuple[Option, ...], _several(2, 10)]


class TextQuestion(_Question):
    """Write a short answer."""

    kind: Literal["text"]
    accept: Annotated[tuple[Answer, ...], _several(1)]
    patterns: Annotated[
        tuple[Annotated[Answer, StringConstraints(max_length=200)], ...],
        _several(0, 20),
        Field(
            description="Also accepted: `*` is any text, `?` one character; `\\*` and `\\?` are themselves."
        ),
    ] = ()
    normalise: Annotated[tuple[Normalisation, ...], _several()] = ("case", "space")
    near_misses: Annotated[tuple[NearMiss, ...], _several()] = ()


class OutputQuestion(_Question):
    """Predict what a program prints."""

    kind: Literal["output"]
    program: Annotated[Source, Field(description="Python; must print the same on every run.")]
    expected: Annotated[Answer, Field(description="Exactly what it prints on stdout.")]
    near_misses: Annotated[tuple[NearMiss, ...], _several()] = ()


class BugQuestion(_Question):
    """Point at the faulty line, or at all faulty lines."""

    kind: Literal["bug"]
    program: Annotated[Source, Field(description="What is shown, with numbered lines.")]
    language: Annotated[Language, Field(description="How the program is coloured; Python must parse.")] = (
        "python"
    )
    faulty: Annotated[tuple[Fault, ...], _several(1, 6)]
    near_misses: Annotated[tuple[LineNearMiss, ...], _several(0, 20)] = ()
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
    lines: Annotated[tuple[Line, ...], _several(3, 20), Field(description="In the right order.")]
    distractors: Annotated[tuple[Distractor, ...], _several(0, 10)] = ()
    indent: Annotated[
        bool, Field(description="The candidate indents too; lines carry 4 spaces per level.")
    ] = False
    also: Annotated[
        tuple[Annotated[tuple[int, ...], _several(3, 20)], ...],
        _several(),
        Field(description="Other accepted orders: 0-based indexes into `lines`."),
    ] = ()


class CodeQuestion(_Question):
    """Write code that hidden tests grade."""

    kind: Literal["code"]
    files: Annotated[SourceFiles, Field(description="What the editor opens with.")]
    solution: Annotated[SourceFiles, Field(description="The reference solution, laid over `files`.")]
    samples: Annotated[SampleFiles, Field(description="pytest or unittest text, shown to the candidate.")]
    tests: Annotated[HiddenFiles, Field(description="pytest or unittest text, hidden.")]
    mistakes: Annotated[tuple[Mistake, ...], _several(1, 12)]
    preload: Annotated[tuple[Package, ...], _several(0, 12)] = ()
    limits: Limits = Limits()
    requests: Annotated[tuple[PanelRequest, ...], _several(0, 20)] = ()
    # Of use to authors alone, so it is no part of a version: declaring one makes no new version of the question.
    equivalents: Annotated[
        tuple[Equivalent, ...],
        _several(0, 40),
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
        _several(0, 20),
        Field(
            description="Functions and constants that tests import, all with plain values. `client` is always there."
        ),
    ] = ()
    variants: Annotated[
        tuple[Variant, ...], _several(1, 6), Field(description="Right, and written otherwise.")
    ]
    mutants: Annotated[tuple[Mutant, ...], _several(3, 16)]
    mistakes: Annotated[
        tuple[Mistake, ...],
        _several(0, 8),
        Field(description="Weak tests that people write; `fails` names the mutants that survive them."),
    ] = ()
    preload: Annotated[tuple[Package, ...], _several(0, 12)] = ()
    limits: Limits = Limits()


class FreeQuestion(_Question):
    """Answer in your own words, graded by a person."""

    kind: Literal["free"]
    rubric: Annotated[
        tuple[Criterion, ...], _several(2, 8), Field(description="Its points are those of the question.")
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


class Bank(_Part):
    """A named set of questions: the file `bank.yaml` of its folder."""

    id: Annotated[Name, Field(description="The folder's name.")]
    title: Line
    description: Prose
    visibility: Annotated[
        Literal["public", "hiring"],
        Field(description="public: practice and mocks; hiring: never in practice."),
    ]


class Section(_Part):
    """A part of an interview: how many questions are drawn, and from which."""

    title: Line
    banks: Annotated[
        tuple[Name, ...],
        _several(0, 20),
        Field(description="What it draws from; default: the blueprint's bank."),
    ] = ()
    topics: Annotated[tuple[Topic, ...], _several(1)] | Literal["any"] = "any"
    kinds: Annotated[tuple[Kind, ...], _several(1)] | Literal["any"] = "any"
    count: Annotated[int, Field(ge=1, le=100)]
    difficulty: Annotated[tuple[_Degree, _Degree], Field(strict=False)] = (1, 5)
    minutes: Annotated[
        tuple[_Minutes, _Minutes] | None,
        Field(strict=False, description="[least, most] of a question's minutes; default: any."),
    ] = None
    points: Annotated[
        int | None, Field(ge=1, le=100, description="Per question; default: its own points.")
    ] = None
    own_minutes: Annotated[
        int | None,
        Field(
            ge=1,
            le=600,
            description="Time of its own: it begins when the section is entered, and the section ends with it for good. "
            "With `open: one`, the time of each question.",
        ),
    ] = None
    open: Annotated[
        Literal["any", "one"],
        Field(
            description="any: go back and forth between its questions; one: one at a time, each left for good."
        ),
    ] = "any"
    barrier: Annotated[
        bool,
        Field(description="Leaving the section is final; around a section with own minutes it always is."),
    ] = False


class Blueprint(_Part):
    """How an interview is drawn from a bank."""

    id: Annotated[Name, Field(description="The file's name without .yaml.")]
    title: Line
    bank: Name
    interview: Annotated[
        Literal["mock", "hiring"] | None,
        Field(
            description="mock: open to all; hiring: by invitation. Default: mock for a public bank, hiring for others."
        ),
    ] = None
    minutes: Annotated[int, Field(ge=1, le=600)]
    description: Prose
    sections: Annotated[tuple[Section, ...], _several(1, 30)]
    pass_line: Annotated[int | None, Field(ge=1, le=100, description="Percent of the points.")] = None
    cool_down: Annotated[
        int | None,
        Field(
            ge=1,
            le=8760,
            description="Hours between the end of an attempt and the next start; default: none.",
        ),
    ] = None
    attempts: Annotated[
        int | None, Field(ge=1, le=100, description="How often one person may sit it; default: any number.")
    ] = None
    shuffle: Annotated[
        bool, Field(description="Questions of a section come in random order; false: the easiest first.")
    ] = True
    ending: Annotated[
        Prose | None, Field(description="Markdown; shown when it was handed in. Default: nothing.")
    ] = None
    closes: Annotated[
        AwareDatetime | None,
        Field(
            strict=False,
            description="From when on nobody starts; what runs ends then, extra time aside. With its zone.",
        ),
    ] = None
    results: Annotated[
        Literal["at-once", "after-window", "never"] | None,
        Field(
            description="When candidates are shown score and right answers. Default: at-once for a mock, never for hiring."
        ),
    ] = None
    verdicts: Annotated[
        Literal["shown", "hidden"],
        Field(description="hidden: while it runs, submitted code is taken without saying what tests found."),
    ] = "shown"
