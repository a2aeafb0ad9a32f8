"""What becomes of a candidate: recommendations of several reviewers, and the decision, which nobody replaces unseen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from quizapp.errors import Conflict, Unprocessable
from quizapp.extensions import db
from quizapp.models import (
    FINAL,
    Attempt,
    Choice,
    Decision,
    InterviewRole,
    Recommendation,
    Review,
    User,
)
from quizapp.receipt import received_at
from quizapp.services import audit, hiring
from quizapp.services.hiring import Access

MAX_REASON = 4000
WORDS = {Choice.ADVANCE: "Advance", Choice.HOLD: "Hold", Choice.REJECT: "Reject"}


class Moved(Conflict):
    """Somebody else decided since the page was loaded; `beside` says who, when, what and why."""

    code = "decided_meanwhile"
    message = "Somebody else has decided meanwhile"
    what_to_do = (
        "What you typed is still here. Read theirs; saving once more replaces it, and the history keeps both."
    )


@dataclass(frozen=True)
class Standing:
    """The decision on an attempt, what came before it, and what reviewers recommend."""

    review: Review | None
    history: Sequence[Decision]  # the newest first
    own: Recommendation | None
    others: Sequence[Recommendation]  # empty while they are not to be seen
    hidden: int  # recommendations of others that are shown after one's own

    @property
    def revision(self) -> int:
        """Of the decision that stands; 0 when there is none."""
        return self.review.revision if self.review else 0

    @property
    def choice(self) -> Choice | None:
        """The decision that stands."""
        return self.review.decision if self.review else None


def standing(user: User, attempt: Attempt, access: Access) -> Standing:
    """Everything about the decision, as this person may see it."""
    given = db.session.scalars(
        select(Recommendation)
        .where(Recommendation.attempt_id == attempt.id)
        .options(joinedload(Recommendation.user))
        .order_by(Recommendation.given_at)
    ).all()
    own = next((one for one in given if one.user_id == user.id), None)
    others = [one for one in given if one.user_id != user.id]
    review = _review(attempt.id)
    is_hidden = (
        access.interview.is_independent and own is None and (review is None or review.decision not in FINAL)
    )
    return Standing(
        review=review,
        history=_history(attempt.id),
        own=own,
        others=[] if is_hidden else others,
        hidden=len(others) if is_hidden else 0,
    )


def decide(user: User, attempt_id: int, fields: Any) -> Review:
    """Decide, and commit. `fields` has choice, reason, and the revision that the person saw.

    Raises NotFound, Forbidden, Unprocessable, and Moved when another decision came first.
    """
    attempt, _ = hiring.attempt(user, attempt_id, InterviewRole.REVIEWER)
    if attempt.finished_at is None:
        raise Conflict("This attempt is still running", "Decide when it is handed in.")
    choice, reason = _choice(fields), _reason(fields, is_needed=True)
    review = _review(attempt_id, lock=True)
    known = review.revision if review else 0
    if str(known) != fields.get("revision", ""):
        raise _moved(review)
    before = {"decision": review.decision, "reason": review.reason} if review else None
    decision = Decision(
        attempt_id=attempt_id,
        revision=known + 1,
        decision=choice,
        reason=reason,
        decided_by_id=user.id,
        decided_at=received_at(),
    )
    review = _replaced(review, decision)
    audit.record(
        "attempt.decided",
        f"attempt {attempt_id}",
        actor=user,
        interview=attempt.interview_id,
        before=before,
        after={"decision": choice, "reason": reason},
    )
    db.session.commit()
    return review


def _replaced(review: Review | None, decision: Decision) -> Review:
    """The review with this decision in it, which the history has too (no commit). Raises Moved."""
    attempt_id = decision.attempt_id
    if review is None:
        review = Review(attempt_id=attempt_id)
        db.session.add(review)
    review.revision, review.decision, review.reason = decision.revision, decision.decision, decision.reason
    review.decided_by_id, review.decided_at = decision.decided_by_id, decision.decided_at
    db.session.add(decision)
    try:
        db.session.flush()
    except IntegrityError:  # the first decision of somebody else was faster
        db.session.rollback()
        raise _moved(_review(attempt_id)) from None
    return review


def recommend(user: User, attempt_id: int, fields: Any) -> Recommendation:
    """Say what one would do, or say it anew, and commit. Raises NotFound, Forbidden, Unprocessable, Conflict."""
    attempt, _ = hiring.attempt(user, attempt_id, InterviewRole.REVIEWER)
    if attempt.finished_at is None:
        raise Conflict("This attempt is still running", "Recommend when it is handed in.")
    choice, reason = _choice(fields), _reason(fields, is_needed=False)
    given_at = received_at()
    own = db.session.get(Recommendation, (attempt_id, user.id), with_for_update={"key_share": True})
    before = {"choice": own.choice, "reason": own.reason} if own else None
    if own is None:
        own = Recommendation(attempt_id=attempt_id, user_id=user.id)
        db.session.add(own)
    own.choice, own.reason, own.given_at = choice, reason, given_at
    try:
        db.session.flush()
    except IntegrityError:  # the other half of a double click was faster
        db.session.rollback()
        raise Conflict from None
    audit.record(
        "attempt.recommended",
        f"attempt {attempt_id}",
        actor=user,
        interview=attempt.interview_id,
        before=before,
        after={"choice": choice, "reason": reason},
    )
    db.session.commit()
    return own


def _review(attempt_id: int, *, lock: bool = False) -> Review | None:
    query = select(Review).where(Review.attempt_id == attempt_id)
    if lock:
        query = query.with_for_update(of=Review, key_share=True).execution_options(populate_existing=True)
    return db.session.scalar(query.options(joinedload(Review.decided_by)))


def _history(attempt_id: int) -> Sequence[Decision]:
    return db.session.scalars(
        select(Decision)
        .where(Decision.attempt_id == attempt_id)
        .options(joinedload(Decision.decided_by))
        .order_by(Decision.revision.desc())
    ).all()


def _moved(review: Review | None) -> Moved:
    """The refusal, with what stands now."""
    if review is None:
        return Moved()
    by = review.decided_by.name if review.decided_by else None
    told = {
        "revision": review.revision,
        "decision": review.decision,
        "reason": review.reason,
        "by": by,
        "at": review.decided_at.isoformat() if review.decided_at else None,
    }
    return Moved(beside={"current": told})


def _choice(fields: Any) -> Choice:
    try:
        return Choice(fields.get("choice", ""))
    except ValueError:
        raise Unprocessable("Nothing is chosen", "Choose to advance, hold or reject.") from None


def _reason(fields: Any, *, is_needed: bool) -> str:
    reason = str(fields.get("reason", "")).replace("\r\n", "\n").strip()
    if is_needed and not reason:
        raise Unprocessable("A reason is missing", "Say why, for whoever reads this later.")
    if len(reason) > MAX_REASON:
        raise Unprocessable("The reason is too long", f"Shorten it to {MAX_REASON} characters.")
    return reason
