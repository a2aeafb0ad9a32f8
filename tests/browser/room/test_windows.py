"""Two tabs or machines: nothing is overwritten unseen, and every version can be looked at and taken."""

import re
import time

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opened, Watch, await_player, await_saved
from tests.browser.room.conftest import Room, at, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def other(page: Page, room: Room, open_page: Opened) -> Page:
    """The same question on a second machine."""
    other = open_page(base_url=room.url)
    sign_in(other)
    other.goto(page.url)
    await_player(other)
    return other


def test_a_machine_that_comes_second_chooses_and_both_versions_are_kept(
    page: Page, other: Page, room: Room, watch: Watch
) -> None:
    watch.allow("409")
    page.get_by_label("Your answer").fill("from the first")
    await_saved(page)
    other.get_by_label("Your answer").fill("from the second")
    notice = other.locator('[data-notice="conflict"]')
    expect(notice).to_contain_text("This answer was changed elsewhere, too.")
    assert room.answers() == {1: {"text": "from the first"}}
    notice.get_by_role("button", name="Keep what is here").click()
    await_saved(other)
    assert room.answers() == {1: {"text": "from the second"}}
    assert {str(one.answer["text"]) for one in room.branches()} == {"from the first", "from the second"}

    # The first window learns of it with its next change, and takes what the other one wrote.
    page.get_by_label("Your answer").fill("from the first, again")
    page.locator('[data-notice="conflict"]').get_by_role("button", name="Take the other version").click()
    expect(page.get_by_label("Your answer")).to_have_value("from the second")
    await_saved(page)
    page.reload()
    await_player(page)
    page.get_by_role("link", name="Other versions of your answer").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Versions of your answer")
    section = page.locator("section", has=page.get_by_role("heading", name=re.compile("^Was your answer")))
    expect(section.locator('[data-mark="add"]')).to_contain_text("from the first")
    section.get_by_role("button", name=re.compile("^Take this version")).click()
    await_player(page)
    expect(page.get_by_label("Your answer")).to_have_value("from the first")
    assert room.answers() == {1: {"text": "from the first"}}


def test_a_machine_on_which_all_was_taken_back_follows_the_other_one(
    page: Page, other: Page, room: Room, watch: Watch
) -> None:
    watch.allow("409|ERR_CONNECTION_REFUSED|ERR_FAILED|Failed to fetch")
    other.route("**/draft", lambda route: route.abort())
    with other.expect_event("requestfailed", lambda request: request.url.endswith("/draft")):
        other.get_by_label("Your answer").fill("on second thoughts")
    other.get_by_label("Your answer").fill("")
    page.get_by_label("Your answer").fill("from the first")
    await_saved(page)
    other.unroute("**/draft")
    expect(other.get_by_label("Your answer")).to_have_value("from the first", timeout=60_000)
    await_saved(other)
    assert (room.answers(), room.branches()) == ({1: {"text": "from the first"}}, [])


def test_a_choice_made_elsewhere_is_shown_in_its_words(page: Page, other: Page, watch: Watch) -> None:
    watch.allow("409")
    for one in (page, other):
        at(one, 2)
    page.get_by_label("Wrong one").check()
    await_saved(page)
    other.get_by_label("Wrong two").check()
    notice = other.locator('[data-notice="conflict"]')
    notice.get_by_text("Show the other version").click()
    expect(notice.get_by_role("listitem")).to_have_text(["Wrong one"])


def test_two_tabs_without_network_lose_neither_text(page: Page, room: Room, watch: Watch) -> None:
    watch.allow("409|ERR_INTERNET_DISCONNECTED|ERR_CONNECTION_REFUSED|FetchEvent|Failed to fetch")
    tab = page.context.new_page()
    tab.goto(page.url)
    await_player(tab)
    page.context.set_offline(True)
    room.stop()
    page.get_by_label("Your answer").fill("typed here")
    tab.get_by_label("Your answer").fill("typed there")
    for one in (page, tab):
        expect(one.locator("[data-save-state]").first).to_contain_text("wait")
    tab.close(run_before_unload=False)
    room.serve()
    page.context.set_offline(False)
    # Whichever arrives first is the answer and the other one lies beside it; the page may ask which one is to count.
    give_up = time.monotonic() + 120
    while (texts := stored(room)) != {"typed here", "typed there"}:
        assert time.monotonic() < give_up, texts
        page.wait_for_timeout(200)


def stored(room: Room) -> set[str]:
    """All texts that the server has, as answers and beside them."""
    texts = {str(answer["text"]) for answer in room.answers().values() if answer}
    return texts | {str(one.answer["text"]) for one in room.branches()}


def test_notes_of_two_windows_are_put_together(page: Page, other: Page, room: Room, watch: Watch) -> None:
    watch.allow("409")
    for one, text in ((page, "from the first"), (other, "from the second")):
        one.locator("[data-notes] > summary").click()
        one.get_by_label("Your notes on this interview").fill(text)
        expect(one.locator("[data-notes-state]")).to_contain_text("Saved")
    assert "from the first" in (room.notes() or "")
    assert "from the second" in (room.notes() or "")
    at(page, 2)
    page.locator("[data-notes] > summary").click()
    expect(page.get_by_label("Your notes on this interview")).to_have_value(re.compile("from the second"))
