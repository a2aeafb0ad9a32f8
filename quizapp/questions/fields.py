"""What single fields of question, bank and blueprint files may hold: names, lines, prose, source, numbers.

Models are frozen and strict: an unknown key or a number where text belongs is an error.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

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


Minutes = Annotated[int, Field(ge=1, le=120)]
Degree = Annotated[int, Field(ge=1, le=5)]


def _as_files(name: str) -> BeforeValidator:
    def widen(value: Any) -> Any:
        return {name: value} if isinstance(value, str) else value

    return BeforeValidator(widen, json_schema_input_type=str | dict[str, str])


_TestFiles = Annotated[dict[FilePath, Source], Field(min_length=1, max_length=10)]
SampleFiles = Annotated[_TestFiles, _as_files("test_samples.py")]
ProgramFiles = Annotated[_TestFiles, _as_files("app.py")]
HiddenFiles = Annotated[_TestFiles, _as_files("test_hidden.py")]


class Part(BaseModel):
    """What all models of files have in common."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


def several(least: int = 0, most: int = 100) -> Any:
    """The field of a list with so many entries."""
    # YAML gives lists, frozen models hold tuples; only this one conversion is wanted.
    return Field(strict=False, min_length=least, max_length=most)
