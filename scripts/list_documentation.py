"""Lists the pages and anchors of documentation that questions refer to, from the documentation's own sources.

    python scripts/list_documentation.py                     every site, from nothing: about ten minutes
    python scripts/list_documentation.py flask jinja2        only these
    python scripts/list_documentation.py --built /tmp/docs   take HTML that lies built in /tmp/docs/<name>, build the rest

Each list is a file in quizapp/questions/documentation, named after its site, that says what it was made from. Sites made
with Sphinx are built from the source distribution of the package, those of Debian packages are read as they are, and
gunicorn's from its Markdown. The rest is kept by hand: see the README in that folder.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tarfile
import tempfile
import venv
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

TARGET = Path(__file__).resolve().parents[1] / "quizapp" / "questions" / "documentation"
SPHINX = (
    "sphinx<9", "myst-parser", "pallets-sphinx-themes", "sphinx-design", "sphinx-copybutton", "sphinx-tabs",
    "sphinxcontrib-log-cabinet", "sphinx-issues", "sphinx-inline-tabs", "furo", "zzzeeksphinx", "changelog",
    "sphinx-paramlinks", "sphinxcontrib-trio", "sphinx-removed-in", "pygments-pytest", "sphinxcontrib-towncrier",
    "sphinx-autobuild", "sphinx-book-theme", "email-validator",
)  # fmt: skip
# What a theme gives every page, and numbers that change with the next edition.
NO_ANCHORS = re.compile(
    r"id\d+|change-[0-9a-f]+|.*\.params\..*|indices-and-tables|searchbox|search-.*|navbar.*|sidebar.*"
)
NO_PAGES = ("genindex", "py-modindex", "search", "_modules", "_sources", "_static", "404")
EVERYWHERE = 0.8  # an id on more than this share of the pages belongs to the theme


@dataclass(frozen=True)
class Site:
    """One site: where it is, and what its list is made from."""

    name: str
    url: str
    package: str
    """A requirement for pip, or a Debian package with a leading `deb:`."""
    docs: str
    """Where its documentation lies: in the source distribution, or in the file system of the Debian package."""
    builder: str = "html"
    also: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    edition: str = ""
    """What tells two editions of one site apart; part of the list's name."""

    @property
    def path(self) -> Path:
        """The list of this site."""
        host = re.sub(r"^https://|/.*", "", self.url)
        return TARGET / (f"{host}~{self.edition}.txt" if self.edition else f"{host}.txt")


