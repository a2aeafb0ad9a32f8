"""Two transactions that need the same rows on PostgreSQL: one waits for the other, and neither is ended.

Each case brings one transaction to the moment before it takes its second row, lets another one go as far as it gets, and
then lets both go on. With the order of `quizapp.services.holding` given up, each of them ends in a deadlock.
"""

from __future__ import annotations

import ast
import os
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from flask import Flask
from sqlalchemy import Connection, event, select, text, update
from werkzeug.test import TestResponse

import quizapp.services
from quizapp import repeating
from quizapp.extensions import db
from quizapp.models import (
    Attempt,
    Heartbeat,
    InterviewRole,
    Invitation,
    Mail,
    PublicLink,
    Response,
    Scope,
    SectionPass,
    SignIn,
    Submission,
    User,
)
from quizapp.receipt import database_now, received_at
from quizapp.rules.invitees import Window
from quizapp.services import (
    accounts,
    attempts,
    expiry,
    grading,
    invitation_changes,
    invited,
    leases,
    link_keys,
    outages,
    persons,
    public_links,
    submissions,
)
from quizapp.services.submissions import Sending
from tests.quizapp.hirings import hire
from tests.quizapp.people import Person
from tests.quizapp.shelf import Shelf
from tests.quizapp.sittings import start

Row = TypeVar("Row")
PATIENCE = 120  # seconds after which a test fails that waits for what does not come


@pytest.fixture
def app(make_app: Callable[..., Flask], postgres_url: str) -> Flask:
    """On PostgreSQL: SQLite has one writer at a time. Mails go out, so whoever asks for a place again gets one."""
    mails = {"MAIL_SERVER": "mail.example", "MAIL_FROM": "us@example.org", "PUBLIC_URL": "http://localhost"}
    return make_app(DATABASE_URL=postgres_url, **mails)


class Crossing:
    """Two transactions, each in a thread of its own."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        with app.app_context():
            self.engine = db.engine

    def run(self, first: Callable[[], Any], before: str, second: Callable[[], Any]) -> tuple[Any, Any]:
        """What both give, when the first one is held up before a statement until the second one ends or waits."""
        with ThreadPoolExecutor(2) as threads, self._held_up(before) as gate:
            ahead = threads.submit(self._alone, first, gate)
            self.until(lambda: gate.reached.is_set() or ahead.done())
            assert gate.reached.is_set(), f"it came to no {before}: {ahead.exception() or ahead.result()}"
            behind = threads.submit(self._alone, second)
            self.until(lambda: behind.done() or self.is_waiting())
            gate.go_on.set()
            return self._given(ahead), self._given(behind)

    def _alone(self, call: Callable[[], Any], gate: Gate | None = None) -> Any:
        if gate:
            gate.thread = threading.get_ident()
        with self.app.app_context():
            try:
                return call()
            finally:
                db.session.rollback()

    @contextmanager
    def _held_up(self, before: str) -> Iterator[Gate]:
        gate = Gate()

        def hold_up(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            if threading.get_ident() == gate.thread and re.search(before, statement):
                gate.reached.set()
                assert gate.go_on.wait(PATIENCE)

        event.listen(self.engine, "before_cursor_execute", hold_up)
        try:
            yield gate
        finally:
            gate.go_on.set()
            event.remove(self.engine, "before_cursor_execute", hold_up)

    def is_waiting(self) -> bool:
        waiting = "select count(*) from pg_locks where not granted"
        with self.engine.connect() as connection:
            return bool(connection.scalar(text(waiting)))

    def one_that_waits(self) -> int:
        """The number of the process of the database that waits for another one's end."""
        with self.engine.connect() as connection:
            pids = connection.scalars(text("select distinct pid from pg_locks where not granted"))
            return int(pids.one())

    def until(self, is_so: Callable[[], bool]) -> None:
        give_up = time.monotonic() + PATIENCE
        while not is_so():
            assert time.monotonic() < give_up
            time.sleep(0.01)

    def _given(self, future: Future[Any]) -> Any:
        return future.result(timeout=PATIENCE)


