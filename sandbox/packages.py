"""The Debian packages side of the images: a base image made without any registry.

The mirror, the components and the keyring are those of the machine's own apt configuration, so a machine that can
install packages can also make the base.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sandbox.engine import Engine

SUITE = "bookworm"  # has Python 3.11, which the pinned packages are for
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
APT = Path("/etc/apt")
SCHEMES = ("http:", "https:", "file:")  # that debootstrap can read
LINES_PER_WORD = 60  # debootstrap prints a few hundred


class BaseNotMade(Exception):
    """The base could not be made; the text says why and what to do."""


@dataclass(frozen=True)
class Source:
    """One archive of packages as apt knows it."""

    uri: str
    suites: tuple[str, ...]
    components: tuple[str, ...]
    keyring: Path | None = None


def read_sources(apt: Path = APT) -> list[Source]:
    """Every enabled archive of binary packages, from one-line `.list` and deb822 `.sources` files."""
    found: list[Source] = []
    for path in [apt / "sources.list", *sorted((apt / "sources.list.d").glob("*"))]:
        if path.is_file() and path.suffix in (".list", ".sources"):
            text = path.read_text(encoding="utf-8", errors="replace")
            found += list(_one_line(text) if path.suffix == ".list" else _deb822(text))
    return found


def choose_source(sources: list[Source], suite: str = SUITE) -> Source:
    """The first archive that has the suite's main component. Raises `BaseNotMade`."""
    for source in sources:
        if suite in source.suites and "main" in source.components and source.uri.startswith(SCHEMES):
            return source
    msg = (
        f"No archive of Debian {suite} is in this machine's apt configuration, so the base image cannot be made "
        "from packages. Make a registry reachable, or set QUIZAPP_SANDBOX_BASE to an image with Python 3.11."
    )
    raise BaseNotMade(msg)


def make_base(engine: Engine, name: str, say: Callable[[str], None]) -> None:
    """Make the base image `name` from Debian packages. Raises `BaseNotMade`, `EngineError`."""
    source = choose_source(read_sources())
    _require()
    with tempfile.TemporaryDirectory(prefix="quizapp-base-") as folder:
        root = Path(folder, "root")
        say(f"making {name} from the packages of {source.uri} (about a minute)")
        _debootstrap(source, root, say)
        say(f"packing {name}")
        with subprocess.Popen(
            ["tar", "-C", str(root), "--exclude=./var/cache/apt/archives/*.deb", "-c", "."],
            stdout=subprocess.PIPE,
        ) as tar:
            assert tar.stdout is not None  # noqa: S101 - for the type checker
            engine.import_image(tar.stdout, name)
        if tar.returncode:
            msg = f"tar could not pack the base image (exit {tar.returncode})"
            raise BaseNotMade(msg)


def _require() -> None:
    if os.geteuid() != 0:
        msg = (
            "Making the base image from Debian packages needs root: run `quizapp sandbox build` once as root."
        )
        raise BaseNotMade(msg)
    if shutil.which("debootstrap") is None:
        msg = "Making the base image from Debian packages needs debootstrap: apt-get install debootstrap"
        raise BaseNotMade(msg)


def _debootstrap(source: Source, root: Path, say: Callable[[str], None]) -> None:
    keyring = source.keyring or KEYRING
    command = [
        "debootstrap",
        "--variant=minbase",
        "--include=python3",
        f"--components={','.join(source.components)}",
    ]
    command += [f"--keyring={keyring}"] if keyring.is_file() else []
    command += [SUITE, str(root), source.uri]
    last = ""
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=os.environ | {"LC_ALL": "C"}
    ) as process:
        assert process.stdout is not None  # noqa: S101 - for the type checker
        for count, line in enumerate(process.stdout):
            last = line.strip() or last
            if count % LINES_PER_WORD == LINES_PER_WORD - 1:
                say(f"  {last.removeprefix('I: ')}")
    if process.returncode:
        msg = f"debootstrap failed with {source.uri}: {last}"
        raise BaseNotMade(msg)


def _one_line(text: str) -> Iterator[Source]:
    for line in text.splitlines():
        match = re.match(
            r"deb\s+(?:\[(?P<options>[^\]]*)\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)\s*(?P<parts>[^#]*)",
            line.strip(),
        )
        if match:
            options = dict(part.partition("=")[::2] for part in (match["options"] or "").split())
            yield Source(
                match["uri"],
                (match["suite"],),
                tuple(match["parts"].split()),
                _keyring(options.get("signed-by")),
            )


def _deb822(text: str) -> Iterator[Source]:
    for stanza in re.split(r"\n\s*\n", text):
        fields: dict[str, str] = {}
        name = ""
        for line in stanza.splitlines():
            if line.startswith("#"):
                continue
            if line[:1].isspace():
                fields[name] = f"{fields.get(name, '')} {line.strip()}"
            elif ":" in line:
                name, _, value = line.partition(":")
                name = name.strip().lower()
                fields[name] = value.strip()
        if "deb" not in fields.get("types", "").split() or fields.get("enabled", "yes").lower() in (
            "no",
            "false",
        ):
            continue
        for uri in fields.get("uris", "").split():
            yield Source(
                uri,
                tuple(fields.get("suites", "").split()),
                tuple(fields.get("components", "").split()),
                _keyring(fields.get("signed-by")),
            )


def _keyring(named: str | None) -> Path | None:
    return Path(named) if named and named.startswith("/") and " " not in named else None
