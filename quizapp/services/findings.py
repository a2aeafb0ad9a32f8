"""What the last sync found wrong in the files, kept for their authors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from sqlalchemy import Select, delete, select

from quizapp.extensions import db
from quizapp.models import FileFinding
from quizapp.questions.finding import Finding
from quizapp.receipt import database_now

Facts = tuple[str, str | None, str, str, int, int, str, str, str]
_COLUMNS = ("path", "question_id", "bank_id", "topic", "line", "column", "code", "message", "hint")
_PARTS_OF_A_QUESTION = 3  # <bank>/<topic>/<id>.yaml


def keep(found: Iterable[Finding], roots: Sequence[Path]) -> None:
    """Make these the findings that are known (no commit); what was known before keeps its date."""
    wanted = {_facts(finding, roots) for finding in found}
    columns = [getattr(FileFinding, name) for name in _COLUMNS]
    known = {tuple(row[1:]): row[0] for row in db.session.execute(select(FileFinding.id, *columns))}
    gone = [id_ for facts, id_ in known.items() if facts not in wanted]
    new = [facts for facts in wanted if facts not in known]
    if gone:
        db.session.execute(delete(FileFinding).where(FileFinding.id.in_(gone)))
    if new:
        now = database_now()
        db.session.add_all(
            FileFinding(**dict(zip(_COLUMNS, facts, strict=True)), found_at=now)
            for facts in sorted(new, key=str)
        )


def of_question(question_id: str) -> Sequence[FileFinding]:
    """The findings of one question's file, in its order."""
    return db.session.scalars(_ordered().where(FileFinding.question_id == question_id)).all()


def of_other_files() -> Sequence[FileFinding]:
    """Findings in files that are no questions: banks, blueprints, the list of what is covered."""
    return db.session.scalars(_ordered().where(FileFinding.question_id.is_(None))).all()


def _ordered() -> Select[FileFinding]:
    return select(FileFinding).order_by(
        FileFinding.path, FileFinding.line, FileFinding.column, FileFinding.id
    )


def _facts(finding: Finding, roots: Sequence[Path]) -> Facts:
    root = next((root for root in roots if finding.path.is_relative_to(root)), None)
    path = finding.path.relative_to(root) if root else finding.path
    parts = path.parts
    is_question = root is not None and len(parts) == _PARTS_OF_A_QUESTION and parts[1] != "blueprints"
    return (
        path.as_posix()[:400],
        path.stem[:120] if is_question else None,
        parts[0][:80] if is_question else "",
        parts[1][:60] if is_question else "",
        finding.line,
        finding.column,
        finding.code[:60],
        finding.message,
        finding.hint,
    )
