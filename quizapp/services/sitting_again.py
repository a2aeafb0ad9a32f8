"""Which attempt of an interview was which, and from when on it can be sat again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from quizapp.models import Attempt, User
from quizapp.receipt import received_at
from quizapp.services import interviews


@dataclass(frozen=True)
class Again:
    """A mock that was sat and can be sat again: from `at` on, when its cool-down ends; None: now."""

    interview_id: str
    at: datetime | None


def of_user(user: User) -> dict[str, Again]:
    """Interview id -> when the person can sit it again; those that run, closed, or were sat often enough are left out."""
    now = received_at()
    found: dict[str, Again] = {}
    for offer in interviews.offers(user):
        closes, most = offer.plan.closes_at, offer.blueprint.get("attempts")
        is_over = (closes is not None and now >= closes) or bool(most and len(offer.sat) >= most)
        if offer.sat and offer.running is None and offer.interview_id is not None and not is_over:
            found[offer.interview_id] = Again(offer.interview_id, interviews.retry_at(offer, now))
    return found


def numbers(attempts: Sequence[Attempt]) -> dict[int, tuple[int, int]]:
    """Attempt id -> which one at its interview it was, from 1, and how many there are; listed newest first."""
    known = [attempt for attempt in attempts if attempt.interview_id is not None]
    counted = Counter(_key(attempt) for attempt in known)
    return {attempt.id: (number, counted[_key(attempt)]) for attempt, number in _numbered(reversed(known))}


def _numbered(attempts: Iterable[Attempt]) -> Iterable[tuple[Attempt, int]]:
    seen: Counter[str] = Counter()
    for attempt in attempts:
        seen[_key(attempt)] += 1
        yield attempt, seen[_key(attempt)]


def _key(attempt: Attempt) -> str:
    return f"{attempt.kind} {attempt.interview_id}"
