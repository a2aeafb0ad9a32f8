"""Reviewers at their work: two at once, comments that name somebody, code run again, and a link for others."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from quizapp.extensions import db
from quizapp.models import Role, Submission, SubmissionState
from quizapp.receipt import database_now
from tests.browser import own_site
from tests.browser.conftest import Opened, Watch
from tests.browser.test_pages import grave, look_twice
from tests.quizapp.hirings import OWNER, REVIEWER, hire
from tests.quizapp.people import PASSWORD, Person
from tests.quizapp.shelf import Shelf, free
from tests.quizapp.sittings import Sitting

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SECTIONS = [
    {"title": "Concepts", "kinds": ["choice", "text"], "count": 3},
    {"title": "Write code", "kinds": ["code"], "count": 1, "points": 20},
    {"title": "Explain", "kinds": ["free"], "count": 1, "points": 8},
]
PEOPLE = (
    ("mara@example.org", "Mara Haugen", Role.MANAGER),
    ("anders@example.org", "Anders Lindqvist", Role.MANAGER),
    ("ines@example.org", "Ines Okafor", Role.CANDIDATE),
)


@pytest.fixture
def app(tmp_path: Path, redis_url: str) -> Iterator[Flask]:
    """An application with three people; it runs in this process, so that a test can judge code as a worker would."""
    with own_site.application(tmp_path, redis_url, PEOPLE) as app:
        shelf = Shelf(tmp_path / "questions")
        shelf.fill()
        shelf.question(free("free-1"))
        shelf.publish(app)
        yield app


@pytest.fixture
def sat(app: Flask) -> Sitting:
    """A finished attempt at an interview that one of the two managers owns, and the other one reviews."""
    mara, anders, ines = (Person(app, app.test_client(), email) for email, _, _ in PEOPLE)
    ines.sign_in()
    hiring = hire(app, {OWNER: mara, REVIEWER: anders}, blueprint={"sections": SECTIONS})
    return hiring.sat(ines, code=0.5)


@pytest.fixture
def address(app: Flask, sat: Sitting) -> Iterator[str]:
    """Where the report of it lies, while the application is served."""
    with own_site.served(app) as site:
        yield f"{site}/manage/attempts/{sat.attempt_id}"


def at(open_page: Opened, address: str, email: str, **options: object) -> Page:
    """The report, open in a browser of this person's own."""
    site = address.split("/manage", maxsplit=1)[0]
    page = open_page(base_url=site, **options)
    page.goto("/sign-in")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name=re.compile("^Account of")).wait_for()
    page.goto(address)
    return page


def fill_decision(page: Page, choice: str, reason: str) -> None:
    form = page.get_by_role("region", name="Decision", exact=True)
    form.get_by_label(choice).check()
    form.get_by_label("Reason, for the record").fill(reason)


def test_two_who_decide_at_once_see_each_other_and_lose_nothing(
    open_page: Opened, address: str, watch: Watch
) -> None:
    watch.allow("409")
    first = at(open_page, address, "mara@example.org")
    second = at(open_page, address, "anders@example.org")
    fill_decision(first, "Reject", "Half of the tests fail.")
    fill_decision(second, "Advance", "The design is good.")
    first.get_by_role("button", name="Save decision").click()
    expect(first.get_by_text("Decide anew")).to_be_visible()
    second.get_by_role("button", name="Save decision").click()
    told = second.get_by_role("alert")
    for words in ("Somebody else has decided meanwhile", "Reject", "Half of the tests fail.", "Mara Haugen"):
        expect(told).to_contain_text(words)
    decision = second.get_by_role("region", name="Decision", exact=True)
    expect(decision.get_by_label("Reason, for the record")).to_have_value("The design is good.")
    expect(decision.get_by_label("Advance")).to_be_checked()
    assert grave(second) == []
    decision.get_by_role("button", name="Replace the decision").click()
    expect(decision.get_by_text("2 decisions so far")).to_be_visible()
    first.reload()
    expect(first.get_by_text("The design is good.").first).to_be_visible()


def test_a_name_completes_by_keyboard_and_its_bearer_finds_the_comment(
    open_page: Opened, address: str
) -> None:
    writer = at(open_page, address, "mara@example.org")
    field = writer.get_by_label("Comment on the attempt")
    field.click()
    writer.keyboard.type("Please look, @lind")
    expect(writer.get_by_role("option", name="Anders Lindqvist")).to_be_visible()
    writer.keyboard.press("Enter")
    writer.keyboard.type("and tell.")
    expect(field).to_have_value("Please look, @Anders Lindqvist and tell.")
    writer.locator("form").filter(has=field).get_by_role("button", name="Comment").click()
    expect(writer.locator(".comment strong")).to_have_text("@Anders Lindqvist")
    reader = at(open_page, address, "anders@example.org")
    reader.goto("/")
    expect(reader.get_by_text("1 unread")).to_be_visible()
    reader.get_by_role("button", name="Open the comment on Ines Okafor").click()
    expect(reader.locator(".comment:target")).to_contain_text("Please look")
    reader.goto("/")
    expect(reader.get_by_text("Comments that name you")).to_have_count(0)


