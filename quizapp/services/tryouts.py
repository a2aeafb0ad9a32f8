"""Trying the environment out before a clock runs: a program in the sandbox, a save, and the server's clock.

A try-out goes the ways that an interview goes: the save is a save, and the run waits in the queue like every run. What
it needs for that is a question of its own, in a bank that no list shows and no interview draws from.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from quizapp.extensions import db
from quizapp.models import Attempt, AttemptKind, Bank, Question, QuestionVersion, Response, User
from quizapp.receipt import database_now

# No question file can have these names, which hold what theirs may not.
BANK = QUESTION = "_try_out"
FILE = "app.py"

_CONTENT: dict[str, Any] = {
    "id": QUESTION,
    "title": "Try-out",
    "kind": "code",
    "level": "fresher",
    "topic": "foundations-tooling",
    "difficulty": 1,
    "minutes": 1,
    "points": 1,
    "prompt": "Nothing is asked here.",
    "files": {FILE: "print('ready')\n"},
    "solution": {},
    "samples": {},
    "tests": {},
    "mistakes": [],
    "hints": [],
    "references": [],
    "explanation": "",
}


def begin(user: User) -> Response:
    """The response that the user's try-outs are saved into; made, with what it belongs to, at the first one. Commits."""
    _make_question()
    response = _known(user)
    if response is None:
        question = db.session.get_one(Question, QUESTION)
        try:
            response = _created(user, question)
            db.session.commit()
        except IntegrityError:  # the other half of a double click was faster
            db.session.rollback()
            response = _known(user)
            if response is None:
                raise
    return response


def _known(user: User) -> Response | None:
    return db.session.scalar(
        select(Response).join(Attempt).where(Attempt.user_id == user.id, Response.question_id == QUESTION)
    )


def _created(user: User, question: Question) -> Response:
    attempt = Attempt(
        user_id=user.id, bank_id=BANK, kind=AttemptKind.PRACTICE, seed=0, started_at=database_now()
    )
    response = Response(
        attempt=attempt,
        question_id=question.id,
        version_id=question.version_id,
        position=1,
        max_points=0.0,
    )
    db.session.add(response)
    db.session.flush()
    return response


def _make_question() -> None:
    """Make bank, question and version unless they are there. It is retired from the beginning, so nothing draws it."""
    question = db.session.get(Question, QUESTION)
    if question is not None and question.version_id is not None:
        return
    question = Question(
        id=QUESTION,
        bank_id=BANK,
        is_retired=True,
        points=0.0,
        **{key: _CONTENT[key] for key in ("title", "kind", "level", "topic", "difficulty", "minutes")},
    )
    try:
        db.session.add(Bank(id=BANK, title="Try-out", is_public=False, position=0))
        db.session.flush()
        db.session.add(question)
        db.session.flush()
        version = QuestionVersion(
            question_id=QUESTION, content_hash="try-out", content=_CONTENT, created_at=database_now()
        )
        db.session.add(version)
        db.session.flush()
        question.version_id = version.id
        db.session.commit()
    except IntegrityError:  # somebody else's first try-out was faster
        db.session.rollback()
