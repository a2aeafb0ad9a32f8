"""The keyboard: shortcuts that never meddle with typing and can be switched off, and the whole way without a mouse."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opened, await_player, await_saved
from tests.browser.room.conftest import Room, at, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_shortcuts_are_listed_work_and_can_be_switched_off(page: Page, room: Room) -> None:
    field = page.get_by_label("Your answer")
    field.fill("")
    field.press_sequentially("fgnmt?")
    expect(field).to_have_value("fgnmt?")
    expect(page.get_by_role("dialog")).to_have_count(0)
    await_saved(page)
    page.locator("h1").click()

    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    for words in (
        "Next question",
        "Flag this question",
        "Go to a question by its number",
        "Your notes",
        "time left",
    ):
        expect(dialog).to_contain_text(words)
    page.keyboard.press("n")
    expect(page).to_have_title(re.compile("Question 1 of"))
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)

    page.keyboard.press("n")
    page.wait_for_url("**?q=2")
    await_player(page)
    page.keyboard.press("f")
    expect(page.get_by_role("button", name=re.compile("^Flag"))).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("t")
    expect(page.locator('[aria-live="assertive"]')).to_contain_text(re.compile(r"\d+ minutes .*left\."))
    page.keyboard.press("m")
    expect(page.get_by_label("Your notes on this interview")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("p")
    page.wait_for_url("**?q=1")
    await_player(page)
    page.keyboard.press("g")
    page.get_by_label("Its number").press_sequentially("99")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("There is no open question of that number.")
    page.get_by_label("Its number").fill("4")
    page.keyboard.press("Enter")
    page.wait_for_url("**?q=4")
    await_player(page)


def test_single_keys_can_be_switched_off_and_on(page: Page) -> None:
    at(page, 2)
    page.get_by_role("button", name="Keys").first.click()
    page.get_by_label("Single keys are shortcuts.").uncheck()
    page.keyboard.press("Escape")
    for key in ("f", "n", "?", "1"):
        page.keyboard.press(key)
    expect(page.get_by_role("button", name=re.compile("^Flag"))).to_have_attribute("aria-pressed", "false")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator('input[name="options"]').first).not_to_be_checked()
    page.reload()
    await_player(page)
    page.keyboard.press("1")
    expect(page.locator('input[name="options"]').first).not_to_be_checked()
    page.get_by_role("button", name="Keys").first.press("Enter")
    page.get_by_label("Single keys are shortcuts.").press(" ")
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    expect(page.locator('input[name="options"]').first).to_be_checked()


def tab_to(page: Page, selector: str, most: int = 80) -> None:
    """Press Tab until the focus is on it; every stop on the way has to be seen."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement?.matches(selector)", selector):
            return
        hidden = page.evaluate(
            """() => {
              const box = document.activeElement.getBoundingClientRect();
              return document.activeElement !== document.body && box.width * box.height === 0
                ? document.activeElement.outerHTML.slice(0, 200) : "";
            }"""
        )
        assert hidden == "", "the focus is where nobody sees it"
    raise AssertionError(selector)


def test_an_interview_is_sat_by_keyboard_alone(room: Room, open_page: Opened) -> None:
    page = open_page(base_url=room.url)
    sign_in(page)
    page.goto("/interviews/first-round")
    tab_to(page, 'input[name="consent"]')
    page.keyboard.press(" ")
    tab_to(page, "form .button-wide")
    page.keyboard.press("Enter")
    await_player(page)
    for position in range(1, 8):
        kind = page.evaluate("JSON.parse(document.querySelector('#player').dataset.settings).kind")
        answer_by_keyboard(page, kind)
        await_saved(page)
        if position < 7:
            tab_to(page, "[data-next]")
            page.keyboard.press("Enter")
            page.wait_for_url(f"**?q={position + 1}")
            await_player(page)
    tab_to(page, 'a[href$="/finish"]')
    page.keyboard.press("Enter")
    page.wait_for_url("**/finish")
    expect(page.locator("main")).to_contain_text("All 7 questions are answered.")
    tab_to(page, "form[data-final] button")
    page.keyboard.press("Enter")
    page.wait_for_url("**/report")
    assert set(room.answers()) == set(range(1, 8))


def answer_by_keyboard(page: Page, kind: str) -> None:
    """Give some answer, with keys only; the focus is wherever it was."""
    if kind == "choice":
        tab_to(page, 'input[name="options"]')
        page.keyboard.press(" ")
    elif kind in ("text", "output", "free"):
        tab_to(page, '[data-answer-form] [name="text"]')
        page.keyboard.type("in my own words")
    elif kind == "bug":
        tab_to(page, 'input[name="line"]')
        page.keyboard.press(" ")
    elif kind == "order":
        tab_to(page, "[data-line-handle]")
        page.keyboard.press("Enter")
    else:
        tab_to(page, ".cm-content")
        page.keyboard.press("Control+End")
        page.keyboard.type("# typed without a mouse")
        page.keyboard.press("Escape")
