"""The stored fingerprints of code answers, and what of them tells nothing: what everybody was given, and what many hold."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, func, select

from quizapp.extensions import db
from quizapp.models import ComparedAnswer, Fingerprint, Response
from quizapp.rules import fingerprints


def files_of(response: Response) -> dict[str, str]:
    """The code of an answer as it was saved last."""
    return dict((response.answer or {}).get("files", {}))


def given(response: Response) -> set[int]:
    """The hashes of what everybody was given with a question: starter, samples, and the code of its prompt."""
    content = response.content
    texts = [*content.get("files", {}).values(), str(content.get("samples", "")), content["prompt"]]
    if content["kind"] == "tests":
        texts.append(str(content.get("program", "")))
    return fingerprints.hashes(texts)


def frequent(interview_id: str, question_id: str) -> set[int]:
    """The fingerprints that many answers to a question hold."""
    least = fingerprints.frequent_from(count(interview_id, question_id))
    return set(
        db.session.scalars(
            select(Fingerprint.hash)
            .where(of_question(interview_id, question_id))
            .group_by(Fingerprint.hash)
            .having(func.count() >= least)
        )
    )


def count(interview_id: str, question_id: str) -> int:
    """How many answers to a question are compared."""
    counting = select(func.count()).where(
        ComparedAnswer.interview_id == interview_id, ComparedAnswer.question_id == question_id
    )
    return db.session.scalar(counting) or 0


def of_question(interview_id: str, question_id: str) -> ColumnElement[bool]:
    """Those of the answers to one question in one interview."""
    return and_(Fingerprint.interview_id == interview_id, Fingerprint.question_id == question_id)


def of_answers(response_ids: Sequence[int]) -> dict[int, set[int]]:
    """Response id -> its fingerprints."""
    found: dict[int, set[int]] = {one: set() for one in response_ids}
    rows = db.session.execute(
        select(Fingerprint.response_id, Fingerprint.hash).where(Fingerprint.response_id.in_(response_ids))
    )
    for response_id, one in rows:
        found[response_id].add(one)
    return found
