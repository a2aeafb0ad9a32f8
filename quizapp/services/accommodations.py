"""More time for a person: a share that holds in every interview that starts after it was given."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from quizapp.extensions import db
from quizapp.models import User
from quizapp.services import accounts, audit

MOST_PERCENT = 300
_DIGITS = 10  # of a number that is worth reading


def people() -> Sequence[User]:
    """Everybody who has extra time, by name."""
    return db.session.scalars(
        select(User).where(User.extra_share > 0).order_by(func.lower(User.name), User.id)
    ).all()


def give(email: str, percent: str, *, actor: User | None) -> User:
    """Give the person with this address so many percent more time (whole, 0 takes it away), and commit.

    What runs already keeps the time it began with. Raises NotAccepted, NotFound.
    """
    text = percent.strip()
    if not (text.isascii() and text.isdigit() and len(text) < _DIGITS and int(text) <= MOST_PERCENT):
        raise accounts.NotAccepted("percent", f"Give whole percent from 0 to {MOST_PERCENT}, such as 25.")
    person = accounts.by_email(email)
    before, after = round(100 * person.extra_share), int(text)
    if before != after:
        person.extra_share = after / 100
        audit.record(
            "user.extra_time_set", person.email, actor=actor, before_percent=before, after_percent=after
        )
        db.session.commit()
    return person
