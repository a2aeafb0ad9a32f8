"""Who a candidate is, as staff may see it: by the one rule of blind review, for one attempt and for many."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import ColumnElement, Select, select

from quizapp.extensions import db
from quizapp.models import FINAL, Attempt, Interview, Invitation, Review
from quizapp.rules import blindness
from quizapp.rules.blindness import Shown


def of(attempt: Attempt) -> Shown:
    """The candidate of one attempt."""
    return of_many([attempt])[attempt.id]


def of_many(attempts: Iterable[Attempt]) -> dict[int, Shown]:
    """Attempt id -> its candidate. At most two queries beyond what the attempts bring along (`user`, `interview`).

    A guest has no address of their own: theirs is the one that was invited.
    """
    listed = list(attempts)
    blind = [one.id for one in listed if one.interview is not None and one.interview.is_blind]
    decided = set(db.session.scalars(_decided(blind))) if blind else set()
    guests = [one.invitation_id for one in listed if one.user.is_guest and one.invitation_id is not None]
    invited = (
        dict(
            db.session.execute(select(Invitation.id, Invitation.email).where(Invitation.id.in_(guests))).all()
        )
        if guests
        else {}
    )
    return {
        one.id: blindness.shown(
            one.user.name,
            invited.get(one.invitation_id or 0, one.user.email),
            one.id,
            is_hidden=blindness.hides(is_blind=one.id in blind, is_decided=one.id in decided),
        )
        for one in listed
    }


def is_known() -> ColumnElement[bool]:
    """The condition of attempts whose candidate staff may see, for where names are searched or sorted by.

    To be used where `Attempt` and `Interview` are selected from: a search that found hidden names would tell them.
    """
    return Interview.is_blind.is_(False) | is_decided()


def is_decided() -> ColumnElement[bool]:
    """The condition of attempts whose candidate was told on or turned away; to be used where `Attempt` is selected from."""
    decided = select(Review.attempt_id).where(Review.attempt_id == Attempt.id, Review.decision.in_(FINAL))
    return decided.exists()


def _decided(ids: list[int]) -> Select[int]:
    return select(Review.attempt_id).where(Review.attempt_id.in_(ids), Review.decision.in_(FINAL))
