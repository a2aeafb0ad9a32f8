"""No page of an interview's way has a grave barrier, at any width, in either scheme, with large text."""

import pytest
from playwright.sync_api import Page, expect

from quizapp.services import crediting
from tests.browser.conftest import Opened, Watch, await_player, await_saved
from tests.browser.room.conftest import KINDS, Room, at, look_again, sign_in
from tests.browser.test_pages import grave

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MOVING = """() => [...document.querySelectorAll("*")].filter((one) => {
  const style = getComputedStyle(one);
  const lengths = `${style.transitionDuration},${style.animationDuration}`.split(",").map(parseFloat);
  return Math.max(...lengths) > 0.02 && !one.closest(".cm-editor");
}).map((one) => one.outerHTML.slice(0, 200))"""


def look(page: Page, where: str) -> None:
    """What axe finds, and whether the page fits 320 pixels: what 1280 are at 400 %."""
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        assert grave(page) == [], f"{where}, {scheme}"
    page.set_viewport_size({"width": 320, "height": 640})
    width = page.evaluate("document.documentElement.scrollWidth")
    page.set_viewport_size({"width": 1280, "height": 900})
    assert width == 320, where


def enlarge(page: Page, where: str) -> None:
    """At 200 % the clock is in view and nothing scrolls sideways; where motion is not wanted, nothing moves."""
    page.set_viewport_size({"width": 640, "height": 450})
    assert page.evaluate("document.documentElement.scrollWidth") == 640, where
    timer = page.get_by_role("timer").bounding_box()
    assert timer is not None
    assert timer["x"] + timer["width"] <= 640, where
    page.set_viewport_size({"width": 1280, "height": 900})
    assert page.evaluate(MOVING) == [], where


def begin(page: Page) -> None:
    """Start the interview by its button."""
    sign_in(page)
    page.goto("/interviews/first-round")
    page.get_by_role("checkbox", name="what is recorded").check()
    page.get_by_role("button", name="Start the clock").click()
    await_player(page)


def test_no_kind_of_question_has_a_grave_barrier(room: Room, open_page: Opened) -> None:
    page = open_page(base_url=room.url, reduced_motion="reduce")
    begin(page)
    for position, kind in enumerate(KINDS, 1):
        at(page, position)
        page.locator("[data-notes] > summary").click()
        look(page, kind)
        enlarge(page, kind)
    at(page, 1)
    page.get_by_role("button", name="Keys").first.click()
    look(page, "the list of keys")


def test_no_state_of_an_interview_has_a_grave_barrier(room: Room, open_page: Opened, watch: Watch) -> None:
    watch.allow("409|404|ERR_CONNECTION_REFUSED|ERR_INTERNET_DISCONNECTED|FetchEvent|Failed to fetch")
    page = open_page(base_url=room.url, reduced_motion="reduce")
    begin(page)
    other = page.context.new_page()
    other.goto(page.url)
    await_player(other)
    page.get_by_label("Your answer").fill("one")
    await_saved(page)
    other.get_by_label("Your answer").fill("two")
    expect(other.locator('[data-notice="conflict"]')).to_be_visible()
    look(other, "two versions")
    other.locator('[data-notice="conflict"]').get_by_role("link", name="Compare them").click()
    expect(other.get_by_role("heading", level=1)).to_have_text("Versions of your answer")
    look(other, "versions")
    other.close()

    with room.attempt() as attempt:
        crediting.give(attempt.id, 60, "a test")
    room.let_pass(minutes=26, seconds=5)
    look_again(page)
    expect(page.locator("[data-timer-told]")).to_be_visible()
    room.stop()
    page.get_by_label("Your answer").fill("three")
    expect(page.locator('[data-notice="offline"]')).to_be_visible()
    look(page, "a warning, time that was given, and no connection")
    room.serve()
    look_again(page)
    await_saved(page)
    page.goto("/attempts/away")
    look(page, "what stands in for a page without network")
    page.goto("/attempts/1/finish")
    look(page, "hand in")
    page.get_by_role("button", name="Hand in now").click()
    expect(page.locator("main")).to_contain_text("points")
    look(page, "report")
    for path in ("/interviews/first-round", "/history", "/compose", "/attempts/99", "/responses/1/versions"):
        page.goto(path)
        look(page, path)


def test_a_change_of_part_has_no_grave_barrier(room: Room, open_page: Opened) -> None:
    sections = [
        {"title": "First", "kinds": ["text"], "count": 1, "barrier": True},
        {"title": "Then", "kinds": ["choice"], "count": 1, "own_minutes": 5},
    ]
    room.shelf.blueprint(sections=sections)
    room.shelf.publish(room.app)
    page = open_page(base_url=room.url, reduced_motion="reduce")
    begin(page)
    page.get_by_role("button", name="Finish this part…").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Finish this part?")
    look(page, "the end of a part")
    with room.attempt() as attempt:
        for one in attempt.passes:
            one.entered_at = one.entered_at.replace(year=2020)
        attempt.started_at = attempt.started_at.replace(year=2020)
    page.goto("/attempts/1/report")
    look(page, "time is over")
