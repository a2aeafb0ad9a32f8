"""Parts of an interview in the player: their clock and progress, their barriers, and time that is given."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from quizapp.extensions import db
from quizapp.models import Attempt, Response, Role, SectionPass
from quizapp.services import crediting
from tests.browser import own_site
from tests.browser.conftest import Opened, await_player, await_saved, listen, told
from tests.quizapp.people import PASSWORD
from tests.quizapp.shelf import Shelf

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SECTIONS = [
    {"title": "Concepts", "kinds": ["choice"], "count": 2, "own_minutes": 10},
    {"title": "Read code", "kinds": ["text", "output"], "count": 2, "barrier": True},
    {"title": "Write code", "kinds": ["code"], "count": 1},
]


@pytest.fixture
def app(tmp_path: Path, redis_url: str) -> Iterator[Flask]:
    """An application with an interview of three parts; it runs in this process, so that a test can let time pass."""
    with own_site.application(
        tmp_path, redis_url, [("ines@example.org", "Ines Okafor", Role.CANDIDATE)]
    ) as app:
        shelf = Shelf(tmp_path / "questions")
        shelf.fill()
        shelf.blueprint(sections=SECTIONS)
        shelf.publish(app)
        yield app


@pytest.fixture
def parts_site(app: Flask) -> Iterator[str]:
    """Its address while it is served."""
    with own_site.served(app) as site:
        yield site


@pytest.fixture
def page(parts_site: str, open_page: Opened) -> Page:
    """The player at the first question. The site is asked for first, so that it ends after the page."""
    page = open_page(base_url=parts_site)
    page.goto("/sign-in")
    page.get_by_label("E-mail address").fill("ines@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Account of Ines Okafor").wait_for()
    page.goto("/interviews/first-round")
    page.get_by_role("checkbox", name="what is recorded").check()
    page.get_by_role("button", name="Start the clock").click()
    await_player(page)
    return page


@contextmanager
def attempt_of(app: Flask) -> Iterator[Attempt]:
    """The one attempt, changed in the database when the block ends."""
    with app.app_context():
        yield db.session.scalars(select(Attempt)).one()
        db.session.commit()


def look_again(page: Page) -> None:
    """Ask the server's clock now, as a page does when somebody comes back to it."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_a_part_is_left_by_a_question_and_ended_by_its_clock(page: Page, app: Flask) -> None:
    timer, bar = page.get_by_role("timer"), page.locator(".player-bar")
    expect(timer).to_contain_text(re.compile(r"\b(10:00|[5-9]:\d\d)"))
    expect(timer).to_contain_text("of 10 min, this part")
    expect(bar).to_contain_text("Part 1 of 3: Concepts, 0 of 2 answered")
    expect(page.locator(".question-nav .shut")).to_have_count(3)

    with attempt_of(app) as attempt:
        crediting.give(attempt.id, 300, "the projector failed")
    look_again(page)
    expect(page.locator('[data-notice="credit"]')).to_contain_text("You were given 5 minutes more.")
    expect(timer).to_contain_text(re.compile(r"\b(15:00|1[0-4]:\d\d).*of 15 min, this part", re.DOTALL))

    page.keyboard.press("1")
    await_saved(page)
    listen(page)
    with attempt_of(app) as attempt:
        attempt.passes[0].entered_at -= timedelta(minutes=15)
    look_again(page)
    expect(bar).to_contain_text("Part 2 of 3: Read code, 0 of 2 answered")
    assert "The time of this part is over." in told(page)
    expect(timer).not_to_contain_text("this part")
    with app.app_context():
        first = db.session.scalars(select(Response).order_by(Response.position)).first()
        assert first is not None
        assert first.answer is not None
        left = db.session.scalars(select(SectionPass).order_by(SectionPass.section)).first()
        assert left is not None
        assert left.left_at is not None

    await_player(page)
    page.get_by_role("button", name="Next question").click()
    await_player(page)
    page.get_by_role("button", name="Finish this part…").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Finish this part?")
    expect(page.locator("main")).to_contain_text("2 questions of 2 are not answered. There is no way back")
    page.get_by_role("button", name="Begin part 3").click()
    expect(bar).to_contain_text("Part 3 of 3: Write code")
    expect(page.locator(".question-nav .shut")).to_have_count(4)


def test_a_window_that_stayed_in_a_part_says_that_it_was_left_elsewhere(page: Page, parts_site: str) -> None:
    other = page.context.new_page()
    other.goto(f"{page.url.split('?')[0]}/part")
    other.get_by_role("button", name="Begin part 2").click()
    expect(other.locator(".player-bar")).to_contain_text("Part 2 of 3")
    look_again(page)
    expect(page.locator('[data-notice="time"]')).to_contain_text("This part was left in another window.")
    page.get_by_role("link", name="Go to the part that is open").click()
    expect(page.locator(".player-bar")).to_contain_text("Part 2 of 3")
