"""What a candidate may see of their own attempt now: every page and reply that could tell asks here."""

from __future__ import annotations

from datetime import datetime

from quizapp.models import Attempt, AttemptKind, Scope, Submission
from quizapp.receipt import received_at
from quizapp.rules import showing
from quizapp.rules.showing import Release
from quizapp.services.drawing import Plan

# What a withheld verdict is called. It says neither what was found nor whether it was looked for already.
TAKEN = "taken"
TAKEN_TEXT = "It is kept and will be graded. This interview does not say what the tests find."


def release(attempt: Attempt, moment: datetime | None = None) -> Release:
    """Whether the candidate is shown the results of an attempt that is finished, at `moment` (default: this request)."""
    return showing.release(
        attempt.blueprint,
        is_hiring=attempt.kind is AttemptKind.HIRING,
        window_end=attempt.window_end,
        now=moment or received_at(),
    )


def promise(plan: Plan, window_end: datetime | None = None) -> Release:
    """The rule that will hold for whoever starts a plan now; `window_end` is that of their invitation."""
    ends = [moment for moment in (plan.closes_at, window_end) if moment]
    return showing.release(
        plan.blueprint,
        is_hiring=plan.kind is AttemptKind.HIRING,
        window_end=min(ends) if ends else None,
        now=received_at(),
    )


def is_withheld(attempt: Attempt) -> bool:
    """Whether its candidate is not told verdicts and points now: while it runs by one rule, afterwards by the other."""
    if attempt.kind is AttemptKind.PRACTICE:
        return False
    if attempt.finished_at is None:
        return showing.hides_verdicts(attempt.blueprint)
    return not release(attempt).is_shown


def withholds(submission: Submission) -> bool:
    """Whether the verdict on a submission is not told to its sender: that on runs and visible tests always is."""
    return submission.scope in (Scope.FULL, Scope.REGRADE) and is_withheld(submission.response.attempt)
