"""A manager makes an interview in the browser: teams, editing with what can be drawn beside it, publishing, a try."""

import re
import secrets
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect

from tests.browser.conftest import Opened, Watch, await_player, keep_toasts, patient
from tests.browser.test_pages import grave, look_twice

pytestmark = [pytest.mark.browser, pytest.mark.slow]


# Parts of an interview whose content has tests of its own; here they are empty.
BESIDE = ("/scores", "/statistics", "/invitations", "/similarity", "/reviewing")


@pytest.fixture(scope="module")
def interview(browser: Browser, site: str, admin: StorageState) -> str:
    """A fresh team with an interview of the admin's; gives its path."""
    context = patient(browser.new_context(base_url=site, storage_state=admin))
    path = make_interview(context.new_page(), site)
    context.close()
    return path


def make_interview(page: Page, site: str) -> str:
    """Make a team and an interview of it with the usual draft, and give the interview's path."""
    page.goto("/admin/teams")
    page.get_by_label("New team").fill(f"Team {secrets.token_hex(4)}")
    page.get_by_role("button", name="Make it").click()
    team = page.get_by_role("heading", level=1).inner_text()
    page.goto("/manage/interviews/new")
    page.get_by_label("Title").fill("Backend engineer")
    page.get_by_label("Team").select_option(label=team)
    page.get_by_role("button", name="Make the interview").click()
    expect(page.get_by_role("heading", level=1, name="Backend engineer")).to_be_visible()
    return page.url.removeprefix(site).removesuffix("/edit")


def titles(page: Page) -> list[str]:
    return [field.input_value() for field in page.locator("[data-section] input[name$='-title']").all()]


def test_what_can_be_drawn_follows_what_is_typed_and_sections_move_by_keyboard(
    interview: str, open_page: Opened, admin: StorageState
) -> None:
    page = open_page(storage_state=admin)
    keep_toasts(page)
    page.goto(f"{interview}/edit")
    first = page.locator("[data-section]").first
    expect(first.locator("[data-words]")).to_contain_text("open to practice")
    first.get_by_label("Questions", exact=True).fill("100")
    expect(page.locator("[data-warnings]")).to_contain_text("It cannot be drawn")
    expect(first.locator("[data-notes]")).to_contain_text("Too few: 100 are asked.")
    first.get_by_label("Questions", exact=True).fill("3")
    expect(page.locator("[data-warnings]")).not_to_contain_text("It cannot be drawn")
    first.get_by_text("Mix of difficulties").click()
    first.get_by_label("of difficulty 5").fill("2")
    expect(first.locator("[data-notes]")).to_contain_text("The mix adds up to 2, and 3 are asked.")
    first.get_by_label("of difficulty 5").fill("3")
    expect(first.locator("[data-notes]")).to_contain_text("Too few of difficulty 5: 3 are asked, none fit.")
    first.get_by_label("of difficulty 5").fill("")
    expect(page.locator("[data-warnings]")).not_to_contain_text("It cannot be drawn")
    page.get_by_role("textbox", name="Welcome").fill("Read this **first**.")
    expect(page.locator("[data-preview=welcome] strong")).to_have_text("first")
    before = titles(page)
    page.get_by_role("button", name="Move section 1 down").press("Enter")
    expect(page.get_by_role("status").filter(has_text="Done: move section 1 down.")).to_be_visible()
    assert titles(page) == [before[1], before[0], *before[2:]]
    page.get_by_role("button", name="Add a section").press("Enter")
    expect(page.locator("[data-section]")).to_have_count(len(before) + 1)
    focused = page.evaluate("document.activeElement.name")
    assert focused.endswith("-title"), "the new section's title has the focus"
    page.keyboard.type("Last one")
    assert titles(page)[-1] == "Last one"
    page.get_by_role("button", name=f"Remove section {len(before) + 1}").press("Enter")
    expect(page.locator("[data-section]")).to_have_count(len(before))
    page.get_by_role("button", name="Save draft").last.click()
    expect(page.locator(".toast")).to_contain_text("Draft saved.")
    page.wait_for_load_state()
    assert titles(page) == [before[1], before[0], *before[2:]]


def test_somebody_elses_save_is_shown_beside_ones_own(
    interview: str, open_page: Opened, admin: StorageState, watch: Watch
) -> None:
    watch.allow("409")
    one, other = (open_page(storage_state=admin) for _ in range(2))
    keep_toasts(one)
    for page in (one, other):
        page.goto(f"{interview}/edit")
    one.get_by_role("textbox", name="Minutes", exact=True).fill("95")
    one.get_by_role("button", name="Save draft").last.click()
    expect(one.locator(".toast")).to_contain_text("Draft saved.")
    other.get_by_role("textbox", name="Minutes", exact=True).fill("85")
    other.get_by_role("button", name="Save draft").last.click()
    notice = other.get_by_role("alert").filter(has_text="Somebody else saved this draft")
    expect(notice).to_contain_text("95")
    expect(notice).to_contain_text("85")
    expect(other.get_by_role("textbox", name="Minutes", exact=True)).to_have_value("85")
    assert grave(other) == []
    other.get_by_role("link", name="Take theirs, drop mine").click()
    expect(other.get_by_role("textbox", name="Minutes", exact=True)).to_have_value("95")


