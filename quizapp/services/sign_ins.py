"""Devices on which people are signed in.

The session cookie holds a random token; the row holds its hash. So a sign-in can be ended on the server's side, and
whoever reads the database cannot sign in with what is found there.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from flask import current_app, g, request, session
from flask_login import login_user, logout_user
from sqlalchemy import Select, bindparam, select, update

from quizapp.errors import NotFound
from quizapp.extensions import alone, as_loaded, db
from quizapp.models import SignIn, User
from quizapp.receipt import clock, database_now, moment_of, note, received_at
from quizapp.services import along

_PERSON = tuple(User.__table__.c.keys())
_SEEN_EVERY = timedelta(minutes=5)  # how exact "last seen" is; a write per request would be too much
_BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


# Beside whom is signed in, a session names the invitation that was opened here and what this browser is known by.
INVITATION, INVITATION_DEVICE = "invitation", "invitation_device"


def token_hash(token: str) -> str:
    """What is kept of a token. Tokens are random, so a fast hash without salt is enough."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def load(token: str) -> User | None:
    """The person whose device holds this token; None when the sign-in has ended, is too old, or was switched off.

    One statement tells the person, the device and the clock, from which the request's moment of receipt follows, and what
    the view wants to know beside them (`quizapp.services.along`).
    """
    if g.get("sign_in_unknown"):
        return None  # the database failed a moment ago; the error page shows nobody rather than fail again
    g.sign_in_unknown = True
    beside, arguments = along.wanted()
    with alone(read_only=True) as connection:
        found = connection.execute(
            _who(connection.dialect.name, beside), {"token_hash": token_hash(token), **arguments}
        ).one_or_none()
    g.sign_in_unknown = False
    if found is None:
        return None
    now = moment_of(found.now)
    note(now)
    if is_expired(found.signed_in_at, found.seen_at, now):
        return None
    if now - found.seen_at > _SEEN_EVERY:
        with alone() as connection:
            connection.execute(update(SignIn).where(SignIn.id == found.sign_in_id).values(seen_at=now))
    g.sign_in_id = found.sign_in_id
    columns = found._mapping  # noqa: SLF001 - SQLAlchemy's name for a row's dictionary
    if beside is not None:
        along.keep(beside, arguments, found.id, found[-len(beside.columns) :])
    return as_loaded(User, {name: columns[name] for name in _PERSON})


@cache
def _who(_dialect: str, beside: along.Along | None) -> Select[Any]:
    """Who holds a token, and what time it is in the words of this kind of database; what is read beside it comes last."""
    asked = (
        select(
            *User.__table__.c,
            SignIn.id.label("sign_in_id"),
            SignIn.created_at.label("signed_in_at"),
            SignIn.seen_at,
            clock().label("now"),
        )
        .join_from(User.__table__, SignIn.__table__)
        .where(
            SignIn.token_hash == bindparam("token_hash"),
            SignIn.ended_at.is_(None),
            User.is_enabled,
        )
    )
    if beside is None:
        return asked
    return asked.add_columns(*beside.columns).outerjoin(beside.tables, beside.holds)


def is_expired(created_at: datetime, seen_at: datetime, now: datetime) -> bool:
    """True when a device was not used for too long, or signed in too long ago."""
    idle: timedelta = current_app.config["SIGN_IN_IDLE"]
    lifetime: timedelta = current_app.config["SIGN_IN_LIFETIME"]
    return now - seen_at > idle or now - created_at > lifetime


def begin(user: User, *, stay: bool = True) -> None:
    """Sign this device in under a new token. What the session held before is dropped, but for an opened invitation.

    With `stay` the browser keeps the cookie when it is closed.
    """
    token = secrets.token_urlsafe(32)
    now = received_at()
    db.session.add(
        SignIn(
            user_id=user.id,
            token_hash=token_hash(token),
            created_at=now,
            seen_at=now,
            device=device_in_words(request.user_agent.string),
            address=(request.remote_addr or "")[:64],
        )
    )
    db.session.commit()
    kept = {name: session[name] for name in (INVITATION, INVITATION_DEVICE) if name in session}
    session.clear()
    session.update(kept)
    session.permanent = stay
    login_user(user)
    session["_user_id"] = token  # what `load` gets; Flask-Login would put the person's number there


def end_current() -> None:
    """Sign this device out, in the database and in the browser."""
    if sign_in_id := g.get("sign_in_id"):
        _end(SignIn.id == sign_in_id)
        db.session.commit()
    logout_user()
    forget_session()


def end(user_id: int, sign_in_id: int) -> None:
    """Sign out one device of this person. Raises `NotFound` for a device that is not theirs."""
    if not _end(SignIn.id == sign_in_id, SignIn.user_id == user_id):
        raise NotFound("There is no such device in your account", "It may be signed out already.")
    db.session.commit()


def end_others(user_id: int) -> None:
    """Sign out every device of this person but the one that sends this request."""
    end_all(user_id, but=current_id())
    db.session.commit()


def forget_session() -> None:
    """Drop what this browser's session holds."""
    session.clear()


def end_all(user_id: int, but: int | None = None) -> int:
    """Sign out every device of this person, but for the one given; how many. The caller commits."""
    conditions = [SignIn.user_id == user_id]
    if but is not None:
        conditions.append(SignIn.id != but)
    return _end(*conditions)


def current_id() -> int | None:
    """The row of the device that sends this request."""
    found: int | None = g.get("sign_in_id")
    return found


def open_ones(user_id: int) -> list[SignIn]:
    """The devices on which this person is signed in, the one seen last first."""
    now = received_at()
    rows = db.session.scalars(
        select(SignIn)
        .where(SignIn.user_id == user_id, SignIn.ended_at.is_(None))
        .order_by(SignIn.seen_at.desc())
    )
    return [row for row in rows if not is_expired(row.created_at, row.seen_at, now)]


def device_in_words(user_agent: str) -> str:
    """Browser and system in words, from what the browser says of itself; cut, and without control characters."""
    browser = next((word for sign, word in _BROWSERS if sign in user_agent), "")
    system = next((word for sign, word in _SYSTEMS if sign in user_agent), "")
    if browser and system:
        return f"{browser} on {system}"
    return re.sub(r"[^\x20-\x7e]", " ", user_agent)[:60].strip() or "Unknown device"


def _end(*conditions: object) -> int:
    done = db.session.execute(
        update(SignIn).where(SignIn.ended_at.is_(None), *conditions).values(ended_at=database_now())  # type: ignore[arg-type]
    )
    return int(done.rowcount)  # type: ignore[attr-defined]
