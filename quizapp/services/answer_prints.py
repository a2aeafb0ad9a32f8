"""The stored fingerprints of code answers, and what of them tells nothing: what everybody was given, and what many hold."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, func, select

from quizapp.extensions import cache, db
from quizapp.models import ComparedAnswer, Fingerprint, Response
from quizapp.rules import fingerprints

FEW = 200  # answers, below which everything is counted each time
KEPT_SECONDS = 3600


def files_of(response: Response) -> dict[str, str]:
    """The code of an answer as it was saved last."""
    return dict((response.answer or {}).get("files", {}))


def given(response: Response) -> set[int]:
    """The hashes of what everybody was given with a question: starter, samples, and the code of its prompt."""
    content = response.content
    files = [content.get(key) or {} for key in ("files", "samples", "program")]
    return fingerprints.hashes([*(text for one in files for text in one.values()), content["prompt"]])


def frequent(interview_id: str, question_id: str) -> set[int]:
    """The fingerprints that many answers to a question hold; of many answers, as it was when there were a tenth fewer.

    Counting them reads everything that is stored of a question, which nobody should wait for again with each answer.
    """
    answers = count(interview_id, question_id)
    if answers < FEW:
        return set(_frequent(interview_id, question_id, answers))
    step = 10 ** max(0, len(str(answers)) - 2)
    return set(_kept(interview_id, question_id, answers // step * step))


@cache.memoize(timeout=KEPT_SECONDS)
def _kept(interview_id: str, question_id: str, answers: int) -> list[int]:
    return _frequent(interview_id, question_id, answers)


def _frequent(interview_id: str, question_id: str, answers: int) -> list[int]:
    return list(
        db.session.scalars(
            select(Fingerprint.hash)
            .where(of_question(interview_id, question_id))
            .group_by(Fingerprint.hash)
            .having(func.count() >= fingerprints.frequent_from(answers))
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
