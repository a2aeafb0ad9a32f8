"""Links that show one report to whoever has them: derived from a number and a generation, expiring, revocable.

The token is a code under the server's key, so nothing of it is stored and the link can be shown again. Opening one
writes nothing to the database: openings are counted in Redis, and the sweeper adds them to the rows.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from flask import current_app
from redis.exceptions import RedisError
from sqlalchemy import select, update
from sqlalchemy.orm import joinedload, selectinload

from quizapp.errors import Conflict, Gone, NotFound, Unprocessable
from quizapp.extensions import db, redis_client
from quizapp.models import Attempt, Depth, InterviewRole, ShareLink, User
from quizapp.receipt import database_now, received_at
from quizapp.rules.blindness import Shown
from quizapp.services import audit, hiring, identities, reports
from quizapp.services.attempts import WHOLE

MOST_DAYS = 90
MOST_OF_ATTEMPT = 50
MAX_NOTE = 200
_COUNTS, _MOMENTS = "quizapp:share:counts", "quizapp:share:moments"
_KEPT_SECONDS = 7 * 24 * 3600  # the sweeper comes every few seconds; this is for a site that is being let go
_SIGNATURE_BYTES = 18


@dataclass(frozen=True)
class Listed:
    """One link for who manages them."""

    link: ShareLink
    token: str
    openings: int
    opened_at: datetime | None
    state: str  # works, expired, revoked


@dataclass(frozen=True)
class Opened:
    """What a link shows."""

    link: ShareLink
    attempt: Attempt
    report: reports.Report
    candidate: Shown


def listed(attempt_id: int) -> list[Listed]:
    """The links of an attempt, the newest first. Whoever asks has checked that the person may see them."""
    found = db.session.scalars(
        select(ShareLink)
        .where(ShareLink.attempt_id == attempt_id)
        .options(joinedload(ShareLink.created_by))
        .order_by(ShareLink.id.desc())
    ).all()
    counts, moments = _pending()
    now = database_now()
    return [
        Listed(
            link=one,
            token=token(one),
            openings=one.openings + int(counts.get(one.id, 0)),
            opened_at=datetime.fromisoformat(moments[one.id]) if one.id in moments else one.opened_at,
            state="revoked" if one.revoked_at else "expired" if one.expires_at <= now else "works",
        )
        for one in found
    ]


def make(user: User, attempt_id: int, fields: Any) -> ShareLink:
    """Make a link, and commit; only an owner of the interview may. Raises NotFound, Forbidden, Unprocessable."""
    attempt, _ = hiring.attempt(user, attempt_id, InterviewRole.OWNER)
    if attempt.finished_at is None:
        raise Conflict("This attempt is still running", "Share its report when it is handed in.")
    now = received_at()
    depth = fields.get("depth", "")
    if depth not in set(Depth):
        raise Unprocessable("Nothing is chosen", "Choose what the link shows.")
    working = [one for one in listed(attempt_id) if one.state == "works"]
    if len(working) >= MOST_OF_ATTEMPT:
        raise Unprocessable("That are too many links for one report", "Revoke some of them first.")
    link = ShareLink(
        attempt_id=attempt.id,
        depth=Depth(depth),
        note=" ".join(str(fields.get("note", "")).split())[:MAX_NOTE],
        created_by_id=user.id,
        created_at=now,
        expires_at=now + timedelta(days=_days(str(fields.get("days", "")))),
    )
    db.session.add(link)
    db.session.flush()
    _record("share_link.made", link, user, depth=link.depth, expires=link.expires_at.isoformat())
    db.session.commit()
    return link


def revoke(user: User, link_id: int) -> ShareLink:
    """Make a link void for ever, and commit. Raises NotFound, Forbidden."""
    link = db.session.get(ShareLink, link_id)
    if link is None:
        raise NotFound("There is no such link")
    hiring.attempt(user, link.attempt_id, InterviewRole.OWNER)
    if link.revoked_at is None:
        link.revoked_at, link.generation = received_at(), link.generation + 1
        _record("share_link.revoked", link, user, depth=link.depth)
        db.session.commit()
    return link


def opened(said: str) -> Opened:
    """What the link with this token shows. Writes nothing. Raises NotFound, Gone when it expired or was revoked."""
    number, _, _ = said.partition(".")
    if not (number.isascii() and number.isdigit() and len(number) < 10):  # noqa: PLR2004 - no link has such a number
        raise NotFound("There is no such link", "Check that it was copied whole.")
    link = db.session.get(ShareLink, int(number))
    if link is None or not _is_token(said, link):
        raise NotFound("There is no such link", "Check that it was copied whole.")
    if link.revoked_at is not None or link.expires_at <= database_now():
        raise Gone("This link shows nothing any more", "Ask whoever gave it to you for a new one.")
    attempt = db.session.scalars(
        select(Attempt)
        .where(Attempt.id == link.attempt_id)
        .options(*WHOLE, joinedload(Attempt.user), selectinload(Attempt.passes))
    ).one()
    return Opened(link, attempt, reports.report(attempt), identities.of(attempt))


def token(link: ShareLink) -> str:
    """What stands in the link's address."""
    return f"{link.id}.{_signature(link, link.generation)}"


