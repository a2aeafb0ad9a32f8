"""Fifty people sit an interview, save and submit, while parts of the site are killed at random.

Usage: `make storm SECONDS=120 PEOPLE=50 STORE=sqlite` (or `postgresql`). Killed without warning: a web process, a
worker, the broker, Redis, and with PostgreSQL the database. At the end the database is asked: every save that was
confirmed is there or under a later one of the same person, every submission that was taken has exactly one row and
one verdict. Exit status 1 when that is not so.
"""

from __future__ import annotations

import argparse
import contextlib
import html
import http.client
import json
import os
import random
import re
import signal
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import sqlalchemy  # noqa: E402

from bench.site import Visitor  # noqa: E402
from quizapp.questions import load_library  # noqa: E402
from tests import postgres  # noqa: E402
from tests.worker.site_program import SiteProgram, running  # noqa: E402

PATIENCE = 300.0  # after the storm, until everything is saved and judged
PAUSE = (0.3, 1.5)  # seconds between two saves of a person
EVERY = (3.0, 8.0)  # seconds between two kills
SUBMITS = 0.08  # of a person's steps
QUESTIONS = 5  # to answer in words, beside one with code
SETTINGS = re.compile(r'id="player"[^>]*data-settings="([^"]*)"')


def write_library(folder: Path) -> None:
    """A bank for the storm: the bench's exercise, questions in words, and an interview of two hours."""
    bank = folder / "bench"
    (bank / "request-response").mkdir(parents=True)
    (bank / "blueprints").mkdir()
    source = ROOT / "bench" / "questions"
    (folder / "coverage.yaml").write_bytes((source / "coverage.yaml").read_bytes())
    (bank / "bank.yaml").write_bytes((source / "bench" / "bank.yaml").read_bytes())
    exercise = "request-response/bench-shelf.yaml"
    (bank / exercise).write_bytes((source / "bench" / exercise).read_bytes())
    for number in range(QUESTIONS):
        question = {
            "id": f"words-{number}",
            "title": f"Words {number}",
            "kind": "free",
            "level": "fresher",
            "topic": "request-response",
            "difficulty": 1,
            "minutes": 5,
            "points": 5,
            "prompt": "Write.",
            "rubric": [
                {"title": "It is written", "points": 3, "description": "Anything."},
                {"title": "It is kept", "points": 2, "description": "All of it."},
            ],
            "model_answer": "Something.",
            "explanation": "Written.",
            "references": ["https://flask.palletsprojects.com/en/stable/quickstart/"],
            "covers": ["the-way-of-a-verdict"],
        }
        (bank / "request-response" / f"words-{number}.yaml").write_text(json.dumps(question))
    blueprint = {
        "id": "storm",
        "title": "Storm",
        "bank": "bench",
        "minutes": 120,
        "description": "While the site is taken apart.",
        "sections": [
            {"title": "Words", "kinds": ["free"], "count": QUESTIONS},
            {"title": "Code", "kinds": ["code"], "count": 1},
        ],
    }
    (bank / "blueprints" / "storm.yaml").write_text(json.dumps(blueprint))


@dataclass
class Sheet:
    """One question of one person: what was sent, and what the site said it has."""

    response: int
    is_code: bool
    revision: int
    tried: list[str] = field(default_factory=list)  # marks, in order
    confirmed: str = ""  # the last mark that was confirmed


