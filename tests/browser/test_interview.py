"""A timed interview: the server's clock, answers that are saved as they are given, a score by topic."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Opened, await_player, await_saved, listen, register, told

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MOCK = "/interviews/fresher-30"


def start(page: Page) -> None:
    """Start the mock interview of the fresher bank, or go on with the one that runs."""
    page.goto(MOCK)
    page.get_by_role("button", name="Start the clock").or_(
        page.get_by_role("link", name="Continue")
    ).wait_for()
    if page.get_by_role("link", name="Continue").count():
        page.get_by_role("link", name="Continue").click()
    else:
        page.get_by_role("checkbox", name="what is recorded").check()
        page.get_by_role("button", name="Start the clock").click()
    await_player(page)


def stopped_clock(page: Page, seconds: float) -> dict[str, float]:
    """Have the server's clock say that so much time is left, whenever it tells it; a test says when it is less."""
    left = {"seconds": seconds}

    def told() -> dict[str, Any]:
        reply = {"now": "2026-01-01T00:00:00+00:00", "deadline": None, "is_closed": False}
        return {**reply, "remaining_seconds": left["seconds"]}

    def with_clock(route: Route) -> None:
        reply = route.fetch()
        body = reply.json()
        route.fulfill(response=reply, json={**body, "clock": told()} if "clock" in body else body)

    page.route("**/attempts/*/clock", lambda route: route.fulfill(json=told()))
    page.route("**/responses/*/draft", with_clock)
    return left


def test_an_interview_is_sat_and_scored_by_topic(open_page: Opened) -> None:
    page = open_page()
    register(page, "Sam Reyes")
    start(page)
    timer = page.get_by_role("timer")
    expect(timer).to_contain_text(re.compile(r"\b(30:00|2\d:\d\d)"))
    earlier = timer.inner_text()
    expect(timer).not_to_have_text(earlier)

    first = page.locator('.question-nav [aria-current="step"]')
    expect(first).not_to_have_attribute("data-state", "answered")
    page.keyboard.press("1")
    await_saved(page)
    expect(first).to_have_attribute("data-state", "answered")
    page.keyboard.press("f")
    expect(page.get_by_role("button", name=re.compile("^Flag"))).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Next question").click()
    expect(page).to_have_title(re.compile("Question 2 of"))
    await_player(page)
    nav = page.locator(".question-nav a").first
    expect(nav).to_have_attribute("data-state", "answered")
    expect(nav).to_have_class(re.compile("is-flagged"))

    page.get_by_role("link", name="Hand in…").first.click()
    expect(page.locator("main")).to_contain_text("not answered")
    page.get_by_role("button", name="Hand in now").click()
    expect(page).to_have_url(re.compile(r"/attempts/\d+/report$"))
    expect(page.locator("main")).to_contain_text("points")
    expect(page.get_by_role("heading", name=re.compile("topic", re.IGNORECASE)).first).to_be_visible()


def test_when_time_is_up_the_page_says_so_and_opens_the_report(open_page: Opened) -> None:
    page = open_page()
    register(page, "Mika Lund")

    left = stopped_clock(page, 50.0)
    start(page)
    page.keyboard.press("2")
    expect(page.get_by_role("timer")).to_have_attribute("data-left", "last")
    listen(page)
    left["seconds"] = 0.0
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page).to_have_url(re.compile(r"/attempts/\d+/report$"))
    assert "Time is up." in told(page)
    expect(page.locator("main")).to_contain_text("points")


def test_warnings_are_said_aloud_once(open_page: Opened) -> None:
    page = open_page()
    register(page, "Ana Silva")
    left = stopped_clock(page, 602.0)
    start(page)
    voice = page.locator('[aria-live="assertive"]')
    expect(voice).to_contain_text("10 minutes left.")
    left["seconds"] = 301.0
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(voice).to_contain_text("5 minutes left.")
    expect(page.get_by_role("timer")).to_have_attribute("data-left", "short")
