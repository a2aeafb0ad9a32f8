"""A real site and a real Chromium. A page that complains in its console fails its test."""

import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, StorageState, expect, sync_playwright

from tests.worker.site_program import SiteProgram, running

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = os.environ.get("QUIZAPP_TEST_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
PATIENCE = 240_000  # milliseconds; a busy machine is no fault of the page
expect.set_options(timeout=PATIENCE)
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
# Tells violations of the page's policy that Chromium does not write to the console, too.
TELL_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`policy: ${event.violatedDirective} refused ${event.blockedURI || event.sourceFile}`);
});
"""


@pytest.fixture(scope="session")
def program() -> Iterator[SiteProgram | None]:
    """A running site of this run's own; None when QUIZAPP_TEST_URL names one."""
    if os.environ.get("QUIZAPP_TEST_URL"):
        yield None
        return
    if not (ROOT / "quizapp/static/dist/player.js").exists():
        subprocess.run(["node", "scripts/build-assets.mjs"], cwd=ROOT, check=True)
    folder = Path(tempfile.mkdtemp(prefix="quizapp-"))
    folder.chmod(0o755)
    with running(folder / "var", "--no-demo", "--web", "1") as program:
        program.await_line("Ready after")
        program.await_sandbox()
        yield program
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def site(program: SiteProgram | None) -> str:
    """The address of a running site: the one that QUIZAPP_TEST_URL names, else one of this run's own."""
    return f"http://127.0.0.1:{program.port}" if program else os.environ["QUIZAPP_TEST_URL"].rstrip("/")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests; each test has a context, and so a profile, of its own."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield chromium
        chromium.close()


@dataclass
class Watch:
    """What pages complained about. A test that provokes a complaint says so beforehand."""

    complaints: list[str] = field(default_factory=list)
    allowed: list[str] = field(default_factory=list)

    def allow(self, pattern: str) -> None:
        """Let complaints pass that this regular expression finds something in."""
        self.allowed.append(pattern)

    def follow(self, context: BrowserContext) -> None:
        """Listen to every page of a context."""
        context.add_init_script(TELL_VIOLATIONS)
        context.on("console", lambda told: self._note(told.text) if told.type == "error" else None)
        context.on("weberror", lambda error: self._note(str(error.error)))

    def _note(self, text: str) -> None:
        self.complaints.append(text)

    @property
    def left(self) -> list[str]:
        """Complaints that no test asked for."""
        return [text for text in self.complaints if not any(re.search(one, text) for one in self.allowed)]


@pytest.fixture
def watch() -> Iterator[Watch]:
    """Fails the test when a page complained."""
    told = Watch()
    yield told
    assert told.left == []


Opened = Callable[..., Page]


def patient(context: BrowserContext) -> BrowserContext:
    """The context, whose pages wait as long as a busy machine may need."""
    context.set_default_timeout(PATIENCE)
    return context


@pytest.fixture
def open_page(browser: Browser, request: pytest.FixtureRequest, watch: Watch) -> Iterator[Opened]:
    """Opens a page in a fresh context; options are those of `browser.new_context`. Without `base_url` it is the run's site."""
    contexts: list[BrowserContext] = []

    def opened(**options: object) -> Page:
        address = options.get("base_url") or request.getfixturevalue("site")
        settings = {"viewport": {"width": 1280, "height": 900}, **options, "base_url": address}
        context = patient(browser.new_context(**settings))  # type: ignore[arg-type]
        watch.follow(context)
        contexts.append(context)
        return context.new_page()

    yield opened
    for context in contexts:
        context.close()


PASSWORD = "a long enough pass phrase 7"


def register(page: Page, name: str = "Ines Okafor") -> str:
    """Make an account through the page and be signed in with it; gives its address."""
    email = f"{secrets.token_hex(6)}@example.org"
    page.goto("/register")
    page.get_by_label("Name").fill(name)
    page.get_by_label(re.compile("address|e-?mail", re.IGNORECASE)).fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Make an account").click()
    page.get_by_role("link", name=f"Account of {name}").wait_for()
    return email


