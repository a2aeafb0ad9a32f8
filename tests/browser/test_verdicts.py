"""Each of the eight verdicts is explained on the page, in the words of whoever wrote the code."""

import os
import re
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import player
from tests.browser.shelf import address, question
from tests.browser.test_practice import CODE, send_code

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.docker]

# The first test, unless that one met its limit of time; the file is imported while the tests are collected, so that it may
# be cut before they have names. Which of the limits of time comes first depends on how busy the machine is.
PLACE = re.compile(r"in test_\w+, test \d of \d|while the tests were importing it")
LATE = re.compile(
    r"(of CPU time|Still running after).* (in test_\w+|while the tests were importing it)|test_\w+: The test took longer than"
)
PROGRAMS: dict[str, tuple[str, list[str | re.Pattern[str]]]] = {
    "accepted": ("", ["Accepted", "s of CPU time", "MiB at its peak"]),
    "wrong_answer": ("from flask import Flask\napp = Flask(__name__)\n", ["Wrong answer", "0 of"]),
    "syntax_error": (
        "from flask import Flask\napp = Flask(__name__\n",
        ["Syntax error", "line 2, column 12", "> 2 | app = Flask(__name__", "^"],
    ),
    "runtime_error": (
        "import flask\nfrom nowhere import app\n",
        ["Runtime error", "ModuleNotFoundError in app.py, line 2", "No module named 'nowhere'"],
    ),
    "time_limit": ("while True: pass\n", ["Time limit", LATE]),
    "memory_limit": (
        "kept = [b'x' * 2**20 for _ in range(4000)]\n",
        ["Memory limit", "MiB of memory", PLACE, "its peak was"],
    ),
    "output_limit": ("while True: print('x' * 1000)\n", ["Output limit", "came out of the program", PLACE]),
}  # fmt: skip
TOLD: dict[str, Any] = {
    "id": 1, "scope": "full", "created_at": "2026-01-01T00:00:00+00:00", "finished_at": None, "is_from_cache": False,
    "sandbox_problem": None, "place": 0, "expected_wait_seconds": 1.0, "stdout": "", "output_offset": 0,
}  # fmt: skip
FAULT: dict[str, Any] = {
    "state": "done", "verdict": "internal_error", "points": None, "max_points": 10, "best_points": None, "tests_passed": 0,
    "tests_total": 3, "tests": [], "error": None, "responses": [], "stderr": "", "stdout_cut": False, "stderr_cut": False,
    "exit_code": None, "cpu_seconds": 0.0, "wall_seconds": 0.0, "peak_memory_mib": 0.0, "retry_text": None,
    "verdict_text": "A fault on our side, not in the code: nothing is counted. Whoever runs the site has been told.",
}  # fmt: skip


def photograph(page: Page, name: str) -> None:
    """Keep pictures of what the page shows now, where somebody who works on it asked for them."""
    folder = os.environ.get("QUIZAPP_TEST_PICTURES")
    for scheme in ("light", "dark") if folder else ():
        page.emulate_media(color_scheme=scheme)
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 800})
            page.locator("[data-results]").scroll_into_view_if_needed()
            page.screenshot(path=f"{folder}/{name}-{width}-{scheme}.png")
    page.set_viewport_size({"width": 1280, "height": 800})


def test_each_verdict_says_what_happened(page: Page) -> None:
    player(page, address(CODE))
    for verdict, (program, texts) in PROGRAMS.items():
        send_code(page, "app.py", program or question(CODE)["solution"]["app.py"], verdict)
        for text in texts:
            expect(page.locator("[data-results]")).to_contain_text(text)
        if verdict == "accepted":
            expect(page.locator("[data-results] [data-seconds]").first).to_have_text(
                re.compile(r"\d\.\d\d s")
            )
        if verdict == "output_limit":
            page.get_by_role("tab", name="Output").click()
            expect(page.locator("[data-output]")).to_contain_text("cut here")
            page.get_by_role("tab", name="Tests").click()
        photograph(page, verdict)


def test_a_fault_of_ours_is_told_while_it_is_tried_again_and_after(page: Page) -> None:
    told = dict(TOLD) | {
        "state": "queued",
        "retry_text": "A fault on our side, not in the code: nothing is counted. "
        "It is being tried again, for the second time.",
    }

    def answer(route: Route) -> None:
        route.fulfill(status=202 if told["state"] == "queued" else 200, json={"submission": told})

    player(page, address(CODE))
    page.route(re.compile(r"/submissions"), answer)
    page.get_by_role("button", name="Submit").click()
    results = page.locator("[data-results]")
    expect(results.locator("[data-retry]")).to_contain_text("nothing is counted. It is being tried again")
    photograph(page, "retried")
    told.update(FAULT)
    expect(results.locator('[data-outcome="internal_error"]')).to_contain_text("nothing is counted")
    photograph(page, "internal_error")
