"""Writing a verdict: the submission and the response it counts for, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quizapp.extensions import db
from quizapp.models import Scope, Submission
from quizapp.services import leases, responses
from quizapp.services.leases import Delivery


def record(delivery: Delivery, *, verdict: str, share: float, outcome: Mapping[str, Any]) -> bool:
    """Write verdict and score; False, and nothing is written, for a delivery that lost its lease."""
    if not leases.finish(delivery, verdict=verdict, share=share, outcome=dict(outcome)):
        db.session.rollback()
        return False
    submission = db.session.get_one(Submission, delivery.submission_id, populate_existing=True)
    if submission.scope is Scope.FULL:
        responses.settle(submission.response)
    db.session.commit()
    return True
