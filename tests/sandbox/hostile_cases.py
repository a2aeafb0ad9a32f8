"""The hostile cases as data: what a folder of `tests/sandbox/hostile` says, and what became of it in a real run.

A case is a program that tries something, with the verdicts it may get, what must be said of it and how long it may
take. `tests/sandbox/hostile/README.md` is the list of attacks and describes the format.
"""

from __future__ import annotations

import re
import secrets
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from quizapp.rules.judging import ORDER
from sandbox.protocol import Limits, Program, Request
from worker.cases import read_files

FOLDER = Path(__file__).resolve().parent / "hostile"
TASK = FOLDER / "_task"
ATTACKS = FOLDER / "README.md"
GROUPS = ("exhaustion", "isolation", "integrity", "determinism")
KINDS = ("graded", "script", "requests")
TESTS_OF_FORM = {"pytest": "tests", "unittest": "unittests"}
# Short, because most cases use up what they get; a case that needs more says so.
LIMITS = {"cpu_seconds": 1.5, "wall_seconds": 3.0, "test_seconds": 2.5}
_ROW = re.compile(r"^\| ([XIFD]\d\d) \| (.+?) \| (.*?) \|$", re.MULTILINE)


class CaseUnreadable(Exception):
    """A case folder is not as the format wants it; the text says where."""


def canary(kind: str) -> str:
    """A text that must never come out, new for each run of the suite, to be known by its beginning."""
    return f"canary-{kind}-{secrets.token_hex(16)}"


@dataclass(frozen=True, kw_only=True)
class Canaries:
    """What no hostile program may learn, and the file of the host that none may touch."""

    hidden: str = field(default_factory=lambda: canary("hidden"))  # in the hidden tests
    solution: str = field(default_factory=lambda: canary("solution"))  # in the reference solution
    neighbour: str = field(default_factory=lambda: canary("neighbour"))  # in the code of other runs
    secret: str  # in the environment of the broker
    host: str = field(default_factory=lambda: canary("host"))  # in `file`
    file: Path

    def found_in(self, text: str) -> list[str]:
        """The kinds of canaries that a text gives away."""
        return [
            name
            for name in ("hidden", "solution", "neighbour", "secret", "host")
            if getattr(self, name) in text
        ]


@dataclass(frozen=True, kw_only=True)
class Case:
    """One case folder, read."""

    name: str
    title: str
    group: str
    attacks: tuple[str, ...]
    kind: str = "graded"
    task: str = "_task"  # the folder of its tests and their solution, where it brings none
    verdicts: tuple[str, ...]
    says: tuple[str, ...] = ()
    never_says: tuple[str, ...] = ()
    limits: Limits
    seconds: float
    runs: int = 1
    same: bool = False  # all runs must say exactly the same
    forms: tuple[str, ...] = ("pytest",)
    requests: tuple[Request, ...] = ()
    stdin: str = ""
    preload: tuple[str, ...] = ()
    repeat: dict[str, list[tuple[str, int]]] = field(
        default_factory=dict
    )  # file -> pieces and how often each
    beside_says: tuple[str, ...] | None = (
        None  # there is a second program, which runs as a script at the same time
    )

    @property
    def folder(self) -> Path:
        return FOLDER / self.name

    @property
    def tests_folder(self) -> Path:
        """Where its tests are, and the solution that says which of them must pass."""
        return self.folder if (self.folder / "tests").is_dir() else FOLDER / self.task

    def program(self, form: str, canaries: Canaries) -> Program:
        """The hostile program, with the tests of a form when it is graded."""
        files, blobs = read_files(self.folder / "files")
        for name, pieces in self.repeat.items():
            files[name] = "".join(text * times for text, times in pieces)
        more: dict[str, Any] = (
            {"tests": tests_of(self.tests_folder, form, canaries)} if self.kind == "graded" else {}
        )
        return Program(
            files={name: told(text, canaries) for name, text in files.items()},
            blobs=blobs,
            requests=self.requests,
            stdin=self.stdin,
            preload=self.preload,
            **more,
        )

    def reference(self, form: str, canaries: Canaries) -> Program | None:
        """The run of the solution that says which tests must pass; None when the case brings tests without one."""
        root = self.tests_folder
        if self.kind != "graded" or not (root / "solution").is_dir():
            return None
        files, blobs = read_files(root / "solution")
        files = {name: f"{text}\n# {canaries.solution}\n" for name, text in files.items()}
        tests = tests_of(root, form, canaries)
        return Program(files=files, blobs=blobs, tests=tests, preload=self.preload, record=True)

    def beside(self, canaries: Canaries) -> Program | None:
        """The second program, which runs at the same time."""
        if self.beside_says is None:
            return None
        files, _ = read_files(self.folder / "beside")
        return Program(files={name: told(text, canaries) for name, text in files.items()})


