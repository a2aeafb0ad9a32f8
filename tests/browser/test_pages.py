"""Every main page in light and dark, wide and narrow: usable with assistive technology, no sideways scrolling."""

import re
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, StorageState, expect

from tests.browser.conftest import PASSWORD, Opened, register
from tests.browser.shelf import address

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAGES = {
    "home": "/",
    "banks": "/banks",
    "bank": "/banks/fresher",
    "choice": address("redirect-after-post"),
    "several": address("inside-the-session"),
    "text": address("debug-switch"),
    "output": address("query-string-values"),
    "order": address("a-request-passes"),
    "code": address("login-required"),
    "tests": address("tests-for-a-slug"),
    "nothing found": "/banks?q=zzzqqq",
    "forbidden": "/manage/interviews",
    "interviews": "/interviews",
    "lobby": "/interviews/fresher-30",
    "composing": "/compose",
    "lobby of a composed mock": "/compose/lobby?bank=fresher&minutes=30&topic=routing",
    "history": "/history",
    "error reports": "/error-reports",
    "account": "/account",
    "leaving": "/account/delete",
    "missing": "/nowhere",
}
ADMINS = {
    "/admin/users": "Users",
    "/manage/extra-time": "Extra time",
    "/admin/operations": "Operations",
    "/admin/audit": "Audit log",
    "/admin/retention": "Retention",
    "/regrades": "Regrades",
    "/author/questions": "Questions",
    "/author/interviews": "Mock interviews",
    "/author/questions/holes-in-escaping": "Where escaping does not help",
    "/author/questions/login-required/versions": "A decorator that asks for a login",
    "/author/questions/login-required/reports": "A decorator that asks for a login",
    "/author/questions/login-required/statistics": "A decorator that asks for a login",
    "/answers-to-grade": "Answers to grade",
    "/manage": "Shared mocks",
    "/manage/running": "Running now",
}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
OPEN = {
    "welcome": "/",
    "sign in": "/sign-in",
    "register": "/register",
    "forgot": "/forgot-password",
    "keys": "/transcript-keys",
    "a dead link": "/reset/nonsense",
}


def grave(page: Page) -> list[str]:
    """Serious and critical violations that axe finds, each with its first place."""
    found: list[dict[str, Any]] = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:160]} ({one['nodes'][0]['failureSummary'][:200]})"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


def settle(page: Page, path: str) -> None:
    page.goto(path)
    if re.match(r"/practice/", path):
        page.wait_for_selector("html[data-player=ready]", state="attached")


def look_twice(page: Page) -> None:
    """Find no grave barrier, in the light and in the dark; nothing moves, as a colour on its way is neither."""
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert grave(page) == [], (page.url, scheme)


@pytest.mark.parametrize("name", PAGES)
def test_pages_have_no_grave_barrier(
    name: str, open_page: Opened, candidate: StorageState, watch: Any
) -> None:
    watch.allow("403|404")
    page = open_page(storage_state=candidate, reduced_motion="reduce")
    settle(page, PAGES[name])
    look_twice(page)


@pytest.mark.parametrize("name", OPEN)
def test_open_pages_have_no_grave_barrier(name: str, open_page: Opened, watch: Any) -> None:
    watch.allow("410")
    page = open_page(reduced_motion="reduce")
    settle(page, OPEN[name])
    look_twice(page)


def test_forms_that_refuse_have_no_grave_barrier(open_page: Opened, watch: Any) -> None:
    watch.allow("401|422")
    page = open_page(reduced_motion="reduce")
    page.goto("/sign-in")
    page.get_by_label("E-mail address").fill("nobody@example.org")
    page.get_by_label("Password", exact=True).fill("not a password of anybody")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert grave(page) == []
    page.goto("/register")
    page.get_by_label("Name").fill("Nina")
    page.get_by_label("E-mail address").fill("nina@example.org")
    page.get_by_label("Password", exact=True).fill("password")
    page.get_by_role("button", name="Make an account").click()
    expect(page.locator(".field-error")).to_be_visible()
    assert grave(page) == []


