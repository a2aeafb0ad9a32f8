"""`quizapp questions import`: questions out of a file of another system, all of them or none."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from quizapp.questions.exchange import csv_table, gift, moodle
from quizapp.questions.exchange.draft import MAX_BYTES, Draft, Problem, Reading, Unreadable
from quizapp.questions.library import Library
from quizapp.questions.loading import parse_question
from quizapp.questions.writing import question_text

INCOMING = ("moodle", "gift", "csv")
_READERS = {"moodle": moodle.read, "gift": gift.read, "csv": csv_table.read}
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True)
class Wish:
    """Where questions go, and what they are given when their file says nothing of it.

    `topic` counts for all of them when it is given. `defaults` are keys of a question file.
    """

    bank: str
    root: Path
    topic: str | None = None
    defaults: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Import:
    """The files to write, by path, and what was wrong or left behind. With any problem nothing may be written."""

    files: dict[Path, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    skipped: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)


def plan(path: Path, form: str, wish: Wish, library: Library) -> Import:
    """Read a file in one of INCOMING and check every question in it; writes nothing. Raises OSError."""
    done = Import()
    try:
        reading = _read(path, form)
    except Unreadable as error:
        done.problems.append(error.problem)
        return done
    done.problems, done.skipped, done.notes = list(reading.problems), reading.skipped, reading.notes
    if not reading.drafts and not done.problems:
        done.problems.append(Problem(1, "has no question that can be taken", "look at what was left out"))
    taken = {question.id: f"{library.origins[question.id].path}" for question in library.questions}
    for draft in reading.drafts:
        _plan_one(draft, wish, library, taken, done)
    done.problems.sort()
    return done


def write(done: Import) -> None:
    """Write the planned files, none of which may be there; takes back what it wrote when one of them fails.

    Raises OSError.
    """
    written: list[Path] = []
    try:
        for path, text in done.files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8", newline="\n") as stream:
                written.append(path)
                stream.write(text)
    except OSError:
        for path in written:
            path.unlink(missing_ok=True)
        raise


def _read(path: Path, form: str) -> Reading:
    with path.open("rb") as stream:
        raw = stream.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise Unreadable(1, f"is larger than {MAX_BYTES // 1024 // 1024} MiB", "split the file")
    return _READERS[form](raw)


def _plan_one(draft: Draft, wish: Wish, library: Library, taken: dict[str, str], done: Import) -> None:
    said = {key: value for key, value in draft.values.items() if value not in ("", None)}
    values = {**wish.defaults, **said}
    values["id"] = id_ = values.get("id") or slug(str(values.get("title", "")))
    values["topic"] = wish.topic or values.get("topic")
    title = values.get("title") or id_

    def refuse(message: str, hint: str) -> None:
        done.problems.append(Problem(draft.line, message, hint))

    if not id_ or not _NAME.fullmatch(id_):
        refuse(
            f"'{title}' has the id {id_!r}", "an id is of small letters, digits and dashes; give it one there"
        )
        return
    if id_ in taken:
        refuse(
            f"'{title}' has the id '{id_}', as has {taken[id_]}", "give it another id, or delete the old one"
        )
        return
    if not values["topic"]:
        refuse(f"'{title}' has no topic", "give --topic")
        return
    if unknown := [cover for cover in values.get("covers", []) if cover not in library.coverage]:
        refuse(
            f"'{title}' covers '{unknown[0]}'", "that is no id of coverage.yaml; add it there, or take it out"
        )
        return
    path = wish.root / wish.bank / str(values["topic"]) / f"{id_}.yaml"
    text = question_text(values)
    parsed = parse_question(text, path)
    if isinstance(parsed, list):
        for finding in parsed:
            refuse(f"'{title}': {finding.message}", _option(finding.message) or finding.mend)
        return
    if path.exists():
        refuse(f"'{title}' would overwrite {path}", "give it another id, or delete the file")
        return
    taken[id_] = f"line {draft.line}"
    done.files[path] = text


def _option(message: str) -> str:
    """How to give all questions of a file what it says nothing of."""
    for key, option in _OPTIONS.items():
        if message.startswith(f"needs the key '{key}'"):
            return f"say it there, or for all of them with {option}"
    return ""


_OPTIONS = {
    "level": "--level",
    "difficulty": "--difficulty",
    "minutes": "--minutes",
    "points": "--points",
    "references": "--reference",
    "covers": "--covers",
}


def slug(title: str) -> str:
    """Make an id of a title: `What is g?` becomes `what-is-g`."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return "-".join(re.findall(r"[a-z0-9]+", plain))[:64].rstrip("-")


def summary(done: Import) -> Sequence[str]:
    """Say what was left behind, a line each."""
    return [str(problem) for problem in sorted([*done.skipped, *done.notes])]
