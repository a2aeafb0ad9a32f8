"""A whole site: its web processes are killed in the middle of an interview, and the time of one runs out with its page closed."""

import contextlib
import os
import re
import signal
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opened, Watch, await_player, await_saved, register
from tests.browser.test_interview import start
from tests.browser.test_practice import write_code
from tests.browser.test_workbench import code_of
from tests.worker.site_program import SiteProgram, running

pytestmark = [pytest.mark.browser, pytest.mark.docker, pytest.mark.slow]

PATIENCE = 300_000


@pytest.fixture
def own_site(program: SiteProgram | None, short_path: Path) -> Iterator[SiteProgram]:
    """The site of this run, or one for this test alone where the others look at a given one."""
    if program:
        yield program
        return
    with running(short_path / "var", "--no-demo", "--web", "1") as made:
        made.await_line("Ready after")
        yield made


def to_code(page: Page) -> None:
    """Go to the first question that wants code."""
    for link in [link.get_attribute("href") or "" for link in page.locator(".question-nav a").all()]:
        page.goto(link)
        await_player(page)
        if page.locator("[data-editor-place]").count():
            return
    raise AssertionError("the interview asks for no code")


def let_time_run_out(site: SiteProgram, attempt: int) -> None:
    """Move the start of an attempt an hour into the past, as nobody can wait for its end."""
    with contextlib.closing(sqlite3.connect(site.var / "quizapp.db", timeout=30)) as store, store:
        moved = store.execute(
            "update attempts set started_at = strftime('%Y-%m-%d %H:%M:%f000', started_at, '-1 hour') where id = ?",
            (attempt,),
        )
        assert moved.rowcount == 1


def test_an_interview_outlives_its_web_process_and_ends_with_its_page_closed(
    own_site: SiteProgram, open_page: Opened, watch: Watch
) -> None:
    watch.allow("ERR_CONNECTION|ERR_EMPTY_RESPONSE|50[234]|409|Failed to fetch|FetchEvent")
    page = open_page(base_url=f"http://127.0.0.1:{own_site.port}")
    register(page, "Noor Haddad")
    start(page)
    to_code(page)
    address = page.url
    write_code(page, "app.py", "# saved before the web process was killed\n")
    await_saved(page)

    for pid, command in own_site.members().items():
        if "gunicorn" in command or "quizapp.web" in command or "wsgi" in command:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    write_code(page, "app.py", "# typed while there was none\n")
    await_saved_after(page)
    page.goto(address)
    await_player(page)
    page.get_by_role("tab", name="app.py").click()
    assert "# typed while there was none" in code_of(page)

    attempt = int(re.findall(r"/attempts/(\d+)", address)[0])
    context = page.context
    page.close()
    let_time_run_out(own_site, attempt)
    page = context.new_page()
    give_up = time.monotonic() + PATIENCE / 1000
    while time.monotonic() < give_up:
        page.goto(f"/attempts/{attempt}/report")
        main = page.locator("main").inner_text()
        if "Time used" in main and "being graded" not in main:
            break
        page.wait_for_timeout(1000)
    item = page.locator(".report-item", has_text="Write code").or_(page.locator(".report-item")).last
    for summary in page.locator(".report-item > summary").all():
        summary.click()
    expect(page.locator("main")).to_contain_text(
        re.compile(r"Graded from the draft saved at \d\d:\d\d:\d\d\.")
    )
    expect(item).to_be_visible()


def await_saved_after(page: Page) -> None:
    """Wait until everything this browser kept has arrived, however long the site takes to come back."""
    give_up = time.monotonic() + PATIENCE / 1000
    while page.evaluate("Object.keys(localStorage).some((name) => name.startsWith('quizapp.unsent '))"):
        assert time.monotonic() < give_up, "nothing arrived"
        page.wait_for_timeout(200)
