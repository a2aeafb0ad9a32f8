"""Sitting interviews in tests: starting, answering, letting time pass, verdicts on code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from werkzeug.test import TestResponse

from quizapp.extensions import db
from quizapp.models import Attempt, Response, Submission, SubmissionState
from quizapp.receipt import database_now
from quizapp.rules.marking import pieces
from quizapp.services import responses, scores
from tests.quizapp.people import Person

CHANGED = {"files": {"app.py": "def double(number):\n    return number + number\n"}}


@dataclass
class Sitting:
    """One person's attempt at the interview `first-round`."""

    person: Person
    attempt_id: int

    @property
    def path(self) -> str:
        """Where the attempt lies."""
        return f"/attempts/{self.attempt_id}"

    def response(self, kind: str) -> Response:
        """The first response to a question of this kind."""
        with self.person.app.app_context():
            for response in self._responses():
                if response.content["kind"] == kind:
                    return response
        raise AssertionError(kind)

    def save(self, kind: str, answer: Any, revision: int = 0) -> TestResponse:
        """Autosave an answer to the first question of this kind."""
        path = f"/responses/{self.response(kind).id}/draft"
        return self.person.send_json("PUT", path, {"answer": answer, "revision": revision})

    def answer_all(self, *, right: bool = True) -> None:
        """Autosave an answer to every question but the code ones."""
        with self.person.app.app_context():
            wanted = [(one.id, right_answer(one.content, right=right)) for one in self._responses()]
        for response_id, answer in wanted:
            if answer is not None:
                path = f"/responses/{response_id}/draft"
                reply = self.person.send_json("PUT", path, {"answer": answer, "revision": 0})
                assert reply.status_code == 200, reply.text

    def hand_in(self) -> TestResponse:
        """Press the button."""
        return self.person.post(f"{self.path}/finish")

    def let_pass(self, **time: float) -> None:
        """Move the start, and what was entered and left since, into the past."""
        with self.person.app.app_context():
            attempt = db.session.get_one(Attempt, self.attempt_id)
            attempt.started_at -= timedelta(**time)
            for one in attempt.passes:
                one.entered_at -= timedelta(**time)
                one.left_at = one.left_at and one.left_at - timedelta(**time)
            db.session.commit()

    def attempt(self) -> Attempt:
        """The attempt as it is stored now."""
        with self.person.app.app_context():
            return db.session.get_one(Attempt, self.attempt_id)

    def _responses(self) -> list[Response]:
        wanted = select(Response).where(Response.attempt_id == self.attempt_id).order_by(Response.position)
        return list(db.session.scalars(wanted))


def start(person: Person, interview: str = "first-round", *, recorded: bool = False) -> Sitting:
    """Start the interview by its button."""
    agreed = {"consent": "1"} | ({"record": "1"} if recorded else {})
    reply = person.post(f"/interviews/{interview}/start", agreed)
    assert reply.status_code == 303, reply.text
    return Sitting(person, int(reply.location.rsplit("/", 1)[1]))


def right_answer(content: dict[str, Any], *, right: bool = True) -> dict[str, Any] | None:
    """An answer that earns everything or nothing; None for code."""
    kind = content["kind"]
    if kind == "choice":
        return {"options": [1 if right else 0]}
    if kind == "free":
        return {"text": "In my own words."}
    if kind in ("text", "output"):
        told = content["accept"][0] if kind == "text" else content["expected"]
        return {"text": told if right else "no idea"}
    if kind == "bug":
        return {"lines": [2 if right else 1]}
    if kind == "order":
        lines = [piece.id for piece in sorted((p for p in pieces(content) if p.line is not None), key=_line)]
        extra = [piece.id for piece in pieces(content) if piece.line is None]
        return {"lines": lines if right else extra}
    return None


def _line(piece: Any) -> int:
    return int(piece.line)


def judge(person: Person, verdict: str, share: float, *, name: str = "test_hidden.py::test_it") -> int:
    """Give every waiting submission this verdict, as a worker would; how many there were."""
    with person.app.app_context():
        waiting = db.session.scalars(
            select(Submission).where(Submission.state != SubmissionState.DONE).order_by(Submission.id)
        ).all()
        for submission in waiting:
            submission.state, submission.verdict, submission.share = SubmissionState.DONE, verdict, share
            submission.finished_at = database_now()
            passed = "passed" if share == 1 else "failed"
            submission.outcome = {
                "status": "finished",
                "tests": [{"name": name, "status": passed, "message": "double(3) should be 6"}],
                "expected_tests": 1,
            }
            db.session.flush()
            responses.settle(submission.response)
            scores.refresh(submission.response.attempt)
        db.session.commit()
        return len(waiting)
