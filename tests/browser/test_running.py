"""Time that a manager's page gives is on the candidate's clock without a reload."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Page, expect

from quizapp.models import Role
from tests.browser import own_site
from tests.browser.conftest import Opened, await_player
from tests.quizapp.people import PASSWORD
from tests.quizapp.shelf import Shelf

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PEOPLE = (
    ("ines@example.org", "Ines Okafor", Role.CANDIDATE),
    ("ada@example.org", "Ada Lindqvist", Role.ADMIN),
)


@pytest.fixture
def app(tmp_path: Path, redis_url: str) -> Iterator[Flask]:
    """An application with an interview, a candidate and an admin, in this process."""
    with own_site.application(tmp_path, redis_url, PEOPLE) as app:
        shelf = Shelf(tmp_path / "questions")
        shelf.fill()
        shelf.publish(app)
        yield app


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """Where it is served."""
    with own_site.served(app) as site:
        yield site


def sign_in(page: Page, email: str, name: str) -> None:
    page.goto("/sign-in")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name=f"Account of {name}").wait_for()


def test_time_that_is_given_shows_up_on_the_open_page(address: str, open_page: Opened) -> None:
    candidate, manager = open_page(base_url=address), open_page(base_url=address)
    sign_in(candidate, "ines@example.org", "Ines Okafor")
    candidate.goto("/interviews/first-round")
    candidate.get_by_role("checkbox", name="what is recorded").check()
    candidate.get_by_role("button", name="Start the clock").click()
    await_player(candidate)
    expect(candidate.get_by_role("timer")).to_contain_text("of 30 min")

    sign_in(manager, "ada@example.org", "Ada Lindqvist")
    manager.goto("/manage/running")
    manager.get_by_role("table").get_by_role("link").click()
    row = manager.get_by_role("row").filter(has_text="Ines Okafor")
    expect(row).to_contain_text(re.compile(r"\d+ min"))
    manager.get_by_label("For", exact=True).select_option(label="Ines Okafor, ines@example.org")
    manager.get_by_label("Minutes").fill("7")
    manager.get_by_label("Why").fill("the fire alarm rang")
    manager.get_by_role("button", name="Give").click()
    expect(manager.get_by_role("status")).to_contain_text("7 min more for 1 attempt")
    expect(row).to_contain_text("7 min: the fire alarm rang")
    found = Axe().run(manager).response["violations"]
    assert not [one for one in found if one["impact"] in ("serious", "critical")], found

    # What a page does when somebody comes back to it, and each quarter of a minute.
    candidate.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(candidate.locator('[data-notice="credit"]')).to_contain_text("You were given 7 minutes more.")
    expect(candidate.get_by_role("timer")).to_contain_text("of 37 min")
