"""All question files under some roots, read and checked together.

A root holds `coverage.yaml` (ids a question may name in `covers`, each with what a candidate should know),
`<bank>/bank.yaml`, `<bank>/blueprints/<id>.yaml` and `<bank>/<topic>/<id>.yaml`. What has a finding is left out of the
library; everything else is still there.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from quizapp.questions.blueprint import Bank, Blueprint
from quizapp.questions.document import Document, read_file
from quizapp.questions.drawing import Pool, asked, blueprint_flaws
from quizapp.questions.finding import Finding, suggestion
from quizapp.questions.loading import Model, flaw_finding, misnamed, modelled, not_a_mapping
from quizapp.questions.reading import Reading, read_all
from quizapp.questions.schema import Question
from quizapp.rules import selection


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


def load_library(
    roots: Sequence[Path], *, only: Sequence[Path] = (), processes: int = 1, cache: Path | None = None
) -> Library:
    """Load all files under the roots; never raises for what is written in them.

    With `only`, question files outside of these files and folders are read as far as the ones inside need them (the
    same id elsewhere; all of them for a blueprint). More than one of `processes` share the reading of many files; they are
    forked, so ask for them only where no other thread runs. `cache` is a file that keeps what was sound.
    """
    shelf = _Shelf([path.resolve() for path in only])
    for root in roots:
        shelf.read_root(Path(root))
    shelf.read_questions(processes, cache)
    return shelf.library()


class _Shelf:
    """Collects what the roots hold, then applies the rules that need more than one file."""

    def __init__(self, only: Sequence[Path] = ()) -> None:
        self.only = only
        self.resolved: dict[
            Path, Path
        ] = {}  # folders; to resolve each file would take longer than to read it
        self.findings: list[Finding] = []
        self.banks: dict[str, Bank] = {}
        self.blueprints: dict[str, tuple[Document, Blueprint]] = {}
        self.files: list[tuple[Path, str]] = []  # of questions, with the folder of their bank
        self.questions: dict[str, tuple[Reading, str]] = {}
        self.coverage: dict[str, str] = {}
        self.practised: frozenset[str] = frozenset()  # what the questions of public banks ask

    def read_root(self, root: Path) -> None:
        if not root.is_dir():
            self.findings.append(Finding(root, 1, 1, "no-folder", "is not a folder"))
            return
        for path in sorted(_yaml_files(root)):
            self.read_one(path, path.relative_to(root).parts)

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
                self.files.append((path, folder))
            case _:
                hint = "a question lies in <bank>/<topic>/<id>.yaml"
                self.findings.append(Finding(path, 1, 1, "misplaced", "is not where a file is read", hint))

    def read_questions(self, processes: int, cache: Path | None) -> None:
        files = self.needed()
        readings = read_all([path for path, _ in files], processes, cache)
        for (path, folder), reading in zip(files, readings, strict=True):
            self.findings += reading.findings
            question = reading.question
            if question is None:
                continue
            if question.id in self.questions:
                first = self.questions[question.id][0].path
                self.report(
                    read_file(path), ("id",), "duplicate-id", f"'{question.id}' is also {first}", "rename one"
                )
            elif not reading.findings:
                self.questions[question.id] = (reading, folder)

    def needed(self) -> list[tuple[Path, str]]:
        """The question files to read: a file's name is its id, so those of the same name are looked at too."""
        if not self.only or any(self.is_wanted(document.path) for document, _ in self.blueprints.values()):
            return self.files
        names = {path.name for path, _ in self.files if self.is_wanted(path)}
        return [(path, folder) for path, folder in self.files if path.name in names]

    def is_wanted(self, path: Path) -> bool:
        """Whether a path lies in what was asked for."""
        if path.parent not in self.resolved:
            self.resolved[path.parent] = path.parent.resolve()
        resolved = self.resolved[path.parent] / path.name
        return any(one == resolved or one in resolved.parents for one in self.only)

    def read_coverage(self, path: Path) -> None:
        document = read_file(path)
        self.findings += document.findings
        if isinstance(document.value, dict):
            self.coverage |= {key: str(text) for key, text in document.value.items()}
        elif not document.findings:
            self.findings.append(not_a_mapping(document))

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
        named = list(misnamed(document, None))
        self.findings += named
        if blueprint.id in self.blueprints:
            first = self.blueprints[blueprint.id][0].path
            self.report(document, ("id",), "duplicate-id", f"'{blueprint.id}' is also {first}", "rename one")
        elif not named:
            self.blueprints[blueprint.id] = (document, blueprint)

    def modelled(self, document: Document, model: type[Model]) -> Model | None:
        self.findings += document.findings
        if document.findings:
            return None
        if not isinstance(document.value, dict):
            self.findings.append(not_a_mapping(document))
            return None
        return modelled(document, model, self.findings)

    def report(
        self, document: Document, route: tuple[str | int, ...], code: str, message: str, hint: str
    ) -> None:
        self.findings.append(document.finding(document.place(route), code, message, hint))

    def library(self) -> Library:
        questions = {id_: entry for id_, entry in sorted(self.questions.items()) if self.is_linked(*entry)}
        public = {bank.id for bank in self.banks.values() if bank.visibility == "public"}
        if len(public) < len(self.banks):  # without a bank for hiring nobody asks
            self.practised = frozenset(
                asked(reading.sound) for reading, bank in questions.values() if bank in public
            )
        by_bank: dict[str, list[Question]] = {}
        for reading, bank in questions.values():
            by_bank.setdefault(bank, []).append(reading.sound)
        blueprints = [
            blueprint
            for document, blueprint in self.blueprints.values()
            if self.is_drawable(document, blueprint, by_bank)
        ]
        return Library(
            banks=tuple(sorted(self.banks.values(), key=lambda bank: bank.id)),
            questions=tuple(reading.sound for reading, _ in questions.values()),
            blueprints=tuple(sorted(blueprints, key=lambda blueprint: blueprint.id)),
            findings=tuple(sorted(self.findings)),
            origins={
                id_: Origin(bank, reading.path, reading.hash) for id_, (reading, bank) in questions.items()
            },
            coverage=self.coverage,
        )

    def is_linked(self, reading: Reading, bank: str) -> bool:
        covers = reading.sound.covers
        if bank in self.banks and all(id_ in self.coverage for id_ in covers):
            return True
        document = read_file(reading.path)
        if bank not in self.banks:
            self.report(document, (), "unknown-bank", f"'{bank}' has no sound bank.yaml", "write or mend it")
        for index, id_ in enumerate(covers):
            if id_ not in self.coverage:
                hint = suggestion(id_, self.coverage) or "add it to coverage.yaml"
                self.report(document, ("covers", index), "unknown-cover", f"covers cannot be '{id_}'", hint)
        return False

    def is_drawable(
        self, document: Document, blueprint: Blueprint, by_bank: dict[str, list[Question]]
    ) -> bool:
        before = len(self.findings)
        named: list[tuple[tuple[str | int, ...], str]] = [(("bank",), blueprint.bank)]
        for index, section in enumerate(blueprint.sections):
            named += [(("sections", index, "banks", at), bank) for at, bank in enumerate(section.banks)]
        for route, bank in named:
            if bank not in self.banks:
                hint = suggestion(bank, self.banks)
                self.report(document, route, "unknown-bank", f"there is no bank '{bank}'", hint)
        if len(self.findings) > before:
            return False
        shelves = [
            (self.banks[bank], by_bank.get(bank, [])) for bank in selection.banks(blueprint.model_dump())
        ]
        pool = Pool(self.banks[blueprint.bank], shelves, self.practised)
        self.findings += [flaw_finding(document, flaw) for flaw in blueprint_flaws(blueprint, pool)]
        return all(finding.is_advice for finding in self.findings[before:])


def _yaml_files(root: Path) -> Iterator[Path]:
    """Every .yaml and .yml file under a folder, but nothing hidden."""
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            if name.endswith((".yaml", ".yml")) and not name.startswith("."):
                yield Path(folder, name)
