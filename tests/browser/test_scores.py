"""A manager at the score table: finding, sorting, comparing, exporting, and the figures of questions."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from bench import crowd
from quizapp.models import Role
from tests.browser import own_site
from tests.browser.conftest import Opened
from tests.browser.test_pages import grave, look_twice
from tests.quizapp.hirings import REVIEWER, hire
from tests.quizapp.people import PASSWORD, Person
from tests.quizapp.shelf import Shelf
from tests.quizapp.test_score_export import copies

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MANAGER = "mara@example.org"
CANDIDATES = {"ines@example.org": "Ines Okafor", "kofi@example.org": "Kofi Mensah"}
PEOPLE = (
    (MANAGER, "Mara Haugen", Role.MANAGER),
    *((email, name, Role.CANDIDATE) for email, name in CANDIDATES.items()),
)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, redis_url: str) -> Iterator[str]:
    """A site with a small interview of two people, who were copied for its statistics, and one of many candidates."""
    folder = tmp_path_factory.mktemp("scores")
    with own_site.application(folder, redis_url, PEOPLE) as app:
        shelf = Shelf(folder / "questions")
        shelf.fill()
        shelf.publish(app)
        manager = Person(app, app.test_client(), MANAGER)
        hiring = hire(app, {REVIEWER: manager})
        sat = []
        for email, right in zip(CANDIDATES, (True, False), strict=True):
            person = Person(app, app.test_client(), email)
            person.sign_in()
            sat.append(hiring.sat(person, right=right, code=1.0 if right else None))
        number = manager.id
        with app.app_context():
            copies(sat[-1], 34)
            crowd.interview("many", crowd.team(number), 9, 160)
        with own_site.served(app) as site:
            yield site


def signed_in(open_page: Opened, address: str, path: str, **options: object) -> Page:
    """A page, open in the manager's browser."""
    page = open_page(base_url=address, **options)
    page.goto("/sign-in")
    page.get_by_label("E-mail address").fill(MANAGER)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name=re.compile("^Account of")).wait_for()
    page.goto(path)
    return page


def test_from_the_table_to_the_comparison_by_keyboard(open_page: Opened, address: str) -> None:
    page = signed_in(open_page, address, "/manage/interviews/many/scores")
    rows = page.get_by_role("region", name="Candidates").get_by_role("row")
    expect(rows).to_have_count(51)
    first = rows.nth(1).inner_text()
    page.get_by_role("link", name="Next").press("Enter")
    expect(page.get_by_role("link", name="Back")).to_be_visible()
    assert rows.nth(1).inner_text() != first
    page.get_by_role("link", name="Back").press("Enter")
    expect(rows.nth(1)).to_contain_text(first.split("\n")[0].split("\t")[0].strip() or "%")
    page.get_by_role("columnheader", name="Candidate").get_by_role("link").press("Enter")
    expect(page.get_by_role("columnheader", name="Candidate")).to_have_attribute("aria-sort", "ascending")
    page.get_by_label("Name or address").fill("kofi")
    page.get_by_label("Score from").fill("40")
    page.get_by_role("button", name="Apply").press("Enter")
    page.wait_for_url("**kofi**")
    expect(rows.nth(1)).to_contain_text("Kofi")
    for name in page.get_by_role("rowheader").all_inner_texts():
        assert "Kofi" in name
    page.goto("/manage/interviews/backend/scores")
    for name in CANDIDATES.values():
        page.get_by_role("checkbox", name=f"Choose {name}").press("Space")
    page.get_by_role("button", name="Compare").press("Enter")
    expect(page.get_by_role("heading", name="Compare", level=1)).to_be_visible()
    for name in CANDIDATES.values():
        expect(page.get_by_role("link", name=name).first).to_be_visible()
    expect(page.get_by_role("button", name="Print")).to_be_visible()
    assert grave(page) == []


def test_the_export_is_one_file(open_page: Opened, address: str, tmp_path: Path) -> None:
    page = signed_in(open_page, address, "/manage/interviews/backend/scores?state=final")
    page.get_by_text("Export", exact=True).click()
    for name, ending in (("CSV", "csv"), ("Excel", "xlsx"), ("CSV with all answers", "csv")):
        with page.expect_download() as told:
            page.get_by_role("button", name=name, exact=True).click()
        assert told.value.suggested_filename.endswith(ending)
        assert Path(told.value.path()).stat().st_size > 1000


@pytest.mark.parametrize("width", [1280, 390])
def test_every_page_is_usable_in_both_schemes_and_widths(open_page: Opened, address: str, width: int) -> None:
    view = {"viewport": {"width": width, "height": 900}, "reduced_motion": "reduce"}
    page = signed_in(open_page, address, "/manage/interviews/many/scores", **view)
    for path in (
        "many/scores",
        "backend/scores",
        "backend/exports?form=csv",
        "backend/statistics",
        "many/statistics",
    ):
        page.goto(f"/manage/interviews/{path}")
        for fold in page.locator("details > summary").all():
            fold.click()
        look_twice(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