class Gate:
    """Where the first transaction waits for the second."""

    def __init__(self) -> None:
        self.reached, self.go_on = threading.Event(), threading.Event()
        self.thread = 0


@pytest.fixture
def crossing(app: Flask) -> Crossing:
    return Crossing(app)


def stored(app: Flask, kind: type[Row], key: Any) -> Row:
    with app.app_context():
        return db.session.get_one(kind, key)


def user(number: int) -> User:
    return db.session.get_one(User, number)


@pytest.mark.parametrize("ends", ["the candidate hands in", "the sweeper ends it"])
def test_an_invitation_is_changed_while_its_attempt_ends(
    app: Flask, library: Shelf, manager: Person, candidate: Person, crossing: Crossing, ends: str
) -> None:
    sitting = hire(app, {InterviewRole.OWNER: manager}).start(candidate)
    owner, person = manager.id, candidate.id
    with app.app_context():
        closes = database_now() + timedelta(hours=5)
        invitation_id = db.session.scalars(
            update(Invitation).values(closes_at=closes).returning(Invitation.id)
        ).one()
        db.session.commit()
    if ends == "the sweeper ends it":
        sitting.let_pass(hours=3)
    later = Window(None, closes + timedelta(days=1), "UTC")

    def end() -> None:
        if ends == "the sweeper ends it":
            assert expiry.finish_expired().closed == 1
        else:
            attempts.finish(user(person), sitting.attempt_id)

    crossing.run(
        lambda: invitation_changes.change(user(owner), "backend", invitation_id, later, 0.0, 0),
        "^UPDATE attempts",
        end,
    )
    invitation, attempt = stored(app, Invitation, invitation_id), sitting.attempt()
    assert invitation.closes_at == attempt.window_end == later.closes_at
    assert invitation.ended_at == attempt.finished_at is not None


@pytest.fixture
def asked(app: Flask, library: Shelf, manager: Person) -> tuple[str, int]:
    """Somebody who asked for a place by the public link two hours ago: the link's token, and the invitation."""
    hire(app, {InterviewRole.OWNER: manager})
    number = manager.id
    with app.app_context():
        link = public_links.change(
            user(number), "backend", places=5, is_open=True, message="", window=Window(None, None, "UTC")
        )
        token = link_keys.public_token(link)
        public_links.take_place("backend", token, "Cara Sommer", "cara@example.org")
        earlier = database_now() - timedelta(hours=2)
        invitation_id = db.session.scalars(
            update(Invitation).values(created_at=earlier).returning(Invitation.id)
        ).one()
        db.session.commit()
    return token, invitation_id


def test_an_invitation_is_accepted_while_the_person_asks_again(
    app: Flask, asked: tuple[str, int], crossing: Crossing
) -> None:
    token, invitation_id = asked
    with app.app_context():
        link = link_keys.token_of(db.session.get_one(Invitation, invitation_id))
    crossing.run(
        lambda: public_links.take_place("backend", token, "Cara Sommer", "cara@example.org"),
        "^INSERT INTO mails",
        lambda: invited.accept(link, "a device"),
    )
    assert stored(app, Invitation, invitation_id).bound_at is not None
    with app.app_context():
        assert len(db.session.scalars(select(Mail.id)).all()) == 2


def test_somebody_asks_for_a_place_while_the_public_link_is_changed(
    app: Flask, asked: tuple[str, int], manager: Person, crossing: Crossing
) -> None:
    token, number = asked[0], manager.id
    crossing.run(
        lambda: public_links.take_place("backend", token, "Dan Ost", "dan@example.org"),
        "^INSERT INTO invitations",
        lambda: public_links.change(
            user(number), "backend", places=7, is_open=True, message="", window=Window(None, None, "UTC")
        ),
    )
    assert stored(app, PublicLink, "backend").places == 7
    with app.app_context():
        assert len(db.session.scalars(select(Invitation.id)).all()) == 2


