"""The workbench of a code question: nothing typed is lost, the keyboard gets in and out, the app answers requests."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import (
    Opened,
    Watch,
    await_player,
    await_saved,
    await_told,
    keep_toasts,
    listen,
    player,
)
from tests.browser.shelf import address, question
from tests.browser.test_practice import send_code, write_code

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def code_of(page: Page) -> str:
    """What the editor shows."""
    return "\n".join(page.locator(".cm-line").all_inner_texts())


def test_what_is_typed_is_there_after_a_reload_and_on_another_machine(
    page: Page, open_page: Opened, candidate: object
) -> None:
    player(page, address("echo-json"))
    write_code(page, "app.py", "# a thought that must not be lost\n")
    await_saved(page)
    page.reload()
    await_player(page)
    expect(page.locator(".cm-content")).to_contain_text("must not be lost")

    elsewhere = open_page(storage_state=candidate)
    player(elsewhere, address("echo-json"))
    expect(elsewhere.locator(".cm-content")).to_contain_text("must not be lost")


def test_a_page_that_was_only_read_saves_nothing(page: Page) -> None:
    for name in ("env-config-classes", "contact-form-prg"):
        player(page, address(name))
        page.goto("/banks")
        player(page, address(name))
        settings = json.loads(page.locator("#player").get_attribute("data-settings") or "{}")
        assert (settings["response"], settings["revision"]) == (None, 0)


def test_leaving_at_once_after_typing_loses_nothing(page: Page) -> None:
    player(page, address("sum-getlist"))
    write_code(page, "app.py", "# typed a blink before leaving\n")
    page.goto("/banks")
    player(page, address("sum-getlist"))
    expect(page.locator(".cm-content")).to_contain_text("a blink before")


def test_the_keyboard_leaves_the_editor_by_escape_and_tab(page: Page) -> None:
    player(page, address("calc-safe"))
    page.locator("[data-editor]").click()
    before = code_of(page)
    page.keyboard.press("Tab")
    assert code_of(page) != before, "Tab indents inside the editor"
    page.keyboard.press("Control+z")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Run samples")).to_be_focused()
    assert code_of(page) == before
    page.keyboard.press("Shift+Tab")
    expect(page.locator("[data-editor]")).to_be_focused()


def test_the_visible_tests_can_be_read_and_not_changed(page: Page) -> None:
    player(page, address("calc-safe"))
    page.get_by_role("tab", name=re.compile(r"test_samples\.py")).click()
    page.locator("[data-editor]").click()
    before = code_of(page)
    assert "def test_" in before
    page.keyboard.type("nothing of this arrives")
    assert code_of(page) == before


def test_resetting_asks_and_can_be_undone(page: Page) -> None:
    player(page, address("money-filter"))
    keep_toasts(page)
    first = next(iter(question("money-filter")["files"]))
    starter = code_of(page)
    write_code(page, first, "# mine\n")
    page.get_by_role("button", name="Reset to the starter").click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".cm-content")).to_contain_text("# mine")
    page.get_by_role("button", name="Reset to the starter").click()
    page.get_by_role("button", name="Reset", exact=True).click()
    expect(page.locator(".toast")).to_contain_text("The starter is back.")
    assert code_of(page) == starter
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".cm-content")).to_contain_text("# mine")


@pytest.mark.docker
def test_requests_are_answered_in_one_session(page: Page) -> None:
    player(page, address("int-item-404"))
    # Tests share one candidate, so another one may have left its code here.
    write_code(page, "app.py", question("int-item-404")["files"]["app.py"])
    page.get_by_label("Path").first.fill("/items/1")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("[data-status]").first).to_have_text("200")
    expect(page.locator("[data-status]").nth(1)).to_have_text("500")
    expect(page.locator("[data-response-status]")).to_have_text("500")
    expect(page.locator("[data-response]")).to_contain_text("ValueError")
    page.locator("[data-response] .place").first.click()
    expect(page.locator("[data-editor]")).to_be_focused()
    expect(page.locator("[data-cursor]")).to_have_text(re.compile(r"^18:"))
    page.get_by_role("button", name=re.compile("answer to request 1")).click()
    expect(page.locator("[data-response]")).to_contain_text("Keyboard")


@pytest.mark.docker
def test_a_page_of_the_app_is_drawn_and_loads_nothing(page: Page) -> None:
    player(page, address("nav-url-for"))
    asked: list[str] = []
    page.get_by_role("button", name="Send").click()
    expect(page.locator("[data-status]").first).to_have_text("200")
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_role("tab", name="Preview").click()
    frame = page.frame_locator("iframe.preview")
    expect(frame.get_by_role("heading", name="Post 3")).to_be_visible()
    frame.get_by_text("Home").click()
    expect(frame.get_by_role("heading", name="Post 3")).to_be_visible()
    assert asked == []


@pytest.mark.docker
def test_a_syntax_error_points_at_its_line_and_output_is_shown(page: Page) -> None:
    player(page, address("int-item-404"))
    send_code(page, "app.py", 'print("it begins")\nwrong = (1,\n', "syntax_error", "Run samples")
    page.locator("[data-results] .place").first.click()
    expect(page.locator("[data-cursor]")).to_have_text(re.compile(r"^2:"))
    expect(page.locator(".cm-lint-marker-error")).to_have_count(1)

    write_code(page, "app.py", "name = input()\nprint(f'hello {name}')\n")
    page.get_by_role("tab", name="Output").click()
    page.get_by_text("Input", exact=True).click()
    page.get_by_label("What the program reads").fill("Ada\n")
    page.get_by_role("button", name="Run app.py").click()
    expect(page.locator("[data-output]")).to_contain_text("hello Ada")


@pytest.mark.docker
def test_an_earlier_version_is_put_back(page: Page) -> None:
    player(page, address("profile-escaped"))
    write_code(page, "app.py", "# the first try\n")
    page.get_by_role("button", name="Run samples").click()
    expect(page.locator("[data-outcome]")).to_be_visible()
    write_code(page, "app.py", "# the second try\n")
    page.get_by_role("button", name="Earlier versions").click()
    page.get_by_role("button", name=re.compile("^Put back")).first.click()
    expect(page.locator(".cm-content")).to_contain_text("# the first try")
    page.reload()
    await_player(page)
    expect(page.locator("[data-outcome]")).to_be_visible()


def test_without_a_connection_work_goes_on_and_arrives_later(page: Page, watch: Watch) -> None:
    watch.allow("ERR_INTERNET_DISCONNECTED")
    player(page, address("theme-cookie"))
    page.context.set_offline(True)
    write_code(page, "app.py", "# written on a train\n")
    expect(page.locator('[data-notice="offline"]')).to_contain_text(
        re.compile(r"No connection since \d\d:\d\d:\d\d\. Keep working\.")
    )
    page.get_by_role("button", name="Submit").click()
    expect(page.locator('[data-notice="sending"], [role="alert"]').first).to_contain_text(
        re.compile("tried again by itself|Try again")
    )
    page.keyboard.press("Escape")
    listen(page)
    page.context.set_offline(False)
    await_saved(page)
    await_told(page, "Connected again.")
    page.reload()
    await_player(page)
    expect(page.locator(".cm-content")).to_contain_text("on a train")


def test_two_windows_never_overwrite_each_other(
    page: Page, open_page: Opened, candidate: object, watch: Watch
) -> None:
    watch.allow("409")
    other = open_page(storage_state=candidate)
    player(page, address("cart-mutation"))
    player(other, address("cart-mutation"))
    write_code(page, "app.py", "# from the first window\n")
    await_saved(page)
    write_code(other, "app.py", "# from the second window\n")
    notice = other.locator('[data-notice="conflict"]')
    expect(notice).to_contain_text("This answer was changed elsewhere")
    notice.get_by_text("Show the other version").click()
    expect(notice).to_contain_text("# from the first window")
    expect(other.locator(".cm-content")).to_contain_text("# from the second window")
    notice.get_by_role("button", name="Keep what is here").click()
    await_saved(other)
    page.reload()
    await_player(page)
    expect(page.locator(".cm-content")).to_contain_text("# from the second window")


def test_a_waiting_submission_says_where_it_stands(page: Page) -> None:
    def waiting(route: Route) -> None:
        told: dict[str, Any] = {
            "id": 1,
            "scope": "full",
            "state": "queued",
            "created_at": "2026-01-01T00:00:00+00:00",
            "finished_at": None,
            "is_from_cache": False,
            "sandbox_problem": None,
            "place": 2,
            "expected_wait_seconds": 4.2,
            "stdout": "",
            "output_offset": 0,
        }
        route.fulfill(status=202, json={"submission": told})

    player(page, address("blog-empty-state"))
    page.route(re.compile(r"/submissions"), waiting)
    page.get_by_role("button", name="Submit").click()
    expect(page.locator("[data-results]")).to_contain_text("Third in line, about 4 s.")
    expect(page.get_by_role("button", name="Submit")).to_have_attribute("aria-disabled", "true")
