"""An invitation from the manager's form to the confirmation in the candidate's mailbox, and on to another device."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Page, expect
from rq import SimpleWorker
from rq.serializers import JSONSerializer
from werkzeug.serving import BaseWSGIServer, make_server

from quizapp import queueing
from quizapp.models import Role
from tests.browser import own_site
from tests.browser.conftest import PATIENCE, Opened, Watch, await_player, await_saved
from tests.browser.shelf import question
from tests.browser.test_practice import write_code
from tests.quizapp import shelf as files
from tests.quizapp.invitations_desk import INTERVIEW, LIST, hiring_interview, read, text_of
from tests.quizapp.people import PASSWORD, Person
from tests.quizapp.post_office import PostOffice, open_office
from tests.quizapp.shelf import Shelf
from worker import jobs

pytestmark = [pytest.mark.browser, pytest.mark.slow]

KINDS = ("choice", "text", "output", "bug", "order", "code", "tests", "free")
SECTIONS = [{"title": kind.capitalize(), "kinds": [kind], "count": 1} for kind in KINDS]


@pytest.fixture
def office() -> Iterator[PostOffice]:
    """The mail server that the site sends by."""
    with open_office() as office:
        yield office


@pytest.fixture
def server(office: PostOffice, tmp_path: Path, redis_url: str) -> Iterator[BaseWSGIServer]:
    """A site of this process with a hiring interview that asks one question of each kind."""
    server = make_server("127.0.0.1", 0, Flask("nothing yet"), threaded=True)
    settings = office.settings() | {"PUBLIC_URL": f"http://127.0.0.1:{server.server_port}"}
    people = [("mara@example.org", "Mara Haugen", Role.MANAGER)]
    with own_site.application(tmp_path, redis_url, people, **settings) as app:
        shelf = Shelf(tmp_path / "questions")
        shelf.fill()
        for made in (
            files.bug("bug-1"),
            files.free("free-1"),
            {**question("tests-for-a-slug"), "covers": ["rm-routing"]},
        ):
            made.pop("bank", None)
            shelf.question(made)
        published = shelf.publish(app)
        assert not published.findings, [str(one) for one in published.findings]
        hiring_interview(
            app, Person(app, app.test_client(), "mara@example.org"), sections=SECTIONS, ending="We call you."
        )
        server.app = app
        with own_site.serving(server):
            yield server


@pytest.fixture
def app(server: BaseWSGIServer) -> Flask:
    assert isinstance(server.app, Flask)
    return server.app


@pytest.fixture
def site_of(server: BaseWSGIServer) -> str:
    return f"http://127.0.0.1:{server.server_port}"


@pytest.fixture
def manager(site_of: str, open_page: Opened) -> Page:
    """The manager's browser, somewhere in Berlin."""
    page = open_page(base_url=site_of, timezone_id="Europe/Berlin")
    page.goto("/sign-in")
    page.get_by_label("E-mail address").fill("mara@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Account of Mara Haugen").wait_for()
    return page


def mailed(app: Flask, office: PostOffice, monkeypatch: pytest.MonkeyPatch, subject: str) -> str:
    """Have the worker's job send what waits until there is a mail with this subject, and give the words of the newest."""
    monkeypatch.setattr(jobs, "application", lambda: app)
    give_up = time.monotonic() + PATIENCE / 1000
    while True:  # the request that makes it may still be under way
        with app.app_context():
            worker = SimpleWorker(
                [queueing.queue(queueing.MAIL)], connection=app.extensions["redis"], serializer=JSONSerializer
            )
            worker.work(burst=True, logging_level="WARNING")
        letters = [read(envelope.original_content or b"") for envelope in office.mails]
        found = [one for one in letters if str(one["Subject"]).startswith(subject)]
        if found:
            return text_of(found[-1])
        assert time.monotonic() < give_up, f"no mail has the subject {subject}"
        time.sleep(0.1)


def has_no_grave_barrier(page: Page) -> None:
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # a colour on its way is neither
        found = Axe().run(page).response["violations"]
        assert found == [], (page.url, scheme, [(one["id"], one["nodes"][0]["html"]) for one in found])
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (page.url, width)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1280, "height": 900})


def answer_each_kind(page: Page) -> None:
    """Answer one question of each kind, in the order in which they are asked."""
    for number, kind in enumerate(KINDS, 1):
        expect(page).to_have_title(re.compile(f"Question {number} of"))
        await_player(page)
        if kind == "choice":
            page.keyboard.press("1")
        elif kind in ("text", "output", "free"):
            page.get_by_label("Your answer").or_(page.get_by_role("textbox")).first.fill("42")
        elif kind == "bug":
            page.get_by_role("radio").first.check()
        elif kind == "order":
            page.locator("[data-order-unused] [data-line-handle]").first.press("Enter")
        elif kind == "code":
            write_code(page, "app.py", "def double(number):\n    return number * 2\n")
        else:
            write_code(page, "test_app.py", "def test_it():\n    assert True\n")
        await_saved(page)
        if number < len(KINDS):
            page.goto(f"{page.url.partition('?')[0]}?q={number + 1}")


