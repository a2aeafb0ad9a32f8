"""Saving what is typed, a moment after it was typed, without ever losing or mixing up two devices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import Select, and_, bindparam, func, select
from sqlalchemy.orm import contains_eager

from quizapp.errors import Closed, Conflict, NotFound, Unprocessable
from quizapp.extensions import commit_and_keep, db
from quizapp.models import (
    CANCELLED,
    Attempt,
    AttemptKind,
    Branch,
    Response,
    ResponseState,
    Scope,
    Submission,
    SubmissionState,
    User,
)
from quizapp.receipt import received_at
from quizapp.rules import answers, scoring
from quizapp.rules.marking import AnswerError
from quizapp.services import clocks, sections, versions

# Kept per response; what is older is let go, so that a page gone wild cannot fill the database.
MAX_BRANCHES = 30
# Of an attempt: all that decides until when it takes something, and may change while it runs.
_WHAT_TIME_CHANGES = ("finished_at", "credit_seconds", "outage_seconds", "window_end", "extra_share")
# Of a response: all that verdicts change, and what keeps them from it.
_WHAT_VERDICTS_CHANGE = (
    *("points", "first_points", "is_solved", "tries", "state", "answered_at"),
    *("graded_version_id", "override_id"),
)


class Fate(StrEnum):
    """What became of a save."""

    SAVED = "saved"
    STALE = "stale"  # another device saved in between; kept as a branch
    UNCHANGED = "unchanged"  # another device saved in between, and there is nothing new in this one; not kept
    LATE = "late"  # after the deadline or the finish; kept as a branch, never graded


@dataclass(frozen=True)
class Saving:
    """A save and its fate; `branch_id` names where a stale or late one is kept."""

    fate: Fate
    response: Response
    branch_id: int | None = None


def own(response_id: int, user: User, *, lock: bool = False) -> Response:
    """The user's own response; `NotFound` also for somebody else's. `lock` keeps it until the transaction ends."""
    asked = {"response": response_id, "user": user.id}
    response: Response | None = db.session.scalar(_own(is_locked=lock), asked)
    if response is None:
        raise NotFound("There is no such question in an attempt of yours")
    versions.give([response])
    return response


@cache
def _own(*, is_locked: bool) -> Select[Response]:
    wanted = (
        select(Response)
        .join(Response.attempt)
        .where(Response.id == bindparam("response"), Attempt.user_id == bindparam("user"))
        .options(contains_eager(Response.attempt))
        .execution_options(populate_existing=True)
    )
    return wanted.with_for_update(of=Response, key_share=True) if is_locked else wanted


def own_known(response_id: int, user: User) -> Response:
    """The same, for what says something of the question; `NotFound` too for one in a part that was not entered."""
    response = own(response_id, user)
    ensure_known(response)
    return response


def ensure_known(response: Response) -> None:
    """Raise `NotFound` for a question in a part that was not entered."""
    if not sections.is_entered(response.attempt, response.section):
        raise NotFound("There is no such question in an attempt of yours")


def ensure_open(response: Response) -> None:
    """Raise `Closed` when the response's attempt, or its section, takes nothing more."""
    if clocks.is_section_closed(response.attempt, response.section):
        if not clocks.is_closed(response.attempt):
            raise Closed("This part is closed", "What arrived while it was open is kept and counts.")
        raise Closed(
            "This interview is over", "Nothing more is taken. Your report shows what arrived in time."
        )


def checked(response: Response, raw: Any) -> dict[str, Any]:
    """The answer in the form it is stored in.

    Raises `Unprocessable` with what to change, which tells something of the question: `NotFound` where it is not known yet.
    """
    try:
        return checked_by(response.content, raw)
    except Unprocessable:
        ensure_known(response)
        raise


def checked_by(content: dict[str, Any], raw: Any) -> dict[str, Any]:
    """The same for the content of a question that is known."""
    try:
        answer = answers.cleaned(content, raw)
    except AnswerError as error:
        raise Unprocessable("This answer cannot be kept", str(error)) from error
    unknown = sorted(set(answer.get("files", ())) - set(content.get("files", ())))
    if unknown:
        known = ", ".join(content["files"])
        raise Unprocessable(f"This question has no file {unknown[0]!r}", f"Its files are: {known}.")
    return answer


def save(
    response_id: int, user: User, raw: Any, revision: int, device: str = "", *, is_unchanged: bool = False
) -> Saving:
    """Save an answer that was based on `revision`, and commit.

    A save that repeats what is stored is no conflict, whatever its revision: the reply to the first one may have
    been lost. `is_unchanged`: the page says that the answer is the one it was given, so nothing of it has to be kept;
    a page that says so wrongly lets go of nothing but its own. Raises NotFound, Unprocessable, and Conflict when the answer was marked and stands.
    """
    response = own(response_id, user, lock=True)
    return save_into(response, raw, revision, device, is_unchanged=is_unchanged)


