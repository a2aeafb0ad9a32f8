"""The places of public links: whoever accepted the invitation has one, and whoever asked holds one for an hour.

An address proves itself by accepting: the personal link that does so was mailed to it. One that does not prove itself gives its place
back by the passing of time, and its link still opens the interview as long as there is a place.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, or_, select

from quizapp.errors import Closed
from quizapp.extensions import db
from quizapp.models import Invitation, PublicLink
from quizapp.receipt import database_now, received_at

HELD = timedelta(hours=1)


def locked(interview_id: str) -> PublicLink | None:
    """The public link of an interview, for a transaction that counts its places."""
    return db.session.scalar(
        select(PublicLink)
        .where(PublicLink.interview_id == interview_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )


def taken(interview_id: str, now: datetime | None = None) -> int:
    """How many places are taken or held. Revoking an invitation gives its place back."""
    since = (now or received_at()) - HELD
    counted = select(func.count(Invitation.id)).where(
        Invitation.interview_id == interview_id,
        Invitation.is_from_public_link.is_(True),
        Invitation.revoked_at.is_(None),
        Invitation.declined_at.is_(None),
        or_(Invitation.bound_at.is_not(None), Invitation.created_at > since),
    )
    return db.session.scalar(counted) or 0


def has_lapsed(invitation: Invitation, now: datetime | None = None) -> bool:
    """Whether the invitation came by the public link, and gave its place back because nobody accepted it in time."""
    is_open = invitation.is_from_public_link and invitation.bound_at is None
    return is_open and invitation.created_at <= (now or received_at()) - HELD


def locked_for(invitation: Invitation) -> PublicLink | None:
    """The public link, locked, of an invitation that came by it and is not accepted; None for any other.

    Also of one that still holds its place: nobody is to count it as given back while it is being accepted.
    """
    is_open = invitation.is_from_public_link and invitation.bound_at is None
    return locked(invitation.interview_id) if is_open else None


def ensure(link: PublicLink | None, invitation: Invitation) -> None:
    """Raises Closed for an invitation that gave its place back while others took all of them; `locked_for` gave the link."""
    now = database_now()
    if (
        link is not None
        and has_lapsed(invitation, now)
        and taken(invitation.interview_id, now) >= link.places
    ):
        raise Closed(
            "All places were taken meanwhile",
            "A place is held for an hour after asking for it. Try again later: places that others do not take come back.",
        )