class Person(threading.Thread):
    """Saves and submits until the storm is over, each again with the same body until it is answered."""

    def __init__(self, port: int, solution: Mapping[str, str], is_over: threading.Event) -> None:
        super().__init__(daemon=True)
        self._visitor = Visitor(port)
        self._solution = solution
        self._is_over = is_over
        self._chance = random.Random()
        self.sheets: list[Sheet] = []
        self.keys: set[str] = set()
        self.counts: Counter[str] = Counter()
        self.slowest = 0.0
        self.trouble: list[str] = []

    def begin(self) -> None:
        """Register, start the interview, and learn its questions. Before the storm."""
        self._visitor.register()
        self._visitor.ask("GET", "/interviews/storm")
        _, page = self._visitor.ask("POST", "/interviews/storm/start", {"consent": "1"}, form=True)
        attempt = re.search(r"/attempts/(\d+)", page)
        if attempt is None:
            raise SystemExit(f"the interview did not begin:\n{page[:2000]}")
        for position in range(1, QUESTIONS + 2):
            _, page = self._visitor.ask("GET", f"/attempts/{attempt[1]}?q={position}")
            found = SETTINGS.search(page)
            if found is None:
                raise SystemExit(f"question {position} has no player:\n{page[:2000]}")
            told = json.loads(html.unescape(found[1]))
            self.sheets.append(Sheet(told["response"], told["kind"] == "code", told["revision"]))

    def run(self) -> None:
        """Live through the storm."""
        try:
            while not self._is_over.is_set():
                sheet = self._chance.choice(self.sheets)
                if sheet.is_code and self._chance.random() < SUBMITS * len(self.sheets):
                    self._submit(sheet)
                else:
                    self._save(sheet)
                time.sleep(self._chance.uniform(*PAUSE))
        except Exception as error:  # noqa: BLE001 - told at the end, with the rest
            self.trouble.append(f"{type(error).__name__}: {error}")

    def _save(self, sheet: Sheet) -> None:
        mark = uuid.uuid4().hex
        sheet.tried.append(mark)
        answer = {"files": {"app.py": f"# {mark}\n"}} if sheet.is_code else {"text": f"I write {mark}"}
        body = {"answer": answer, "revision": sheet.revision}
        status, told = self._ask("PUT", f"/responses/{sheet.response}/draft", body)
        if status == http.client.CONFLICT and mark in json.dumps(told.get("current")):
            told = told["current"]  # an earlier try of this very save had arrived
        elif status != http.client.OK:
            raise RuntimeError(f"a save was answered with {status}: {told}")
        sheet.revision, sheet.confirmed = told["revision"], mark
        self.counts["saves"] += 1

    def _submit(self, sheet: Sheet) -> None:
        key = uuid.uuid4().hex
        files = {name: f"{text}\n# {key}\n" for name, text in self._solution.items()}
        body = {"scope": "full", "files": files, "key": key}
        status, told = self._ask("POST", f"/responses/{sheet.response}/submissions", body)
        if status not in (http.client.OK, http.client.ACCEPTED):
            raise RuntimeError(f"a submission was answered with {status}: {told}")
        self.keys.add(key)
        self.counts["submissions"] += 1

    def _ask(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        """Until the site answers with something other than "later"."""
        began = time.monotonic()
        while True:
            with contextlib.suppress(OSError, http.client.HTTPException, json.JSONDecodeError):
                status, text = self._visitor.ask(method, path, body)
                if status < http.client.INTERNAL_SERVER_ERROR and status != http.client.TOO_MANY_REQUESTS:
                    self.slowest = max(self.slowest, time.monotonic() - began)
                    return status, json.loads(text)
            if time.monotonic() - began > PATIENCE:
                raise RuntimeError(f"{method} {path} was not answered in {PATIENCE:g} s")
            self.counts["tried again"] += 1
            self._visitor.hang_up()
            time.sleep(0.5)


class Storm:
    """Kills one part after the other, and gives each time to be started again."""

    def __init__(self, site: SiteProgram, database: postgres.Cluster | None) -> None:
        self._site = site
        self._database = database
        self.killed: Counter[str] = Counter()
        self._victims: dict[str, Callable[[], None]] = {
            "web": lambda: self._kill("gunicorn", anyone=True),
            "web, all of it": lambda: self._kill("gunicorn"),
            "worker": lambda: self._kill("quizapp.cli worker", anyone=True),
            "workers, all of them": lambda: self._kill("quizapp.cli worker"),
            "broker": lambda: self._kill("sandbox broker"),
            "redis": lambda: self._kill("redis.sock"),
        }
        if database is not None:
            self._victims["database"] = self._crash_database

    def rage(self, seconds: float) -> None:
        """For this long."""
        give_up = time.monotonic() + seconds
        names: list[str] = []
        while time.monotonic() < give_up:
            time.sleep(random.uniform(*EVERY))
            if not names:  # every part has its turn before any has a second one
                names = random.sample(list(self._victims), len(self._victims))
            name = names.pop()
            self._victims[name]()
            self.killed[name] += 1

    def _kill(self, words: str, *, anyone: bool = False) -> None:
        found = [
            pid
            for pid, command in self._site.members().items()
            if words in command and "worker/launch.py" not in command
        ]
        if found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(random.choice(found) if anyone else min(found), signal.SIGKILL)

    def _crash_database(self) -> None:
        assert self._database is not None
        self._database.kill()
        self._database.start()


@dataclass
class Finding:
    """What the database says of what was confirmed, and every sentence about what is not as it should be."""

    lost_saves: int = 0
    verdicts: int = 0
    doubles: int = 0  # submissions that are there more than once
    wrong: list[str] = field(default_factory=list)


def look(people: list[Person], url: str) -> Finding:
    """Ask the database, once nothing waits any more."""
    engine = sqlalchemy.create_engine(url)
    with engine.connect() as connection:
        rows = connection.execute(
            sqlalchemy.text("select idempotency_key, state, verdict, is_from_draft from submissions")
        ).all()
        kept_answers = connection.execute(sqlalchemy.text("select id, answer from responses")).all()
    answers = {row.id: row.answer for row in kept_answers}
    engine.dispose()
    found = Finding()
    by_key = Counter(row.idempotency_key for row in rows)
    verdicts = {row.idempotency_key: (row.state, row.verdict) for row in rows}
    for person in people:
        found.wrong += person.trouble
        for sheet in person.sheets:
            kept = json.dumps(answers.get(sheet.response))
            later = sheet.tried[sheet.tried.index(sheet.confirmed) :] if sheet.confirmed else []
            if later and not any(mark in kept for mark in later):
                found.lost_saves += 1
                found.wrong.append(
                    f"response {sheet.response}: the confirmed save {sheet.confirmed} is gone: {kept}"
                )
        for key in person.keys:
            found.doubles += by_key[key] > 1
            found.verdicts += by_key[key] == 1 and verdicts[key] == ("DONE", "accepted")
            if by_key[key] != 1 or verdicts[key] != ("DONE", "accepted"):
                found.wrong.append(f"submission {key}: {by_key[key]} rows, {verdicts.get(key)}")
    return found


def wait_until_judged(url: str) -> None:
    """Until no submission waits or runs; what is left after that is found by `look`."""
    engine = sqlalchemy.create_engine(url)
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        with contextlib.suppress(sqlalchemy.exc.OperationalError), engine.connect() as connection:
            waiting = "select count(*) from submissions where state <> 'DONE'"
            if not connection.execute(sqlalchemy.text(waiting)).scalar_one():
                break
        time.sleep(1.0)
    engine.dispose()


@contextlib.contextmanager
def stores(name: str, var: Path) -> Iterator[tuple[str, postgres.Cluster | None]]:
    """The database's address, and its server when it has one."""
    if name == "sqlite":
        yield f"sqlite:///{var / 'quizapp.db'}", None
        return
    with postgres.running("-c fsync=on") as cluster:
        yield cluster.url.replace("postgresql://", "postgresql+psycopg://"), cluster


def main() -> int:
    """Run it; 1 when something that was confirmed is not there."""
    options = _options()
    postgres.adopt_orphans()
    (question,) = load_library([ROOT / "bench" / "questions"]).questions
    with tempfile.TemporaryDirectory(prefix="quizapp-storm-") as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)
        write_library(folder / "questions")
        url, cluster = stack.enter_context(stores(options.store, folder / "var"))
        environment = {"QUIZAPP_QUESTIONS": str(folder / "questions"), "QUIZAPP_RATE_LIMITS": "0"}
        if cluster is not None:
            environment["QUIZAPP_DATABASE_URL"] = url
        site = stack.enter_context(running(folder / "var", "--no-demo", environment=environment))
        site.await_line("Ready after")
        is_over = threading.Event()
        people = [
            Person(site.port, question.to_content()["solution"], is_over) for _ in range(options.people)
        ]
        for person in people:
            person.begin()
        print(f"{options.people} people sit at their interviews on {options.store}", flush=True)
        for person in people:
            person.start()
        storm = Storm(site, cluster)
        storm.rage(options.seconds)
        is_over.set()
        print("the storm is over; waiting until everything is saved and judged", flush=True)
        for person in people:
            person.join(PATIENCE + 60)
        wait_until_judged(url)
        found = look(people, url)
    _tell(options, people, storm, found)
    return 1 if found.wrong else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Kill parts of a site while people use it.")
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--store", choices=("sqlite", "postgresql"), default="sqlite")
    return parser.parse_args()


def _tell(options: argparse.Namespace, people: list[Person], storm: Storm, found: Finding) -> None:
    total: Counter[str] = sum((person.counts for person in people), Counter())
    print(f"killed: {', '.join(f'{part} {count}' for part, count in sorted(storm.killed.items()))}")
    print(f"saves: {total['saves']} confirmed, {found.lost_saves} of them lost")
    print(
        f"submissions: {total['submissions']} taken, {found.verdicts} with one verdict, {found.doubles} doubled; "
        f"{total['tried again']} requests were tried again"
    )
    print(f"the longest that anybody waited for an answer: {max(person.slowest for person in people):.1f} s")
    print(
        f"{options.people} people, {options.seconds:.0f} s, {options.store}: {'LOST' if found.wrong else 'nothing is lost'}"
    )
    for line in found.wrong[:20]:
        print(f"  {line}")


if __name__ == "__main__":
    sys.exit(main())
