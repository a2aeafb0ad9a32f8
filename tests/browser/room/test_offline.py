"""Without network: work goes on, survives a reload and the end of its tab, and arrives in order when the network is back."""

import re

import pytest
from playwright.sync_api import Dialog, Page, Route, expect

from tests.browser.conftest import Opened, Watch, await_player, await_saved, await_told, keep_toasts, listen
from tests.browser.room.conftest import Room, await_copies, await_sent, sign_in, unsent

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AWAY = "ERR_FAILED|ERR_INTERNET_DISCONNECTED|ERR_CONNECTION_REFUSED|Failed to fetch|FetchEvent"
COPIES = "async () => (await (await caches.open('quizapp-pages')).keys()).filter((one) => one.url.includes('?q=')).length"
NOTICE = '[data-notice="offline"]'


def test_what_is_saved_leaves_nothing_behind_for_the_next_page(page: Page) -> None:
    page.get_by_label("Your answer").fill("url_for")
    await_saved(page)
    page.locator("[data-next]").click()  # the field is left, which tells of a change
    page.wait_for_url("**?q=2")
    await_player(page)
    assert unsent(page) == 0


def test_the_sign_of_a_save_is_not_that_of_what_is_typed_after_it(page: Page, room: Room) -> None:
    field = page.get_by_label("Your answer")
    field.fill("url_")
    await_saved(page)
    typed = """field => {
      field.value = "url_for";
      field.dispatchEvent(new Event("input", { bubbles: true }));
      return document.querySelector("[data-save-state]").dataset.save;
    }"""
    assert field.evaluate(typed) == "behind"
    await_saved(page)
    assert room.answers() == {1: {"text": "url_for"}}


@pytest.mark.parametrize("goes_on", ["url_for", "redirect()"])
def test_what_is_typed_after_a_save_whose_reply_was_lost_is_what_counts(
    page: Page, watch: Watch, goes_on: str
) -> None:
    watch.allow(f"{AWAY}|409")

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    field = page.get_by_label("Your answer")
    field.fill("url_for")
    await_saved(page)
    page.route("**/draft", lose)
    field.fill("redirect")
    expect(page.locator("[data-save-state]").first).to_contain_text("1 change waits")
    field.fill(goes_on)  # as it was before, or further
    page.unroute("**/draft")
    await_saved(page)
    expect(page.locator('[data-notice="conflict"]')).to_have_count(0)
    page.reload()
    await_player(page)
    expect(field).to_have_value(goes_on)


def test_an_interview_goes_on_without_network_through_reload_and_killed_tab(
    page: Page, room: Room, watch: Watch
) -> None:
    watch.allow(AWAY)
    page.get_by_label("Your answer").fill("url_f")
    await_saved(page)
    start = page.url
    await_copies(page)
    context = page.context
    context.set_offline(True)
    room.stop()
    expect(page.locator(NOTICE)).to_contain_text(
        re.compile(r"No connection since \d\d:\d\d:\d\d\. Keep working\.")
    )

    page.get_by_label("Your answer").fill("url_for")
    expect(page.locator("[data-save-state]").first).to_contain_text("1 change waits to be sent")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Next question").click()
    await_player(page)
    expect(page).to_have_title(re.compile("Question 2 of 7"))
    expect(page.locator(NOTICE)).to_contain_text("No connection since")
    page.keyboard.press("2")
    page.keyboard.press("f")
    expect(page.locator(".question-nav a").nth(1)).to_have_class(re.compile("is-flagged"))
    expect(page.locator("[data-save-state]").first).to_contain_text("3 changes wait to be sent")

    page.reload()
    await_player(page)
    expect(page.locator('input[name="options"]').nth(1)).to_be_checked()
    page.close(run_before_unload=False)
    page = context.new_page()
    page.goto(start)
    await_player(page)
    expect(page.get_by_label("Your answer")).to_have_value("url_for")
    assert room.answers() == {1: {"text": "url_f"}}

    listen(page)
    room.serve()
    context.set_offline(False)
    await_sent(page)
    await_told(page, "Connected again.")
    stored = room.responses()
    assert stored[1].answer == {"text": "url_for"}
    assert stored[2].answer is not None
    assert stored[2].is_flagged
    assert room.branches() == []


