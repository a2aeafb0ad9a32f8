"""One question file by itself: syntax, form and soundness, but nothing that needs other files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from quizapp.questions.document import Document, Place, read_file, read_text
from quizapp.questions.fields import KINDS
from quizapp.questions.finding import Finding, suggestion
from quizapp.questions.flaw import Flaw
from quizapp.questions.guesses import formless_flaws, likely_kind, likely_question
from quizapp.questions.markup import unwritten_flaws
from quizapp.questions.schema import QUESTION_MODELS, Question
from quizapp.questions.shape import shape_findings
from quizapp.questions.soundness import flaws

Model = TypeVar("Model", bound=BaseModel)


def load_question(path: Path) -> Question | list[Finding]:
    """Load one question file by itself: syntax, form and soundness, but nothing that needs other files."""
    return _question(read_file(path))


def parse_question(text: str, path: Path) -> Question | list[Finding]:
    """Load a question from text, as if it stood in the file `path`."""
    return _question(read_text(text, path))


def _question(document: Document) -> Question | list[Finding]:
    question, findings = checked(document)
    return question if question is not None and not findings else findings


def checked(document: Document) -> tuple[Question | None, list[Finding]]:
    """Give the question of a document, None if it has not the form of one, and everything that is wrong with it."""
    findings = list(document.findings)
    if not isinstance(document.value, dict):
        return None, findings or [not_a_mapping(document)]
    kind = document.value.get("kind")
    is_known = isinstance(kind, str) and kind in QUESTION_MODELS
    if not is_known:
        code = "missing-key" if kind is None else "unknown-value"
        message = "needs the key 'kind'" if kind is None else f"kind cannot be '{kind}'"
        findings.append(
            document.finding(document.place(("kind",)), code, message, suggestion(str(kind), KINDS))
        )
        kind = likely_kind(kind)
    question, meant = (None, None) if kind is None else _formed(document, kind, findings)
    findings += misnamed(document, "topic")
    wrong = formless_flaws(document.value) if meant is None else flaws(meant)
    findings += [flaw_finding(document, flaw) for flaw in wrong]
    return question if is_known else None, _with_unwritten(document, findings)


def _formed(
    document: Document, kind: str, findings: list[Finding]
) -> tuple[Question | None, Question | None]:
    """The question that a document holds, and the one that was meant if a key or its kind is misspelt."""
    model = QUESTION_MODELS[kind]
    try:
        question = model.model_validate(document.value | {"kind": kind})
    except ValidationError as error:
        findings += shape_findings(document, model, error)
        return None, likely_question(document.value, kind, error)
    return question, question


def _with_unwritten(document: Document, findings: list[Finding]) -> list[Finding]:
    """Add what still says TODO, and leave out what else is wrong with these places: they are written anew."""
    if "TODO" not in document.text:
        return findings
    unwritten = [flaw_finding(document, flaw) for flaw in unwritten_flaws(document.value)]
    places = {(finding.line, finding.column) for finding in unwritten}
    return [one for one in findings if (one.line, one.column) not in places] + unwritten


def modelled(document: Document, model: type[Model], findings: list[Finding]) -> Model | None:
    """Give what a document holds as a model; what keeps it from being one is added to `findings`."""
    try:
        return model.model_validate(document.value)
    except ValidationError as error:
        findings += shape_findings(document, model, error)
        return None


def not_a_mapping(document: Document) -> Finding:
    """Give the finding for a file that holds a list or a word."""
    return document.finding(Place(1, 1), "wrong-type", "the file must hold a mapping", "start with 'id: ...'")


def flaw_finding(document: Document, flaw: Flaw) -> Finding:
    """Give a broken rule its place in the file."""
    if flaw.line is None:
        place = document.place(flaw.route)
    else:
        place = document.inside(flaw.route, flaw.line, flaw.column)
    return document.finding(place, flaw.code, flaw.message, flaw.hint)


def misnamed(document: Document, folder: str | None) -> Iterator[Finding]:
    """Find an id that is not the file's name; with `folder`, a key that is not the name of the folder it lies in."""
    expected = {"id": document.path.stem}
    if folder:
        expected[folder] = document.path.parent.name
    for key, name in expected.items():
        value = document.value.get(key)
        if isinstance(value, str) and value != name:
            what = "file" if key == "id" else "folder"
            yield document.finding(
                document.place((key,)),
                f"{key}-not-{what}",
                f"{key} is '{value}', the {what} '{name}'",
                "rename one",
            )
