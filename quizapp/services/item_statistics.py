"""How questions do: by interview for managers, by question for authors. First attempts only; practice, mocks and hiring apart.

Figures rest on the newest `MOST_ATTEMPTS` first attempts, and are kept for ten minutes, so that no page reads a whole table
and none of them waits for long.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import aliased

from quizapp.extensions import cache, db
from quizapp.models import (
    Attempt,
    AttemptKind,
    AttemptScore,
    Interview,
    Invitation,
    Question,
    QuestionVersion,
    Response,
    ResponseState,
    Visit,
)
from quizapp.receipt import received_at
from quizapp.rules import item_analysis, ratings, score_analysis, statistics
from quizapp.rules.item_analysis import Answer
from quizapp.rules.ratings import Rating
from quizapp.rules.statistics import Consistency

MOST_ATTEMPTS = 2000
MOST_ANSWERS = 20_000  # that the difficulty of a bank's questions is measured from
KEPT_SECONDS = 600
CHUNK = 500
KINDS = (AttemptKind.PRACTICE, AttemptKind.MOCK, AttemptKind.HIRING)


@cache.memoize(timeout=KEPT_SECONDS)
def of_interview(interview_id: str, kind: str = AttemptKind.HIRING.value) -> dict[str, Any]:
    """The figures of an interview and of each of its questions.

    `as_of`, `people`, `is_cut` (there are more attempts), `consistency`, `scores` as `score_analysis.figures` gives them, and
    `questions`: a list of figures as `item_analysis.figures` gives them with `question_id`, `title`, `kind` and
    `topic`, the easiest first.
    """
    ids = _first_attempts(interview_id, AttemptKind(kind))
    by_attempt: dict[int, list[Any]] = defaultdict(list)
    for row in _marked(ids):
        by_attempt[row.attempt_id].append(row)
    answers: dict[str, list[Answer]] = defaultdict(list)
    for rows in by_attempt.values():
        total, most = sum(row.points or 0.0 for row in rows), sum(row.max_points for row in rows)
        for row in rows:
            rest = item_analysis.rest_of(total, most, row.points or 0.0, row.max_points)
            answers[row.question_id].append(_answer(row, rest))
    rated = ratings.ratings(
        (row.attempt_id, row.question_id, _share(row.points, row.max_points))
        for attempt_id in sorted(by_attempt)
        for row in by_attempt[attempt_id]
    )
    consistency = statistics.consistency(
        {row.question_id: row.points or 0.0 for row in rows} for rows in by_attempt.values()
    )
    return {
        "as_of": received_at().isoformat(),
        "people": len(by_attempt),
        "is_cut": len(ids) == MOST_ATTEMPTS,
        "consistency": asdict(consistency) | {"is_enough": consistency.is_enough},
        "scores": _scores(ids, consistency, interview_id),
        "questions": _questions(answers, rated),
    }


@cache.memoize(timeout=KEPT_SECONDS)
def of_question(question_id: str) -> dict[str, Any]:
    """The figures of a question by kind of attempt: `as_of`, and for each of KINDS figures."""
    question = db.session.get(Question, question_id)
    bank_id = question.bank_id if question else ""
    told: dict[str, Any] = {"as_of": received_at().isoformat()}
    for kind in KINDS:
        answers = _practised(question_id) if kind is AttemptKind.PRACTICE else _met(question_id, kind)
        is_enough = len(answers) >= statistics.LEAST
        level = _ratings(bank_id, kind.value).get(question_id) if is_enough else None
        rating = Rating(level[0], level[1], level[2], int(level[3])) if level else None
        told[kind.value] = item_analysis.figures(answers, _contents(answers), rating)
    return told


def _first_attempts(interview_id: str, kind: AttemptKind) -> list[int]:
    """The newest finished first attempts. Who was invited twice under one address is one person."""
    earlier = aliased(Attempt)
    found = select(Attempt.id).where(
        Attempt.interview_id == interview_id, Attempt.kind == kind, Attempt.finished_at.is_not(None)
    )
    before = select(earlier.id).where(
        earlier.interview_id == interview_id, earlier.kind == kind, earlier.id < Attempt.id
    )
    if kind is AttemptKind.HIRING:
        invited = aliased(Invitation)
        found = found.join(Invitation, Invitation.id == Attempt.invitation_id)
        before = before.join(invited, invited.id == earlier.invitation_id).where(
            invited.email == Invitation.email
        )
    else:
        before = before.where(earlier.user_id == Attempt.user_id)
    return list(
        db.session.scalars(found.where(~before.exists()).order_by(Attempt.id.desc()).limit(MOST_ATTEMPTS))
    )


def _scores(attempt_ids: Sequence[int], consistency: Consistency, interview_id: str) -> dict[str, Any]:
    """How the scores of attempts spread, of those that are complete, beside the line to pass as it is now."""
    found: list[Any] = []
    for start in range(0, len(attempt_ids), CHUNK):
        some = AttemptScore.attempt_id.in_(attempt_ids[start : start + CHUNK])
        columns = select(AttemptScore.percent, AttemptScore.seconds_used)
        found += db.session.execute(columns.where(some, AttemptScore.is_complete.is_(True)))
    interview = db.session.get(Interview, interview_id)
    published = (interview.version or interview) if interview else None
    return score_analysis.figures(
        [row.percent for row in found],
        [row.seconds_used for row in found if row.seconds_used is not None],
        consistency,
        (published.blueprint or {}).get("pass_line") if published else None,
    )


def _marked(attempt_ids: Sequence[int]) -> Iterator[Any]:
    """The graded answers of some attempts, with the time that was spent on each."""
    for start in range(0, len(attempt_ids), CHUNK):
        some = Response.attempt_id.in_(attempt_ids[start : start + CHUNK])
        yield from db.session.execute(
            _columns()
            .where(some, Response.state == ResponseState.MARKED)
            .order_by(Response.attempt_id, Response.position)
        )


def _columns() -> Any:
    spent = (
        select(func.sum(Visit.seconds)).where(Visit.response_id == Response.id).correlate(Response)
    ).scalar_subquery()
    return (
        select(
            Response.id,
            Response.attempt_id,
            Response.question_id,
            Response.version_id,
            Response.points,
            Response.first_points,
            Response.max_points,
            Response.answer,
            spent.label("seconds"),
        )
        .join(Question, Question.id == Response.question_id)
        .add_columns(Question.kind)
    )


def _answer(row: Any, rest: float | None, points: float | None = None) -> Answer:
    return Answer(
        version_id=row.version_id,
        share=_share(row.points if points is None else points, row.max_points),
        rest=rest,
        seconds=row.seconds,
        given=row.answer if row.kind == "choice" else None,
    )


def _share(points: float | None, max_points: float) -> float:
    return max(0.0, min(1.0, (points or 0.0) / max_points)) if max_points else 0.0


def _questions(answers: dict[str, list[Answer]], rated: dict[str, Rating]) -> list[dict[str, Any]]:
    contents = _contents([answer for given in answers.values() for answer in given])
    items = []
    for question_id, given in answers.items():
        content = contents[given[0].version_id]
        told = item_analysis.figures(given, contents, rated.get(question_id))
        named = {name: content[name] for name in ("title", "kind", "topic")}
        items.append({"question_id": question_id, **named, **told})
    return sorted(items, key=_from_easy_to_hard)


def _from_easy_to_hard(item: dict[str, Any]) -> tuple[float, str]:
    return (-item["facility"]["value"] if item["is_enough"] else 1.0, item["question_id"])


def _contents(answers: Sequence[Answer]) -> dict[int, dict[str, Any]]:
    versions = {answer.version_id for answer in answers}
    found = select(QuestionVersion.id, QuestionVersion.content).where(QuestionVersion.id.in_(versions))
    return {row.id: row.content for row in db.session.execute(found)}


def _practised(question_id: str) -> list[Answer]:
    """First tries in practice. The rest is what the person's first tries at other questions of the bank earned."""
    rows = db.session.execute(
        _of_kind(question_id, AttemptKind.PRACTICE, Response.first_points.is_not(None))
    ).all()
    sums = _sums([row.attempt_id for row in rows])
    return [
        _answer(
            row,
            item_analysis.rest_of(*sums[row.attempt_id], row.first_points, row.max_points),
            row.first_points,
        )
        for row in rows
    ]


