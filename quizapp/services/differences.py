"""What publishing the question files would change in the database, and whose open attempts it would meet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from quizapp.extensions import db
from quizapp.models import Attempt, AttemptKind, Question, QuestionVersion, Response
from quizapp.questions.content import to_content
from quizapp.questions.finding import Finding
from quizapp.questions.library import Library, load_library


@dataclass(frozen=True)
class Difference:
    """One question that is not in the database as its file has it.

    `what` is added, changed, moved (to another bank), retired (its file is gone) or broken (its file does not load, so that
    the published version stays). `keys` are those whose values differ. Open attempts keep the version they were begun
    with: `interviews` under way, and people who `practise` it and have begun to answer.
    """

    id: str
    what: str
    keys: list[str] = field(default_factory=list)
    interviews: int = 0
    practising: int = 0

    def as_object(self) -> dict[str, Any]:
        """Give it as a plain JSON object."""
        return asdict(self)


def differences(roots: Sequence[Path], processes: int = 1) -> tuple[list[Difference], tuple[Finding, ...]]:
    """Compare the files with what is published, sorted by id; also give what is wrong in the files. Changes nothing."""
    library = load_library([Path(root) for root in roots], processes=processes)
    known = {question.id: question for question in db.session.scalars(select(Question))}
    found = {one.id: one for one in _of_files(library, known)}
    broken = {finding.path.stem for finding in library.findings if not finding.is_advice}
    loaded = set(library.origins)
    for id_, question in known.items():
        if id_ not in loaded and not question.is_retired:
            found[id_] = Difference(id_, "broken" if id_ in broken else "retired")
    open_ = _open_attempts(set(found))
    return [
        Difference(one.id, one.what, one.keys, open_[one.id, False], open_[one.id, True])
        for _, one in sorted(found.items())
    ], library.findings


def _of_files(library: Library, known: Mapping[str, Question]) -> Iterator[Difference]:
    rows = db.session.execute(
        select(QuestionVersion.question_id, QuestionVersion.content_hash).join(
            Question, Question.version_id == QuestionVersion.id
        )
    )
    hashes = {row.question_id: row.content_hash for row in rows}
    for file in library.questions:
        origin = library.origins[file.id]
        question = known.get(file.id)
        if question is None or question.is_retired:
            yield Difference(file.id, "added")
        elif hashes.get(file.id) != origin.hash:
            old = question.version.content if question.version else {}
            new = to_content(file)
            keys = [key for key in sorted({*old, *new}) if old.get(key) != new.get(key)]
            yield Difference(file.id, "changed", keys)
        elif question.bank_id != origin.bank:
            yield Difference(file.id, "moved", ["bank"])


def _open_attempts(ids: set[str]) -> Counter[tuple[str, bool]]:
    """How many unfinished attempts have a response to these questions, by id and whether it is practice."""
    is_practice = Attempt.kind == AttemptKind.PRACTICE
    rows = db.session.execute(
        select(Response.question_id, is_practice, func.count())
        .join(Attempt, Response.attempt_id == Attempt.id)
        .where(Attempt.finished_at.is_(None))
        .group_by(Response.question_id, is_practice)
    )
    return Counter({(id_, bool(practice)): count for id_, practice, count in rows if id_ in ids})
