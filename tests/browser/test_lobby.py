"""The page before an interview: trying the environment out, consent, and composing a mock."""

import re

import pytest
from playwright.sync_api import Page, Route, StorageState, expect

from tests.browser.conftest import Opened, Watch, await_player

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LOBBY = "/interviews/fresher-45"
TEN_MINUTES_AHEAD = "const told = Date.now.bind(Date); Date.now = () => told() + 600000;"


def try_out(page: Page) -> None:
    page.goto(LOBBY)
    page.get_by_role("button", name="Try it out").click()


def line(page: Page, check: str, outcome: str) -> None:
    """Wait until a line of the try-out has this outcome."""
    expect(page.locator(f'[data-check="{check}"]')).to_have_attribute("data-outcome", outcome)


def test_the_environment_is_tried_out_by_keyboard(page: Page) -> None:
    page.goto(LOBBY)
    page.get_by_role("button", name="Try it out").press("Enter")
    for check in ("save", "run"):
        line(page, check, "pass")
    expect(page.locator('[data-check="clock"]')).to_contain_text("there and back")
    again = page.get_by_role("button", name="Try it out again")
    expect(again).to_be_focused()
    again.press("Enter")
    line(page, "run", "pass")
    page.goto("/history")
    expect(page.locator("main")).not_to_contain_text("Try-out")


def test_each_line_says_what_to_do_when_it_fails(
    open_page: Opened, candidate: StorageState, watch: Watch
) -> None:
    page = open_page(storage_state=candidate)
    page.add_init_script(TEN_MINUTES_AHEAD)
    watch.allow("500")

    def broken(route: Route) -> None:
        route.fulfill(status=500, json={})

    page.route("**/responses/*/draft", broken)
    page.route("**/responses/*/submissions", broken)
    try_out(page)
    line(page, "clock", "warn")
    expect(page.locator('[data-check="clock"]')).to_contain_text("10 min ahead")
    expect(page.locator('[data-check="clock"]')).to_contain_text("you lose no time")
    for check in ("save", "run"):
        line(page, check, "fail")
        expect(page.locator(f'[data-check="{check}"]')).to_contain_text("ask for help if it stays")


def test_the_clock_starts_with_consent_only(page: Page) -> None:
    page.goto("/interviews/experienced-45")
    page.get_by_role("button", name="Start the clock").click()
    expect(page).to_have_url(re.compile("/interviews/experienced-45$"))
    page.get_by_role("checkbox", name="what is recorded").check()
    page.get_by_role("button", name="Start the clock").click()
    await_player(page)


def test_a_mock_is_composed_and_sat(page: Page) -> None:
    page.goto("/interviews")
    page.get_by_role("link", name="Compose your own").click()
    page.get_by_label("Minutes").fill("20")
    page.get_by_role("checkbox", name=re.compile("^Routing")).check()
    page.get_by_role("checkbox", name=re.compile("^Choice")).check()
    page.get_by_role("button", name="Show what it asks").click()
    expect(page.get_by_label("Minutes")).to_have_value("20")
    expect(page.locator("#preview + table")).to_contain_text("Concepts")
    page.get_by_role("button", name="Rules and start").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Routing, 20 min")
    page.get_by_role("checkbox", name="what is recorded").check()
    page.get_by_role("button", name="Start the clock").click()
    await_player(page)
    expect(page.get_by_role("timer")).to_contain_text(re.compile(r"\b(20:00|1\d:\d\d)"))
