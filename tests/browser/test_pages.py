"""Every main page in light and dark, wide and narrow: usable with assistive technology, no sideways scrolling."""

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, StorageState

from tests.browser.conftest import Opened
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
    "interviews": "/interviews",
    "lobby": "/interviews/fresher-mock",
    "history": "/history",
    "account": "/account",
    "missing": "/nowhere",
}
OPEN = {"welcome": "/", "sign in": "/sign-in", "register": "/register"}


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


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_pages_have_no_grave_barrier(
    name: str, scheme: str, open_page: Opened, candidate: StorageState, watch: Any
) -> None:
    watch.allow("404")
    page = open_page(storage_state=candidate, color_scheme=scheme, reduced_motion="reduce")
    settle(page, PAGES[name])
    assert grave(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", OPEN)
def test_open_pages_have_no_grave_barrier(name: str, scheme: str, open_page: Opened) -> None:
    page = open_page(color_scheme=scheme, reduced_motion="reduce")
    settle(page, OPEN[name])
    assert grave(page) == []


def test_no_page_scrolls_sideways_at_360_pixels(
    open_page: Opened, candidate: StorageState, watch: Any
) -> None:
    watch.allow("404")
    page = open_page(storage_state=candidate, viewport={"width": 360, "height": 740})
    wide = {}
    for name, path in PAGES.items():
        settle(page, path)
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > 360:
            wide[name] = width
    assert wide == {}


def test_at_1024_pixels_the_workbench_fills_the_window(open_page: Opened, candidate: StorageState) -> None:
    page = open_page(storage_state=candidate, viewport={"width": 1024, "height": 768})
    settle(page, PAGES["code"])
    height = page.evaluate("[document.documentElement.scrollHeight, window.innerHeight]")
    assert height[0] == height[1], "the panes scroll, the page does not"
