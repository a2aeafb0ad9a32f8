"""Who of a list can be invited to an interview: new people, those who may sit it again, and those who are left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import select

from quizapp.extensions import db
from quizapp.models import Attempt, Interview, InterviewVersion, Invitation
from quizapp.receipt import received_at
from quizapp.rules.invitees import Invitee
from quizapp.services import invitation_states
from quizapp.services.invitation_states import State

AT_ONCE = 500  # SQLite takes so many values in one statement
# While an earlier invitation to the same address is one of these, another one would be a mistake.
IN_THE_WAY = {
    State.INVITED: "invited already",
    State.OPENED: "invited already, and has opened the link",
    State.STARTED: "sits it now",
}
_EARLIER = {
    State.EXPIRED: "new invitation: did not start in time before",
    State.DECLINED: "new invitation: declined before",
    State.REVOKED: "new invitation: was revoked before",
}


class Standing(StrEnum):
    """What becomes of one row of a list."""

    NEW = "new"
    AGAIN = "again"  # sat it, and may sit it again, when whoever invites says so
    OUT = "out"


@dataclass(frozen=True)
class Judged:
    """One person of a list, and in words why they stand where they stand."""

    person: Invitee
    standing: Standing
    words: str


@dataclass
class _Earlier:
    """What there is of earlier invitations to one address."""

    states: list[State] = field(default_factory=list)  # oldest first
    ended: list[datetime] = field(default_factory=list)


def judged(interview: Interview, version: InterviewVersion, people: Sequence[Invitee]) -> list[Judged]:
    """Everybody of the list, in its order, by the rules of the version that they would get."""
    earlier = _earlier(interview.id, [one.email for one in people])
    now = received_at()
    return [
        _judged(one, earlier.get(one.email), version.blueprint, now, is_blind=interview.is_blind)
        for one in people
    ]


def _judged(
    person: Invitee, earlier: _Earlier | None, blueprint: Mapping[str, Any], now: datetime, *, is_blind: bool
) -> Judged:
    if earlier is None:
        return Judged(person, Standing.NEW, "new")
    for state in earlier.states:
        if state in IN_THE_WAY:
            return Judged(person, Standing.OUT, IN_THE_WAY[state])
    times, most = len(earlier.ended), blueprint.get("attempts")
    if not times:
        return Judged(person, Standing.NEW, _EARLIER[earlier.states[-1]])
    if most and times >= most:
        words = "has sat it, and it may be sat once" if most == 1 else f"has sat it {times} of {most} times"
        return Judged(person, Standing.OUT, words)
    until = max(earlier.ended) + timedelta(hours=blueprint.get("cool_down") or 0)
    if now < until and (person.window.opens_at is None or person.window.opens_at < until):
        # Where review is blind, the moment would lead to the attempt.
        when = "a while has to pass" if is_blind else f"again from {until:%d %B %Y, %H:%M} UTC"
        return Judged(person, Standing.OUT, f"has sat it: {when}")
    counted = f"{times} of {most} times" if most else "once" if times == 1 else f"{times} times"
    return Judged(person, Standing.AGAIN, f"has sat it {counted}")


def _earlier(interview_id: str, emails: Sequence[str]) -> dict[str, _Earlier]:
    state = invitation_states.of(received_at())
    found: dict[str, _Earlier] = {}
    for begin in range(0, len(emails), AT_ONCE):
        rows = db.session.execute(
            select(Invitation.email, state, Attempt.finished_at)
            .outerjoin(Attempt, Attempt.invitation_id == Invitation.id)
            .where(
                Invitation.interview_id == interview_id,
                Invitation.email.in_(emails[begin : begin + AT_ONCE]),
            )
            .order_by(Invitation.id)
        )
        for email, now_is, ended in rows:
            one = found.setdefault(email, _Earlier())
            one.states.append(State(now_is))
            if ended is not None:
                one.ended.append(ended)
    return found
