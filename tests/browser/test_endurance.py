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
from tests.worker.site_program import SiteProgram, running

pytestmark = [pytest.mark.browser, pytest.mark.docker, pytest.mark.slow]

PATIENCE_SECONDS = 300  # for a site to come back, and for a draft to be graded


@pytest.fixture
def own_site(program: SiteProgram | None, short_path: Path) -> Iterator[SiteProgram]:
    """The site of this run, or one for this test alone where the others look at a given one."""
    if program:
        yield program
        return
    with running(short_path / "var", "--no-demo", "--web", "1") as made:
        made.await_line("Ready after")
        yield made


def to_code(page: Page) -> str:
    """Go to the first question that wants code, whichever was drawn; gives the path of the file that is open in it."""
    for link in [link.get_attribute("href") or "" for link in page.locator(".question-nav a").all()]:
        page.goto(link)
        await_player(page)
        if page.locator("[data-editor-place]").count():
            return page.locator("[data-editor]").get_attribute("data-editor") or ""
    raise AssertionError("the interview asks for no code")


def let_time_run_out(site: SiteProgram, attempt: int) -> None:
    """Move the start of an attempt an hour into the past, as nobody can wait for its end."""
    with contextlib.closing(sqlite3.connect(site.var / "quizapp.db", timeout=120)) as store, store:
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
    path, address = to_code(page), page.url
    write_code(page, path, "# saved before the web process was killed\n")
    await_saved(page)

    give_up = time.monotonic() + PATIENCE_SECONDS
    for pid, command in own_site.members().items():
        if "gunicorn" in command or "quizapp.web" in command or "wsgi" in command:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    write_code(page, path, "# typed while there was none\n")
    attempt = int(re.findall(r"/attempts/(\d+)", address)[0])
    while not has_stored(own_site, attempt, "# typed while there was none"):
        assert time.monotonic() < give_up, "nothing arrived"
        page.wait_for_timeout(200)
    await_saved(page)  # the page knows it, too
    page.goto(address)
    await_player(page)
    page.get_by_role("tab", name=path).click()
    expect(page.locator(".cm-content")).to_contain_text("# typed while there was none")

    context = page.context
    page.close()
    let_time_run_out(own_site, attempt)
    page = context.new_page()
    give_up = time.monotonic() + PATIENCE_SECONDS
    while not is_graded(page, attempt):
        assert time.monotonic() < give_up, page.locator("main").inner_text()
        page.wait_for_timeout(1000)
    for summary in page.locator(".report-item > summary").all():
        summary.click()
    told = page.get_by_text(re.compile(r"Graded from the draft saved at \d\d:\d\d:\d\d\."))
    expect(told.first).to_be_visible()


def has_stored(site: SiteProgram, attempt: int, words: str) -> bool:
    """Whether the words have arrived in the database, in an answer of this attempt."""
    with contextlib.closing(sqlite3.connect(site.var / "quizapp.db", timeout=120)) as store:
        found = store.execute("select answer from responses where attempt_id = ?", (attempt,)).fetchall()
    return any(words in str(answer) for (answer,) in found)


def is_graded(page: Page, attempt: int) -> bool:
    """Whether the report is there, with nothing in it that waits for a verdict; loads the page."""
    page.goto(f"/attempts/{attempt}/report")
    main = page.locator("main").inner_text()
    return "Time used" in main and "being graded" not in main
