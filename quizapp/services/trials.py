"""Trying a hiring interview as its candidates will meet it.

A trial is an attempt of a kind of its own: no list of candidates, no figure and no history knows it, and whoever made it
can delete it.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from quizapp.errors import Conflict, NotFound
from quizapp.extensions import db
from quizapp.models import Attempt, AttemptKind, Interview, InterviewVersion, User
from quizapp.questions import blueprint_form
from quizapp.services import blueprints, clocks, drawing, finishing, hiring, holding
from quizapp.services.drawing import Plan


def start(user: User, interview_id: str, *, of_draft: bool) -> Attempt:
    """Start a trial of the published version, or of the draft, and commit; one of them runs at a time.

    Raises NotFound, Forbidden, and Conflict when there is no such thing or it cannot be drawn.
    """
    interview = hiring.access(user, interview_id).interview
    for attempt in of_user(user, interview):
        if attempt.finished_at is None and clocks.is_closed(attempt):
            finishing.finalise(attempt)
    running = _running(user, interview)
    if running is not None:
        return running
    attempt = drawing.new_attempt(user, _plan(interview, of_draft=of_draft))
    try:
        db.session.commit()
    except IntegrityError:  # the other half of a double click was faster
        db.session.rollback()
        other = _running(user, interview)
        if other is None:
            raise
        return other
    return attempt


def of_user(user: User, interview: Interview) -> Sequence[Attempt]:
    """The user's trials of an interview, newest first."""
    return db.session.scalars(
        select(Attempt)
        .where(
            Attempt.user_id == user.id,
            Attempt.interview_id == interview.id,
            Attempt.kind == AttemptKind.TRIAL,
        )
        .order_by(Attempt.id.desc())
    ).all()


def remove(user: User, interview_id: str, attempt_id: int) -> None:
    """Delete one's own trial with all that was answered in it, and commit. Raises NotFound."""
    own = select(Attempt.id).where(Attempt.id == attempt_id, Attempt.user_id == user.id)
    holding.whole(db.session.scalars(own.where(Attempt.kind == AttemptKind.TRIAL)))
    removed = db.session.execute(
        delete(Attempt)
        .where(
            Attempt.id == attempt_id,
            Attempt.user_id == user.id,
            Attempt.interview_id == interview_id,
            Attempt.kind == AttemptKind.TRIAL,
        )
        .returning(Attempt.id)
    ).all()
    if not removed:
        raise NotFound("There is no such try of yours", "Yours are on the page of the interview.")
    db.session.commit()


def _running(user: User, interview: Interview) -> Attempt | None:
    return next((one for one in of_user(user, interview) if one.finished_at is None), None)


def _plan(interview: Interview, *, of_draft: bool) -> Plan:
    version: InterviewVersion | None = interview.version
    if version is not None and not of_draft:
        return drawing.plan_of(version, AttemptKind.TRIAL)
    reading = blueprints.read(blueprint_form.typed(interview.blueprint), interview)
    if reading.blueprint is None:
        raise Conflict("The draft is not whole", "Mend the fields that its page names.")
    return Plan(reading.blueprint["bank"], reading.blueprint, interview.id, AttemptKind.TRIAL)