def _sums(attempt_ids: Sequence[int]) -> dict[int, tuple[float, float]]:
    """Practice attempt -> points of first tries, and of how many points."""
    return {
        attempt_id: (points or 0.0, most)
        for attempt_id, points, most in db.session.execute(
            select(Response.attempt_id, func.sum(Response.first_points), func.sum(Response.max_points))
            .where(Response.attempt_id.in_(attempt_ids), Response.first_points.is_not(None))
            .group_by(Response.attempt_id)
        )
    }


def _met(question_id: str, kind: AttemptKind) -> list[Answer]:
    """Answers in interviews of a kind, by people who met the question there for the first time."""
    earlier, before = aliased(Response), aliased(Attempt)
    met = (
        select(earlier.id)
        .join(before, before.id == earlier.attempt_id)
        .where(
            earlier.question_id == question_id,
            before.kind == kind,
            before.user_id == Attempt.user_id,
            earlier.id < Response.id,
        )
    )
    rows = db.session.execute(
        _of_kind(
            question_id,
            kind,
            Response.state == ResponseState.MARKED,
            Attempt.finished_at.is_not(None),
            ~met.exists(),
        )
        .join(AttemptScore, AttemptScore.attempt_id == Attempt.id)
        .add_columns(AttemptScore.points.label("total"), AttemptScore.max_points.label("most"))
    ).all()
    return [
        _answer(row, item_analysis.rest_of(row.total, row.most, row.points or 0.0, row.max_points))
        for row in rows
    ]


def _of_kind(question_id: str, kind: AttemptKind, *conditions: ColumnElement[bool]) -> Any:
    return (
        _columns()
        .join(Attempt, Attempt.id == Response.attempt_id)
        .where(Response.question_id == question_id, Attempt.kind == kind, *conditions)
        .order_by(Response.id.desc())
        .limit(MOST_ATTEMPTS)
    )


@cache.memoize(timeout=6 * KEPT_SECONDS)
def _ratings(bank_id: str, kind: str) -> dict[str, list[float]]:
    """Question -> the fields of its rating, from the newest answers to the bank's questions in attempts of a kind."""
    points = Response.first_points if kind == AttemptKind.PRACTICE else Response.points
    rows = db.session.execute(
        select(Attempt.user_id, Response.question_id, points, Response.max_points)
        .join(Attempt, Attempt.id == Response.attempt_id)
        .join(Question, Question.id == Response.question_id)
        .where(Question.bank_id == bank_id, Attempt.kind == AttemptKind(kind), points.is_not(None))
        .order_by(Response.id.desc())
        .limit(MOST_ANSWERS)
    ).all()
    first = {
        (person, question): (earned, most) for person, question, earned, most in rows
    }  # the earliest wins
    rated = ratings.ratings(
        (person, question, _share(earned, most))
        for (person, question), (earned, most) in reversed(first.items())
    )
    return {question: [one.difficulty, one.error, one.average, one.n] for question, one in rated.items()}
