"""Stopping what was sent, and what the page does when the queue is full: nothing typed is lost."""

import os
import re
import time
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, StorageState, expect

from sandbox.engine import Engine
from sandbox.settings import Settings
from tests.browser.conftest import Opened, Watch, await_player, await_saved, player
from tests.browser.shelf import address, question
from tests.browser.test_practice import CODE, write_code

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.docker]

# It waits as it loops, so that the limit of wall time comes last: a busy browser needs some of it to press Stop.
ENDLESS = "import time\nprint('it ' + 'begins', flush=True)\nwhile True: time.sleep(0.1)\n"
PRINTED = "it begins"
STOPPED = "Stopped. It counts nothing."
FULL = {
    "code": "queue_full",
    "message": "3 of your submissions wait already",
    "what_to_do": "This one was not taken. Your code is saved; send it again in a moment.",
}


def photograph(page: Page, name: str, place: Locator) -> None:
    """Keep pictures of what the page shows now, where somebody who works on it asked for them."""
    folder = os.environ.get("QUIZAPP_TEST_PICTURES")
    for scheme in ("light", "dark") if folder else ():
        page.emulate_media(color_scheme=scheme)
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 800})
            place.scroll_into_view_if_needed()
            page.screenshot(path=f"{folder}/{name}-{width}-{scheme}.png")
    page.set_viewport_size({"width": 1280, "height": 900})


def press_stop(page: Page, button: str, place: Locator, sign: Locator) -> set[str]:
    """Send by this button and press Stop by the keyboard once `sign` is there; again if a limit was faster.

    Gives the containers that were there when it was pressed.
    """
    stop = place.get_by_role("button", name="Stop this submission")
    stopped = place.get_by_text(STOPPED)
    over = place.get_by_text(re.compile("Time limit"))
    for _ in range(5):
        page.get_by_role("button", name=button).click()
        expect(sign.or_(over).first).to_be_visible()
        there = containers()
        if stop.is_visible():
            page.evaluate("document.querySelector('[data-stop]')?.focus()")
            page.keyboard.press("Enter")
        expect(stopped.or_(over).first).to_be_visible()
        if stopped.is_visible():
            return there
    raise AssertionError("each of five programs met its limit of time before it was stopped")


def test_an_endless_loop_is_stopped_its_container_goes_and_the_next_one_is_judged(page: Page) -> None:
    player(page, address(CODE))
    write_code(page, "app.py", ENDLESS)
    results = page.locator("[data-results]")
    press_stop(page, "Submit", results, results.locator("[data-stop]"))
    expect(results.locator('[data-outcome="cancelled"]')).to_contain_text("Stopped")
    expect(page.locator("[aria-live=polite]", has_text=STOPPED)).to_have_count(1)
    expect(results).to_be_focused()
    photograph(page, "stopped", results)

    page.get_by_role("tab", name="Output").click()
    output = page.locator("[data-output]")
    there = press_stop(page, "Run app.py", output, output.get_by_text(PRINTED))
    expect(output).to_contain_text(PRINTED)  # what it printed before stays in view
    await_one_gone(there)

    write_code(page, "app.py", question(CODE)["solution"]["app.py"])
    page.get_by_role("button", name="Submit").click()
    expect(results.locator('[data-outcome="accepted"]')).to_be_visible()


def containers() -> set[str]:
    """The ids of this run's containers that candidates' code runs or will run in.

    A site that somebody else started does not carry the labels of this run: all containers of quizapp are looked at.
    """
    settings = Settings()
    engine = Engine(settings.docker_host, settings.engine_timeout)
    given = "" if "QUIZAPP_TEST_URL" in os.environ else os.environ.get("QUIZAPP_SANDBOX_LABELS", "")
    labels = [label for label in given.split(",") if label] or ["app=quizapp"]
    found = engine.containers(*labels)
    return {one["Id"] for one in found if any("candidate" in name for name in one["Names"])}


