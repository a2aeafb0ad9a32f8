"""An examination room: a small interview, served by this process, so that a test can let time pass and look at the rows."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import select
from werkzeug.serving import BaseWSGIServer, make_server

from quizapp.extensions import db
from quizapp.models import Attempt, Branch, Notes, Response, Role
from tests.browser import own_site
from tests.browser.conftest import Opened, await_player
from tests.quizapp.people import PASSWORD
from tests.quizapp.shelf import Shelf, bug, free
from tests.worker.site_program import free_port

EMAIL = "ines@example.org"
PEOPLE = ((EMAIL, "Ines Okafor", Role.CANDIDATE), ("mika@example.org", "Mika Lund", Role.CANDIDATE))
# One question of each kind, in an order that tests may rely on.
KINDS = ["text", "choice", "output", "order", "bug", "free", "code"]


@dataclass
class Room:
    """The application, its address, and its rows."""

    app: Flask
    shelf: Shelf
    server: BaseWSGIServer | None = None
    thread: threading.Thread | None = None
    port: int = field(default_factory=free_port)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def serve(self) -> None:
        """Begin to serve, on the same port each time."""
        self.server = make_server("127.0.0.1", self.port, self.app, threaded=True)
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def stop(self) -> None:
        """Stop serving: whoever asks is refused."""
        if self.server and self.thread:
            self.server.shutdown()
            self.thread.join()
            self.server.server_close()
        self.server = None

    @contextmanager
    def attempt(self) -> Iterator[Attempt]:
        """The one interview attempt, changed in the database when the block ends."""
        with self.app.app_context():
            yield db.session.scalars(select(Attempt)).one()
            db.session.commit()

    def let_pass(self, **time: float) -> None:
        """Move the start of the attempt into the past."""
        with self.attempt() as attempt:
            attempt.started_at -= timedelta(**time)

    def responses(self) -> dict[int, Response]:
        """All responses as they are stored, by position."""
        with self.app.app_context():
            return {one.position: one for one in db.session.scalars(select(Response))}

    def answers(self) -> dict[int, dict[str, Any] | None]:
        """What is stored as the answer, by position; only what was answered."""
        return {place: one.answer for place, one in self.responses().items() if one.answer is not None}

    def branches(self) -> list[Branch]:
        """Every other version that is kept, the oldest first."""
        with self.app.app_context():
            return list(db.session.scalars(select(Branch).order_by(Branch.id)))

    def notes(self) -> str | None:
        """What is stored of the notes."""
        with self.app.app_context():
            found = db.session.scalars(select(Notes)).one_or_none()
            return found.text if found else None


@pytest.fixture
def room(tmp_path: Path, redis_url: str) -> Iterator[Room]:
    """An interview of one section with a question of each kind, 30 minutes."""
    with own_site.application(tmp_path, redis_url, PEOPLE) as app:
        shelf = Shelf(tmp_path / "questions")
        shelf.fill()
        shelf.question(bug("bug-1"))
        shelf.question(free("free-1"))
        shelf.blueprint(sections=[{"title": kind.title(), "kinds": [kind], "count": 1} for kind in KINDS])
        shelf.publish(app)
        place = Room(app, shelf)
        place.serve()
        yield place
        place.stop()


@pytest.fixture
def page(room: Room, open_page: Opened) -> Page:
    """The player at the first question, on a machine of its own."""
    page = open_page(base_url=room.url)
    sign_in(page)
    page.goto("/interviews/first-round")
    page.get_by_role("checkbox", name="what is recorded").check()
    page.get_by_role("button", name="Start the clock").click()
    await_player(page)
    return page


def sign_in(page: Page, email: str = EMAIL) -> None:
    """Sign in by the form."""
    page.goto("/sign-in")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Account of").wait_for()


def at(page: Page, position: int) -> None:
    """Go to a question by its number."""
    page.locator(f'.question-nav a[data-position="{position}"]').first.evaluate("link => link.click()")
    page.wait_for_url(f"**/attempts/*?q={position}")
    await_player(page)


def await_copies(page: Page) -> None:
    """Wait until this browser has a copy of the page that is open, of the next one, and of the stand-in for others."""
    while not page.evaluate(
        """async () => {
          const cache = await caches.open("quizapp-pages");
          const settings = JSON.parse(document.querySelector("#player").dataset.settings);
          const wanted = [location.href, settings.awayUrl, ...(settings.nextUrl ? [settings.nextUrl] : [])];
          const found = await Promise.all(wanted.map((url) => cache.match(url, { ignoreVary: true })));
          return found.every(Boolean);
        }"""
    ):
        page.wait_for_timeout(100)


def unsent(page: Page) -> int:
    """How much this browser keeps for the server."""
    count: int = page.evaluate(
        "Object.keys(localStorage).filter((name) => name.startsWith('quizapp.unsent ')).length"
    )
    return count


def await_sent(page: Page) -> None:
    """Wait until the server has everything."""
    give_up = time.monotonic() + 120
    while unsent(page):
        assert time.monotonic() < give_up, page.evaluate("JSON.stringify({...localStorage})")
        page.wait_for_timeout(100)


def look_again(page: Page) -> None:
    """Ask the server's clock now, as a page does when somebody comes back to it."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
