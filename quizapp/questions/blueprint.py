"""The form of the files beside the questions: a bank, and how an interview is drawn."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from quizapp.questions.fields import (
    Degree,
    Kind,
    Line,
    Minutes,
    Name,
    Part,
    Prose,
    Topic,
    several,
)

# JSON has no numbers for keys, so a stored blueprint has text there, as the reader of YAML gives it.
Mix = Annotated[
    dict[Literal["1", "2", "3", "4", "5"], Annotated[int, Field(ge=1, le=100)]], Field(min_length=1)
]


class Bank(Part):
    """A named set of questions: the file `bank.yaml` of its folder."""

    id: Annotated[Name, Field(description="The folder's name.")]
    title: Line
    description: Prose
    visibility: Annotated[
        Literal["public", "hiring"],
        Field(description="public: practice and mocks; hiring: never in practice."),
    ]


class Section(Part):
    """A part of an interview: how many questions are drawn, and from which."""

    title: Line
    banks: Annotated[
        tuple[Name, ...],
        several(0, 20),
        Field(description="What it draws from; default: the blueprint's bank."),
    ] = ()
    topics: Annotated[tuple[Topic, ...], several(1)] | Literal["any"] = "any"
    kinds: Annotated[tuple[Kind, ...], several(1)] | Literal["any"] = "any"
    count: Annotated[int, Field(ge=1, le=100)]
    difficulty: Annotated[tuple[Degree, Degree], Field(strict=False)] = (1, 5)
    mix: Annotated[
        Mix | None,
        Field(
            description="How many questions of each difficulty, such as {2: 3, 3: 1}: in all the count. Default: any of the difficulties."
        ),
    ] = None
    minutes: Annotated[
        tuple[Minutes, Minutes] | None,
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


class Blueprint(Part):
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
    sections: Annotated[tuple[Section, ...], several(1, 30)]
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