def await_one_gone(there: set[str]) -> None:
    """Wait until one of these containers is gone: each runs one program, and goes with it."""
    assert there
    give_up = time.monotonic() + 90
    while there <= containers():
        assert time.monotonic() < give_up, "the container of a stopped run is still there"
        time.sleep(0.5)


def test_a_full_queue_saves_the_code_first_and_says_when_to_try_again(page: Page, watch: Watch) -> None:
    watch.allow("429")
    refused = re.compile(r"/submissions$")

    def refuse(route: Route) -> None:
        if route.request.method == "POST":
            route.fulfill(status=429, json={"error": FULL}, headers={"Retry-After": "20"})
        else:
            route.fallback()

    player(page, address(CODE))
    write_code(page, "app.py", "# something saved before\n")
    await_saved(page)
    page.route(refused, refuse)
    write_code(page, "app.py", "# not to be lost\n")
    page.get_by_role("button", name="Submit").click()
    told = page.locator("[data-results] [role=alert]")
    expect(told).to_contain_text("3 of your submissions wait already. This one was not taken.")
    await_saved(page)
    expect(told.locator("[data-again]")).to_have_text(
        re.compile(r"^Send it again at \d\d:\d\d:\d\d or later, in about 20 s\.$")
    )
    expect(page.get_by_role("button", name="Submit")).not_to_have_attribute("aria-disabled", "true")
    photograph(page, "full", page.locator("[data-results]"))

    page.unroute(refused)
    told.get_by_role("button", name="Try again").click()
    expect(page.locator("[data-results] [data-outcome]")).to_be_visible()
    page.reload()
    await_player(page)
    expect(page.locator(".cm-content")).to_contain_text("# not to be lost")


def test_what_could_not_be_stopped_is_said_and_stop_can_be_pressed_again(page: Page, watch: Watch) -> None:
    watch.allow("503")
    waiting: dict[str, Any] = {
        "id": 1, "scope": "full", "state": "queued", "created_at": "2026-01-01T00:00:00+00:00", "finished_at": None,
        "is_from_cache": False, "sandbox_problem": None, "retry_text": None, "place": 2, "expected_wait_seconds": 4.2,
        "stdout": "", "output_offset": 0,
    }  # fmt: skip
    fault = {
        "error": {"code": "unavailable", "message": "This does not work for the moment", "what_to_do": ""}
    }
    player(page, address(CODE))
    page.route(
        re.compile(r"/submissions"), lambda route: route.fulfill(status=202, json={"submission": waiting})
    )
    page.route(re.compile(r"/stop$"), lambda route: route.fulfill(status=503, json=fault))
    page.get_by_role("button", name="Submit").click()
    stop = page.locator("[data-stop]")
    expect(page.locator("[data-results]")).to_contain_text("Third in line, about 4 s.")
    photograph(page, "waiting", page.locator("[data-results]"))
    stop.focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-stop-problem]")).to_have_text(
        "It could not be stopped. This does not work for the moment."
    )
    expect(stop).not_to_have_attribute("aria-disabled", "true")
    waiting["place"] = 1
    expect(page.locator("[data-results]")).to_contain_text("Second in line")
    expect(stop).to_be_focused()


def test_without_scripts_there_is_a_form_to_stop(open_page: Opened, candidate: StorageState) -> None:
    page = open_page(storage_state=candidate, java_script_enabled=False)
    page.goto(address(CODE))
    stopped, over = page.get_by_text(STOPPED), page.get_by_text("Time limit")
    for number in range(5):
        page.locator('textarea[data-path="app.py"]').fill(f"{ENDLESS}# {number}\n")
        with page.expect_navigation():
            page.locator("[data-plain-editor]").get_by_role("button", name="Submit").click()
        stop = page.get_by_role("button", name="Stop this submission")
        if stop.is_visible():
            photograph(page, "plain-waiting", page.locator("#tests"))
            with page.expect_navigation():
                stop.click()
        expect(stopped.or_(over).first).to_be_visible()
        if stopped.is_visible():
            break
    photograph(page, "plain-stopped", page.locator("#tests"))
    expect(page.locator("#tests .verdict")).to_have_text("Stopped")
