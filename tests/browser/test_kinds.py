"""The kinds of questions that are answered neither by picking nor with code of one's own: by keyboard, in a browser."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import await_saved, player
from tests.browser.shelf import address, question
from tests.browser.test_practice import send_code, write_code

pytestmark = [pytest.mark.browser, pytest.mark.slow]

BUG = "decorator-without-effect"
TESTS = "tests-for-a-slug"
FREE = "why-a-post-redirects"


def test_faulty_lines_are_marked_by_keyboard_and_explained(page: Page) -> None:
    asked = question(BUG)
    lines = asked["program"].splitlines()
    found = next(n for n, line in enumerate(lines, 1) if "def guarded" in line)
    player(page, address(BUG))
    boxes = page.get_by_role("checkbox")
    assert boxes.count() == sum(bool(line.strip()) for line in lines)
    boxes.first.focus()
    for _ in range(sum(bool(line.strip()) for line in lines[: found - 1])):
        page.keyboard.press("ArrowDown")
    focused = page.get_by_role("checkbox", name=re.compile(f"Line {found}: def guarded"))
    expect(focused).to_be_focused()
    page.keyboard.press("Space")
    await_saved(page)
    page.reload()
    expect(page.get_by_role("checkbox", name=re.compile("def guarded"))).to_be_checked()
    page.get_by_role("button", name="Check answer").click()
    expect(page.locator("#feedback .verdict")).to_have_text(re.compile("Partly right, 3 of 6 points"))
    expect(page.locator("#feedback")).to_contain_text("Decorators apply from the bottom up")
    expect(page.get_by_role("region", name="The mended program")).to_contain_text("@wraps(view)")


@pytest.mark.docker
def test_tests_are_tried_on_the_program_and_then_meet_right_and_wrong_ones(page: Page) -> None:
    asked = question(TESTS)
    player(page, address(TESTS))
    page.locator('[data-file="app.py"]').click()
    expect(page.locator('[data-editor="app.py"]')).to_contain_text("def slugify")
    verdict = page.locator("[data-outcome]")
    tests = "from app import slugify\n\n\ndef test_it():\n    assert slugify('A') == 'A'\n"
    send_code(page, "test_app.py", tests, "wrong_answer", "Run on the program")
    expect(page.locator("#tests")).to_contain_text("test_it")
    write_code(page, "test_app.py", asked["mistakes"][0]["files"]["test_app.py"])
    page.keyboard.press("Control+Enter")
    expect(verdict).to_contain_text("of 10 points")
    results = page.locator("#tests")
    for survivor in asked["mistakes"][0]["fails"]:
        expect(results).to_contain_text(f"not found: {survivor}")
    expect(results).to_contain_text(asked["mistakes"][0]["title"])


def test_an_answer_in_own_words_is_compared_and_rated(page: Page) -> None:
    asked = question(FREE)
    player(page, address(FREE))
    expect(page.get_by_role("table")).to_contain_text(asked["rubric"][0]["title"])
    page.get_by_label("Your answer").fill("A reload would send the POST again.")
    page.get_by_role("button", name="Check answer").click()
    expect(page.locator("#feedback")).to_contain_text("A reload would send the POST again.")
    expect(page.locator("#feedback")).to_contain_text("As it is, the page that says thanks")
    for criterion in asked["rubric"]:
        page.get_by_label(criterion["title"], exact=True).fill(str(criterion["points"]))
    page.get_by_role("button", name="Count these points").click()
    expect(page.locator("#feedback .verdict")).to_have_text(re.compile("Right, 6 of 6 points"))
