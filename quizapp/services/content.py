"""Publishing question files into the database: versions by content, never a step back because a file is broken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from flask import current_app
from sqlalchemy import func, insert, select, update

from quizapp.extensions import db
from quizapp.models import Bank, Interview, Question, QuestionVersion
from quizapp.questions.blueprint import Blueprint
from quizapp.questions.content import to_content
from quizapp.questions.drawing import kind_of
from quizapp.questions.finding import Finding
from quizapp.questions.library import Library, load_library
from quizapp.questions.schema import Question as QuestionFile
from quizapp.receipt import database_now
from quizapp.rules import parameters
from quizapp.services import counts, findings

AT_ONCE = 1000  # ids in one query
SYNC_LOCK = 0x7175697A  # any number that no other advisory lock of ours uses


class RootMissing(Exception):
    """A folder of question files is not there; without it everything would look deleted."""


@dataclass
class Publication:
    """What one sync changed: ids by what happened to them, and what was wrong in the files."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    retired: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)  # their file does not load; the last good version stays
    findings: tuple[Finding, ...] = ()

    @property
    def has_changes(self) -> bool:
        """Whether any question came, changed or went."""
        return bool(self.added or self.changed or self.retired)


def sync(roots: Sequence[Path], *, processes: int = 1) -> Publication:
    """Bring the database in line with the files and commit.

    A question that does not load keeps its published version; one whose file is gone is retired, and comes back
    with its history when the file does. `processes` as in `load_library`. Raises RootMissing.
    """
    for root in roots:
        if not Path(root).is_dir():
            raise RootMissing(
                f"{root} is not a folder. Set QUIZAPP_QUESTIONS to where the question files are."
            )
    library = load_library([Path(root) for root in roots], processes=processes, cache=_memory())
    _one_at_a_time()
    done = Publication(findings=library.findings)
    _sync_banks(library)
    _sync_questions(library, [Path(root) for root in roots], done)
    _sync_interviews(library)
    findings.keep(library.findings, [Path(root) for root in roots])
    db.session.commit()
    counts.forget()
    return done


def _memory() -> Path:
    """What the files held last time, so that only those are read that differ."""
    return Path(current_app.config["VAR"]) / "questions.memory"


def _one_at_a_time() -> None:
    """Two syncs at once would both add the same question; SQLite takes turns by itself."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(select(func.pg_advisory_xact_lock(SYNC_LOCK)))


def _broken(library: Library) -> set[str]:
    """Ids whose file is there but does not load: a file's name is its id."""
    return {finding.path.stem for finding in library.findings}


def _sync_banks(library: Library) -> None:
    known = {bank.id: bank for bank in db.session.scalars(select(Bank))}
    for position, file in enumerate(sorted(library.banks, key=lambda bank: _ease(library, bank.id))):
        bank = known.get(file.id)
        if bank is None:
            bank = Bank(id=file.id)
            db.session.add(bank)
        bank.title, bank.description = file.title, file.description
        bank.is_public = file.visibility == "public"
        bank.position = position
    db.session.flush()


def _ease(library: Library, bank_id: str) -> tuple[bool, float, str]:
    """Banks for beginners come first, then by their mean difficulty."""
    questions = library.questions_of(bank_id)
    mean = sum(question.difficulty for question in questions) / max(1, len(questions))
    return all(question.level != "fresher" for question in questions), mean, bank_id


def _sync_questions(library: Library, roots: Sequence[Path], done: Publication) -> None:
    """Publish what differs. Questions that are as their files are never become objects: that takes the longest."""
    states = _states()
    files = [file for file in library.questions if _differs(file, states.get(file.id), library, roots)]
    gone = _gone(states, library, done)
    known = _questions([*(file.id for file in files), *gone])
    for id_ in gone:
        known[id_].is_retired = True
        done.retired.append(id_)
    changed: list[QuestionFile] = []
    for file in files:
        origin = library.origins[file.id]
        question = known.get(file.id)
        is_new = question is None or question.is_retired
        is_same = question is not None and states[file.id].content_hash == origin.hash
        if question is None:
            question = Question(id=file.id)
            db.session.add(question)
        if is_new or not is_same or question.bank_id != origin.bank:
            _describe(question, file, origin.bank)
            (done.added if is_new else done.changed).append(file.id)
        question.path = _relative(origin.path, roots)
        question.is_retired = False
        if not is_same:
            changed.append(file)
    db.session.flush()
    _publish_versions(changed, library)


