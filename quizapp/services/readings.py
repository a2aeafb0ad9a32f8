"""Answers in people's own words: which ones wait for a person, and the points a person gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from quizapp.errors import Conflict, NotFound, Unprocessable
from quizapp.extensions import db
from quizapp.models import Attempt, AttemptKind, Question, Response, ResponseState, User
from quizapp.receipt import received_at
from quizapp.rules import answers, marking, scoring
from quizapp.rules.marking import AnswerError
from quizapp.services import audit, scores

MAX_COMMENT = 4000
MOST_LISTED = 200


@dataclass(frozen=True)
class Queue:
    """Free answers of shared mocks: those that wait, the longest waiting first, and those graded last."""

    waiting: list[Response]
    graded: list[Response]


def queue() -> Queue:
    """Everything that a person may grade now."""
    waiting = (
        _readable().where(Response.state == ResponseState.WAITING).order_by(Response.answered_at, Response.id)
    )
    graded = _readable().where(Response.state == ResponseState.MARKED, Response.tries > 0)
    return Queue(
        waiting=list(db.session.scalars(waiting.limit(MOST_LISTED))),
        graded=list(db.session.scalars(graded.order_by(Response.id.desc()).limit(20))),
    )


def find(response_id: int, *, lock: bool = False) -> Response:
    """One free answer of a shared mock; `NotFound` for all others."""
    query = _readable().where(Response.id == response_id)
    if lock:
        query = query.with_for_update(of=Response, key_share=True).execution_options(populate_existing=True)
    response = db.session.scalar(query)
    if response is None or response.tries == 0:
        raise NotFound("There is no such answer to grade", "The candidate may have taken the mock back.")
    return response


def grade(response_id: int, grader: User, fields: Any) -> Response:
    """Give an answer its points from the form fields of its rubric, and commit; the audit log keeps the old ones.

    Raises NotFound, Unprocessable for points that do not fit, Conflict when somebody else graded it meanwhile.
    """
    response = find(response_id, lock=True)
    if fields.get("seen", "") != seen(response):
        raise Conflict("Somebody else has graded this answer meanwhile", "Look at their points first.")
    give(response, grader, fields)
    db.session.commit()
    return response


def give(response: Response, grader: User, fields: Any) -> None:
    """Give a locked answer its points from the form fields of its rubric (no commit). Raises Unprocessable."""
    content = response.content
    comment = fields.get("comment", "").replace("\r\n", "\n").replace("\0", "").strip()[:MAX_COMMENT]
    try:
        judged = marking.rated(content, answers.ratings(content, fields), comment)
    except AnswerError as error:
        text = str(error)
        raise Unprocessable("These points do not fit", f"{text[0].upper()}{text[1:]}.") from error
    before = response.points if response.state is ResponseState.MARKED else None
    points = scoring.points(response.max_points, judged.points_share, content)
    by = {"graded_by": grader.name, "graded_at": received_at().isoformat()}
    response.mark = judged.kept(points, response.max_points) | by
    response.points = points
    response.first_points = points
    response.is_solved = judged.correct
    response.state = ResponseState.MARKED
    scores.refresh(response.attempt)
    audit.record(
        "answer.graded",
        f"answer {response.id}",
        actor=grader,
        interview=response.attempt.interview_id,
        question=response.question_id,
        attempt=response.attempt_id,
        before=before,
        points=points,
        criteria=[line["points"] for line in judged.feedback["criteria"]],
    )


def seen(response: Response) -> str:
    """What tells one grading from the next; a form carries it, so that nobody writes over what they have not seen."""
    return str((response.mark or {}).get("graded_at", ""))


def _readable() -> Select[Response]:
    return (
        select(Response)
        .join(Attempt, Response.attempt_id == Attempt.id)
        .join(Question, Response.question_id == Question.id)
        .where(
            Question.kind == "free",
            Attempt.kind == AttemptKind.MOCK,
            Attempt.is_shared.is_(True),
            Attempt.finished_at.is_not(None),
        )
        .options(
            joinedload(Response.attempt).joinedload(Attempt.user),
            joinedload(Response.question),
            joinedload(Response.version),
        )
    )
