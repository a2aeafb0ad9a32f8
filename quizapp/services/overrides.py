"""Points that reviewers give: by the rubric to answers in people's own words, and by hand, with a reason, to others.

Each change is kept with what was there before, so that it can be undone. While points set by hand stand, no verdict and
no regrade changes them; a regrade lists such answers as kept, and says why.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from quizapp.errors import Conflict, NotFound, Unprocessable
from quizapp.extensions import db
from quizapp.models import (
    Attempt,
    InterviewRole,
    PointChange,
    Response,
    ResponseState,
    User,
)
from quizapp.receipt import received_at
from quizapp.rules import answers
from quizapp.services import audit, hiring, readings, regrades, responses, scores

MAX_REASON = 2000
_MOVED = "Somebody else has given points to this answer meanwhile"
_LOOK = "What you typed is still here. Look at theirs, then save once more if you still want to."


def of_attempt(attempt: Attempt) -> dict[int, list[PointChange]]:
    """Response id -> its changes, the newest first."""
    found: dict[int, list[PointChange]] = {}
    for change in db.session.scalars(
        select(PointChange)
        .join(Response, PointChange.response_id == Response.id)
        .where(Response.attempt_id == attempt.id)
        .options(joinedload(PointChange.changed_by), joinedload(PointChange.undone_by))
        .order_by(PointChange.id.desc())
    ):
        found.setdefault(change.response_id, []).append(change)
    return found


def seen(response: Response, changes: Sequence[PointChange]) -> str:
    """What tells one state of an answer's points from the next; a form carries it, so that nothing unseen is replaced."""
    newest = changes[0] if changes else None
    name = f"{newest.id}{'u' if newest.undone_at else ''}" if newest else "0"
    return f"{name}:{response.state}:{response.points}"


def standing(changes: Sequence[PointChange]) -> PointChange | None:
    """The newest change that was not undone: the one that undoing takes back."""
    return next((change for change in changes if change.undone_at is None), None)


def rate(user: User, attempt_id: int, response_id: int, fields: Any) -> Response:
    """Give an answer in somebody's own words its points by the rubric, and commit.

    Raises NotFound, Forbidden, Unprocessable for points that do not fit, Conflict when somebody else gave points meanwhile.
    """
    response = _locked(user, attempt_id, response_id, fields.get("seen", ""))
    if not is_rated(response):
        raise NotFound("This answer has no rubric", "Set its points with a reason instead.")
    before, points_before = _before(response), _standing_points(response)
    readings.give(response, user, fields)
    response.override_id = None
    db.session.add(
        PointChange(
            response_id=response.id,
            is_rating=True,
            before=before,
            points_before=points_before,
            points=response.points,
            reason=str((response.mark or {}).get("feedback", {}).get("comment", "")),
            changed_by_id=user.id,
            changed_at=received_at(),
        )
    )
    _done(response)
    return response


def override(user: User, attempt_id: int, response_id: int, fields: Any) -> Response:
    """Set the points of an answer by hand, for a reason, and commit. Raises as `rate` does."""
    response = _locked(user, attempt_id, response_id, fields.get("seen", ""))
    if is_rated(response):
        raise Unprocessable("This answer is graded by its rubric", "Give the points of its criteria.")
    if response.state is ResponseState.GRADING:
        raise Conflict("This answer is still being graded", "Set its points when the verdict is there.")
    points, reason = _points(fields.get("points", ""), response.max_points), _reason(fields)
    change = PointChange(
        response_id=response.id,
        before=_before(response),
        points_before=_standing_points(response),
        points=points,
        reason=reason,
        changed_by_id=user.id,
        changed_at=received_at(),
    )
    db.session.add(change)
    db.session.flush()
    response.points, response.override_id = points, change.id
    response.is_solved = points >= response.max_points
    response.state = ResponseState.MARKED
    _record("answer.points_set", response, user, change.points_before, points, reason)
    _done(response)
    return response


