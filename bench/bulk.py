"""Queues bulk runs in a site's database and Redis, and takes them away again. Run by `bench.queues`."""

from __future__ import annotations

import sys
import uuid

from sqlalchemy import delete, func, select

from quizapp import create_app, queueing
from quizapp.extensions import db
from quizapp.models import Response, Scope, Submission, SubmissionState
from quizapp.receipt import database_now


def fill(response_id: int, count: int) -> None:
    """Store and ring that many bulk submissions of the reference solution, each with other code."""
    response = db.session.get_one(Response, response_id)
    solution = response.version.content["solution"]
    made = [
        Submission(
            response_id=response.id,
            user_id=response.attempt.user_id,
            scope=Scope.FULL,
            queue="bulk",
            idempotency_key=uuid.uuid4().hex,
            body_hash=uuid.uuid4().hex,
            files={name: f"{text}\n# {uuid.uuid4().hex}\n" for name, text in solution.items()},
            requests=[],
            created_at=database_now(),
        )
        for _ in range(count)
    ]
    db.session.add_all(made)
    db.session.commit()
    for submission in made:
        queueing.ring(submission)


def clear() -> int:
    """Forget the bulk runs that nobody has begun; gives how many."""
    waiting = (Submission.queue == "bulk", Submission.state == SubmissionState.QUEUED)
    count = db.session.scalar(select(func.count()).select_from(Submission).where(*waiting)) or 0
    queueing.queue("bulk").empty()  # type: ignore[no-untyped-call]
    db.session.execute(delete(Submission).where(*waiting))
    db.session.commit()
    return count


if __name__ == "__main__":
    with create_app().app_context():
        if sys.argv[1] == "fill":
            fill(int(sys.argv[2]), int(sys.argv[3]))
        else:
            print(clear())