def sees_it_finished(manager: Page) -> None:
    manager.goto(LIST)
    expect(manager.get_by_role("table")).to_contain_text("Finished")
    manager.get_by_role("link", name="Cara Sommer").click()
    expect(manager.locator("main")).to_contain_text("Confirmation")
    has_no_grave_barrier(manager)


def test_from_the_managers_form_to_the_candidates_mailbox(
    manager: Page,
    app: Flask,
    office: PostOffice,
    open_page: Opened,
    site_of: str,
    monkeypatch: pytest.MonkeyPatch,
    watch: Watch,
) -> None:
    watch.allow("422")  # a list with a flaw
    manager.goto(LIST)
    manager.get_by_role("link", name="Invite", exact=True).click()
    expect(manager.get_by_label("Time zone of both")).to_have_value("Europe/Berlin")
    manager.get_by_role("link", name="Pasted list").click()
    manager.get_by_label("People", exact=True).fill("cara@example.org, Cara Sommer\nno address")
    manager.get_by_label("Closes").fill("2099-03-20T18:00")
    manager.get_by_label("Extra time").fill("25")
    manager.get_by_label("Your words").fill("We **look forward** to it.")
    has_no_grave_barrier(manager)
    manager.get_by_role("button", name="Check").click()
    expect(manager.get_by_role("heading", level=1)).to_have_text("Nobody is invited yet")
    manager.get_by_label("The list").fill("cara@example.org, Cara Sommer")
    manager.get_by_role("button", name="Check again").click()
    expect(manager.locator("main")).to_contain_text("until 20 March 2099, 18:00 (Europe/Berlin, UTC+01:00)")
    has_no_grave_barrier(manager)
    manager.get_by_role("button", name="Invite 1 person").click()
    expect(manager.get_by_role("table")).to_contain_text("Invited")
    has_no_grave_barrier(manager)

    words = mailed(app, office, monkeypatch, "Invitation")
    link = re.search(r"http://\S+/i/\S+", words)
    assert link
    page = open_page(base_url=site_of, timezone_id="America/New_York")
    page.goto(link[0])
    expect(page).to_have_url(f"{site_of}/invitation")
    expect(page.locator(".box")).to_contain_text("20 March 2099, 13:00")
    expect(page.locator(".box")).to_contain_text("18:00 (Europe/Berlin, UTC+01:00)")
    has_no_grave_barrier(page)
    page.get_by_role("button", name="Accept the invitation").click()
    expect(page.locator(".box")).to_contain_text("you have 25 % extra time: 37 minutes")
    expect(page.locator(".topbar nav a")).to_have_count(0)
    has_no_grave_barrier(page)
    page.get_by_role("checkbox", name="what is recorded").check()
    page.get_by_role("button", name="Start the clock").click()
    answer_each_kind(page)
    page.get_by_role("link", name="Hand in…").first.click()
    expect(page.locator("main")).not_to_contain_text("not answered")
    page.get_by_role("button", name="Hand in now").click()
    expect(page).to_have_url(re.compile(r"/attempts/\d+/report$"))
    has_no_grave_barrier(page)
    assert "We call you." in mailed(app, office, monkeypatch, "Received")

    sees_it_finished(manager)


def test_an_interview_goes_on_at_another_device_and_ends_at_the_first(
    manager: Page,
    app: Flask,
    office: PostOffice,
    open_page: Opened,
    site_of: str,
    monkeypatch: pytest.MonkeyPatch,
    watch: Watch,
) -> None:
    manager.goto(f"/manage/interviews/{INTERVIEW}/invitations/new")
    manager.get_by_label("E-mail address").fill("cara@example.org")
    manager.get_by_role("button", name="Check").click()
    manager.get_by_role("button", name="Invite 1 person").click()
    manager.get_by_role("link", name="cara@example.org").click()
    link = manager.get_by_role("textbox", name="Personal link").input_value()
    first, second = open_page(base_url=site_of), open_page(base_url=site_of)
    first.goto(link)
    first.get_by_role("button", name="Accept the invitation").click()
    first.get_by_role("checkbox", name="what is recorded").check()
    first.get_by_role("button", name="Start the clock").click()
    await_player(first)
    first.keyboard.press("1")
    await_saved(first)

    second.goto(link)
    expect(second.locator(".box")).to_contain_text("It is in use on another device")
    has_no_grave_barrier(second)
    second.get_by_role("button", name="Mail me a code").click()
    code = re.search(r"^ +(\d{4} \d{4})$", mailed(app, office, monkeypatch, "Your code"), re.MULTILINE)
    assert code
    watch.allow("422")  # the wrong code
    second.get_by_label("Code", exact=True).fill("0000 0001" if code[1] != "0000 0001" else "0000 0002")
    second.get_by_role("button", name="Go on at this device").click()
    expect(second.get_by_role("alert")).to_contain_text("That is not the code. 4 more tries")
    second.get_by_label("Code", exact=True).fill(code[1])
    second.get_by_role("button", name="Go on at this device").click()
    second.get_by_role("link", name="Continue").click()
    await_player(second)
    expect(second.locator(".question-nav a").first).to_have_attribute("data-state", "answered")

    watch.allow("401")  # the first device asks for the clock, and is signed out
    first.reload()
    expect(first.locator(".box")).to_contain_text("It is in use on another device")
    manager.reload()
    expect(manager.locator("main")).to_contain_text("Interview continued on another device")
