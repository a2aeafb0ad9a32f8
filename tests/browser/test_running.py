"""Time that a manager's page gives is on the candidate's clock without a reload."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import StorageState, expect

from tests.browser.conftest import Opened, await_player, register

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_time_that_is_given_shows_up_on_the_open_page(open_page: Opened, admin: StorageState) -> None:
    candidate = open_page()
    email = register(candidate, "Kemal Oduya")
    candidate.goto("/interviews/fresher-45")
    candidate.get_by_role("checkbox", name="what is recorded").check()
    candidate.get_by_role("button", name="Start the clock").click()
    await_player(candidate)
    expect(candidate.get_by_role("timer")).to_contain_text(re.compile(r"\b(45:00|44:\d\d)"))

    manager = open_page(storage_state=admin)
    manager.goto("/manage/running")
    manager.get_by_role("table").get_by_role("link", name=re.compile("three quarters", re.IGNORECASE)).click()
    row = manager.get_by_role("row").filter(has_text="Kemal Oduya")
    expect(row).to_contain_text("44 min")
    manager.get_by_label("For", exact=True).select_option(label=f"Kemal Oduya, {email}")
    manager.get_by_label("Minutes").fill("7")
    manager.get_by_label("Why").fill("the fire alarm rang")
    manager.get_by_role("button", name="Give").click()
    expect(manager.get_by_role("status")).to_contain_text("7 min more for 1 attempt")
    expect(row).to_contain_text("7 min: the fire alarm rang")
    assert not [
        one for one in Axe().run(manager).response["violations"] if one["impact"] in ("serious", "critical")
    ]

    candidate.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(candidate.locator('[data-notice="credit"]')).to_contain_text("You were given 7 minutes more.")
    expect(candidate.get_by_role("timer")).to_contain_text(re.compile(r"\b51:\d\d"))
    expect(candidate.get_by_role("timer")).to_contain_text("of 52 min")