def undo(user: User, attempt_id: int, response_id: int, fields: Any) -> Response:
    """Give an answer back what it had before the newest change that stands, and commit. Raises as `rate` does."""
    response = _locked(user, attempt_id, response_id, fields.get("seen", ""))
    change = standing(_changes(response))
    if change is None:
        raise Conflict("There is nothing to undo here", "The points are those of the grading.")
    points = _standing_points(response)
    _restore(response, change)
    change.undone_by_id, change.undone_at = user.id, received_at()
    _record("answer.points_undone", response, user, points, _standing_points(response), change.reason)
    _done(response)
    return response


def is_rated(response: Response) -> bool:
    """Whether a person grades the answer by its rubric."""
    return bool(response.content["kind"] == "free" and response.tries > 0)


def _before(response: Response) -> dict[str, Any]:
    return regrades.snapshot(response) | {"override_id": response.override_id}


def _restore(response: Response, change: PointChange) -> None:
    before = change.before
    response.state = ResponseState(before["state"])
    for name in regrades.KEPT:
        setattr(response, name, before[name])
    response.override_id = before["override_id"]
    if response.override_id is None and answers.is_coded(response.content):
        db.session.flush()
        responses.settle(response)  # a verdict on it may have come meanwhile


def _locked(user: User, attempt_id: int, response_id: int, said: str) -> Response:
    """The answer for a reviewer, kept until the transaction ends, when nobody changed its points since they looked."""
    attempt, _ = hiring.attempt(user, attempt_id, InterviewRole.REVIEWER)
    if attempt.finished_at is None:
        raise Conflict("This attempt is still running", "Give points when it is handed in.")
    response = db.session.scalar(
        select(Response)
        .where(Response.id == response_id, Response.attempt_id == attempt.id)
        .options(selectinload(Response.version))
        .with_for_update(of=Response, key_share=True)
        .execution_options(populate_existing=True)
    )
    if response is None:
        raise NotFound("There is no such answer in this attempt")
    if said != seen(response, _changes(response)):
        raise Conflict(_MOVED, _LOOK)
    return response


def _changes(response: Response) -> Sequence[PointChange]:
    return db.session.scalars(
        select(PointChange).where(PointChange.response_id == response.id).order_by(PointChange.id.desc())
    ).all()


def _standing_points(response: Response) -> float | None:
    return response.points if response.state is ResponseState.MARKED else None


def _points(text: str, most: float) -> float:
    """The points as they were typed, with at most two decimals. Raises Unprocessable outside 0 to `most`."""
    whole, _, rest = text.strip().replace(",", ".").partition(".")
    digits = whole + rest
    if digits.isascii() and digits.isdigit() and len(digits) <= 6 and len(rest) <= 2:  # noqa: PLR2004 - hundredths
        points = float(f"{whole or '0'}.{rest or '0'}")
        if points <= most:
            return points
    raise Unprocessable("These points do not fit", f"Give 0 to {most:g} points, in hundredths at most.")


def _reason(fields: Any) -> str:
    reason = str(fields.get("reason", "")).replace("\r\n", "\n").strip()
    if not reason:
        raise Unprocessable("A reason is missing", "Say why, for whoever reads this later.")
    if len(reason) > MAX_REASON:
        raise Unprocessable("The reason is too long", f"Shorten it to {MAX_REASON} characters.")
    return reason


def _record(
    action: str, response: Response, user: User, before: float | None, after: float | None, reason: str
) -> None:
    audit.record(
        action,
        f"answer {response.id}",
        actor=user,
        interview=response.attempt.interview_id,
        attempt=response.attempt_id,
        question=response.question_id,
        before=before,
        after=after,
        reason=reason,
    )


def _done(response: Response) -> None:
    """Write the attempt's total anew, and commit."""
    db.session.flush()
    scores.refresh(response.attempt)
    db.session.commit()
