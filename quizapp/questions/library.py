"""All question files under some roots, read and checked together.

A root holds `coverage.yaml` (ids a question may name in `covers`, each with what a candidate should know),
`<bank>/bank.yaml`, `<bank>/blueprints/<id>.yaml` and `<bank>/<topic>/<id>.yaml`. What has a finding is left out of the
library; everything else is still there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from quizapp.questions.content import content_hash
from quizapp.questions.document import Document, Place, read_file, read_text
from quizapp.questions.drawing import Pool, asked, blueprint_flaws
from quizapp.questions.finding import Finding, suggestion
from quizapp.questions.flaw import Flaw
from quizapp.questions.schema import (
    KINDS,
    QUESTION_MODELS,
    Bank,
    Blueprint,
    Question,
)
from quizapp.questions.shape import shape_findings
from quizapp.questions.soundness import flaws

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class Origin:
    """Where a question comes from: its bank's id, its file, and the hash of its content."""

    bank: str
    path: Path
    hash: str


@dataclass(frozen=True)
class Library:
    """What was loaded, sorted by id, and everything that was wrong, sorted by file and line.

    `origins` has the bank, file and hash of each question by its id; `coverage` the ids that may be covered.
    """

    banks: tuple[Bank, ...] = ()
    questions: tuple[Question, ...] = ()
    blueprints: tuple[Blueprint, ...] = ()
    findings: tuple[Finding, ...] = ()
    origins: Mapping[str, Origin] = field(default_factory=dict)
    coverage: Mapping[str, str] = field(default_factory=dict)

    def question(self, id_: str) -> Question:
        """Give one question; raises KeyError if there is none of this id."""
        for question in self.questions:
            if question.id == id_:
                return question
        raise KeyError(id_)

    def questions_of(self, bank: str) -> tuple[Question, ...]:
        """Give the questions of one bank."""
        return tuple(question for question in self.questions if self.origins[question.id].bank == bank)


def load_library(roots: Sequence[Path]) -> Library:
    """Load all files under the roots; never raises for what is written in them."""
    shelf = _Shelf()
    for root in roots:
        shelf.read_root(Path(root))
    return shelf.library()


def load_question(path: Path) -> Question | list[Finding]:
    """Load one question file by itself: syntax, form and soundness, but nothing that needs other files."""
    return _question(read_file(path))


def parse_question(text: str, path: Path) -> Question | list[Finding]:
    """Load a question from text, as if it stood in the file `path`."""
    return _question(read_text(text, path))


def _question(document: Document) -> Question | list[Finding]:
    question, findings = _checked(document)
    return question if question is not None and not findings else findings


def _checked(document: Document) -> tuple[Question | None, list[Finding]]:
    findings = list(document.findings)
    if not isinstance(document.value, dict):
        return None, findings or [_not_a_mapping(document)]
    kind = document.value.get("kind")
    if not isinstance(kind, str) or kind not in QUESTION_MODELS:
        code = "missing-key" if kind is None else "unknown-value"
        message = "needs the key 'kind'" if kind is None else f"kind cannot be '{kind}'"
        findings.append(
            document.finding(document.place(("kind",)), code, message, suggestion(str(kind), KINDS))
        )
        return None, findings
    question = _modelled(document, QUESTION_MODELS[kind], findings)
    findings += _misnamed(document, "topic")
    if question is not None:
        findings += [_flaw_finding(document, flaw) for flaw in flaws(question)]
    return question, findings


def _modelled(document: Document, model: type[Model], findings: list[Finding]) -> Model | None:
    try:
        return model.model_validate(document.value)
    except ValidationError as error:
        findings += shape_findings(document, model, error)
        return None


def _not_a_mapping(document: Document) -> Finding:
    return document.finding(Place(1, 1), "wrong-type", "the file must hold a mapping", "start with 'id: ...'")


def _flaw_finding(document: Document, flaw: Flaw) -> Finding:
    if flaw.line is None:
        place = document.place(flaw.route)
    else:
        place = document.inside(flaw.route, flaw.line, flaw.column)
    return document.finding(place, flaw.code, flaw.message, flaw.hint)


def _misnamed(document: Document, folder: str | None) -> Iterator[Finding]:
    """The file's name is its id; the folder a question lies in is its topic."""
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


