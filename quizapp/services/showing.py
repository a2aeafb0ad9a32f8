"""What a candidate may see of their own attempt now: every page and reply that could tell asks here."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import g, has_request_context
from sqlalchemy import select
from sqlalchemy.orm import defer

from quizapp.extensions import db
from quizapp.models import Attempt, AttemptKind, Scope, Submission
from quizapp.receipt import received_at
from quizapp.rules import deadlines, showing
from quizapp.rules.showing import Release
from quizapp.services import clocks
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
        last_end=lambda: _last_end(attempt),
        now=moment or received_at(),
    )


def _last_end(attempt: Attempt) -> datetime | None:
    """When the last of those is to end who began the interview before the attempt's window closed; None when all have.

    A page that lists many attempts at one interview asks once.
    """
    known: dict[Any, datetime | None] = g.setdefault("last_ends", {}) if has_request_context() else {}
    key = (attempt.interview_id, attempt.kind, attempt.window_end)
    if key not in known:
        running = db.session.scalars(
            select(Attempt)
            .where(
                Attempt.interview_id == attempt.interview_id,
                Attempt.kind == attempt.kind,
                Attempt.finished_at.is_(None),
                Attempt.started_at < attempt.window_end,
            )
            .options(defer(Attempt.blueprint))
        )
        grace = clocks.grace_seconds()
        ends = [deadlines.accepts_until(clocks.terms(one), grace) for one in running]
        known[key] = max((one for one in ends if one is not None), default=None)
    return known[key]


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
