"""Finding answers of code that are alike: a job stores the fingerprints of what is new, and the pairs that they make."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from redis.exceptions import RedisError
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from quizapp import queueing
from quizapp.extensions import db, redis_client
from quizapp.models import (
    Attempt,
    AttemptKind,
    ComparedAnswer,
    Fingerprint,
    Interview,
    Question,
    Response,
    SimilarPair,
)
from quizapp.receipt import database_now
from quizapp.rules import fingerprints
from quizapp.services import answer_prints

COMPARE = "worker.jobs.compare"
RUNG = "quizapp:compare:rung"
RING_EVERY_SECONDS = 60
LATELY = timedelta(days=7)
MOST_AT_ONCE = 500  # answers of one job
MOST_BESIDE = 20  # pairs that one answer brings along
_CHUNK = 400  # hashes in one question to the database


def ring() -> bool:
    """Ask a worker to compare, when something of the last days waits; at most once a minute. False when not.

    The worker then takes what waits from before as well.
    """
    try:
        if not redis_client().set(RUNG, 1, nx=True, ex=RING_EVERY_SECONDS):
            return False
        lately = _waiting().where(Attempt.finished_at >= database_now() - LATELY)
        if db.session.scalar(lately.with_only_columns(Response.id).limit(1)) is None:
            return False
        queueing.queue(queueing.CHORES).enqueue(COMPARE, job_timeout=queueing.JOB_SECONDS, result_ttl=0)
    except RedisError:
        return False
    return True


def compare_waiting() -> int:
    """Store the fingerprints of code answers of finished attempts, and the pairs that they make; commits each.

    Gives how many answers there were. May run twice, or twice at once: an answer is stored by one of them.
    """
    waiting = db.session.scalars(_waiting().with_only_columns(Response.id).limit(MOST_AT_ONCE)).all()
    for response_id in waiting:
        _compare(response_id)
    return len(waiting)


def _waiting() -> Any:
    """Code answers of finished attempts at interviews by invitation that nobody has looked at."""
    compared = select(ComparedAnswer.response_id).where(ComparedAnswer.response_id == Response.id)
    return (
        select(Response)
        .join(Attempt, Response.attempt_id == Attempt.id)
        .join(Question, Response.question_id == Question.id)
        .where(
            Attempt.kind == AttemptKind.HIRING,
            Attempt.interview_id.is_not(None),
            Attempt.finished_at.is_not(None),
            Question.kind.in_(("code", "tests")),
            ~compared.exists(),
        )
        .order_by(Response.id)
    )


def _compare(response_id: int) -> None:
    # Two workers with an answer each would not see the other's: those of one interview take turns.
    interview_id = db.session.scalar(
        select(Interview.id)
        .join(Attempt, Attempt.interview_id == Interview.id)
        .join(Response, Response.attempt_id == Attempt.id)
        .where(Response.id == response_id)
        .with_for_update(of=Interview, key_share=True)
    )
    response = db.session.scalar(
        select(Response)
        .where(Response.id == response_id)
        .options(joinedload(Response.attempt), joinedload(Response.version))
        .with_for_update(of=Response, key_share=True)
    )
    if interview_id is None or response is None or db.session.get(ComparedAnswer, response_id) is not None:
        db.session.rollback()
        return
    question_id = response.question_id
    prints = fingerprints.prints(answer_prints.files_of(response), answer_prints.given(response))
    now = database_now()
    where = {"interview_id": interview_id, "question_id": question_id}
    db.session.add(ComparedAnswer(response_id=response.id, count=len(prints), compared_at=now, **where))
    db.session.flush()
    db.session.add_all(Fingerprint(response_id=response.id, hash=one, **where) for one in sorted(prints))
    for other_id in _alike(response, interview_id, prints):
        first, second = sorted((response.id, other_id))
        db.session.add(SimilarPair(first_id=first, second_id=second, found_at=now, **where))
    db.session.commit()


def _alike(response: Response, interview_id: str, prints: set[int]) -> list[int]:
    """The answers of others that are enough alike to be listed, the most alike first."""
    often = answer_prints.frequent(interview_id, response.question_id)
    rare = sorted(prints - often)
    if len(rare) < fingerprints.LISTED_COUNT:
        return []
    common: dict[int, int] = {}
    for chunk in _chunks(rare):
        rows = db.session.execute(
            select(Fingerprint.response_id, func.count())
            .where(answer_prints.of_question(interview_id, response.question_id), Fingerprint.hash.in_(chunk))
            .where(Fingerprint.response_id != response.id)
            .group_by(Fingerprint.response_id)
        )
        for other_id, count in rows:
            common[other_id] = common.get(other_id, 0) + count
    enough = {one: count for one, count in common.items() if count >= fingerprints.LISTED_COUNT}
    found = []
    others = answer_prints.of_answers(_not_by(response.attempt.user_id, enough))
    for other_id, theirs in others.items():
        likeness = fingerprints.likeness(prints, theirs, often)
        if likeness.is_listed:
            found.append((likeness.share, other_id))
    return [other_id for _, other_id in sorted(found, reverse=True)[:MOST_BESIDE]]


def _not_by(user_id: int, responses: dict[int, int]) -> list[int]:
    """Those answers that are somebody else's, the ones with most in common first, as many as are worth a look."""
    nearest = sorted(responses, key=lambda one: -responses[one])[: 5 * MOST_BESIDE]
    others = select(Response.id).join(Attempt).where(Response.id.in_(nearest), Attempt.user_id != user_id)
    return list(db.session.scalars(others))


def _chunks(hashes: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(hashes), _CHUNK):
        yield hashes[start : start + _CHUNK]
