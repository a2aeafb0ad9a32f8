"""How many web processes a machine feeds; imports nothing of the application, so that a command may ask."""

from __future__ import annotations

import os


def web_processes() -> int:
    """One more than there are cores: each process computes on one core only, and while it waits another one may."""
    return 1 + len(os.sched_getaffinity(0))
