"""A site's back office in parts that can be killed one by one: database, Redis, workers, and a broker beside them."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import structlog
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import load_only

from quizapp import queueing
from quizapp.extensions import db
from quizapp.models import (
    Attempt,
    AttemptKind,
    Bank,
    Question,
    QuestionVersion,
    Response,
    Scope,
    Submission,
    User,
)
from quizapp.questions import content_hash, load_library, to_content
from quizapp.receipt import database_now
from quizapp.services import alarms, submissions
from quizapp.services.submissions import Sending
from sandbox import frames
from sandbox.client import ASKING_BYTES
from sandbox.protocol import Health, Outcome, Program
from tests import applications
from tests.worker.conftest import STARTER, TESTS, graded
from worker import redis_server

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 300.0  # seconds for anything that is bound to happen, on a machine that has much else to do
UCRED = struct.Struct("3i")
(_QUESTION,) = load_library([ROOT / "bench" / "questions"]).questions
HONEST = to_content(_QUESTION)["solution"]["app.py"]

log = structlog.get_logger()


def until(is_so: Callable[[], Any], what: str, seconds: float = PATIENCE) -> Any:
    """Wait for something to become true; gives what it became."""
    give_up = time.monotonic() + seconds
    while not (found := is_so()):
        assert time.monotonic() < give_up, f"within {seconds:g} s it did not happen that {what}"
        time.sleep(0.05)
    return found


def stays(is_so: Callable[[], Any], what: str, seconds: float = 1.5) -> None:
    """Look for a while that something stays true. A slow machine only makes this look at less."""
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        assert is_so(), f"it did not stay so that {what}"
        time.sleep(0.05)


class RedisProcess:
    """A Redis of one test's own, to be stopped and started again, empty."""

    def __init__(self, folder: Path) -> None:
        self._server = redis_server.find(folder / "redis.sock")
        self.url = self._server.url
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(self._server.command(), stdout=subprocess.DEVNULL)
        until(self._server.answers, "Redis answers")

    def stop(self) -> None:
        """Kill it: what it held is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


# What becomes of a run: an outcome, a refusal, or nothing, when the broker is to break off.
OnRun = Callable[[Program, "Asker"], "Outcome | str | None"]


class Asker:
    """Who asked a scripted broker for a run."""

    def __init__(self, connection: socket.socket) -> None:
        raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, UCRED.size)
        self.pid: int = UCRED.unpack(raw)[0]
        self._connection = connection

    def hangs_up(self, seconds: float = PATIENCE) -> bool:
        """Whether the other end is closed within this time."""
        self._connection.settimeout(seconds)
        try:
            return self._connection.recv(1) == b""
        except TimeoutError:
            return False
        except OSError:
            return True


class ScriptedBroker:
    """Answers as the broker does, and lets a test say what becomes of a run, with the real process that asked in hand."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.health = Health(ready=True, fingerprint=secrets.token_hex(4), pool_ready=1, pool_size=1)
        self.refusal = ""  # said to everybody when it is not empty
        self.on_run: OnRun = lambda _program, _asker: graded()
        self.asked: list[str] = []  # the app.py of each candidate's run
        self._listener: socket.socket | None = None
        self.start()

    def start(self) -> None:
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.path))
        self._listener.listen(32)
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def stop(self) -> None:
        if self._listener is not None:
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
            self.path.unlink()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            decoder = frames.Decoder(ASKING_BYTES)
            questions: list[dict[str, Any]] = []
            while not questions and (chunk := connection.recv(65536)):
                questions = decoder.feed(chunk)
            for question in questions:
                answer = self._answer(question, connection)
                if answer is not None:
                    connection.sendall(frames.encode(answer, ASKING_BYTES))

    def _answer(self, question: Mapping[str, Any], connection: socket.socket) -> dict[str, Any] | None:
        if self.refusal:
            return {"ev": "refused", "reason": self.refusal}
        if question["op"] == "health":
            return {"ev": "health", "health": self.health.to_json()}
        program = Program.from_json(question["program"])
        if program.record:
            outcome: Outcome | str | None = graded()
        elif program.files == STARTER:
            outcome = graded(*TESTS)
        else:
            self.asked.append(program.files["app.py"])
            outcome = self.on_run(program, Asker(connection))
        if isinstance(outcome, str):
            return {"ev": "refused", "reason": outcome}
        return {"ev": "outcome", "outcome": outcome.to_json()} if outcome else None


