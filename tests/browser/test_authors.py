"""Reporting an error in a question beside one's work, and the authors' pages on which it arrives."""

import re
import secrets

import pytest
from playwright.sync_api import Page, StorageState, expect

from tests.browser.conftest import Opened, await_player, await_saved
from tests.browser.shelf import address, question

pytestmark = pytest.mark.browser
CHOSEN = "debug-switch"


def test_an_error_is_reported_beside_the_work_and_settled_by_an_author(
    page: Page, open_page: Opened, admin: StorageState
) -> None:
    page.goto(address(CHOSEN))
    await_player(page)
    page.get_by_role("textbox", name="Your answer").fill("half an answer")
    await_saved(page)
    words = f"Something is wrong here, {secrets.token_hex(4)}."
    page.get_by_text("Report an error in this question").click()
    page.get_by_label("What is wrong?").fill(words)
    page.get_by_role("button", name="Send the report").click()
    expect(page.get_by_text("Thank you. An author reads it.")).to_be_visible()
    expect(page.get_by_role("textbox", name="Your answer")).to_have_value("half an answer")

    author = open_page(storage_state=admin)
    author.goto("/author/questions")
    author.get_by_label("With open reports").check()
    author.get_by_role("button", name="Filter").click()
    author.get_by_role("link", name=question(CHOSEN)["title"]).click()
    expect(author.get_by_role("heading", name="What the candidate sees")).to_be_visible()
    expect(author.get_by_role("textbox", name="Your answer")).to_be_disabled()
    author.get_by_role("link", name=re.compile("Error reports")).click()
    entry = author.get_by_role("listitem").filter(has_text=words)
    entry.get_by_label("Note to whoever reported it").fill("Mended.")
    entry.get_by_role("button", name="Settle").click()
    expect(author.get_by_role("listitem").filter(has_text=words)).to_contain_text("Mended.")

    page.goto("/error-reports")
    expect(page.get_by_role("listitem").filter(has_text=words)).to_contain_text("Mended.")
