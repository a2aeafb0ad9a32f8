"""How much of the time that a page says somebody was active is believed."""

from __future__ import annotations

from datetime import datetime, timedelta

# A pause longer than this, without a key, a movement of the pointer or a scroll, is left out from here on.
IDLE_SECONDS = 60
# How long after the finish a page may still tell what it counted: it does so when it is left.
LATE_SECONDS = 30


def believed(known: float, claimed: float, begins: datetime, moment: datetime) -> float:
    """Seconds that count of `claimed`: never less than is known already, never more than has passed since `begins`.

    Counts only grow, so messages may come twice and in any order; and nobody was active for longer than there was time.
    """
    passed = max(0.0, (moment - begins).total_seconds())
    return max(known, min(claimed, passed))


def is_too_late(moment: datetime, finished_at: datetime | None) -> bool:
    """Whether a message about a finished attempt comes later than any page that was open then."""
    return finished_at is not None and moment > finished_at + timedelta(seconds=LATE_SECONDS)