class Desk:
    """Sends code as one person's practice, and knows what became of it."""

    def __init__(self, folder: Path, redis_url: str, database_url: str, broker_socket: Path) -> None:
        self.folder = folder
        self._workers: list[subprocess.Popen[bytes]] = []
        self._sent: list[int] = []
        settings = {
            "VAR": str(folder),
            "REDIS_URL": redis_url,
            "DATABASE_URL": database_url,
            "BROKER_SOCKET": str(broker_socket),
            "SECRET_KEY": secrets.token_urlsafe(32),
            "RATELIMIT_ENABLED": False,
            "QUEUE_USER_MOST": 1000,
        }
        self.environment = os.environ | {f"QUIZAPP_{name}": str(value) for name, value in settings.items()}
        self.app: Flask = applications.assemble({**settings, "TESTING": True})
        applications.make_tables(self.app)
        with self.app.app_context():
            _write_down_each_verdict()
            self._response_id = _response()

    @contextlib.contextmanager
    def session(self) -> Iterator[Any]:
        """A database session of its own."""
        with self.app.app_context():
            yield db.session

    # What people do

    def send(self, code: str = HONEST, scope: Scope = Scope.FULL) -> int:
        """Submit code; gives the submission's id. Sent is what the database took, whether or not the bell rang."""
        with self.session() as session:
            response = session.get_one(Response, self._response_id)
            # The same code twice would be answered from the cache.
            files = {"app.py": f"{code}\n# {secrets.token_hex(4)}\n"}
            sending = Sending(scope=scope, files=files, key=submissions.new_key())
            submission = submissions.create(response, response.attempt.user, sending)
            self._sent.append(submission.id)
            queueing.ring(submission)
            return int(submission.id)

    def ring(self, number: int) -> None:
        """Ring once more for a submission."""
        with self.session() as session:
            # Not the whole row, which may hold what this version does not know.
            queueing.ring(session.get_one(Submission, number, options=[load_only(Submission.queue)]))

    def let_leases_end(self) -> None:
        """Have every lease run out now. Its clock is the database's, so no test need wait for it."""
        with self.session() as session:
            session.execute(text("UPDATE submissions SET lease_until = '2020-01-01 00:00:00'"))
            session.commit()

    def forget(self, number: int) -> None:
        """Delete a submission, as the deletion of an account does."""
        with self.session() as session:
            session.delete(session.get_one(Submission, number))
            session.commit()
        self._sent.remove(number)

    # What became of it

    def look(self, number: int) -> Submission:
        """The row as it is now."""
        with self.session() as session:
            submission: Submission = session.get_one(Submission, number)
            session.expunge(submission)
            return submission

    def response(self) -> Response:
        with self.session() as session:
            response: Response = session.get_one(Response, self._response_id)
            session.expunge(response)
            return response

    def alarms(self) -> dict[tuple[str, str], str]:
        """The open alarms: kind and subject, and text."""
        with self.session():
            return {(alarm.kind, alarm.subject): alarm.text for alarm in alarms.open_alarms()}

    def verdict(self, number: int) -> str:
        """The verdict, once it is there."""
        return str(until(lambda: self.look(number).verdict, f"submission {number} gets a verdict"))

    def is_running(self, number: int) -> bool:
        return self.look(number).state.value == "running"

    def check(self) -> None:
        """Nothing that was taken is lost, nothing has two verdicts, the honest one that follows is graded."""
        follower = self.send(HONEST)
        assert self.verdict(follower) == "accepted"
        for number in self._sent:
            self.verdict(number)
        with self.session() as session:
            written = dict(
                session.execute(text("SELECT submission, count(*) FROM written GROUP BY submission")).all()
            )
        assert {number: written.get(number) for number in self._sent} == dict.fromkeys(self._sent, 1)

    # The processes

    def start_worker(self, *, live: int = 1, bulk: int = 0) -> subprocess.Popen[bytes]:
        """A real `quizapp worker`; ended with the desk at the latest."""
        command = [sys.executable, "-m", "quizapp.cli", "worker"]
        process = subprocess.Popen(
            [
                *command,
                "--live",
                str(live),
                "--bulk",
                str(bulk),
                "--expiry",
                "0",
                "--mail",
                "0",
                "--chores",
                "0",
            ],
            cwd=ROOT,
            env=self.environment,
        )
        self._workers.append(process)
        return process

    def close(self) -> None:
        for process in self._workers:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGCONT)
            process.terminate()
        for process in self._workers:
            try:
                process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        applications.close(self.app)


def children(pid: int) -> list[int]:
    """The processes that a process has started and that still run."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        found += [int(word) for word in task.read_text(encoding="ascii").split()]
    return [child for child in found if is_alive(child)]


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits to be noticed does not."""
    try:
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())
    except OSError:
        return False


def _response() -> int:
    """A practice response to the exercise of the benchmarks; its id."""
    now = database_now()
    user = User(email="ines@example.org", name="Ines", password_hash="-", created_at=now)
    db.session.add_all([user, Bank(id="bench", title="Bench")])
    db.session.flush()
    facts = {
        name: getattr(_QUESTION, name)
        for name in ("id", "title", "level", "topic", "difficulty", "minutes", "points")
    }
    db.session.add(Question(bank_id="bench", kind="code", **facts))
    version = QuestionVersion(
        question_id=_QUESTION.id,
        content_hash=content_hash(_QUESTION),
        content=to_content(_QUESTION),
        created_at=now,
    )
    db.session.add(version)
    db.session.flush()
    attempt = Attempt(user_id=user.id, bank_id="bench", kind=AttemptKind.PRACTICE, started_at=now)
    answer = Response(question_id=_QUESTION.id, version_id=version.id, max_points=10.0)
    attempt.responses.append(answer)
    db.session.add(attempt)
    db.session.commit()
    return int(answer.id)


def _write_down_each_verdict() -> None:
    """Have the database itself note each verdict that is written, so that a second one cannot pass unseen."""
    db.session.execute(text("CREATE TABLE written (submission INTEGER, verdict TEXT)"))
    insert = "INSERT INTO written VALUES (NEW.id, NEW.verdict);"
    is_verdict = "WHEN (NEW.verdict IS NOT NULL)"
    if db.engine.dialect.name == "sqlite":
        db.session.execute(
            text(
                f"CREATE TRIGGER note AFTER UPDATE OF verdict ON submissions {is_verdict} BEGIN {insert} END"
            )
        )
    else:
        db.session.execute(
            text(
                f"CREATE FUNCTION note() RETURNS trigger AS $$ BEGIN {insert} RETURN NEW; END $$ LANGUAGE plpgsql"
            )
        )
        db.session.execute(
            text(
                "CREATE TRIGGER note AFTER UPDATE OF verdict ON submissions "
                f"FOR EACH ROW {is_verdict} EXECUTE FUNCTION note()"
            )
        )
    db.session.commit()
