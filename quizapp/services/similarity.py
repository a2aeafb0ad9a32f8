"""What code answers of one interview have in common: the pairs worth a look, and their passages side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload

from quizapp.errors import NotFound
from quizapp.extensions import db
from quizapp.models import Attempt, ComparedAnswer, Question, Response, SimilarPair, User
from quizapp.rules import fingerprints
from quizapp.rules.fingerprints import Expected, Likeness, Passage
from quizapp.services import answer_prints, hiring, identities

MOST_SHOWN = 100  # pairs of one interview
SAMPLED = 40  # answers to a question, of which all pairs say what is expected


@dataclass(frozen=True)
class Side:
    """One answer of a pair, under the name that may be shown."""

    response: Response
    name: str

    @property
    def files(self) -> dict[str, str]:
        """Its files."""
        return answer_prints.files_of(self.response)


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
    often = answer_prints.frequent(interview_id, pair.question_id) | answer_prints.given(pair.first)
    passages = fingerprints.passages(found.one.files, found.other.files, often.__contains__)
    return Beside(group, found, passages)


def listed_for(attempt: Attempt) -> dict[int, list[int]]:
    """Response id -> the pairs of which it is one side, as they stand now, the newest first."""
    own = {response.id for response in attempt.responses}
    of_attempt = or_(SimilarPair.first_id.in_(own), SimilarPair.second_id.in_(own))
    newest = select(SimilarPair).where(of_attempt).order_by(SimilarPair.id.desc()).limit(MOST_SHOWN)
    pairs = db.session.scalars(newest).all()
    if not pairs:
        return {}
    prints = answer_prints.of_answers(sorted({id_ for one in pairs for id_ in (one.first_id, one.second_id)}))
    often = {
        (one.interview_id, one.question_id): answer_prints.frequent(one.interview_id, one.question_id)
        for one in pairs
    }
    told: dict[int, list[int]] = {}
    for one in pairs:
        common = often[one.interview_id, one.question_id]
        if fingerprints.likeness(prints[one.first_id], prints[one.second_id], common).is_listed:
            side = one.first_id if one.first_id in own else one.second_id
            told.setdefault(side, []).append(one.id)
    return told


def _groups(interview_id: str, only: SimilarPair | None = None) -> list[Group]:
    pairs = [only] if only else db.session.scalars(_pairs(interview_id).limit(MOST_SHOWN)).all()
    counted = select(ComparedAnswer.question_id, func.count()).where(
        ComparedAnswer.interview_id == interview_id
    )
    if only:
        counted = counted.where(ComparedAnswer.question_id == only.question_id)
    counts = {row[0]: row[1] for row in db.session.execute(counted.group_by(ComparedAnswer.question_id))}
    prints = answer_prints.of_answers(
        sorted({id_ for pair in pairs for id_ in (pair.first_id, pair.second_id)})
    )
    shown = identities.of_many([side.attempt for pair in pairs for side in (pair.first, pair.second)])
    groups = []
    for question in db.session.scalars(select(Question).where(Question.id.in_(counts)).order_by(Question.id)):
        often = answer_prints.frequent(interview_id, question.id)
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
    return fingerprints.expected(list(answer_prints.of_answers(sample).values()), often)
