"""Makes hiring interviews with many candidates, quickly: rows as they are after everybody has sat, in bulk.

The answers themselves are left out: the score table reads stored totals, and making two million answers would take longer
than everything else.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import insert, text

from quizapp.extensions import db
from quizapp.models import (
    Attempt,
    AttemptKind,
    AttemptScore,
    Bank,
    Choice,
    Interview,
    InterviewVersion,
    Invitation,
    Review,
    Role,
    ScoreState,
    Team,
    TeamMember,
    User,
)

NOW = datetime(2026, 5, 1, 9, tzinfo=UTC)
SECTIONS = (("Concepts", 32), ("Read code", 30), ("Write code", 38))
BLUEPRINT = {
    "title": "Backend engineer",
    "bank": "crowd",
    "minutes": 75,
    "sections": [{"title": t} for t, _ in SECTIONS],
}
FIRST = (
    "Priya",
    "Kofi",
    "Hanna",
    "Diego",
    "Noor",
    "Wei-Ling",
    "Jonas",
    "Ama",
    "Lucas",
    "Sara",
    "Ines",
    "Mateusz",
)
LAST = (
    "Raman",
    "Mensah",
    "Virtanen",
    "Ferreyra",
    "el Amrani",
    "Tan",
    "Weidner",
    "Boateng",
    "Moreau",
    "Nikolaou",
)
AT_ONCE = 5000
# Ids of the rows of one interview begin at a multiple of this.
SPAN = 1_000_000


def team(*managers: int) -> int:
    """A team of these people; gives its number."""
    made = Team(name="Crowd", created_at=NOW)
    db.session.add(made)
    db.session.flush()
    for user_id in managers:
        db.session.add(TeamMember(team_id=made.id, user_id=user_id, added_at=NOW))
    db.session.add(Bank(id="crowd", title="Crowd", is_public=False))
    db.session.commit()
    return made.id


def interview(name: str, team_id: int, number: int, count: int, *, is_blind: bool = False) -> None:
    """An interview with `count` candidates, nine of ten of whom have finished. `number` tells its rows from others'."""
    made = Interview(
        id=name, bank_id="crowd", kind="hiring", title=f"Backend engineer {count}", blueprint=BLUEPRINT, team_id=team_id,
        is_blind=is_blind, created_at=NOW,
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    version = InterviewVersion(
        id=number, interview_id=name, number=1, title=made.title, blueprint=BLUEPRINT, created_at=NOW
    )
    db.session.add(version)
    db.session.flush()
    made.version_id = version.id
    rows = _candidates(name, number)
    left = count
    while left > 0:
        some = list(islice(rows, min(AT_ONCE, left)))
        for table in (User, Invitation, Attempt, AttemptScore, Review):
            kept = [row[table] for row in some if table in row]
            if kept:
                db.session.execute(insert(table), kept)
        left -= len(some)
    db.session.commit()


def settle() -> None:
    """Let the database count what it has, as it does by itself after a while."""
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE" if db.engine.dialect.name == "sqlite" else "VACUUM ANALYZE"))


def _candidates(name: str, number: int) -> Iterator[dict[Any, dict[str, Any]]]:
    chance = random.Random(number)
    index = number * SPAN
    while True:
        index += 1
        yield _candidate(name, number, index, chance)


def _candidate(name: str, number: int, index: int, chance: random.Random) -> dict[Any, dict[str, Any]]:
    called = f"{chance.choice(FIRST)} {chance.choice(LAST)}"
    email = f"{called.lower().replace(' ', '.')}.{index}@example.org"
    started = NOW + timedelta(seconds=7 * (index % SPAN))
    seconds = float(chance.randint(1200, 4500))
    fate = chance.random()
    has_started, has_ended = fate < 0.93, fate < 0.9
    ended = started + timedelta(seconds=seconds) if has_ended else None
    made: dict[Any, dict[str, Any]] = {
        User: {
            "id": index, "email": email, "name": called, "role": Role.CANDIDATE, "password_hash": "", "is_enabled": True,
            "created_at": NOW, "extra_share": 0.0, "is_guest": True,
        },
        Invitation: {
            "id": index, "interview_id": name, "version_id": number, "email": email, "name": called, "message": "",
            "generation": 1, "time_zone": "UTC", "extra_share": 0.0, "is_from_public_link": False, "created_at": NOW,
            "user_id": index, "code_tries": 0, "opened_at": NOW if fate < 0.96 else None,
            "bound_at": NOW if has_started else None, "ended_at": ended,
            "closes_at": NOW + timedelta(days=3000 if fate < 0.98 else -1),
        },
    }  # fmt: skip
    if not has_started:
        return made
    made[Attempt] = {
        "id": index, "user_id": index, "bank_id": "crowd", "interview_id": name, "invitation_id": index,
        "interview_version_id": number, "kind": AttemptKind.HIRING, "blueprint": BLUEPRINT, "seed": index % 2**31,
        "started_at": started, "finished_at": ended, "minutes": 75.0, "extra_share": 0.0, "credit_seconds": 0.0,
        "outage_seconds": 0.0, "is_shared": False,
    }  # fmt: skip
    made[AttemptScore] = _score(name, index, ended, seconds, chance)
    if has_ended and chance.random() < 0.6:
        made[Review] = {
            "attempt_id": index, "revision": 1, "decision": chance.choice(list(Choice)), "reason": "",
            "decided_by_id": None, "decided_at": NOW,
        }  # fmt: skip
    return made


def _score(
    name: str, index: int, ended: datetime | None, seconds: float, chance: random.Random
) -> dict[str, Any]:
    parts: list[dict[str, Any]] = [
        {"title": title, "points": round(chance.betavariate(4, 2) * most, 1) if ended else 0.0, "max_points": most}
        for title, most in SECTIONS
    ]  # fmt: skip
    points = round(sum(part["points"] for part in parts), 2)
    waits = chance.random() < 0.05
    state = ScoreState.WAITING if waits else ScoreState.FINAL
    return {
        "attempt_id": index, "interview_id": name, "state": state if ended else ScoreState.RUNNING,
        "points": points, "max_points": 100.0, "percent": round(points, 1), "is_complete": bool(ended) and not waits,
        "ended_at": ended, "seconds_used": seconds if ended else None, "sections": parts, "refreshed_at": NOW,
    }  # fmt: skip
