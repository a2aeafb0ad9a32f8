"""How an answer came about: typed, pasted, left and run in a real browser, and played back by keyboard."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from playwright.sync_api import Response as Reply

from tests.browser.conftest import PATIENCE, Opened, await_player, await_saved, register

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PASTED = "from collections import Counter  # brought along\n"
SHOWN = "Object.defineProperty(document, 'visibilityState', {{get: () => '{}', configurable: true}});"


def compose(page: Page) -> str:
    """Start a mock of code questions that is recorded; gives the address of its attempt."""
    page.goto("/compose/lobby?bank=fresher&kind=code&minutes=20&least=1&most=3")
    page.get_by_role("checkbox", name="what is recorded").check()
    page.get_by_role("checkbox", name="Record how").check()
    page.get_by_role("button", name="Start the clock").click()
    await_player(page)
    return re.sub(r"\?.*", "", page.url)


def look(page: Page, state: str) -> None:
    """Hide the page or bring it back, as another tab in front of it does."""
    page.evaluate(f"() => {{ {SHOWN.format(state)} document.dispatchEvent(new Event('visibilitychange')); }}")


class Sent:
    """Counts what was recorded and has reached the server, from the first page on."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._seen = 0
        page.on("response", self._note)

    def _note(self, reply: Reply) -> None:
        if reply.url.endswith("/recording") and reply.ok:
            self._seen += 1

    @contextmanager
    def more(self) -> Iterator[None]:
        """Wait until more has arrived than at the beginning of the block."""
        before = self._seen
        yield
        give_up = time.monotonic() + PATIENCE / 1000
        while self._seen == before:
            assert time.monotonic() < give_up, "nothing more that was recorded has arrived"
            self._page.wait_for_timeout(100)


@pytest.mark.docker
def test_what_was_done_is_played_back(open_page: Opened) -> None:
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    register(page, "Kira Holm")
    sent = Sent(page)
    attempt = compose(page)
    page.locator("[data-editor]").click()
    page.keyboard.press("Control+Home")
    page.keyboard.type("# typed by hand\n", delay=30)
    page.evaluate("text => navigator.clipboard.writeText(text)", PASTED)
    page.keyboard.press("Control+v")
    # A line of one's own, cut and put back: moved, not pasted.
    page.keyboard.press("Control+Home")
    page.keyboard.press("Shift+End")
    page.keyboard.press("Control+x")
    page.keyboard.press("Control+v")
    await_saved(page)
    look(page, "hidden")
    page.wait_for_timeout(1500)
    look(page, "visible")
    with sent.more():
        page.get_by_role("button", name="Run samples").click()
    expect(page.locator("[data-outcome]")).to_be_visible()
    page.goto(f"{attempt}/finish")
    page.get_by_role("button", name="Hand in now").click()
    events = page.locator(".evidence")
    expect(events).to_contain_text("from outside of the interview")
    expect(events).to_contain_text("The page was not in view for")
    expect(events.get_by_text(re.compile("^Pasted"))).to_have_count(1)
    comment(page)
    play(page)


def comment(page: Page) -> None:
    """Say something to the paste."""
    row = page.locator(".evidence > li", has_text="Pasted")
    row.locator("summary").click()
    row.get_by_role("textbox").fill("From my own notes.")
    row.get_by_role("button", name="Keep").click()
    expect(page.locator(".evidence")).to_contain_text("From my own notes.")


def play(page: Page) -> None:
    """Go through the playback by keyboard alone."""
    page.locator(".evidence > li", has_text="Pasted").get_by_role("link", name="In the playback").click()
    page.wait_for_selector("html[data-player=ready]", state="attached")
    code, log, clock = page.locator(".cm-content"), page.locator("[data-log]"), page.locator("[data-clock]")
    expect(log).to_contain_text("Opened as it was given")
    expect(log).to_contain_text("Moved 15 characters")
    expect(log).to_contain_text("Ran the samples")
    # It opens at the paste that the link was about.
    expect(code).to_contain_text("brought along")
    expect(page.locator('[data-log] [aria-current="true"]')).to_contain_text("Pasted")
    page.get_by_role("button", name="Play").focus()
    for _ in range(20):  # three, unless a pause of the machine divided what was typed
        page.keyboard.press("Shift+ArrowLeft")
        if "typed by hand" not in code.inner_text():
            break
    expect(code).not_to_contain_text("typed by hand")
    page.keyboard.press("p")
    expect(code).to_contain_text("brought along")
    expect(page.locator(".line-pasted").first).to_be_visible()
    page.keyboard.press("r")
    expect(page.locator('.hidden-text[aria-live="polite"]')).to_contain_text(re.compile("Ran the samples: "))
    for _ in range(5):
        page.keyboard.press("-")
    expect(page.locator("[data-speed]")).to_have_value("0.5")
    page.locator("[data-scrub]").fill("0")
    expect(code).not_to_contain_text("typed by hand")
    page.locator("[data-play]").focus()
    page.keyboard.press("Space")
    expect(page.locator("[data-play]")).to_have_text("Pause")
    expect(page.locator("[data-play]")).to_be_focused()
    for _ in range(5):
        page.keyboard.press("+")
    expect(page.locator("[data-play]")).to_have_text("Play")
    expect(clock).to_have_text(page.locator(".timeline text").last.text_content() or "")
    expect(page.locator("main")).not_to_contain_text("another text than the saved answer")
    assert Axe().run(page).response["violations"] == []


def test_typing_without_a_connection_is_recorded_later(open_page: Opened, watch: object) -> None:
    watch.allow("ERR_INTERNET_DISCONNECTED")  # type: ignore[attr-defined]
    page = open_page()
    register(page, "Noor Aziz")
    sent = Sent(page)
    with sent.more():
        attempt = compose(page)
    page.context.set_offline(True)
    page.locator("[data-editor]").click()
    page.keyboard.press("Control+Home")
    page.keyboard.type("# on a train\n", delay=20)
    began = time.monotonic()
    expect(page.locator('[data-notice="offline"]')).to_be_visible()
    page.wait_for_timeout(max(0.0, 6 - (time.monotonic() - began)) * 1000)
    with sent.more():
        page.context.set_offline(False)
        await_saved(page)
    page.goto(f"{attempt}/finish")
    page.get_by_role("button", name="Hand in now").click()
    page.get_by_role("link", name=re.compile("playback")).first.click()
    page.locator("a.title").first.click()
    log = page.locator("[data-log]")
    expect(log).to_contain_text("Typed")
    # In one line, unless a pause of the machine divided it.
    assert sum(map(int, re.findall(r"Typed (\d+) character", log.inner_text()))) == 13, log.inner_text()
    expect(page.locator("main")).not_to_contain_text("another text than the saved answer")