def test_it_is_published_tried_and_the_try_deleted(
    interview: str, open_page: Opened, admin: StorageState
) -> None:
    page = open_page(storage_state=admin)
    keep_toasts(page)
    page.goto(f"{interview}/edit")
    page.get_by_role("button", name="Save and publish…").click()
    page.get_by_label("What changed, for your team").fill("The first one.")
    page.get_by_role("button", name=re.compile("^Publish version")).click()
    expect(page.locator(".toast")).to_contain_text("is published")
    page.get_by_role("button", name=re.compile("^Try version")).click()
    await_player(page)
    attempt = page.url.split("?")[0]
    page.goto(f"{attempt}/finish")
    page.get_by_role("button", name=re.compile("Hand in")).click()
    expect(page.get_by_text("This was a try of yours")).to_be_visible()
    page.get_by_role("link", name="Back to the interview").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.locator(".toast")).to_contain_text("The try is deleted")


def test_without_scripts_the_same_buttons_load_the_page_again(
    interview: str, open_page: Opened, admin: StorageState, watch: Watch
) -> None:
    watch.allow("422")
    page = open_page(storage_state=admin, java_script_enabled=False)
    page.goto(f"{interview}/edit")
    before = page.locator("[data-section]").count()
    page.get_by_role("textbox", name="Welcome").fill("Read this **first**.")
    page.get_by_role("button", name="Add a section").click()
    expect(page.locator("[data-section]")).to_have_count(before + 1)
    expect(page.get_by_role("textbox", name="Welcome")).to_have_value("Read this **first**.")
    expect(page.locator("[data-preview=welcome] strong")).to_have_text("first")
    page.get_by_role("button", name="Save draft").last.click()
    expect(page.get_by_role("alert")).to_contain_text("The draft was not saved")
    page.get_by_role("link", name="Give it a title in one line").click()
    page.get_by_role("button", name=f"Remove section {before + 1}").click()
    page.get_by_role("button", name="Save draft").last.click()
    expect(page.get_by_text("Draft saved.")).to_be_visible()


def test_its_pages_have_no_grave_barrier_and_fit_a_narrow_screen(
    interview: str, open_page: Opened, admin: StorageState
) -> None:
    page = open_page(storage_state=admin, reduced_motion="reduce")
    for path in (
        "/manage/interviews",
        "/manage/interviews/new",
        *(f"{interview}{part}" for part in ("", "/edit", "/publish", "/versions", "/roles", *BESIDE)),
        "/admin/teams",
        "/admin/teams/1",
    ):
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        look_twice(page)
        page.set_viewport_size({"width": 360, "height": 740})
        assert page.evaluate("document.documentElement.scrollWidth") == 360, path


@pytest.mark.docker
def test_the_whole_way_from_the_first_draft_to_the_export(
    site: str, open_page: Opened, admin: StorageState
) -> None:
    manager = open_page(storage_state=admin)
    interview = make_interview(manager, site)
    manager.get_by_role("button", name="Save and publish…").click()
    manager.get_by_role("button", name=re.compile("^Publish version")).click()
    link = invite(manager, interview, "dana@example.org", "Dana Petrova")

    candidate = open_page()
    candidate.goto(link)
    candidate.get_by_role("button", name="Accept the invitation").click()
    candidate.get_by_role("checkbox", name="what is recorded").check()
    candidate.get_by_role("button", name="Start the clock").click()
    await_player(candidate)
    candidate.goto(f"{candidate.url.partition('?')[0]}?q=9")  # the last one is a code question
    await_player(candidate)
    candidate.locator(".cm-content").first.click()
    candidate.keyboard.type("# a first thought")
    candidate.get_by_role("button", name="Submit").click()
    expect(candidate.locator("[data-results] [data-outcome]").first).to_be_visible()
    candidate.get_by_role("link", name="Hand in…").first.click()
    candidate.get_by_role("button", name="Hand in now").click()
    expect(candidate.get_by_role("heading", name="What arrived")).to_be_visible()

    manager.goto(f"{interview}/scores")
    manager.get_by_role("link", name="Dana Petrova", exact=True).click()
    expect(manager.get_by_role("heading", level=1, name="Dana Petrova")).to_be_visible()
    expect(manager.locator("main")).to_contain_text("dana@example.org")
    manager.get_by_role("link", name="Events and playback").click()
    expect(manager.get_by_role("heading", name="Playback")).to_be_visible()
    manager.go_back()
    decision = manager.get_by_role("region", name="Decision", exact=True)
    decision.get_by_label("Hold").check()
    decision.get_by_label("Reason, for the record").fill("Talk about question nine.")
    decision.get_by_role("button", name="Save decision").click()
    expect(manager.get_by_text("Decide anew")).to_be_visible()

    manager.goto(f"{interview}/scores")
    manager.get_by_text("Export", exact=True).click()
    with manager.expect_download() as told:
        manager.get_by_role("button", name="CSV", exact=True).click()
    exported = Path(told.value.path()).read_text(encoding="utf-8")
    for word in ("Dana Petrova", "dana@example.org", "hold"):
        assert word in exported, exported


def invite(manager: Page, interview: str, email: str, name: str) -> str:
    """Invite one person and give the personal link."""
    manager.goto(f"{interview}/invitations/new")
    manager.get_by_label("E-mail address").fill(email)
    manager.get_by_label("Name").fill(name)
    manager.get_by_role("button", name="Check").click()
    manager.get_by_role("button", name="Invite 1 person").click()
    manager.get_by_role("link", name=name).click()
    return manager.get_by_role("textbox", name="Personal link").input_value()
