"""An interview where no scripts run: every button of a page takes along what was typed."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opened
from tests.browser.room.conftest import Room, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def plain(room: Room, open_page: Opened) -> Page:
    """The first question of the interview, without scripts."""
    page = open_page(base_url=room.url, java_script_enabled=False)
    sign_in(page)
    page.goto("/interviews/first-round")
    page.get_by_role("checkbox", name="what is recorded").check()
    page.get_by_role("button", name="Start the clock").click()
    expect(page.get_by_label("Your answer")).to_be_visible()
    return page


def test_nothing_is_lost_by_flags_notes_and_ways_to_other_pages(plain: Page, room: Room) -> None:
    button, link = (lambda name: plain.get_by_role("button", name=name)), plain.get_by_role("link")
    assert link.filter(has_text="Hand in").count() == 0, "no link leaves an answer behind"
    plain.get_by_label("Your answer").fill("by Enter")
    plain.get_by_label("Your answer").press("Enter")
    expect(plain).to_have_url(re.compile(r"\?q=2$"))
    assert room.answers()[1] == {"text": "by Enter"}
    plain.get_by_role("radio").nth(1).check()
    button("Flag and save").click()
    expect(button("Flag and save")).to_have_attribute("aria-pressed", "true")
    assert (room.responses()[2].is_flagged, len(room.answers())) == (True, 2)
    button("Save and go to question 3 not answered").click()
    plain.get_by_label("What does it print?").fill("printed")
    plain.locator("[data-notes] > summary").click()
    plain.get_by_label("Your notes on this interview").fill("back to 2")
    button("Save notes and answer").click()
    expect(plain.get_by_label("What does it print?")).to_have_value("printed")
    assert (room.notes(), room.answers()[3]) == ("back to 2", {"text": "printed"})
    plain.get_by_label("What does it print?").fill("printed again")
    button("Save and go: Question 2").click()
    expect(plain.get_by_role("radio").nth(1)).to_be_checked()
    assert room.answers()[3] == {"text": "printed again"}
    plain.get_by_role("radio").nth(2).check()
    plain.get_by_text("Report an error in this question").click()
    plain.get_by_label("What is wrong?").locator("visible=true").fill("The second one is right, too.")
    button("Save the answer and send the report").click()
    expect(plain.get_by_text("An author reads it.")).to_be_visible()
    expect(plain.get_by_role("radio").nth(2)).to_be_checked()


def test_code_goes_along_and_handing_in_lists_what_is_there(plain: Page, room: Room) -> None:
    plain.get_by_label("Your answer").fill("first")
    plain.get_by_role("button", name="Save and go to question 7 not answered").click()
    plain.get_by_label("app.py").fill("def double(number):\n    return number + number\n")
    plain.get_by_role("button", name="Hand in…").first.click()
    expect(plain.get_by_role("heading", level=1)).to_contain_text("Hand in")
    assert room.answers()[1] == {"text": "first"}
    assert room.answers()[7] == {"files": {"app.py": "def double(number):\n    return number + number\n"}}
    plain.go_back()
    plain.get_by_label("app.py").fill("def double(number):\n    return 2 * number\n")
    plain.get_by_role("button", name="quizapp, leave this page").click()
    expect(plain.get_by_role("heading", level=1)).to_have_text("Mock interviews")
    assert "2 * number" in room.answers()[7]["files"]["app.py"]  # type: ignore[index]
