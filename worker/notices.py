"""What a worker tells the operator about single submissions: the words of its alarms, and when they are settled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from quizapp.services import alarms

if TYPE_CHECKING:
    from collections.abc import Mapping

    from quizapp.services.leases import Delivery

NEWER = "A newer version of the site sends work that this worker does not know. It waits; update the worker."
REFUSED = "It is tried again every half a minute. The sandbox is well, but does not take it:"
QUARANTINED = (
    "Each worker that took it ended before it had a verdict. Nothing is counted. Look at what it does, "
    "then have it graded again or give up on it."
)
NOT_GRADED = (
    "The sandbox failed on it three times, and on the reference solution too. Nothing is counted, and the score is "
    "shown as incomplete. Have it graded again once the sandbox is well."
)
SUSPECT = (
    "The sandbox failed each time it ran this code, and ran the reference solution without a fault. "
    "It is marked for a look by a person."
)
SETTLED_BY_A_VERDICT = ("refused", "quarantined", "not_graded")


def newer(problem: LookupError) -> None:
    """A row holds a word that this version does not know."""
    alarms.raise_alarm("newer_job", f"{NEWER} ({problem})")


def refused(delivery: Delivery, problem: Exception) -> None:
    """A sandbox that is well does not take this one."""
    _raise("refused", f"{REFUSED} {problem}", delivery)


def quarantined(delivery: Delivery) -> None:
    """It was put aside after too many tries."""
    _raise("quarantined", QUARANTINED, delivery)


def judged(delivery: Delivery, verdict: str, outcome: Mapping[str, Any]) -> None:
    """A verdict was written; it may be one that a person has to look at, or settle what was open."""
    if verdict == "internal_error":
        _raise("not_graded", f"{NOT_GRADED} {outcome.get('detail', '')}".strip(), delivery)
        return
    if outcome.get("is_suspect"):
        _raise("suspect", SUSPECT, delivery)
    if delivery.number > 1:
        for kind in SETTLED_BY_A_VERDICT:
            alarms.settle(kind, alarms.of_submission(delivery.submission_id))


def _raise(kind: str, text: str, delivery: Delivery) -> None:
    alarms.raise_alarm(kind, text, alarms.of_submission(delivery.submission_id))