RTD = "https://{}.readthedocs.io/en/{}/"
PALLETS = "https://{}.palletsprojects.com/en/{}/"
SITES = (
    Site("flask", PALLETS.format("flask", "stable"), "flask==3.1.3", "docs", "dirhtml", (PALLETS.format("flask", "3.1.x"), PALLETS.format("flask", "latest"))),
    Site("werkzeug", PALLETS.format("werkzeug", "stable"), "werkzeug", "docs", "dirhtml", (PALLETS.format("werkzeug", "3.1.x"), PALLETS.format("werkzeug", "latest"))),
    Site("jinja2", PALLETS.format("jinja", "stable"), "jinja2", "docs", "dirhtml", (PALLETS.format("jinja", "3.1.x"), PALLETS.format("jinja", "latest"))),
    Site("itsdangerous", PALLETS.format("itsdangerous", "stable"), "itsdangerous", "docs", "dirhtml", (PALLETS.format("itsdangerous", "2.2.x"),)),
    Site("click", PALLETS.format("click", "stable"), "click", "docs", "dirhtml", (PALLETS.format("click", "latest"),)),
    Site("markupsafe", PALLETS.format("markupsafe", "stable"), "markupsafe", "docs", "dirhtml", (PALLETS.format("markupsafe", "3.0.x"),)),
    Site("flask-sqlalchemy", RTD.format("flask-sqlalchemy", "stable"), "flask-sqlalchemy==3.1.1", "docs", "dirhtml", (RTD.format("flask-sqlalchemy", "3.1.x"),)),
    Site("flask-wtf", RTD.format("flask-wtf", "1.2.x"), "flask-wtf", "docs", "dirhtml", (RTD.format("flask-wtf", "1.3.x"), RTD.format("flask-wtf", "stable"))),
    Site("wtforms", RTD.format("wtforms", "3.2.x"), "wtforms", "docs", "dirhtml", (RTD.format("wtforms", "3.3.x"), RTD.format("wtforms", "stable"))),
    Site("flask-login", RTD.format("flask-login", "latest"), "flask-login", "docs"),
    Site("flask-caching", RTD.format("flask-caching", "latest"), "flask-caching", "docs"),
    Site("flask-migrate", RTD.format("flask-migrate", "latest"), "flask-migrate", "docs"),
    Site("flask-socketio", RTD.format("flask-socketio", "latest"), "flask-socketio", "docs"),
    Site("flask-restful", RTD.format("flask-restful", "latest"), "flask-restful", "docs", options=("-D", "html_theme=basic")),
    Site("sqlalchemy", "https://docs.sqlalchemy.org/en/20/", "sqlalchemy<2.1", "doc/build", options=("-D", "needs_extensions.zzzeeksphinx=1.0")),
    Site("sqlalchemy-2.1", "https://docs.sqlalchemy.org/en/21/", "sqlalchemy==2.1.9", "doc/build", options=("-D", "needs_extensions.zzzeeksphinx=1.0"), edition="2.1"),
    Site("alembic", "https://alembic.sqlalchemy.org/en/latest/", "alembic", "docs/build"),
    Site("pytest", "https://docs.pytest.org/en/stable/", "pytest", "doc/en", also=("https://docs.pytest.org/en/latest/",)),
    Site("pip", "https://pip.pypa.io/en/stable/", "pip", "docs/html", "dirhtml"),
    Site("gunicorn", "https://gunicorn.org/", "gunicorn", "docs/content", "markdown"),
    Site("python", "https://docs.python.org/3/", "deb:python3.11-doc", "usr/share/doc/python3.11/html", "built"),
    Site("postgresql", "https://www.postgresql.org/docs/current/", "deb:postgresql-doc-15", "usr/share/doc/postgresql-doc-15/html", "built"),
    Site("sqlite", "https://www.sqlite.org/", "deb:sqlite3-doc", "usr/share/doc/sqlite3", "built", ("https://sqlite.org/",)),
)  # fmt: skip


class _Ids(HTMLParser):
    """Collects what a link can point at."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if (
                value
                and (name == "id" or (name == "name" and tag == "a"))
                and not NO_ANCHORS.fullmatch(value)
            ):
                self.found.add(value)


def main() -> int:
    """Write the lists that are asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", choices=[*(site.name for site in SITES), []], help="sites (all)")
    parser.add_argument("--built", type=Path, help="a folder that has HTML of some sites by their names")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="documentation-") as folder:
        workshop = _Workshop(Path(folder), options.built)
        for site in SITES:
            if options.names and site.name not in options.names:
                continue
            pages, origin = workshop.pages(site)
            site.path.write_text(_written(site, pages, origin), encoding="utf-8")
            print(f"{site.path.name}: {len(pages)} pages, {sum(map(len, pages.values()))} anchors")
    return 0


def _written(site: Site, pages: Mapping[str, set[str]], origin: str) -> str:
    lines = [
        f"# The pages and anchors of {site.url}",
        f"# Made {datetime.now(tz=UTC):%Y-%m-%d} by scripts/list_documentation.py from {origin}. Complete.",
        f"site {site.url}",
        *(f"also {url}" for url in site.also),
    ]
    for page, anchors in sorted(pages.items()):
        lines += [f"page {page}".rstrip(), *(f"  {anchor}" for anchor in sorted(anchors))]
    return "\n".join(lines) + "\n"