@pytest.fixture(scope="session")
def candidate(browser: Browser, site: str) -> StorageState:
    """What the browser of one signed-in candidate keeps; made once, because registering is limited."""
    context = patient(browser.new_context(base_url=site))
    register(context.new_page())
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture(scope="session")
def admin(browser: Browser, site: str, program: SiteProgram | None) -> StorageState:
    """What the browser of a signed-in admin keeps. A site that is given needs one: QUIZAPP_TEST_ADMIN=address:password."""
    email, _, password = os.environ.get("QUIZAPP_TEST_ADMIN", "").partition(":")
    if program:
        email, password = f"{secrets.token_hex(6)}@example.org", "a long enough pass phrase 7"
        command = [sys.executable, "-m", "quizapp.cli", "users", "create", email, "--role", "admin"]
        environment = {**os.environ, "QUIZAPP_VAR": str(program.var)}
        subprocess.run(
            [*command, "--password-stdin"], cwd=ROOT, env=environment, input=password, text=True, check=True
        )
    context = patient(browser.new_context(base_url=site))
    page = context.new_page()
    page.goto("/sign-in")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name=re.compile("^Account of")).wait_for()
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def page(open_page: Opened, candidate: StorageState) -> Page:
    """A page of the signed-in candidate, 1280 by 900."""
    return open_page(storage_state=candidate)


def player(page: Page, address: str) -> None:
    """Open a player page and wait until it is live."""
    page.goto(address)
    await_player(page)


def await_player(page: Page) -> None:
    """Wait until the scripts of a player page have made it live."""
    page.wait_for_selector("html[data-player=ready]", state="attached")


def await_saved(page: Page) -> None:
    """Wait until the page says that the server has all that was typed; of an earlier save it says `behind` meanwhile."""
    page.wait_for_selector("[data-save-state][data-save=saved]")


# A toast goes after six seconds, whether or not a machine that stands still has shown it to anybody.
KEEP_TOASTS = """() => {
  const { remove } = Element.prototype;
  Element.prototype.remove = function () { if (!this.matches(".toast")) remove.call(this); };
}"""


def keep_toasts(page: Page) -> None:
    """Have toasts stay, on the page that is open and on those that follow."""
    page.add_init_script(f"({KEEP_TOASTS})()")
    page.evaluate(KEEP_TOASTS)


# What a page says shortly before it leaves can be gone before anybody looks; its tab remembers it.
REMEMBER_NOTICES = """() => {
  const remember = () => {
    if (!document.querySelector("[data-notice]")) return;
    const told = [...document.querySelectorAll("[data-notice]")].map((one) => one.textContent);
    const known = JSON.parse(sessionStorage.getItem("told") ?? "[]");
    const more = told.filter((text) => !known.includes(text));
    if (more.length) sessionStorage.setItem("told", JSON.stringify([...known, ...more]));
  };
  new MutationObserver(remember).observe(document, { childList: true, subtree: true, characterData: true });
}"""


def listen(page: Page) -> None:
    """Have the tab remember the notices of the page that is open and of those that follow; see `told`."""
    page.add_init_script(f"({REMEMBER_NOTICES})()")
    page.evaluate(REMEMBER_NOTICES)


def told(page: Page) -> str:
    """All notices since `listen`."""
    words: list[str] = page.evaluate('JSON.parse(sessionStorage.getItem("told") ?? "[]")')
    return "\n".join(words)


def await_told(page: Page, words: str) -> None:
    """Wait until a notice has said this since `listen`, whether or not it still stands there."""
    give_up = time.monotonic() + PATIENCE / 1000
    while words not in told(page):
        assert time.monotonic() < give_up, told(page)
        page.wait_for_timeout(100)


__all__ = [
    "PATIENCE",
    "Error",
    "Opened",
    "Watch",
    "await_player",
    "await_saved",
    "await_told",
    "keep_toasts",
    "listen",
    "patient",
    "player",
    "register",
    "told",
]