def test_a_page_that_was_not_opened_says_what_can_be_opened(page: Page, room: Room, watch: Watch) -> None:
    watch.allow(AWAY)
    keep_toasts(page)
    await_copies(page)
    page.context.set_offline(True)
    room.stop()
    expect(page.locator(NOTICE)).to_be_visible()
    at_five = page.locator('.question-nav a[data-position="5"]')
    at_five.click()
    expect(page.locator(".toast")).to_contain_text("was not opened before the connection went away")
    page.get_by_role("link", name="Hand in…").first.click()
    expect(page.locator(".toast").last).to_contain_text("This needs the connection.")
    page.goto(f"{page.url.split('?')[0]}?q=5")
    expect(page.get_by_role("heading", level=1)).to_have_text("This page needs the connection")
    page.get_by_role("link", name="Question 2").click()
    await_player(page)
    expect(page).to_have_title(re.compile("Question 2 of 7"))


def test_what_arrives_after_the_deadline_is_kept_and_not_graded(page: Page, room: Room, watch: Watch) -> None:
    watch.allow(f"{AWAY}|409")
    page.get_by_label("Your answer").fill("redirect")
    await_saved(page)
    context = page.context
    context.set_offline(True)
    room.stop()
    page.get_by_label("Your answer").fill("url_for")
    expect(page.locator("[data-save-state]").first).to_contain_text("1 change waits")
    page.close(run_before_unload=False)
    room.let_pass(minutes=31)
    room.serve()
    context.set_offline(False)
    page = context.new_page()
    page.goto("/history")
    expect(page.locator('[data-notice="arrivals"]')).to_contain_text("not graded")
    page.get_by_role("link", name="First round").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your time is over")
    page.get_by_role("button", name="Show the report").click()
    expect(page.locator("main")).to_contain_text("1 save, kept, not graded")
    assert room.responses()[1].answer == {"text": "redirect"}
    assert [(one.answer, one.is_late) for one in room.branches()] == [({"text": "url_for"}, True)]
    while page.evaluate(COPIES):  # the attempt is over
        page.wait_for_timeout(100)


def test_time_that_runs_out_without_network_is_said_and_ends_when_the_server_says_so(
    page: Page, room: Room, watch: Watch
) -> None:
    watch.allow(f"{AWAY}|409")
    page.get_by_label("Your answer").fill("url_for")
    await_saved(page)
    page.clock.install()
    page.reload()
    await_player(page)
    page.context.set_offline(True)
    room.stop()
    page.clock.run_for("31:00")
    expect(page.locator('[data-notice="unsure"]')).to_contain_text("The server cannot be asked.")
    assert "/report" not in page.url
    with room.attempt() as attempt:
        attempt.credit_seconds = 3600
    room.let_pass(minutes=31)
    room.serve()
    page.context.set_offline(False)
    page.clock.run_for(5000)
    expect(page.get_by_role("timer")).to_contain_text(re.compile(r"\b5\d:\d\d"))
    expect(page.locator('[data-notice="unsure"]')).to_have_count(0)


def test_nobody_else_at_this_browser_gets_what_was_kept(
    page: Page, room: Room, open_page: Opened, watch: Watch
) -> None:
    watch.allow(AWAY)
    page.context.set_offline(True)
    room.stop()
    page.get_by_label("Your answer").fill("mine alone")
    expect(page.locator("[data-save-state]").first).to_contain_text("1 change waits")
    attempt = page.url
    page.goto("about:blank")
    page.context.set_offline(False)
    room.serve()
    # The page of the account would send it, where it is not kept from that.
    page.route("**/draft", lambda route: route.abort())
    page.goto("/account")
    asked: list[str] = []

    def agree(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.accept()

    page.on("dialog", agree)
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.get_by_role("button", name="Sign in").wait_for()
    assert "has not been sent yet" in asked[0]
    assert unsent(page) == 0
    page.unroute("**/draft")
    sign_in(page, "mika@example.org")
    assert page.evaluate("async () => await caches.has('quizapp-pages')") is False
    watch.allow("404")
    assert page.goto(attempt).status == 404  # type: ignore[union-attr]
