"""Every page that a route can answer, with much on it and with nothing: usable with assistive technology, and it fits."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask, template_rendered
from jinja2 import Template
from playwright.sync_api import BrowserContext, Page

from tests.browser import full_house, own_site
from tests.browser.conftest import Opened, Watch
from tests.browser.full_house import House
from tests.browser.visits import DATA, LEADS_BACK, Visit, visits
from tests.quizapp.test_security import MATRIX

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TEMPLATES = Path(__file__).resolve().parents[2] / "quizapp" / "templates"
SUBMIT = """([action, fields]) => {
  const form = document.createElement("form");
  form.method = "post";
  form.action = action;
  const token = document.querySelector('meta[name="csrf-token"]').content;
  for (const [name, value] of [["csrf_token", token], ...fields]) {
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = name;
    field.value = value;
    form.append(field);
  }
  document.body.append(form);
  form.submit();
}"""
# What one can press lies above everything else at its middle. Toasts go by themselves, and are taken away.
COVERED = """() => {
  document.querySelectorAll(".toasts").forEach((one) => one.remove());
  const pressed = [...document.querySelectorAll("main :is(a[href], button, summary):not([aria-hidden=true])")];
  return pressed.filter((one) => {
    if (!one.checkVisibility({ visibilityProperty: true })) return false;
    one.scrollIntoView({ block: "center", inline: "center" });
    const [box] = one.getClientRects();
    if (!box || box.width < 2) return false;
    const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    return top && !one.contains(top) && !top.contains(one);
  }).map((one) => one.outerHTML.slice(0, 160));
}"""
UNFOLD = "folds => folds.forEach((fold) => { fold.open = true })"
# Only what is wrong, without what axe works out for those who ask for more.
BRIEFLY: dict[str, Any] = {
    "resultTypes": ["violations"],
    "preload": False,
    "selectors": False,
    "iframes": False,
}
WIDTHS = (1280, 640, 360)  # 640 is what 1280 are at 200 %


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, redis_url: str) -> Iterator[House]:
    with full_house.built(tmp_path_factory.mktemp("full"), redis_url) as house:
        yield house


@pytest.fixture(scope="module")
def address(house: House) -> Iterator[str]:
    with own_site.served(house.app) as site:
        yield site


@pytest.fixture(scope="module")
def rendered(house: House) -> Iterator[set[str]]:
    """The templates that were shown so far."""
    seen: set[str] = set()

    def note(_app: Flask, template: Template, **_: Any) -> None:
        seen.add(str(template.name))

    with template_rendered.connected_to(note, house.app):
        yield seen


def test_every_route_is_looked_at_or_answers_no_page(house: House) -> None:
    listed = visits(house)
    assert set(listed) | DATA | LEADS_BACK == set(MATRIX)
    assert not set(listed) & (DATA | LEADS_BACK)
    assert all(listed.values())


def test_no_page_has_a_grave_barrier_or_scrolls_sideways(
    house: House, address: str, rendered: set[str], open_page: Opened, watch: Watch
) -> None:
    watch.allow("40[0-9]|410|422")
    browsers: dict[str, Page] = {}
    found: list[str] = []
    for one in chain.from_iterable(visits(house).values()):
        if one.who not in browsers:
            browsers[one.who] = open_page(base_url=address, reduced_motion="reduce")
            come_as(house, one.who, browsers[one.who].context, address)
        found += look(browsers[one.who], one)
    assert not found, "\n".join(found)
    pages = {str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html") if is_page(path)}
    assert pages - rendered == set(), "these pages were not shown"


def is_page(path: Path) -> bool:
    """Whether a template is a whole page, and no mail."""
    return '{% extends "base.html" %}' in path.read_text(encoding="utf-8")


def come_as(house: House, who: str, context: BrowserContext, address: str) -> None:
    """Give a browser the cookie of somebody who is signed in."""
    name = house.app.config["SESSION_COOKIE_NAME"]
    client = house.clients().get(who)
    cookie = client and client.get_cookie(name)
    if cookie:
        context.add_cookies([{"name": name, "value": cookie.value, "url": address}])


def look(page: Page, one: Visit) -> Iterator[str]:
    """What is wrong with one page, each in a line."""
    where = f"{one.who}: {one.path}{' (sent)' if one.form is not None else ''}"
    status = arrive(page, one)
    if status != one.status:
        yield f"{where} is {status}, not {one.status}"
    if one.player:
        page.wait_for_selector("html[data-player=ready]", state="attached")
    yield from (f"{where}: something lies above {words}" for words in page.evaluate(COVERED))
    page.locator("details").evaluate_all(UNFOLD)
    page.emulate_media(color_scheme="light")
    yield from (f"{where}: {words}" for words in barriers(Axe().run(page, options=BRIEFLY).response))
    page.emulate_media(color_scheme="dark")
    told = page.evaluate("options => axe.run(options)", BRIEFLY | {"runOnly": ["color-contrast"]})
    yield from (f"{where}, dark: {words}" for words in barriers(told))
    page.emulate_media(color_scheme="light")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            yield f"{where} is {wide} pixels wide at {width}"
    page.set_viewport_size({"width": 1280, "height": 900})


def arrive(page: Page, one: Visit) -> int:
    """Open it, or send its form; gives the status of the page that came."""
    if one.form is None:
        reply = page.goto(one.path)
    else:
        page.goto("/transcript-keys")
        fields = [
            [name, str(each)]
            for name, value in one.form.items()
            for each in (value if isinstance(value, list) else [value])
        ]
        with page.expect_navigation() as told:
            page.evaluate(SUBMIT, [one.path, fields])
        reply = told.value
    assert reply, one.path
    return reply.status


def barriers(told: dict[str, Any]) -> Iterator[str]:
    """What axe found, but for what is minor."""
    for one in told["violations"]:
        if one["impact"] in ("serious", "critical"):
            node = one["nodes"][0]
            yield f"{one['id']}: {node['html'][:160]} ({node['failureSummary'][:200]})"
