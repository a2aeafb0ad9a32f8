"""One process of the crowd: candidates as locust users, who save, navigate and submit until they are told to stop.

Usage: `python -m load.crowd HOST FOLDER NUMBER`. The people are read from `people-NUMBER.jsonl` in the folder, what to
do from `orders.json`, again and again, and what came of each request is written to `records-NUMBER.jsonl`.

A request is timed from the moment it was due, so that a site, or a crowd, that falls behind does not look fast.
"""

from __future__ import annotations

import gevent.monkey

gevent.monkey.patch_all()

import itertools  # noqa: E402 - locust wants everything patched before anything else is imported
import json  # noqa: E402
import random  # noqa: E402
import re  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
import uuid  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any, ClassVar  # noqa: E402

import gevent  # noqa: E402
from locust import FastHttpUser, constant, task  # noqa: E402
from locust.env import Environment  # noqa: E402

from load.words import Orders, digest, marked  # noqa: E402
from worker.launch import die_with_parent, go_before  # noqa: E402

SAVE_EVERY, PAGE_EVERY = 5.0, 30.0  # seconds, of one person, at the pace 1
# A page asks for the clock so long after the server last told it, which the reply to a save does, or after it opened.
CLOCK_EVERY, CLOCK_FIRST = 15.0, 5.0
# The crowd stands for people at machines of their own, whom nothing on this one keeps waiting. Only root may ask for that.
NICENESS = -20
ASK_SECONDS = 1.0  # between two questions for a verdict, as the page does
LOOK_SECONDS = 0.2
GIVE_UP = 300.0  # seconds without a verdict
REVISION = re.compile(r"revision(?:&#34;|&quot;|\"):\s*(\d+)")


class Crowd:
    """The orders, the records, and the people of this process."""

    def __init__(self, folder: Path, number: int) -> None:
        self.orders = Orders()
        self._folder = folder
        lines = (folder / f"people-{number}.jsonl").read_text(encoding="utf-8").splitlines()
        self.waiting = [json.loads(line) for line in lines]
        self.count = len(self.waiting)
        self.present: list[Candidate] = []
        self._records = (folder / f"records-{number}.jsonl").open("a", encoding="utf-8")
        self._chance = random.Random(number)

    def look(self) -> None:
        """Follow the orders until they are to stop, and write down what came of it."""
        while not self.orders.is_over:
            self.orders = Orders.read(self._folder)
            self._records.flush()
            gevent.sleep(LOOK_SECONDS)

    def note(self, kind: str, due: float, sent: float, status: int, **facts: Any) -> None:
        """One request and its answer."""
        told = {"kind": kind, "phase": self.orders.phase, "due": due, "sent": sent, "done": time.time()}
        self._records.write(json.dumps({**told, "status": status, **facts}) + "\n")

    def send_code(self) -> None:
        """Have people submit, at random moments and at the rate of the orders."""
        due = time.time()
        while not self.orders.is_over:
            if not self.orders.submissions or not self.present:
                gevent.sleep(LOOK_SECONDS)
                due = time.time()
                continue
            due += self._chance.expovariate(self.orders.submissions)
            gevent.sleep(max(0.0, due - time.time()))
            gevent.spawn(self._chance.choice(self.present).submit, due)

    def close(self) -> None:
        """Write what is left."""
        self._records.close()


