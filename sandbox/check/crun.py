"""Which known holes a crun has, by what `crun --version` prints: its version, and what it was built with.

CVE-2024-21626 and the three of 2025 are runc's: crun's makers found it not affected. CVE-2026-88264 and -88265 want a
container without a /dev of its own, which the engine gives to each.
"""

from __future__ import annotations

import re

from sandbox.check.findings import Finding, Level, passed
from sandbox.check.runc import Hole

SUBJECT = "crun without known holes"
CAPABILITIES = Hole(("CVE-2022-27650",), ((1, 4, 4),))
IMAGES = Hole(("CVE-2025-24965",), ((1, 20, 0),))  # of the handler that runs an image in a machine of its own
IMAGES_BUILT = "+LIBKRUN"


def judge(told: str) -> Finding:
    """Judge a crun by its own words, empty where it cannot be asked."""
    numbers = re.match(r"crun version (\d+)\.(\d+)(?:\.(\d+))?", told)
    if numbers is None:
        found = "it is not a program of this machine" if not told else f"it says {told[:80]!r}"
        return Finding(SUBJECT, Level.NOT_TRIED, f"its version is not known: {found}")
    release = (int(numbers[1]), int(numbers[2]), int(numbers[3] or 0))
    known = [CAPABILITIES, *([IMAGES] if IMAGES_BUILT in told else [])]
    holes = [name for hole in known if hole.is_open_in(release) for name in hole.names]
    version = told.partition("\n")[0].removeprefix("crun version ")
    if not holes:
        return passed(SUBJECT, f"crun {version}")
    found = f"crun {version} has {', '.join(holes)}"
    return Finding(
        SUBJECT, Level.FAIL, found, "update crun to 1.20 or later, or set QUIZAPP_SANDBOX_RUNTIME=runc"
    )
