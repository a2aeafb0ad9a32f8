"""The report in a browser: time that the pages counted, the print layout, and what can be taken along."""

import io
import re
import zipfile

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect
from pypdf import PdfReader

from tests.browser.conftest import Opened, await_player, await_saved, patient, register
from tests.browser.test_interview import start
from tests.browser.test_pages import grave

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def sat(browser: Browser, site: str) -> tuple[str, StorageState]:
    """The report of somebody who answered the first question of a mock, and what their browser keeps."""
    context = patient(browser.new_context(viewport={"width": 1280, "height": 900}, base_url=site))
    page = context.new_page()
    register(page, "Sam Reyes")
    start(page)
    page.keyboard.press("1")
    await_saved(page)
    page.wait_for_timeout(2500)  # what is counted
    page.get_by_role("button", name="Next question").click()
    await_player(page)
    page.get_by_role("link", name="Hand in…").first.click()
    page.get_by_role("button", name="Hand in now").click()
    expect(page).to_have_url(re.compile(r"/attempts/\d+/report$"))
    address, state = page.url, context.storage_state()
    context.close()
    return address, state


@pytest.fixture
def report(open_page: Opened, sat: tuple[str, StorageState]) -> Page:
    """That report, in a fresh window of the same person who likes it dark."""
    address, state = sat
    page = open_page(storage_state=state, color_scheme="dark")
    page.goto(address)
    return page


def test_the_report_shows_the_time_that_its_pages_counted(report: Page) -> None:
    times = report.locator(".report-item > summary > :last-child")
    for _ in range(240):
        if re.fullmatch(r"\d+:\d\d", times.first.inner_text()):
            break
        report.wait_for_timeout(500)  # the last message of a page that is left may come after the next page
        report.reload()
    expect(times.first).to_have_text(re.compile(r"^\d+:\d\d$"))
    assert times.first.inner_text() != "0:00"
    expect(times.last).to_have_text("–")  # noqa: RUF001 - the sign of what was not measured
    expect(report.get_by_text("Not enough attempts yet")).to_be_visible()
    report.locator(".report-item").first.locator("summary").first.click()
    expect(report.get_by_text("on this question, pauses left out").first).to_be_visible()


def test_the_report_has_no_grave_barrier(report: Page) -> None:
    for scheme in ("dark", "light"):
        report.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        for item in report.locator(".report-item").all():
            item.evaluate("one => { one.open = true; }")
        assert grave(report) == []


def test_the_report_prints_whole_without_controls(report: Page) -> None:
    printed = PdfReader(io.BytesIO(report.pdf(format="A4")))
    text = " ".join(" ".join(one.extract_text() for one in printed.pages).split())
    assert text.count("Why.") == report.locator(".report-item").count(), "every answer is unfolded"
    for control in ("Share with managers", "Report an error", "Signed copy", "Sit it again"):
        assert control not in text
    report.emulate_media(media="print")
    report.evaluate("dispatchEvent(new Event('beforeprint'))")
    bar = report.locator(".chart-rows .track").first
    assert bar.evaluate("one => getComputedStyle(one).printColorAdjust") == "exact"
    assert report.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"
    assert report.locator(".report-item details.fold:not([open])").count() == 0
    report.evaluate("dispatchEvent(new Event('afterprint'))")
    assert report.locator(".report-item[open]").count() == 0


def test_a_pdf_and_a_signed_copy_are_downloaded(report: Page) -> None:
    with report.expect_download() as download:
        report.get_by_role("link", name="PDF").click()
    assert len(PdfReader(download.value.path()).pages) > 1
    with report.expect_download() as download:
        report.get_by_role("link", name="Signed copy").click()
    with zipfile.ZipFile(download.value.path()) as archive:
        assert {"manifest.json", "signature.json", "transcript.json"} <= set(archive.namelist())
