"""Whether a reference leads to a page and a section that the official documentation has.

The folder `documentation` holds a list per site. A list is complete (made from the documentation itself: what is not
on it is not there) or a selection kept by hand (what is not on it has to be looked up and added first). Sites without
a list are not judged: a company's own bank may point into its own handbook.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from quizapp.questions.flaw import Flaw

FOLDER = Path(__file__).with_name("documentation")


@dataclass
class Listed:
    """The pages of one site with their anchors. `roots` are the addresses it has, with and without a version."""

    roots: list[str] = field(default_factory=list)
    pages: dict[str, frozenset[str]] = field(default_factory=dict)
    is_complete: bool = True
    any_anchor: set[str] = field(default_factory=set)
    """Pages of which the anchors are not listed."""


def reference_flaws(references: Sequence[str]) -> Iterator[Flaw]:
    """Give a flaw for each reference to a page or an anchor that is not there."""
    for index, link in enumerate(references):
        found = _fault(link)
        if found is not None:
            code, message, hint = found
            yield Flaw(("references", index), code, message, hint)


def _fault(link: str) -> tuple[str, str, str] | None:
    if not link.startswith("https://"):
        return None  # that it has not the form of a link is told elsewhere
    address, _, anchor = link.partition("#")
    try:
        host = urlsplit(link).netloc
    except ValueError:
        return "unknown-site", f"{address} is no address", "write it as a browser shows it"
    if host not in hosts():
        close = get_close_matches(host, hosts(), n=1, cutoff=0.9)
        return ("unknown-site", f"there is no site {host}", f"did you mean '{close[0]}'?") if close else None
    if link.rstrip("/") == f"https://{host}":
        return None  # every site has a front page, which leads to the newest edition
    editions = listed_of(host)
    found = next(
        ((one, root) for one in editions for root in one.roots if f"{address}/".startswith(root)), None
    )
    if found is None:
        return "unknown-page", f"{host} has no page {address}", f"its pages begin with {editions[0].roots[0]}"
    listed, root = found
    page = address[len(root) :]
    if page not in listed.pages:
        return _no_page(listed, root, page)
    anchor = unquote(anchor)
    if anchor and anchor not in listed.pages[page] and page not in listed.any_anchor:
        close = get_close_matches(anchor, listed.pages[page], n=1, cutoff=0.6)
        hint = f"did you mean '#{close[0]}'?" if close else ""
        return "unknown-anchor", f"{address} has no section '#{anchor}'", hint
    return None


def _no_page(listed: Listed, root: str, page: str) -> tuple[str, str, str]:
    close = get_close_matches(page, listed.pages, n=1, cutoff=0.6)
    if page.rstrip("/") + "/" in listed.pages:
        close = [page.rstrip("/") + "/"]
    hint = f"did you mean '{root}{close[0]}'?" if close else ""
    code = "unknown-page" if listed.is_complete else "unlisted-page"
    told = "the documentation has no page" if listed.is_complete else "nobody has looked up the page"
    return code, f"{told} {root}{page}", hint if listed.is_complete else ""


@cache
def hosts() -> frozenset[str]:
    """Give the sites that have a list."""
    return frozenset(path.stem.partition("~")[0] for path in FOLDER.glob("*.txt"))


@cache
def listed_of(host: str) -> list[Listed]:
    """Read the list of one site; several when editions of it differ."""
    return [_read(path) for name in (f"{host}.txt", f"{host}~*.txt") for path in sorted(FOLDER.glob(name))]


def _read(path: Path) -> Listed:
    listed = Listed()
    anchors: list[str] = []
    pages: dict[str, list[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("  "):
            anchors.append(line[2:])
            continue
        word, _, rest = line.partition(" ")
        if word == "page":
            anchors = pages[rest] = []
        elif word in ("site", "also"):
            listed.roots.append(rest)
        elif word == "selection":
            listed.is_complete = False
    listed.pages = {name: frozenset(found) for name, found in pages.items()}
    if not listed.is_complete:
        listed.any_anchor = {name for name, found in listed.pages.items() if not found}
    return listed
