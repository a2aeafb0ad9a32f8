"""What code answers of one interview have in common: stored fingerprints, pairs worth a look, and their passages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from redis.exceptions import RedisError
from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import joinedload

from quizapp import queueing
from quizapp.errors import NotFound
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
    User,
)
from quizapp.receipt import database_now
from quizapp.rules import fingerprints
from quizapp.rules.fingerprints import Expected, Likeness, Passage
from quizapp.services import hiring, identities

COMPARE = "worker.jobs.compare"
RUNG = "quizapp:compare:rung"
RING_EVERY_SECONDS = 60
LATELY = timedelta(days=7)
MOST_AT_ONCE = 500  # answers of one job
MOST_BESIDE = 20  # pairs that one answer brings along
MOST_SHOWN = 100  # pairs of one interview
SAMPLED = 40  # answers to a question, of which all pairs say what is expected
_CHUNK = 400  # hashes in one question to the database


@dataclass(frozen=True)
class Side:
    """One answer of a pair, under the name that may be shown."""

    response: Response
    name: str

    @property
    def files(self) -> dict[str, str]:
        """Its files."""
        return files_of(self.response)


@dataclass(frozen=True)
class Found:
    """A pair as it stands now, counted without what many answers hold by now."""

    pair: SimilarPair
    one: Side
    other: Side
    likeness: Likeness


@dataclass(frozen=True)
class Group:
    """The pairs of one question, the most alike first; `expected` of unrelated answers, None for too few."""

    question: Question
    answers: int
    expected: Expected | None
    found: Sequence[Found]


@dataclass(frozen=True)
class Place:
    """Where a passage stands in one answer: its number, the file, and lines from 1."""

    number: int
    path: str
    first: int
    last: int


@dataclass(frozen=True)
class Beside:
    """A pair with the passages that stand in both."""

    group: Group
    found: Found
    passages: Sequence[Passage]

    @property
    def one_places(self) -> list[Place]:
        """Where the passages stand in the first answer."""
        return [Place(one.number, one.path, one.first, one.last) for one in self.passages]

    @property
    def other_places(self) -> list[Place]:
        """And in the second."""
        return [Place(one.number, one.other_path, one.other_first, one.other_last) for one in self.passages]


def files_of(response: Response) -> dict[str, str]:
    """The code of an answer as it was saved last."""
    return dict((response.answer or {}).get("files", {}))


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
        queueing.queue("bulk").enqueue(COMPARE, job_timeout=queueing.JOB_SECONDS, result_ttl=0)
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
    response = db.session.scalar(
        select(Response)
        .where(Response.id == response_id)
        .options(joinedload(Response.attempt), joinedload(Response.version))
        .with_for_update(of=Response)
    )
    if response is None or db.session.get(ComparedAnswer, response_id) is not None:
        db.session.rollback()
        return
    interview_id, question_id = str(response.attempt.interview_id), response.question_id
    # Two workers with an answer each would not see the other's: those of one interview take turns. Starting attempts
    # at it, which only points at its row, does not wait for this.
    db.session.execute(
        select(Interview.id).where(Interview.id == interview_id).with_for_update(key_share=True)
    )
    prints = fingerprints.prints(files_of(response), given(response))
    now = database_now()
    where = {"interview_id": interview_id, "question_id": question_id}
    db.session.add(ComparedAnswer(response_id=response.id, count=len(prints), compared_at=now, **where))
    db.session.flush()
    db.session.add_all(Fingerprint(response_id=response.id, hash=one, **where) for one in sorted(prints))
    for other_id in _alike(response, interview_id, prints):
        first, second = sorted((response.id, other_id))
        db.session.add(SimilarPair(first_id=first, second_id=second, found_at=now, **where))
    db.session.commit()


def given(response: Response) -> set[int]:
    """The hashes of what everybody was given with a question: starter, samples, and the code of its prompt."""
    content = response.content
    texts = [*content.get("files", {}).values(), str(content.get("samples", "")), content["prompt"]]
    if content["kind"] == "tests":
        texts.append(str(content.get("program", "")))
    return fingerprints.hashes(texts)


def _alike(response: Response, interview_id: str, prints: set[int]) -> list[int]:
    """The answers of others that are enough alike to be listed, the most alike first."""
    often = frequent(interview_id, response.question_id)
    rare = sorted(prints - often)
    if len(rare) < fingerprints.LISTED_COUNT:
        return []
    common: dict[int, int] = {}
    for chunk in _chunks(rare):
        rows = db.session.execute(
            select(Fingerprint.response_id, func.count())
            .where(_of_question(interview_id, response.question_id), Fingerprint.hash.in_(chunk))
            .where(Fingerprint.response_id != response.id)
            .group_by(Fingerprint.response_id)
        )
        for other_id, count in rows:
            common[other_id] = common.get(other_id, 0) + count
    enough = {one: count for one, count in common.items() if count >= fingerprints.LISTED_COUNT}
    found = []
    for other_id, their_prints in _prints(_not_by(response.attempt.user_id, enough)).items():
        likeness = fingerprints.likeness(prints, their_prints, often)
        if likeness.is_listed:
            found.append((likeness.share, other_id))
    return [other_id for _, other_id in sorted(found, reverse=True)[:MOST_BESIDE]]


def _not_by(user_id: int, responses: dict[int, int]) -> list[int]:
    """Those answers that are somebody else's, the ones with most in common first, as many as are worth a look."""
    nearest = sorted(responses, key=lambda one: -responses[one])[: 5 * MOST_BESIDE]
    others = select(Response.id).join(Attempt).where(Response.id.in_(nearest), Attempt.user_id != user_id)
    return list(db.session.scalars(others))


