"""How many web processes a machine feeds; imports nothing of the application, so that a command may ask."""

from __future__ import annotations

import os


def web_processes() -> int:
    """All cores but one: each process computes on one core only, and the database wants some as well."""
    return max(2, len(os.sched_getaffinity(0)) - 1)
