"""What is pasted into an answer: text of one's own is moved, and only what came from elsewhere is told."""

import time

import pytest
from playwright.sync_api import Page, expect

from quizapp.services import evidence
from tests.browser.conftest import PATIENCE, Opened, await_player
from tests.browser.room.conftest import Room, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def paste(page: Page, text: str) -> None:
    """Paste a text into the answer that no page of the interview was seen to copy."""
    page.evaluate("text => navigator.clipboard.writeText(text)", text)
    page.get_by_label("Your answer").focus()
    page.keyboard.press("End")
    page.keyboard.press("Control+v")


def pasted(room: Room) -> list[str]:
    """The beginnings of the texts that are told as pasted from outside."""
    with room.attempt() as attempt:
        return [one.facts["preview"] for one in evidence.events(attempt) if one.kind == "pasted"]


def arrived(page: Page, room: Room) -> list[str]:
    """The same, once something of it has come to the server."""
    give_up = time.monotonic() + PATIENCE / 1000
    while not (found := pasted(room)):
        assert time.monotonic() < give_up, "nothing that was recorded has arrived"
        page.wait_for_timeout(200)
    return found


def begun(room: Room, open_page: Opened) -> Page:
    """The first question of an interview that is recorded."""
    page = open_page(base_url=room.url, permissions=["clipboard-read", "clipboard-write"])
    sign_in(page)
    page.goto("/interviews/first-round")
    page.get_by_role("checkbox", name="what is recorded").check()
    page.get_by_role("checkbox", name="Record how").check()
    page.get_by_role("button", name="Start the clock").click()
    await_player(page)
    return page


def test_what_stands_in_ones_own_notes_is_moved(room: Room, open_page: Opened) -> None:
    page = begun(room, open_page)
    page.locator("[data-notes] > summary").click()
    page.get_by_label("Your notes on this interview").fill("What url_for does:\nit builds an address, see 4.")
    paste(page, "it builds an address")
    paste(page, " (from another page)")
    expect(page.get_by_label("Your answer")).to_have_value("it builds an address (from another page)")
    assert arrived(page, room) == ["(from another page)"]


def test_what_was_pasted_into_the_notes_is_told_when_it_moves_on(room: Room, open_page: Opened) -> None:
    page = begun(room, open_page)
    page.get_by_role("link", name="Question 6").click()
    await_player(page)
    page.locator("[data-notes] > summary").click()
    notes = page.get_by_label("Your notes on this interview")
    notes.fill("Mine, typed here.\n")
    page.evaluate("navigator.clipboard.writeText('Brought from a forum,\\n\\nand its second line.\\n')")
    notes.press("Control+End")
    page.keyboard.press("Control+v")
    page.keyboard.type("Typed below.")
    page.reload()
    await_player(page)
    page.locator("[data-notes] > summary").click()
    notes.press("Control+a")
    page.keyboard.press("Control+c")
    page.get_by_label("Your answer").focus()
    page.keyboard.press("Control+v")
    whole = "Mine, typed here.\nBrought from a forum,\n\nand its second line.\nTyped below."
    expect(page.get_by_label("Your answer")).to_have_value(whole)
    assert arrived(page, room) == ["Brought from a forum, and its second line."]