def test_a_part_is_left_while_the_site_gives_time_for_an_outage(
    app: Flask, library: Shelf, candidate: Person, crossing: Crossing
) -> None:
    timed = {"title": "Concepts", "kinds": ["choice"], "count": 3, "own_minutes": 10}
    library.blueprint(sections=[timed, {"title": "Read", "kinds": ["text"], "count": 1}])
    library.publish(app)
    sitting, person = start(candidate), candidate.id
    sitting.let_pass(minutes=2)
    with app.app_context():
        db.session.add(Heartbeat(part="web", at=database_now() - timedelta(seconds=60)))
        db.session.commit()
    crossing.run(
        lambda: attempts.leave_part(user(person), sitting.attempt_id, 0),
        "^INSERT INTO section_passes",
        lambda: outages.beat("web"),
    )
    assert sitting.attempt().outage_seconds >= 60
    with app.app_context():
        left = db.session.scalars(select(SectionPass.left_at).order_by(SectionPass.section)).all()
    assert [one is not None for one in left] == [True, False]


def test_a_password_is_set_by_a_link_while_the_account_is_switched_off(
    app: Flask, candidate: Person, crossing: Crossing
) -> None:
    number = candidate.id
    with app.app_context():
        token = accounts.make_reset_link(number, None)
    crossing.run(
        lambda: accounts.redeem_reset(token, "a new pass phrase for me"),
        "^UPDATE sign_ins",
        lambda: accounts.set_enabled(number, is_enabled=False, actor=None),
    )
    assert not stored(app, User, number).is_enabled
    with app.app_context():
        assert db.session.scalar(select(SignIn.id).where(SignIn.ended_at.is_(None))) is None


def test_an_account_is_deleted_while_a_verdict_on_its_code_is_written(
    app: Flask, library: Shelf, candidate: Person, crossing: Crossing
) -> None:
    sitting, number = start(candidate), candidate.id
    response_id = sitting.response("code").id
    with app.app_context():
        sending = Sending(Scope.FULL, {"app.py": "# mine\n"}, "a-key")
        sent = submissions.create(db.session.get_one(Response, response_id), user(number), sending).id
        delivery = leases.take(sent, "worker")
        assert delivery is not None
    sitting.hand_in()
    recorded, _ = crossing.run(
        lambda: grading.record(delivery, verdict="accepted", share=1.0, outcome={"tests": []}),
        r"FROM responses[\s\S]*FOR (NO KEY )?UPDATE",
        lambda: persons.leave(number, None),
    )
    assert recorded
    with app.app_context():
        assert db.session.scalar(select(Submission.id)) is None
        assert db.session.scalar(select(Attempt.id)) is None