class Candidate(FastHttpUser):
    """Somebody at an open attempt."""

    wait_time = constant(0)
    network_timeout = connection_timeout = 60.0
    crowd: ClassVar[Crowd]

    def on_start(self) -> None:
        """Sit down."""
        person = self.crowd.waiting.pop()
        self.attempt = person["attempt"]
        self.sheets = person["sheets"]
        self.here = random.choice(self.sheets)
        self.headers = {
            "Cookie": person["cookie"],
            "X-CSRFToken": person["csrf"],
            "Accept": "application/json",
        }
        self.turns = itertools.count(1)
        now = time.time()
        self.due = {every: now + random.uniform(0, every) for every in (SAVE_EVERY, PAGE_EVERY, CLOCK_EVERY)}
        self.crowd.present.append(self)

    @task
    def next_thing(self) -> None:
        """Wait for whatever is due next, and do it."""
        every = min(self.due, key=self.due.__getitem__)
        due = self.due[every]
        if (pause := due - time.time()) > 0:
            # Not longer than until the pace may have changed.
            gevent.sleep(min(pause, 1.0))
            if pause > 1.0:
                return
        {SAVE_EVERY: self.save, PAGE_EVERY: self.turn_page, CLOCK_EVERY: self.ask_clock}[every](due)
        self.due[every] = due + every / self.crowd.orders.pace

    def save(self, due: float) -> None:
        """Save another answer to the question that is open."""
        sheet = self.here
        answer = self._answer(sheet)
        based_on = sheet["revision"]
        sent = time.time()
        status, told = self._ask(
            "PUT", f"/responses/{sheet['response']}/draft", {"answer": answer, "revision": based_on}
        )
        facts = {"response": sheet["response"], "based_on": based_on, "answer": digest(answer)}
        if status == 200:
            facts["revision"] = sheet["revision"] = told["revision"]
            if "clock" in told:
                self.due[CLOCK_EVERY] = time.time() + CLOCK_EVERY / self.crowd.orders.pace
        elif status == 409 and told.get("current"):
            # An earlier try whose answer got lost had arrived: go on from there, as the page does.
            sheet["revision"] = told["current"]["revision"]
        self.crowd.note("save", due, sent, status, **facts)

    def turn_page(self, due: float) -> None:
        """Leave a question and open another one; the page has to show the revision that was confirmed last."""
        left = {"visit": uuid.uuid4().hex, "seconds": PAGE_EVERY / 2}
        sent = time.time()
        status, _ = self._ask("POST", f"/responses/{self.here['response']}/visits", left)
        self.crowd.note("visit", due, sent, status)
        sheet = random.choice(self.sheets)
        due = sent = time.time()
        path = f"/attempts/{self.attempt}?q={sheet['position']}"
        with self.client.get(
            path, headers={**self.headers, "Accept": "text/html"}, name="page", catch_response=True
        ) as reply:
            text, status = reply.text or "", reply.status_code
            reply.success()
        shown = REVISION.search(text)
        facts = {"response": sheet["response"], "expected": sheet["revision"]}
        self.here = sheet
        self.due[CLOCK_EVERY] = time.time() + CLOCK_FIRST / self.crowd.orders.pace
        self.crowd.note("page", due, sent, status, shown=int(shown[1]) if shown else None, **facts)

    def ask_clock(self, due: float) -> None:
        """Ask for the clock, as each open page does."""
        sent = time.time()
        status, _ = self._ask("GET", f"/attempts/{self.attempt}/clock")
        self.crowd.note("clock", due, sent, status)

    def submit(self, due: float) -> None:
        """Send a right program that nobody has sent before, and wait for its verdict."""
        sheet = next(one for one in self.sheets if one["solution"])
        key, sent = uuid.uuid4().hex, time.time()
        files = marked(sheet["solution"], key)
        body = {"scope": "full", "files": files, "key": key}
        path = f"/responses/{sheet['response']}/submissions"
        status, told = self._ask("POST", path, body)
        answered = time.time()
        while status in (200, 202) and told["submission"]["state"] != "done" and time.time() - sent < GIVE_UP:
            gevent.sleep(ASK_SECONDS)
            status, told = self._ask("GET", f"/submissions/{told['submission']['id']}")
        verdict = told["submission"].get("verdict") if status == 200 else None
        facts = {"key": key, "response": sheet["response"], "verdict": verdict, "answered": answered}
        self.crowd.note("submission", due, sent, status, **facts)

    def _answer(self, sheet: dict[str, Any]) -> dict[str, Any]:
        turn = next(self.turns)
        answer: dict[str, Any] = sheet["answers"][turn % len(sheet["answers"])]
        mark = uuid.uuid4().hex
        if "text" in answer:
            return {"text": f"{answer['text']}, once more, {mark}"}
        if "files" in answer:
            return {"files": marked(answer["files"], mark)}
        # One of two: the other one than the last time, so that it is a change.
        sheet["turn"] = sheet.get("turn", 0) + 1
        other: dict[str, Any] = sheet["answers"][sheet["turn"] % 2]
        return other

    def _ask(self, method: str, path: str, body: Any = None) -> tuple[int, dict[str, Any]]:
        with self.client.request(
            method, path, json=body, headers=self.headers, name=method, catch_response=True
        ) as reply:
            status, text = reply.status_code, reply.text or ""
            reply.success()  # what is no success is counted by what we write down
        try:
            told = json.loads(text)
        except ValueError:
            told = {}
        return status, told if isinstance(told, dict) else {}


def main(host: str, folder: Path, number: int) -> None:
    """Let the people of this process in, within a few seconds, and follow the orders."""
    die_with_parent()
    go_before(NICENESS)
    crowd = Candidate.crowd = Crowd(folder, number)
    environment = Environment(user_classes=[Candidate], host=host)
    runner = environment.create_local_runner()
    looking = gevent.spawn(crowd.look)
    gevent.spawn(crowd.send_code)
    runner.start(crowd.count, spawn_rate=max(1, crowd.count / SAVE_EVERY))
    looking.join()
    runner.quit()
    crowd.close()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
