"""Ending attempts whose time ran out while nobody was at their page: by the sweeper, however many at once."""

from __future__ import annotations

import logging
import math
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import literal_column, select
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.orm import load_only

from quizapp.extensions import db
from quizapp.models import Attempt, AttemptKind, Response, Scope, Submission, SubmissionState
from quizapp.receipt import database_now
from quizapp.rules import deadlines
from quizapp.services import clocks, finishing, holding, outages, responses, scores

log = logging.getLogger(__name__)

# Requests that were received in time are processed before an attempt is ended.
MARGIN = timedelta(seconds=10)


@dataclass(frozen=True)
class Swept:
    """What one go at it did."""

    closed: int
    left: int  # whose time is over too, for the next go


def finish_expired(most_seconds: float = math.inf) -> Swept:
    """Close attempts whose time ran out and whose page is gone, and have drafts graded that were left behind.

    Each is a transaction of its own, so that nobody who saves waits for the others. After `most_seconds` it stops
    between two of them: the sweeper has other things to do, and comes back at once. While a part of the site is away,
    and in the minute after, it closes none: nobody could reach their page.
    """
    give_up = time.monotonic() + most_seconds
    now = database_now()
    waiting = _expired(now) if outages.is_calm(now) else []
    db.session.rollback()
    done = closed = 0
    for attempt_id in waiting:
        if time.monotonic() > give_up:
            break
        closed += _finish(attempt_id)
        done += 1
    if done == len(waiting):
        _grade_left_behind()
    return Swept(closed, len(waiting) - done)


def _expired(now: datetime) -> list[int]:
    """The attempts whose time is over, those begun first in front. Only what tells the time is read of each."""
    running = db.session.scalars(
        select(Attempt)
        .where(Attempt.finished_at.is_(None), Attempt.minutes.is_not(None))
        .options(
            load_only(
                Attempt.started_at,
                Attempt.minutes,
                Attempt.extra_share,
                Attempt.credit_seconds,
                Attempt.outage_seconds,
                Attempt.window_end,
            )
        )
    ).all()
    over = [one for one in running if _is_over(one, now)]
    return [one.id for one in sorted(over, key=lambda one: one.started_at)]


def _finish(attempt_id: int) -> bool:
    """Close one, unless somebody finished it, or gave it time, since it was found."""
    holding.invitation_of(attempt_id)
    attempt = db.session.get(Attempt, attempt_id, with_for_update={"key_share": True}, populate_existing=True)
    if attempt is None or attempt.finished_at is not None or not _is_over(attempt, database_now()):
        db.session.rollback()
        return False
    try:
        return finishing.finalise(attempt)
    except (OperationalError, InterfaceError, NoConnection):
        raise  # the database is away, for all of them
    except Exception:
        log.exception("Attempt %s cannot be finished; the others are", attempt_id)
        db.session.rollback()
        return False
    finally:
        db.session.rollback()  # what was read after the commit keeps SQLite's one lock
        db.session.expunge_all()  # a thousand of them would be looked through at each commit


def _is_over(attempt: Attempt, now: datetime) -> bool:
    last = deadlines.accepts_until(clocks.terms(attempt), clocks.grace_seconds())
    return last is not None and now > last + MARGIN


def _grade_left_behind() -> None:
    """Settle code of finished attempts that says it is being graded while nothing is: lost between two steps."""
    open_full = (
        select(Submission.id)
        .where(
            Submission.response_id == Response.id,
            Submission.scope == Scope.FULL,
            Submission.state != SubmissionState.DONE,
        )
        .exists()
    )
    finished = select(Attempt.id).where(
        Attempt.finished_at.is_not(None), Attempt.kind != AttemptKind.PRACTICE
    )
    stuck = finishing.locked(
        (Response.state == literal_column("'GRADING'")) & Response.attempt_id.in_(finished) & ~open_full
    )
    for response in stuck:
        responses.settle(response)
    scores.refresh_all(response.attempt_id for response in stuck)
    db.session.commit()