def test_what_is_typed_survives_a_reload_and_other_forms_until_it_was_taken(
    open_page: Opened, address: str
) -> None:
    page = at(open_page, address, "mara@example.org")
    page.get_by_label("Reason, for the record").fill("Half a thought")
    page.get_by_label("Comment on the attempt").fill("Another one")
    page.reload()
    expect(page.get_by_label("Reason, for the record")).to_have_value("Half a thought")
    expect(page.get_by_label("Comment on the attempt")).to_have_value("Another one")
    page.get_by_label("Says what").fill("2.5")
    page.get_by_label("Says why").fill("1")
    page.get_by_role("button", name="Save points").click()
    expect(page.get_by_role("button", name="Undo the latest")).to_be_visible()
    expect(page.get_by_text("1 rating is open")).to_have_count(0)
    fill_decision(page, "Hold", "Half a thought")
    page.get_by_role("button", name="Save decision").click()
    page.get_by_text("Decide anew").click()
    expect(page.get_by_label("Reason, for the record")).to_have_value("")
    expect(page.get_by_label("Comment on the attempt")).to_have_value("Another one")


def test_a_scratch_copy_is_changed_in_the_editor_and_run(app: Flask, open_page: Opened, address: str) -> None:
    page = at(open_page, address, "mara@example.org")
    page.locator("details.report-item").filter(has_text="of 1 tests").locator("summary").first.click()
    page.get_by_role("link", name="Run it again, or a changed copy").click()
    editor = page.locator('[data-editor="app.py"]')
    expect(editor).to_contain_text("return number + number")
    editor.click()
    page.keyboard.press("Control+a")
    page.keyboard.type("def double(number):\nreturn 2 * number")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#tests")).to_contain_text("Queued")
    with app.app_context():
        run = db.session.scalars(select(Submission).where(Submission.state != SubmissionState.DONE)).one()
        run.state, run.verdict, run.share = SubmissionState.DONE, "accepted", 1.0
        test = {"name": "test_hidden.py::test_canary", "status": "passed"}
        run.outcome = {"status": "finished", "expected_tests": 1, "tests": [test]}
        run.finished_at = database_now()
        db.session.commit()
    expect(page.locator("#tests")).to_contain_text("test_canary")
    expect(page.locator("#tests")).to_contain_text("1 of 1 tests")
    assert grave(page) == []
    page.reload()
    expect(page.locator("#tests")).to_contain_text("test_canary")
    expect(editor).to_contain_text("    return 2 * number")
    page.get_by_role("link", name="the starter").click()
    expect(editor).not_to_contain_text("2 * number")
    page.get_by_role("button", name="Undo").click()
    expect(editor).to_contain_text("2 * number")


def test_a_link_shows_the_report_in_a_browser_of_nobody_until_it_is_revoked(
    open_page: Opened, address: str, watch: Watch
) -> None:
    watch.allow("410")
    owner = at(open_page, f"{address}/share", "mara@example.org")
    owner.get_by_label("For whom").fill("The board")
    owner.get_by_role("button", name="Make the link").click()
    link = owner.get_by_label(re.compile("^Link ")).input_value()
    reader = open_page(base_url=address.split("/manage", maxsplit=1)[0])
    reader.goto(link)
    expect(reader.get_by_role("heading", level=1, name="Ines Okafor")).to_be_visible()
    expect(reader.get_by_text("of 40 points")).to_be_visible()
    expect(reader.get_by_text("Their answer")).to_have_count(0)
    assert grave(reader) == []
    owner.reload()
    expect(owner.get_by_text("opened 1 time")).to_be_visible()
    owner.get_by_role("button", name=re.compile("^Revoke")).click()
    reader.reload()
    expect(reader.get_by_role("heading", name="This link shows nothing any more")).to_be_visible()


def test_their_pages_have_no_grave_barrier_and_fit_a_narrow_screen(
    open_page: Opened, address: str, sat: Sitting
) -> None:
    page = at(open_page, address, "mara@example.org", reduced_motion="reduce")
    code = sat.response("code").id
    for path in (address, f"{address}/share", f"{address}/events", f"{address}/answers/{code}/run"):
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(path)
        page.locator("details").evaluate_all("folds => folds.forEach((fold) => { fold.open = true })")
        look_twice(page)
        page.set_viewport_size({"width": 360, "height": 740})
        assert page.evaluate("document.documentElement.scrollWidth") == 360, path
