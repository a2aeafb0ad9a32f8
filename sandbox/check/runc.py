"""Which known holes a runc has, by its version and, where a distribution built it, by its package's changelog."""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass
from pathlib import Path

from sandbox.check.findings import Finding, Level, passed

SUBJECT = "runc without known holes"
CHANGELOG = Path("/usr/share/doc/runc/changelog.Debian.gz")
# A package revision that a distribution gives to its security updates: 1.1.5+ds1-1+deb12u1, 1.1.12-0ubuntu2~22.04.1,
# 1.1.12-3.el9. The upstream part alone ("1.1.5+ds1") says only how the sources were packed.
SECURITY_REVISION = re.compile(r"\+deb\d+u\d+|\dubuntu\d|\.(?:el|fc|amzn)\d")


@dataclass(frozen=True)
class Hole:
    """A known hole: its names, and the first release without it of each series that got one."""

    names: tuple[str, ...]
    fixed: tuple[tuple[int, int, int], ...]  # in ascending order; every later series is without it too

    def is_open_in(self, version: tuple[int, int, int]) -> bool:
        series = [fix for fix in self.fixed if fix[:2] == version[:2]]
        return version < series[0] if series else version < self.fixed[-1]


HOLES = (
    Hole(("CVE-2024-21626",), ((1, 1, 12),)),
    Hole(("CVE-2025-31133", "CVE-2025-52565", "CVE-2025-52881"), ((1, 2, 8), (1, 3, 3))),
)


def judge(version: str, build: str = "", changelog: str = "") -> Finding:
    """Judge a runc by the engine's word on its version and build, and the changelog of its package if it is known."""
    numbers = re.match(r"v?(\d+)\.(\d+)\.(\d+)", version)
    if numbers is None:
        return Finding(SUBJECT, Level.NOT_TRIED, f"the engine does not tell its version ({version or '?'})")
    release = (int(numbers[1]), int(numbers[2]), int(numbers[3]))
    holes = [name for hole in HOLES if hole.is_open_in(release) for name in hole.names]
    full = next((text for text in (build, version) if SECURITY_REVISION.search(text)), "")
    if not holes:
        return passed(SUBJECT, f"runc {version}")
    if not full:
        return Finding(
            SUBJECT,
            Level.FAIL,
            f"runc {version} has {', '.join(holes)}",
            "update runc to 1.2.8, 1.3.3 or later, or to a distribution's build with these fixes",
        )
    if not changelog:
        found, remedy = (
            f"runc {full}: a distribution's build of an old release; its changelog is not here",
            f"look in it for {', '.join(holes)}",
        )
    elif unfixed := [name for name in holes if name not in changelog]:
        found = f"runc {full}: its changelog names a fix for {_listed(holes, unfixed)}, none for {', '.join(unfixed)}"
        remedy = (
            "update runc when the distribution has a newer one. These holes need a say in a container's image, mounts "
            "or start, which a candidate has not"
        )
    else:
        found, remedy = (
            f"runc {full}: its changelog names fixes for {', '.join(holes)}",
            "keep it up to date",
        )
    if changelog and HOLES[0].names[0] in holes and HOLES[0].names[0] not in changelog:
        return Finding(SUBJECT, Level.FAIL, found, "update runc: apt-get install --only-upgrade runc")
    return Finding(SUBJECT, Level.CAUTION, found, remedy)


def changelog_of(build: str) -> str:
    """The changelog of the package installed here, when it is this build; empty otherwise."""
    if not CHANGELOG.is_file():
        return ""
    with gzip.open(CHANGELOG, "rt", encoding="utf-8", errors="replace") as file:
        text = file.read()
    return text if build and f"({build})" in text.partition("\n")[0] else ""


def _listed(holes: list[str], unfixed: list[str]) -> str:
    return ", ".join(name for name in holes if name not in unfixed) or "no hole"