class _Workshop:
    """Downloads and builds, in a folder that is thrown away."""

    def __init__(self, folder: Path, built: Path | None) -> None:
        self.folder = folder
        self.built = built
        self.python = folder / "venv" / "bin" / "python"

    def pages(self, site: Site) -> tuple[dict[str, set[str]], str]:
        """Give the anchors of each page, and what they were read from."""
        if site.package.startswith("deb:"):
            folder, origin = self.unpacked(site)
            return _html_pages(folder / site.docs, is_bare=False), origin
        source = self.source(site)
        origin = f"the source distribution {source.name}"
        if site.builder == "markdown":
            return dict(_markdown_pages(source / site.docs)), origin
        html = self.html(site, source)
        return _html_pages(html, is_bare=site.builder == "dirhtml"), f"{origin}, built with Sphinx"

    def unpacked(self, site: Site) -> tuple[Path, str]:
        name = site.package.removeprefix("deb:")
        folder = self.folder / name
        folder.mkdir()
        subprocess.run(["apt-get", "download", name], cwd=folder, check=True, capture_output=True)
        (deb,) = folder.glob("*.deb")
        subprocess.run(["dpkg-deb", "-x", deb, folder], check=True)
        return folder, f"the Debian package {deb.name.replace('%3a', ':')}"

    def source(self, site: Site) -> Path:
        name = re.split(r"[=<>]", site.package)[0]
        folder = self.folder / f"{site.name}-source"
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "-q",
            "--no-deps",
            "--no-binary",
            name,
            "-d",
            folder,
        ]
        subprocess.run([*map(str, command), site.package], check=True)
        (archive,) = folder.glob("*.tar.gz")
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")
        return next(path for path in folder.iterdir() if path.is_dir())

    def html(self, site: Site, source: Path) -> Path:
        if self.built and (self.built / site.name).is_dir():
            return self.built / site.name
        if not self.python.exists():
            venv.create(self.folder / "venv", with_pip=True)
            packages = [
                other.package for other in SITES if not (other.package.startswith("deb:") or other.edition)
            ]
            subprocess.run([self.python, "-m", "pip", "install", "-q", *SPHINX, *packages], check=True)
        html = self.folder / f"{site.name}-html"
        environment = {
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": f"{source}:{source / 'src'}:{source / 'lib'}",
            "LANG": "C.UTF-8",
        }
        command = [
            self.python,
            "-m",
            "sphinx",
            "-q",
            "-b",
            site.builder,
            *site.options,
            source / site.docs,
            html,
        ]
        subprocess.run(
            [str(word) for word in command], env=environment, check=True, stderr=subprocess.DEVNULL
        )
        return html


def _html_pages(folder: Path, *, is_bare: bool) -> dict[str, set[str]]:
    pages: dict[str, set[str]] = {}
    for path in sorted(folder.rglob("*.html")):
        relative = path.relative_to(folder)
        if relative.parts[0].removesuffix(".html") in NO_PAGES:
            continue
        name = relative.as_posix()
        if relative.name == "index.html":
            name = name.removesuffix("index.html")
        elif is_bare:
            continue
        ids = _Ids()
        ids.feed(path.read_text(encoding="utf-8", errors="replace"))
        pages[name] = ids.found
    often = Counter(anchor for anchors in pages.values() for anchor in anchors)
    theme = {anchor for anchor, count in often.items() if count > max(3.0, EVERYWHERE * len(pages))}
    return {name: anchors - theme for name, anchors in pages.items()}


def _markdown_pages(folder: Path) -> Iterator[tuple[str, set[str]]]:
    """Pages as MkDocs names them; anchors are headings in lower case with hyphens, or `{#named}`."""
    for path in sorted(folder.rglob("*.md")):
        page = path.relative_to(folder).with_suffix("").as_posix()
        if page in NO_PAGES:
            continue
        anchors = set()
        for line in re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL).splitlines():
            if heading := re.fullmatch(r"#+ +(.*?)(?:\s*\{:?\s*#([\w-]+)[^}]*\})?", line):
                text = re.sub(r"[^\w\s-]", "", heading[1]).strip().lower()
                anchors.add(heading[2] or re.sub(r"[-\s]+", "-", text))
        yield ("" if page == "index" else f"{page.removesuffix('/index')}/"), anchors


if __name__ == "__main__":
    sys.exit(main())
