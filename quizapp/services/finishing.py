"""Ending an attempt, once: by its candidate, by the sweeper, or before the next one begins. Then its answers are marked."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from sqlalchemy import ColumnElement, select, update

from quizapp.extensions import db
from quizapp.models import Attempt, Response, ResponseState, Submission
from quizapp.receipt import received_at
from quizapp.rules import answers, deadlines, marking, scoring
from quizapp.rules.marking import AnswerError
from quizapp.services import clocks, holding, receipts, responses, scores, sections, submissions, versions

log = logging.getLogger(__name__)


def finalise(attempt: Attempt) -> bool:
    """Close the attempt and commit; False when somebody else did. Late answers never change it again."""
    if attempt.invitation_id is not None:
        holding.invitation_of(attempt.id)
    moment = deadlines.finished_moment(clocks.terms(attempt), received_at())
    closing = (
        update(Attempt)
        .where(Attempt.id == attempt.id, Attempt.finished_at.is_(None))
        .values(finished_at=moment)
    )
    if db.session.execute(closing, execution_options={"synchronize_session": False}).rowcount != 1:  # type: ignore[attr-defined]
        db.session.rollback()
        return False
    if attempt.invitation_id is not None:
        scores.note_ends([attempt.id])
    sections.close(attempt, moment)
    waiting = []
    for response in locked(Response.attempt_id == attempt.id):
        if answers.is_coded(response.content):
            waiting.append(_finish_code(response))
        else:
            _mark(response)
    scores.refresh(attempt)
    receipt = receipts.confirm(attempt)
    db.session.commit()
    for submission in waiting:
        if submission is not None:
            submissions.ring(submission)
    receipts.ring(receipt)
    db.session.refresh(attempt)
    return True


def locked(condition: ColumnElement[bool]) -> Sequence[Response]:
    """Responses as they are now, kept until the transaction ends, so that no save slips between."""
    found = db.session.scalars(
        select(Response)
        .where(condition)
        .order_by(Response.id)
        .with_for_update(of=Response, key_share=True)
        .execution_options(populate_existing=True)
    ).all()
    versions.give(found)
    return found


def _mark(response: Response) -> None:
    """Mark the last save; what was left empty earns nothing, and an answer in somebody's own words waits for a person."""
    content = response.content
    if content["kind"] == "free" and answers.is_answered(content, response.answer):
        response.tries, response.answered_at = 1, response.saved_at
        response.state = ResponseState.WAITING
        return
    try:
        judged = marking.mark(content, response.answer)
    except (AnswerError, KeyError):  # stored by us and yet unreadable: our fault, not a zero
        log.exception("Response %s cannot be marked", response.id)
        response.state = ResponseState.NOT_GRADED
        return
    points = scoring.points(response.max_points, judged.points_share, content)
    response.mark = judged.kept(points, response.max_points)
    response.points = response.first_points = points
    response.is_solved = judged.correct
    response.tries = int(answers.is_answered(content, response.answer))
    response.answered_at = response.saved_at
    response.state = ResponseState.MARKED


def _finish_code(response: Response) -> Submission | None:
    """The best of the full submissions and of the last draft counts; gives the submission of a draft, to ring for."""
    submission = submissions.submit_draft(response)
    db.session.flush()
    responses.settle(response)
    if response.state is ResponseState.OPEN:  # nothing was ever written
        response.points = response.first_points = 0.0
        response.state = ResponseState.MARKED
    return submission