def frequent(interview_id: str, question_id: str) -> set[int]:
    """The fingerprints that many answers to a question hold."""
    least = fingerprints.frequent_from(_count(interview_id, question_id))
    return set(
        db.session.scalars(
            select(Fingerprint.hash)
            .where(_of_question(interview_id, question_id))
            .group_by(Fingerprint.hash)
            .having(func.count() >= least)
        )
    )


def _count(interview_id: str, question_id: str) -> int:
    counting = select(func.count()).where(
        ComparedAnswer.interview_id == interview_id, ComparedAnswer.question_id == question_id
    )
    return db.session.scalar(counting) or 0


def _of_question(interview_id: str, question_id: str) -> ColumnElement[bool]:
    return and_(Fingerprint.interview_id == interview_id, Fingerprint.question_id == question_id)


def _prints(response_ids: Sequence[int]) -> dict[int, set[int]]:
    """Response id -> its fingerprints."""
    found: dict[int, set[int]] = {one: set() for one in response_ids}
    rows = db.session.execute(
        select(Fingerprint.response_id, Fingerprint.hash).where(Fingerprint.response_id.in_(response_ids))
    )
    for response_id, one in rows:
        found[response_id].add(one)
    return found


def _chunks(hashes: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(hashes), _CHUNK):
        yield hashes[start : start + _CHUNK]


def of_interview(user: User, interview_id: str) -> list[Group]:
    """The pairs of an interview by question. Raises NotFound when the user does not see the interview."""
    hiring.access(user, interview_id)
    return [group for group in _groups(interview_id) if group.found or group.answers > 1]


def beside(user: User, interview_id: str, pair_id: int) -> Beside:
    """One pair with its passages. Raises NotFound when the user does not see the interview, or it has no such pair."""
    hiring.access(user, interview_id)
    pair = db.session.scalar(_pairs(interview_id).where(SimilarPair.id == pair_id))
    if pair is None:
        raise NotFound("There is no such pair of answers in this interview")
    (group,) = _groups(interview_id, pair)
    (found,) = group.found
    often = frequent(interview_id, pair.question_id) | given(pair.first)
    passages = fingerprints.passages(found.one.files, found.other.files, often.__contains__)
    return Beside(group, found, passages)


def _groups(interview_id: str, only: SimilarPair | None = None) -> list[Group]:
    pairs = [only] if only else db.session.scalars(_pairs(interview_id).limit(MOST_SHOWN)).all()
    counted = select(ComparedAnswer.question_id, func.count()).where(
        ComparedAnswer.interview_id == interview_id
    )
    if only:
        counted = counted.where(ComparedAnswer.question_id == only.question_id)
    counts = {row[0]: row[1] for row in db.session.execute(counted.group_by(ComparedAnswer.question_id))}
    prints = _prints(sorted({id_ for pair in pairs for id_ in (pair.first_id, pair.second_id)}))
    shown = identities.of_many([side.attempt for pair in pairs for side in (pair.first, pair.second)])
    groups = []
    for question in db.session.scalars(select(Question).where(Question.id.in_(counts)).order_by(Question.id)):
        often = frequent(interview_id, question.id)
        found = [
            Found(
                pair,
                Side(pair.first, shown[pair.first.attempt_id].name),
                Side(pair.second, shown[pair.second.attempt_id].name),
                fingerprints.likeness(prints[pair.first_id], prints[pair.second_id], often),
            )
            for pair in pairs
            if pair.question_id == question.id
        ]
        if only is None:
            found = [one for one in found if one.likeness.is_listed]
        found.sort(key=lambda one: -one.likeness.share)
        groups.append(
            Group(question, counts[question.id], _expected(interview_id, question.id, often), found)
        )
    return groups


def _pairs(interview_id: str) -> Any:
    def side(of: Any) -> Any:
        return joinedload(of).options(
            joinedload(Response.attempt).options(joinedload(Attempt.user), joinedload(Attempt.interview)),
            joinedload(Response.version),
        )

    return (
        select(SimilarPair)
        .where(SimilarPair.interview_id == interview_id)
        .options(side(SimilarPair.first), side(SimilarPair.second))
        .order_by(SimilarPair.id.desc())
    )


def _expected(interview_id: str, question_id: str, often: set[int]) -> Expected | None:
    """What unrelated answers to the question have in common, by the latest of them."""
    sample = db.session.scalars(
        select(ComparedAnswer.response_id)
        .where(
            ComparedAnswer.interview_id == interview_id,
            ComparedAnswer.question_id == question_id,
            ComparedAnswer.count >= fingerprints.LISTED_COUNT,
        )
        .order_by(ComparedAnswer.response_id.desc())
        .limit(SAMPLED)
    ).all()
    return fingerprints.expected(list(_prints(sample).values()), often)
