"""The clock of the player: the server's, whatever this machine's clock does."""

import re
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from quizapp.receipt import database_now
from quizapp.services import crediting
from tests.browser.conftest import Opened, await_player, await_saved
from tests.browser.room.conftest import Room, look_again, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FULL = re.compile(r"\b(30:00|2\d:\d\d)")


@pytest.mark.parametrize("hours", [-7, 5])
def test_a_clock_that_is_hours_wrong_changes_nothing(
    hours: int, page: Page, room: Room, open_page: Opened
) -> None:
    wrong = open_page(base_url=room.url)
    wrong.clock.install(time=datetime.now().astimezone() + timedelta(hours=hours))
    sign_in(wrong)
    wrong.goto(page.url)
    await_player(wrong)
    expect(wrong.get_by_role("timer")).to_contain_text(FULL)
    wrong.get_by_label("Your answer").fill("url_for")
    wrong.clock.run_for(3000)
    await_saved(wrong)
    expect(wrong.locator("[data-save-state]").first).to_contain_text(re.compile(r"Saved \d+ s ago"))


def test_after_sleep_the_clock_is_right_at_once(page: Page, room: Room) -> None:
    page.clock.install()
    page.reload()
    await_player(page)
    expect(page.get_by_role("timer")).to_contain_text(FULL)
    room.let_pass(minutes=12)
    # What a laptop that was closed sees: the wall clock has moved on, and nothing has run meanwhile.
    page.clock.fast_forward("12:00")
    expect(page.get_by_role("timer")).to_contain_text(re.compile(r"\b(18:00|1[0-7]:\d\d)"))


def test_every_warning_is_said_once_beside_the_clock(page: Page, room: Room) -> None:
    voice, told = page.locator('[aria-live="assertive"]'), page.locator("[data-timer-told]")
    page.evaluate(
        """() => {
          window.heard = [];
          let before = ""; // whoever says the same once more writes it a little differently
          new MutationObserver(() => {
            const text = document.querySelector('[aria-live="assertive"]')?.textContent;
            if (text && text !== before) window.heard.push(text.trim());
            before = text;
          }).observe(document.querySelector("main"), { childList: true, subtree: true, characterData: true });
        }"""
    )
    before = page.locator("h1").bounding_box()
    for minutes, words in ((20, "10 minutes left."), (25, "5 minutes left."), (29, "One minute left.")):
        with room.attempt() as attempt:
            attempt.started_at = database_now() - timedelta(minutes=minutes, seconds=1)
        look_again(page)
        expect(voice).to_contain_text(words)
        expect(told).to_have_text(words)
        look_again(page)
    assert page.locator("h1").bounding_box() == before, "nothing moves"
    heard = [text for text in page.evaluate("window.heard") if text.endswith("left.")]
    assert heard == ["10 minutes left.", "5 minutes left.", "One minute left."]
    expect(page.get_by_role("timer")).to_have_attribute("data-left", "last")


def test_an_interview_of_just_ten_minutes_does_not_begin_with_a_warning(page: Page, room: Room) -> None:
    told = page.locator("[data-timer-told]")
    with room.attempt() as attempt:
        attempt.minutes, attempt.started_at = 10, database_now()
    page.reload()
    await_player(page)
    expect(page.get_by_role("timer")).to_contain_text(re.compile(r"of 10 min"))
    assert told.text_content() == "", "a warning that has been taken back leaves its words"
    with room.attempt() as attempt:
        attempt.started_at -= timedelta(minutes=5, seconds=1)
    look_again(page)
    expect(told).to_have_text("5 minutes left.")
    with room.attempt() as attempt:
        crediting.give(attempt.id, 600, "the projector failed")
    look_again(page)
    expect(told).to_be_hidden()
    room.let_pass(minutes=6)
    look_again(page)
    expect(told).to_have_text("10 minutes left.")


def test_time_that_is_given_shows_in_every_tab_without_a_reload(page: Page, room: Room) -> None:
    tab = page.context.new_page()
    tab.goto(page.url)
    await_player(tab)
    room.let_pass(minutes=20, seconds=1)
    look_again(page)
    expect(page.locator("[data-timer-told]")).to_have_text("10 minutes left.")
    with room.attempt() as attempt:
        crediting.give(attempt.id, 600, "the projector failed")
    for one in (page, tab):
        look_again(one)
        expect(one.locator('[data-notice="credit"]')).to_contain_text("You were given 10 minutes more.")
        expect(one.locator("[data-timer-told]")).to_be_hidden()  # what it said is no longer so
        expect(one.get_by_role("timer")).to_contain_text(re.compile(r"\b1\d:\d\d.*of 40 min", re.DOTALL))


def test_the_home_page_follows_the_same_clock_without_a_word(page: Page, room: Room) -> None:
    attempt = page.url
    page.goto("/")
    left = page.get_by_role("timer")
    expect(left).to_contain_text(re.compile(r"\b(30|2\d)\s+min left"))
    room.let_pass(minutes=12)
    look_again(page)
    expect(left).to_contain_text(re.compile(r"\b1\d\s+min left"))
    with room.attempt() as one:
        crediting.give(one.id, 900, "the projector failed")
    look_again(page)
    expect(left).to_contain_text(re.compile(r"\b[23]\d\s+min left"))
    assert page.locator("[aria-live] [role=timer], [role=status] [role=timer]").count() == 0
    room.let_pass(minutes=60)
    look_again(page)
    expect(left).to_have_text("time is over")
    page.get_by_role("link", name="Continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your time is over")
    assert page.url.startswith(attempt.split("?")[0])