class _State(NamedTuple):
    """What is published of one question."""

    id: str
    bank_id: str
    path: str
    is_retired: bool
    content_hash: str | None


def _states() -> dict[str, _State]:
    columns = (
        Question.id,
        Question.bank_id,
        Question.path,
        Question.is_retired,
        QuestionVersion.content_hash,
    )
    query = select(*columns).outerjoin(QuestionVersion, Question.version_id == QuestionVersion.id)
    return {row.id: _State(*row) for row in db.session.execute(query)}


def _differs(file: QuestionFile, state: _State | None, library: Library, roots: Sequence[Path]) -> bool:
    origin = library.origins[file.id]
    path = _relative(origin.path, roots)
    return state != _State(file.id, origin.bank, path, is_retired=False, content_hash=origin.hash)


def _questions(ids: Sequence[str]) -> dict[str, Question]:
    """The questions of these ids that there are, asked for in parts: a query holds only so many values."""
    found: dict[str, Question] = {}
    for start in range(0, len(ids), AT_ONCE):
        wanted = select(Question).where(Question.id.in_(ids[start : start + AT_ONCE]))
        found |= {question.id: question for question in db.session.scalars(wanted)}
    return found


def _describe(question: Question, file: QuestionFile, bank: str) -> None:
    question.bank_id = bank
    question.title, question.kind, question.level, question.topic = (
        file.title,
        file.kind,
        file.level,
        file.topic,
    )
    question.difficulty, question.minutes, question.points = file.difficulty, file.minutes, file.points
    prompt = str(parameters.example({"prompt": file.prompt, "parameters": file.parameters})["prompt"])
    question.search_text = " ".join([file.title, file.id, file.topic, *file.tags, prompt]).lower()


def _publish_versions(files: Sequence[QuestionFile], library: Library) -> None:
    """Point questions at versions of their new content; a file put back to what it was gets its old version again."""
    if not files:
        return
    rows = db.session.execute(
        select(QuestionVersion.question_id, QuestionVersion.content_hash, QuestionVersion.id)
    )
    versions = {(row.question_id, row.content_hash): row.id for row in rows}
    now = database_now()
    new = [
        {
            "question_id": file.id,
            "content_hash": library.origins[file.id].hash,
            "content": to_content(file),
            "created_at": now,
        }
        for file in files
        if (file.id, library.origins[file.id].hash) not in versions
    ]
    if new:
        made = insert(QuestionVersion).returning(
            QuestionVersion.question_id, QuestionVersion.content_hash, QuestionVersion.id
        )
        for row in db.session.execute(made, new):
            versions[row.question_id, row.content_hash] = row.id
    pointed = [
        {"id": file.id, "version_id": versions[file.id, library.origins[file.id].hash]} for file in files
    ]
    db.session.execute(update(Question), pointed)


def _gone(states: Mapping[str, _State], library: Library, done: Publication) -> list[str]:
    """Ids of published questions whose file is gone; those whose file does not load are kept."""
    broken = _broken(library)
    gone = []
    for state in states.values():
        if state.id in library.origins or state.is_retired:
            continue
        if state.id in broken:
            done.kept.append(state.id)
        else:
            gone.append(state.id)
    return gone


def _sync_interviews(library: Library) -> None:
    """Bring interviews in line with their files. Those that people made in the browser have none, and stay."""
    from_files = select(Interview).where(Interview.created_at.is_(None))
    known = {interview.id: interview for interview in db.session.scalars(from_files)}
    banks = {bank.id: bank for bank in library.banks}
    for file in library.blueprints:
        interview = known.pop(file.id, None)
        if interview is None:
            interview = Interview(id=file.id)
            db.session.add(interview)
        _publish(interview, file, kind_of(file, banks[file.bank]))
    broken = _broken(library)
    for interview in known.values():
        if interview.id not in broken:
            interview.is_open = False


def _publish(interview: Interview, file: Blueprint, kind: str) -> None:
    interview.bank_id, interview.title = file.bank, file.title
    interview.kind = kind
    blueprint = file.model_dump(mode="json")
    if interview.blueprint != blueprint:
        interview.blueprint = blueprint
    interview.is_open = True


def _relative(path: Path, roots: Sequence[Path]) -> str:
    text = path.as_posix()
    for root in roots:
        folder = root.as_posix().rstrip("/") + "/"
        if text.startswith(folder):
            return text[len(folder) :]
    return text