class _Shelf:
    """Collects what the roots hold, then applies the rules that need more than one file."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.banks: dict[str, Bank] = {}
        self.blueprints: dict[str, tuple[Document, Blueprint]] = {}
        self.questions: dict[str, tuple[Document, Question, str]] = {}
        self.coverage: dict[str, str] = {}
        self.practised: frozenset[str] = frozenset()  # what the questions of public banks ask

    def read_root(self, root: Path) -> None:
        if not root.is_dir():
            self.findings.append(Finding(root, 1, 1, "no-folder", "is not a folder"))
            return
        for path in sorted(root.rglob("*.y*ml")):
            parts = path.relative_to(root).parts
            if any(part.startswith(".") for part in parts) or path.is_dir():
                continue
            self.read_one(path, parts)

    def read_one(self, path: Path, parts: tuple[str, ...]) -> None:
        match parts:
            case _ if path.suffix != ".yaml":
                self.findings.append(Finding(path, 1, 1, "misplaced", "is not read", "name it .yaml"))
            case ("coverage.yaml",):
                self.read_coverage(path)
            case (folder, "bank.yaml"):
                self.read_bank(path, folder)
            case (_, "blueprints", _):
                self.read_blueprint(path)
            case (folder, _, _):
                self.read_question(path, folder)
            case _:
                hint = "a question lies in <bank>/<topic>/<id>.yaml"
                self.findings.append(Finding(path, 1, 1, "misplaced", "is not where a file is read", hint))

    def read_coverage(self, path: Path) -> None:
        document = read_file(path)
        self.findings += document.findings
        if isinstance(document.value, dict):
            self.coverage |= {key: str(text) for key, text in document.value.items()}
        elif not document.findings:
            self.findings.append(_not_a_mapping(document))

    def read_bank(self, path: Path, folder: str) -> None:
        document = read_file(path)
        bank = self.modelled(document, Bank)
        if bank is None:
            return
        if bank.id != folder:
            message = f"id is '{bank.id}', the folder '{folder}'"
            self.report(document, ("id",), "id-not-folder", message, "rename one")
        elif bank.id in self.banks:
            self.report(
                document, ("id",), "duplicate-id", f"the bank '{bank.id}' exists already", "rename one"
            )
        else:
            self.banks[bank.id] = bank

    def read_blueprint(self, path: Path) -> None:
        document = read_file(path)
        blueprint = self.modelled(document, Blueprint)
        if blueprint is None:
            return
        named = list(_misnamed(document, None))
        self.findings += named
        if blueprint.id in self.blueprints:
            first = self.blueprints[blueprint.id][0].path
            self.report(document, ("id",), "duplicate-id", f"'{blueprint.id}' is also {first}", "rename one")
        elif not named:
            self.blueprints[blueprint.id] = (document, blueprint)

    def read_question(self, path: Path, folder: str) -> None:
        document = read_file(path)
        question, findings = _checked(document)
        self.findings += findings
        if question is None:
            return
        if question.id in self.questions:
            first = self.questions[question.id][0].path
            self.report(document, ("id",), "duplicate-id", f"'{question.id}' is also {first}", "rename one")
        elif not findings:
            self.questions[question.id] = (document, question, folder)

    def modelled(self, document: Document, model: type[Model]) -> Model | None:
        self.findings += document.findings
        if document.findings:
            return None
        if not isinstance(document.value, dict):
            self.findings.append(_not_a_mapping(document))
            return None
        return _modelled(document, model, self.findings)

    def report(
        self, document: Document, route: tuple[str | int, ...], code: str, message: str, hint: str
    ) -> None:
        self.findings.append(document.finding(document.place(route), code, message, hint))

    def library(self) -> Library:
        questions = {id_: entry for id_, entry in sorted(self.questions.items()) if self.is_linked(*entry)}
        public = {bank.id for bank in self.banks.values() if bank.visibility == "public"}
        if len(public) < len(self.banks):  # without a bank for hiring nobody asks
            self.practised = frozenset(asked(one) for _, one, bank in questions.values() if bank in public)
        blueprints = [
            blueprint
            for document, blueprint in self.blueprints.values()
            if self.is_drawable(
                document, blueprint, [q for _, q, bank in questions.values() if bank == blueprint.bank]
            )
        ]
        return Library(
            banks=tuple(sorted(self.banks.values(), key=lambda bank: bank.id)),
            questions=tuple(question for _, question, _ in questions.values()),
            blueprints=tuple(sorted(blueprints, key=lambda blueprint: blueprint.id)),
            findings=tuple(sorted(self.findings)),
            origins={
                id_: Origin(bank, document.path, content_hash(question))
                for id_, (document, question, bank) in questions.items()
            },
            coverage=self.coverage,
        )

    def is_linked(self, document: Document, question: Question, bank: str) -> bool:
        before = len(self.findings)
        if bank not in self.banks:
            self.report(document, (), "unknown-bank", f"'{bank}' has no sound bank.yaml", "write or mend it")
        for index, id_ in enumerate(question.covers):
            if id_ not in self.coverage:
                hint = suggestion(id_, self.coverage) or "add it to coverage.yaml"
                self.report(document, ("covers", index), "unknown-cover", f"covers cannot be '{id_}'", hint)
        return len(self.findings) == before

    def is_drawable(self, document: Document, blueprint: Blueprint, questions: list[Question]) -> bool:
        before = len(self.findings)
        if blueprint.bank not in self.banks:
            hint = suggestion(blueprint.bank, self.banks)
            self.report(document, ("bank",), "unknown-bank", f"there is no bank '{blueprint.bank}'", hint)
            return False
        pool = Pool(self.banks[blueprint.bank], questions, self.practised)
        self.findings += [_flaw_finding(document, flaw) for flaw in blueprint_flaws(blueprint, pool)]
        return all(finding.is_advice for finding in self.findings[before:])
