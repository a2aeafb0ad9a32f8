"""How many tasks want a processor of this machine. Standard library only: also part of the images."""

from __future__ import annotations

import os
from pathlib import Path

LOAD = Path("/proc/loadavg")


def demand() -> tuple[float, float]:
    """How many tasks want a processor on this machine, now and over the last minute; (0, 0) where that cannot be read."""
    try:
        words = LOAD.read_text(encoding="ascii").split()
        return float(words[3].partition("/")[0]), float(words[0])
    except (OSError, ValueError, IndexError):
        return 0.0, 0.0


def is_busy() -> bool:
    """Whether more tasks than there are processors want one just now, so that work ahead would make somebody wait."""
    return demand()[0] > len(os.sched_getaffinity(0))
