"""Marking the answers of finished attempts again with the version of a question that is published now.

A regrade is worked out first: answers that need no sandbox at once, code and tests by runs in the queue `bulk`. No
score changes until a manager applies it as a whole, and a manager can undo it as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

from sqlalchemy import Select, delete, func, select
from sqlalchemy.engine import CursorResult
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from quizapp import queueing
from quizapp.errors import Conflict, NotFound, Unprocessable
from quizapp.extensions import db
from quizapp.models import (
    CANCELLED,
    Attempt,
    AttemptKind,
    Question,
    Regrade,
    RegradeItem,
    RegradeState,
    Response,
    ResponseState,
    Scope,
    Submission,
    User,
)
from quizapp.receipt import database_now
from quizapp.rules import answers, marking, parameters, remarking, scoring
from quizapp.services import audit, regrade_lines, submissions
from quizapp.services.regrade_lines import Outlook

QUEUE = "bulk"
MOST_LISTED = 50
AT_ONCE = 500  # ids in one query
KEPT = ("points", "first_points", "is_solved", "tries", "mark", "graded_version_id")


def start(question_id: str, actor: User | None) -> Regrade:
    """Begin to work a regrade out, and commit: what is marked by rules is done, code is queued.

    Raises NotFound, Unprocessable for a question that is graded by people, Conflict when one is open already.
    """
    regrade = _added(question_id, actor)
    queued = _queue_runs(regrade)
    audit.record("regrade.started", f"regrade {regrade.id}", actor=actor, question=question_id)
    try:
        db.session.commit()
    except IntegrityError as error:
        db.session.rollback()
        raise _is_open_already(question_id) from error
    for submission in queued:
        queueing.ring(submission)
    return regrade


@contextmanager
def rehearsed(question_id: str) -> Iterator[Outlook]:
    """What a regrade of a question that needs no sandbox would come to. Writes nothing. Raises as `start` does."""
    try:
        yield outlook(_added(question_id, None))
    finally:
        db.session.rollback()


def needs_sandbox(question_id: str) -> bool:
    """Whether answers to the question are judged by running them. Raises NotFound."""
    version = _published(question_id).version
    return version is not None and answers.is_coded(version.content)


def latest() -> Sequence[Regrade]:
    """The regrades of all questions, the newest first."""
    return db.session.scalars(_whole().order_by(Regrade.id.desc()).limit(MOST_LISTED)).all()


def of_question(question_id: str) -> Sequence[Regrade]:
    """The regrades of one question, the newest first."""
    return db.session.scalars(
        _whole().where(Regrade.question_id == question_id).order_by(Regrade.id.desc()).limit(MOST_LISTED)
    ).all()


def show(regrade_id: int) -> Outlook:
    """One regrade with every answer in it. Raises NotFound."""
    return outlook(find(regrade_id))


def outlook(regrade: Regrade) -> Outlook:
    """What a regrade comes to, as far as it is worked out."""
    return regrade_lines.outlook(regrade)


def find(regrade_id: int) -> Regrade:
    """A regrade by its number. Raises NotFound."""
    regrade = db.session.scalar(_whole().where(Regrade.id == regrade_id))
    if regrade is None:
        raise NotFound("There is no such regrade", "It may have been discarded.")
    return regrade


def discard(regrade_id: int, actor: User | None = None) -> None:
    """Take an open regrade away with everything that was worked out; no score was changed. Commits. Raises Conflict."""
    is_open = (Regrade.id == regrade_id, Regrade.state == RegradeState.OPEN)
    items = select(RegradeItem.id).join(Regrade, RegradeItem.regrade_id == Regrade.id).where(*is_open)
    db.session.execute(delete(Submission).where(Submission.regrade_item_id.in_(items)))
    if not changed(delete(Regrade).where(*is_open)):
        raise refused("This regrade is not open any more", "It was applied or discarded meanwhile.")
    audit.record("regrade.discarded", f"regrade {regrade_id}", actor=actor)
    db.session.commit()


def _published(question_id: str) -> Question:
    question = db.session.get(Question, question_id)
    if question is None or question.version is None:
        raise NotFound("There is no such question", "Nothing of this id was published.")
    return question


def _added(question_id: str, actor: User | None) -> Regrade:
    """The regrade with an item for each finished answer to another version (no commit)."""
    question = _published(question_id)
    if question.kind == "free":
        raise Unprocessable(
            "This question is graded by people", "Grade its answers anew under “Answers to grade”."
        )
    regrade = Regrade(
        question_id=question_id,
        version_id=question.version_id,
        started_by_id=actor.id if actor else None,
        started_at=database_now(),
    )
    db.session.add(regrade)
    try:
        db.session.flush()
    except IntegrityError as error:
        db.session.rollback()
        raise _is_open_already(question_id) from error
    for response in _finished(question):
        db.session.add(_item(regrade, response))
    db.session.flush()
    return regrade


def _is_open_already(question_id: str) -> Conflict:
    return Conflict(f"A regrade of {question_id} is open already", "Apply or discard that one first.")


def _finished(question: Question) -> Sequence[Response]:
    """Answers in finished attempts whose points rest on another version than the published one."""
    return db.session.scalars(
        select(Response)
        .join(Attempt, Response.attempt_id == Attempt.id)
        .where(
            Response.question_id == question.id,
            Attempt.kind.in_([AttemptKind.MOCK, AttemptKind.HIRING]),
            Attempt.finished_at.is_not(None),
            func.coalesce(Response.graded_version_id, Response.version_id) != question.version_id,
        )
        .options(joinedload(Response.version))
        .order_by(Response.id)
    ).all()


def _item(regrade: Regrade, response: Response) -> RegradeItem:
    item = RegradeItem(regrade_id=regrade.id, response_id=response.id, before=snapshot(response))
    try:
        content = _content(regrade, response)
        translated = remarking.translated(response.content, content, response.answer)
        if not answers.is_coded(content):
            item.after = _marked(regrade, response, content, translated)
    except (remarking.NotComparable, marking.AnswerError) as reason:
        item.problem = str(reason)
    return item


def _content(regrade: Regrade, response: Response) -> dict[str, Any]:
    content = regrade.version.content
    return parameters.filled(content, remarking.values(content, response.parameters))


def _marked(
    regrade: Regrade, response: Response, content: Mapping[str, Any], answer: Mapping[str, Any] | None
) -> dict[str, Any]:
    """What the response becomes; its mark holds the answer in the words of the newer version."""
    judged = marking.mark(content, answer)
    points = scoring.points(response.max_points, judged.points_share, content)
    mark = judged.kept(points, response.max_points) | {"answer": answer}
    return snapshot(response) | {
        "state": ResponseState.MARKED.value,
        "points": points,
        "first_points": points,
        "is_solved": judged.correct,
        "mark": mark,
        "graded_version_id": regrade.version_id,
    }


def _queue_runs(regrade: Regrade) -> list[Submission]:
    """A run for everything that was sent in full to a response of code, equal ones once (no commit)."""
    items = db.session.scalars(
        select(RegradeItem)
        .where(RegradeItem.regrade_id == regrade.id, RegradeItem.after.is_(None), RegradeItem.problem == "")
        .order_by(RegradeItem.id)
    ).all()
    sent = _sent([item.response_id for item in items])
    queued = [_run(item, one) for item in items for one in sent.get(item.response_id, {}).values()]
    db.session.add_all(queued)
    db.session.flush()
    return queued


def _sent(response_ids: Sequence[int]) -> dict[int, dict[str, Submission]]:
    """Response id -> what was sent in full and not stopped, by the hash of its body: of equal ones the last."""
    found: dict[int, dict[str, Submission]] = {}
    for start in range(0, len(response_ids), AT_ONCE):
        some = Submission.response_id.in_(response_ids[start : start + AT_ONCE])
        kept = (some, Submission.scope == Scope.FULL, Submission.verdict.is_distinct_from(CANCELLED))
        for one in db.session.scalars(select(Submission).where(*kept).order_by(Submission.id)):
            found.setdefault(one.response_id, {})[one.body_hash] = one
    return found


def _run(item: RegradeItem, sent: Submission) -> Submission:
    return Submission(
        response_id=item.response_id,
        user_id=sent.user_id,
        scope=Scope.REGRADE,
        queue=QUEUE,
        idempotency_key=submissions.new_key(),
        body_hash=sent.body_hash,
        files=dict(sent.files),
        requests=[],
        is_from_draft=sent.is_from_draft,
        created_at=database_now(),
        regrade_item_id=item.id,
    )


def snapshot(response: Response) -> dict[str, Any]:
    """The columns of a response that a regrade changes, as plain JSON."""
    return {"state": response.state.value} | {name: getattr(response, name) for name in KEPT}


def changed(statement: Any) -> bool:
    """Whether an update or delete found its one row (no commit)."""
    options = {"synchronize_session": "fetch"}
    return (
        cast("CursorResult[object]", db.session.execute(statement, execution_options=options)).rowcount == 1
    )


def refused(message: str, what_to_do: str) -> Conflict:
    """The refusal of a change that was begun, after taking it back."""
    db.session.rollback()
    return Conflict(message, what_to_do)


def _whole() -> Select[Regrade]:
    return select(Regrade).options(
        joinedload(Regrade.question),
        joinedload(Regrade.version),
        joinedload(Regrade.started_by),
        joinedload(Regrade.applied_by),
        joinedload(Regrade.undone_by),
    )