def count(link: ShareLink) -> None:
    """Count one opening; without Redis it is not counted."""
    try:
        with redis_client().pipeline(transaction=False) as pipe:
            pipe.hincrby(_COUNTS, str(link.id), 1)
            pipe.hset(_MOMENTS, str(link.id), database_now().isoformat())
            pipe.expire(_COUNTS, _KEPT_SECONDS)
            pipe.expire(_MOMENTS, _KEPT_SECONDS)
            pipe.execute()
    except RedisError:
        return


def keep_counts() -> int:
    """Add what was counted to the rows, and commit; how many links that were. Called by the sweeper."""
    try:
        with redis_client().pipeline(transaction=True) as pipe:
            pipe.hgetall(_COUNTS)
            pipe.hgetall(_MOMENTS)
            pipe.delete(_COUNTS, _MOMENTS)
            counts, moments, _ = pipe.execute()
    except RedisError:
        return 0
    for number, times in sorted(counts.items()):
        db.session.execute(
            update(ShareLink)
            .where(ShareLink.id == int(number))
            .values(
                openings=ShareLink.openings + int(times),
                opened_at=datetime.fromisoformat(moments[number].decode()),
            )
        )
    db.session.commit()
    return len(counts)


def _pending() -> tuple[Mapping[int, int], Mapping[int, str]]:
    """What was counted and is not in the rows yet."""
    try:
        counts: Any = redis_client().hgetall(_COUNTS)
        moments: Any = redis_client().hgetall(_MOMENTS)
    except RedisError:
        return {}, {}
    return (
        {int(number): int(times) for number, times in counts.items()},
        {int(number): moment.decode() for number, moment in moments.items()},
    )


def _is_token(said: str, link: ShareLink) -> bool:
    """Whether it is the token of the link, or was before the link was revoked."""
    before = max(1, link.generation - 1) if link.revoked_at else link.generation
    return hmac.compare_digest(said.encode(), f"{link.id}.{_signature(link, before)}".encode())


def _signature(link: ShareLink, generation: int) -> str:
    key = str(current_app.config["SECRET_KEY"]).encode()
    code = hmac.digest(key, f"share-link:{link.id}:{generation}".encode(), sha256)
    return base64.urlsafe_b64encode(code[:_SIGNATURE_BYTES]).decode()


def _days(text: str) -> int:
    text = text.strip()
    if text.isascii() and text.isdigit() and len(text) < 4 and 1 <= int(text) <= MOST_DAYS:  # noqa: PLR2004
        return int(text)
    raise Unprocessable("This length does not fit", f"Let the link work for 1 to {MOST_DAYS} days.")


def _record(action: str, link: ShareLink, user: User, **facts: Any) -> None:
    attempt = db.session.get_one(Attempt, link.attempt_id)
    audit.record(
        action,
        f"share link {link.id}",
        actor=user,
        interview=attempt.interview_id,
        attempt=attempt.id,
        note=link.note,
        **facts,
    )