def save_into(
    response: Response, raw: Any, revision: int, device: str = "", *, is_unchanged: bool = False
) -> Saving:
    """The same for a response that is locked already."""
    answer = checked(response, raw)
    # Read after the lock was had: a finish that came first is seen, one that comes later waits for this save.
    db.session.refresh(response.attempt, _WHAT_TIME_CHANGES)
    moment = received_at()
    if clocks.is_section_closed(response.attempt, response.section, moment):
        if answer == response.answer or is_unchanged:  # this is no edit, and what is stored counts already
            db.session.rollback()
            return Saving(Fate.SAVED, response)
        return _keep_aside(response, answer, revision, device, Fate.LATE, moment)
    if response.state is ResponseState.MARKED and not answers.is_coded(response.content):
        raise Conflict("This question was answered", "Choose “Try again” to answer it once more.")
    if answer == response.answer:
        db.session.rollback()
        return Saving(Fate.SAVED, response)
    if revision != response.revision and is_unchanged:
        db.session.rollback()
        return Saving(Fate.UNCHANGED, response)
    if revision != response.revision:
        return _keep_aside(response, answer, revision, device, Fate.STALE, moment)
    write(response, answer, moment)
    commit_and_keep()
    return Saving(Fate.SAVED, response)


def write(response: Response, answer: dict[str, Any] | None, moment: datetime) -> None:
    """Make this the current answer (no commit)."""
    response.answer = answer
    response.revision += 1
    response.saved_at = moment


def keep_if_late(response: Response, raw: Any) -> None:
    """Keep what was sent for a response that is closed, marked as late, and commit; what counts already is no edit."""
    moment = received_at()
    if clocks.is_section_closed(response.attempt, response.section, moment):
        answer = checked(response, raw)
        if answer != response.answer:
            _keep_aside(response, answer, response.revision, "", Fate.LATE, moment)


def _keep_aside(
    response: Response, answer: dict[str, Any], revision: int, device: str, fate: Fate, moment: datetime
) -> Saving:
    branch = keep_beside(
        response,
        Branch(
            answer=answer, based_on=revision, is_late=fate is Fate.LATE, device=device, received_at=moment
        ),
    )
    db.session.commit()
    return Saving(fate, response, branch.id)


def keep_beside(response: Response, version: Branch) -> Branch:
    """Keep another version of a locked response's answer (no commit); the same one twice is one."""
    kept = db.session.scalars(
        select(Branch).where(Branch.response_id == response.id).order_by(Branch.id)
    ).all()
    for known in kept:
        if known.answer == version.answer and known.is_late == bool(version.is_late):
            known.is_replaced = known.is_replaced or bool(version.is_replaced)
            return known
    if len(kept) >= MAX_BRANCHES:
        db.session.delete(kept[0])
    version.response_id, version.device = response.id, version.device[:200]
    db.session.add(version)
    db.session.flush()
    return version


@dataclass(frozen=True)
class Counted:
    """The full submissions of a code response that were not stopped. Shares are of the points, 0..1."""

    count: int
    done: int
    judged: int  # with a verdict that is not a fault of ours
    best: float
    first: float
    latest: datetime | None  # when the last judged one was sent


def _counted() -> Select[Any]:
    counts = Submission.verdict.is_distinct_from(CANCELLED)
    full = (Submission.response_id == bindparam("response"), Submission.scope == Scope.FULL, counts)
    is_done = Submission.state == SubmissionState.DONE
    is_judged = and_(is_done, Submission.verdict != "internal_error")
    share = func.coalesce(Submission.share, 0.0)
    first = select(share).where(*full, is_judged).order_by(Submission.id).limit(1)
    return select(
        func.count(),
        func.count().filter(is_done),
        func.count().filter(is_judged),
        func.max(share).filter(is_judged),
        func.max(Submission.created_at).filter(is_judged),
        first.scalar_subquery(),
    ).where(*full)


_COUNTED = _counted()  # putting it together takes longer than the answer


def counted(response_id: int) -> Counted:
    """Counted by the database: a response may have hundreds, and each verdict asks."""
    found = db.session.execute(_COUNTED, {"response": response_id}).one()
    count, done, judged, best, latest, earliest = found
    return Counted(count, done, judged, best or 0.0, earliest or 0.0, latest)


def hold(response: Response) -> None:
    """Keep a response until the transaction ends, with its points as they are now, so that verdicts take turns on it."""
    db.session.refresh(response, _WHAT_VERDICTS_CHANGE, with_for_update={"key_share": True})


def settle(response: Response) -> None:
    """Give a code response, which is held, state and points from all of its full submissions (no commit).

    The best one counts, whatever came after it. A fault of ours is never a zero: with no other verdict the response
    is NOT_GRADED, and the score is shown as incomplete. What a regrade or a reviewer has given stays until that is
    undone.
    """
    if response.graded_version_id is not None or response.override_id is not None:
        return
    sent = counted(response.id)
    is_practice = response.attempt.kind is AttemptKind.PRACTICE
    hints = response.hints_used if is_practice else 0
    if sent.judged:
        content, most = response.version.content, response.max_points
        response.points = scoring.better(response.points, scoring.points(most, sent.best, content, hints))
        if response.first_points is None:
            response.first_points = scoring.points(most, sent.first, content, hints)
        response.is_solved = response.is_solved or sent.best >= 1.0
        response.answered_at = sent.latest
    response.tries = max(response.tries, sent.judged)
    if sent.done < sent.count:
        response.state = ResponseState.GRADING
    elif sent.judged:
        response.state = ResponseState.MARKED
    elif sent.done:
        response.state = ResponseState.NOT_GRADED
    elif response.state is ResponseState.GRADING:  # all that was sent was stopped
        response.state = ResponseState.OPEN