def test_rows_are_taken_so_that_others_can_point_at_them() -> None:
    """`FOR UPDATE` without more keeps others from adding rows beside, which makes crossings of what stands in no service."""
    for path in Path(quizapp.services.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or path.stem == "holding":
                continue
            if isinstance(node.func, ast.Attribute) and node.func.attr == "with_for_update":
                named = {one.arg for one in node.keywords}
                assert named & {"key_share", "read"}, f"{path.name}:{node.lineno}: say key_share=True"
            for one in node.keywords:
                if one.arg == "with_for_update":
                    assert isinstance(one.value, ast.Dict), (
                        f'{path.name}:{node.lineno}: say {{"key_share": True}}'
                    )


@dataclass
class Page:
    """A page that changes two accounts, and the second one when the test says so: one gate for each time it is called."""

    numbers: tuple[int, int]
    gates: list[Gate]
    commits_before: bool = False
    received: list[datetime] = field(default_factory=list)

    def show(self) -> str:
        self.received.append(received_at())
        if self.commits_before:
            db.session.execute(_renamed(self.numbers[0], "Half done"))
            db.session.commit()
        db.session.execute(_renamed(self.numbers[0], "From the page"))
        if len(self.received) <= len(self.gates):
            gate = self.gates[len(self.received) - 1]
            gate.reached.set()
            assert gate.go_on.wait(PATIENCE)
        db.session.execute(_renamed(self.numbers[1], "From the page"))
        db.session.commit()
        return "done"


def _renamed(number: int, name: str) -> Any:
    return update(User).where(User.id == number).values(name=name)


@contextmanager
def _met_halfway(
    app: Flask, page: Page, crossing: Crossing
) -> Iterator[tuple[Connection, Future[TestResponse], Future[Any]]]:
    """The page and another transaction, each with the row that the other one wants: the page is at its first gate."""
    app.add_url_rule("/page", view_func=page.show)
    with ThreadPoolExecutor(2) as threads, crossing.engine.connect() as other:
        # It never looks whether it waits for ever, so it is the page's transaction that the database ends.
        other.execute(text("set deadlock_timeout = '1h'"))
        other.execute(_renamed(page.numbers[1], "From elsewhere"))
        reply = threads.submit(app.test_client().get, "/page")
        assert page.gates[0].reached.wait(PATIENCE)
        waiting = threads.submit(other.execute, _renamed(page.numbers[0], "From elsewhere"))
        crossing.until(crossing.is_waiting)
        yield other, reply, waiting


def _names(app: Flask, page: Page) -> set[str]:
    return {stored(app, User, number).name for number in page.numbers}


@pytest.mark.parametrize("commits_before", [False, True])
def test_a_request_that_is_ended_for_others_is_done_again_unless_part_of_it_is_stored(
    app: Flask, make_person: Callable[..., Person], crossing: Crossing, commits_before: bool
) -> None:
    numbers = make_person(is_signed_in=False).id, make_person(is_signed_in=False).id
    page = Page(numbers, [Gate()], commits_before)
    with _met_halfway(app, page, crossing) as (other, reply, waiting):
        page.gates[0].go_on.set()
        waiting.result(PATIENCE)
        other.commit()
        answer = reply.result(PATIENCE)
    if commits_before:
        assert (answer.status_code, len(page.received), _names(app, page)) == (503, 1, {"From elsewhere"})
    else:
        assert (answer.status_code, answer.text, _names(app, page)) == (200, "done", {"From the page"})
        assert len(page.received) > 1
        assert len(set(page.received)) == 1, "it was received once"


def test_a_request_that_comes_back_before_the_other_transaction_has_woken_is_done_a_third_time(
    app: Flask, make_person: Callable[..., Person], crossing: Crossing
) -> None:
    """What the page held is free when it is ended, and the other one's process is stopped: so the page takes it again."""
    numbers = make_person(is_signed_in=False).id, make_person(is_signed_in=False).id
    page = Page(numbers, [Gate(), Gate()])
    with _met_halfway(app, page, crossing) as (other, reply, waiting):
        process = crossing.one_that_waits()
        os.kill(process, signal.SIGSTOP)
        try:
            page.gates[0].go_on.set()
            assert page.gates[1].reached.wait(PATIENCE)
        finally:
            os.kill(process, signal.SIGCONT)
        crossing.until(crossing.is_waiting)
        page.gates[1].go_on.set()
        waiting.result(PATIENCE)
        other.commit()
        answer = reply.result(PATIENCE)
    assert (answer.status_code, answer.text, _names(app, page)) == (200, "done", {"From the page"})
    assert len(page.received) > 2


@pytest.mark.parametrize("code", ["40001", "40P01", "55000"])
def test_a_request_is_done_again_a_few_times_only(app: Flask, code: str) -> None:
    received = []

    def show() -> str:
        received.append(received_at())
        db.session.execute(text(f"do $$ begin raise exception using errcode = '{code}'; end $$"))
        return "done"

    app.add_url_rule("/page", view_func=show)
    assert app.test_client().get("/page").status_code in (500, 503)
    assert len(received) == (1 if code == "55000" else 1 + len(repeating.PAUSES))
