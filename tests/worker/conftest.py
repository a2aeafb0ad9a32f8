"""A database with one code question and somebody who answers it, and a stand-in for the broker."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from quizapp.extensions import db
from quizapp.models import (
    Attempt,
    AttemptKind,
    Bank,
    Question,
    QuestionVersion,
    Response,
    User,
)
from quizapp.questions import content_hash, load_library, to_content
from quizapp.receipt import database_now
from sandbox import frames
from sandbox.client import ASKING_BYTES
from sandbox.protocol import Health, Outcome, Program, Status, TestOutcome, TestStatus
from tests.worker import workplace

ROOT = Path(__file__).resolve().parents[2]
TESTS = (
    "test_samples.py::test_list",
    "test_hidden.py::test_added_book_is_shown",
    "test_hidden.py::test_unknown_book_is_404",
)
STARTER = {"app.py": "from flask import Flask\n\napp = Flask(__name__)\n"}


def graded(*failed: str, status: Status = Status.FINISHED, **facts: Any) -> Outcome:
    """An outcome in which every test passed but those named."""
    tests = tuple(
        TestOutcome(name=name, status=TestStatus.FAILED if name in failed else TestStatus.PASSED)
        for name in TESTS
    )
    return Outcome(
        status=status, complete=True, collected=TESTS, tests=tests, contract={"names": {}}, **facts
    )


class CannedBroker:
    """Listens like the broker and answers each run with what `answers` gives; keeps the programs it was asked to run."""

    def __init__(self, path: Path) -> None:
        self.programs: list[Program] = []
        self.outcome: Outcome | Callable[[Program], Outcome] = graded()
        self.starter = graded(*TESTS)  # of the untouched starter, which is run once per version
        self.health = Health(ready=True, fingerprint="one", pool_ready=4, pool_size=4)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(60)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            # Whoever asked may be killed before it is answered.
            with connection, suppress(OSError):
                decoder = frames.Decoder(ASKING_BYTES)
                questions: list[dict[str, Any]] = []
                while not questions and (chunk := connection.recv(65536)):
                    questions = decoder.feed(chunk)
                for question in questions:
                    connection.sendall(frames.encode(self._answer(question), ASKING_BYTES))

    def _answer(self, question: dict[str, Any]) -> dict[str, Any]:
        if question["op"] == "health":
            return {"ev": "health", "health": self.health.to_json()}
        program = Program.from_json(question["program"])
        if program.files == STARTER and not program.record:
            return {"ev": "outcome", "outcome": self.starter.to_json()}
        self.programs.append(program)
        outcome = self.outcome(program) if callable(self.outcome) else self.outcome
        return {"ev": "outcome", "outcome": outcome.to_json()}


@pytest.fixture
def app(tmp_path: Path, redis_url: str) -> Iterator[Flask]:
    """The application on SQLite with a broker socket in the test's folder; inside its context."""
    with workplace.application(tmp_path, redis_url, tmp_path / "broker.sock") as app:
        yield app


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[CannedBroker]:
    """A broker that accepts everything until it is told otherwise."""
    canned = CannedBroker(tmp_path / "broker.sock")
    yield canned
    canned.close()


@pytest.fixture
def response(app: Flask) -> Response:
    """A practice response to the exercise of the benchmarks."""
    (question,) = load_library([ROOT / "bench" / "questions"]).questions
    now = database_now()
    user = User(email="ines@example.org", name="Ines", password_hash="-", created_at=now)
    db.session.add_all([user, Bank(id="bench", title="Bench")])
    row = Question(
        id=question.id,
        bank_id="bench",
        title=question.title,
        kind="code",
        level=question.level,
        topic=question.topic,
        difficulty=2,
        minutes=8,
        points=10,
    )
    version = QuestionVersion(
        question_id=question.id,
        content_hash=content_hash(question),
        content=to_content(question),
        created_at=now,
    )
    db.session.add_all([row, version])
    db.session.flush()
    attempt = Attempt(user_id=user.id, bank_id="bench", kind=AttemptKind.PRACTICE, started_at=now)
    answer = Response(question_id=question.id, version_id=version.id, max_points=10.0)
    attempt.responses.append(answer)
    db.session.add(attempt)
    db.session.commit()
    return answer