def test_pages_of_admins_have_no_grave_barrier_and_fit_a_narrow_screen(
    open_page: Opened, admin: StorageState
) -> None:
    page = open_page(storage_state=admin, reduced_motion="reduce")
    for path, title in ADMINS.items():
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(path)
        expect(page.get_by_role("heading", level=1, name=title)).to_be_visible()
        look_twice(page)
        page.set_viewport_size({"width": 360, "height": 740})
        assert page.evaluate("document.documentElement.scrollWidth") == 360, path


def test_the_page_of_operations_renews_its_figures(open_page: Opened, admin: StorageState) -> None:
    page = open_page(storage_state=admin)
    page.goto("/admin/operations")
    seen = page.locator("#moment").inner_text()
    expect(page.locator("#moment")).not_to_have_text(seen)
    expect(page.locator("#moment")).to_contain_text("Load again")


@pytest.mark.docker
def test_results_and_feedback_have_no_grave_barrier(open_page: Opened) -> None:
    page = open_page(reduced_motion="reduce")
    register(page, "Lea Brandt")
    settle(page, address("int-item-404"))
    page.get_by_role("button", name="Submit").click()
    expect(page.locator("[data-outcome]")).to_be_visible()
    page.get_by_role("button", name="Send").click()
    expect(page.locator("[data-status]").first).to_be_visible()
    look_twice(page)
    page.get_by_role("tab", name="Output").click()
    page.get_by_role("button", name="Earlier versions").click()
    expect(page.get_by_role("button", name=re.compile("^Put back")).first).to_be_visible()
    look_twice(page)
    for name, number in (("rule-endpoint-view", "1"), ("holes-in-escaping", "1")):
        settle(page, address(name))
        page.keyboard.press(number)
        page.get_by_role("button", name="Check answer").click()
        expect(page.locator("#feedback")).to_be_visible()
        look_twice(page)
    settle(page, address("child-template"))
    for _ in range(3):
        page.locator("[data-order-unused] [data-line-handle]").first.press("Enter")
    look_twice(page)
    page.get_by_role("button", name="Check answer").click()
    expect(page.locator("#feedback")).to_be_visible()
    look_twice(page)


def test_no_page_scrolls_sideways_at_360_pixels(
    open_page: Opened, candidate: StorageState, watch: Any
) -> None:
    watch.allow("403|404")
    page = open_page(storage_state=candidate, viewport={"width": 360, "height": 740})
    wide = {}
    for name, path in PAGES.items():
        settle(page, path)
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > 360:
            wide[name] = width
    assert wide == {}
    settle(page, address("stay-signed-in"))  # whose explanation leads to long addresses
    page.keyboard.press("1")
    page.get_by_role("button", name="Check answer").click()
    expect(page.locator("#feedback")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_at_1024_pixels_the_workbench_fills_the_window(open_page: Opened, candidate: StorageState) -> None:
    page = open_page(storage_state=candidate, viewport={"width": 1024, "height": 768})
    settle(page, PAGES["code"])
    height = page.evaluate("[document.documentElement.scrollHeight, window.innerHeight]")
    assert height[0] == height[1], "the panes scroll, the page does not"


def test_somebody_takes_their_records_along_and_leaves(open_page: Opened, watch: Any) -> None:
    watch.allow("422")
    page = open_page()
    register(page)
    page.goto("/account")
    with page.expect_download() as download:
        page.get_by_role("button", name="Take your records along").click()
    assert download.value.suggested_filename.startswith("quizapp-records-")
    page.get_by_role("link", name="Delete your account").click()
    page.get_by_label("Your password").fill("not the password")
    page.get_by_role("button", name="Delete the account for good").click()
    expect(page.get_by_text("This is not your password.")).to_be_visible()
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Delete the account for good").click()
    expect(page.get_by_text("Your account and what belonged to it are deleted.")).to_be_visible()
    expect(page).to_have_url(re.compile("/sign-in$"))