def told(text: str, canaries: Canaries) -> str:
    """A hostile source with what it may know: the path of the host's file and the beginning of every canary."""
    # Split, so that a program that searches its own memory does not find its own source.
    return text.replace("@HOST_FILE@", str(canaries.file)).replace("@CANARY@", 'cana" "ry-')


def tests_of(folder: Path, form: str, canaries: Canaries) -> dict[str, str]:
    """The tests of a case or a shared task in one form, each file with the canary that must stay in it."""
    files, _ = read_files(folder / TESTS_OF_FORM[form])
    return {name: f'{text}\n\nHIDDEN = "{canaries.hidden}"\n' for name, text in files.items()}


def honest(canaries: Canaries) -> tuple[Program, Program]:
    """The reference run of the shared task, and a right submission to it."""
    files, _ = read_files(TASK / "solution")
    tests = tests_of(TASK, "pytest", canaries)
    reference = Program(files=files, tests=tests, record=True)
    submitted = {name: f"{text}\n# {canaries.neighbour}\n" for name, text in files.items()}
    return reference, Program(files=submitted, tests=tests)


def names() -> list[str]:
    """Every case, by its folder's name."""
    return sorted(path.parent.name for path in FOLDER.glob("*/case.toml"))


def read_case(name: str) -> Case:
    """Read one case. Raises `CaseUnreadable`."""
    try:
        raw = tomllib.loads((FOLDER / name / "case.toml").read_text(encoding="utf-8"))
        return _case(name, raw)
    except (OSError, tomllib.TOMLDecodeError, TypeError, ValueError, KeyError) as error:
        msg = f"{name}/case.toml: {error!r}"
        raise CaseUnreadable(msg) from error


def _case(name: str, raw: dict[str, Any]) -> Case:
    form = raw.pop("form", "pytest")
    limits = Limits.from_json({**LIMITS, **raw.pop("limits", {})})
    requests = tuple(Request.from_json(one) for one in raw.pop("requests", ()))
    lists: dict[str, Any] = {
        key: tuple(raw.pop(key))
        for key in ("attacks", "verdicts", "says", "never_says", "preload", "beside_says")
        if key in raw
    }
    case = Case(
        name=name,
        limits=limits,
        requests=requests,
        forms=tuple(TESTS_OF_FORM) if form == "both" else (form,),
        **lists,
        **raw,
    )
    _check(case)
    return case


def _check(case: Case) -> None:
    found = {
        "group": case.group in GROUPS,
        "kind": case.kind in KINDS,
        "task": all((case.tests_folder / TESTS_OF_FORM[form]).is_dir() for form in case.forms),
        "verdicts": bool(case.verdicts) and set(case.verdicts) <= set(ORDER),
        "form": set(case.forms) <= set(TESTS_OF_FORM),
        "requests": (case.kind == "requests") == bool(case.requests),
        "attacks": bool(case.attacks),
        "repeat": all(len(piece) == 2 for pieces in case.repeat.values() for piece in pieces),
        "beside_says": (case.folder / "beside").is_dir() == (case.beside_says is not None),
    }
    for pattern in (*case.says, *case.never_says, *(case.beside_says or ())):
        re.compile(pattern)
    wrong = [key for key, fits in found.items() if not fits]
    if wrong:
        msg = f"these do not fit: {', '.join(wrong)}"
        raise ValueError(msg)


def attacks() -> dict[str, tuple[str, str]]:
    """The list of attacks: id -> what is tried, and which cases cover it or, in a sentence, why none can."""
    return {found[1]: (found[2], found[3]) for found in _ROW.finditer(ATTACKS.read_text(encoding="utf-8"))}
