"""The candidate's side of an invitation: reading a link, accepting or declining, and the way to the start."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from flask import current_app
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from quizapp.errors import Closed, Conflict, Gone, NotFound, Unprocessable
from quizapp.extensions import db
from quizapp.models import Attempt, Bank, InterviewVersion, Invitation, User
from quizapp.receipt import database_now, received_at
from quizapp.rules import addresses, tokens
from quizapp.services import (
    audit,
    clocks,
    drawing,
    guests,
    interviews,
    link_keys,
    public_places,
    retakes,
    scores,
    sign_ins,
)
from quizapp.services.interviews import Lobby
from quizapp.services.invitation_states import LIVING, State, state_of

_WITH_INTERVIEW = joinedload(Invitation.version).joinedload(InterviewVersion.interview)


@dataclass(frozen=True)
class Meeting:
    """An invitation as whoever holds its link meets it, on one device."""

    invitation: Invitation
    state: State
    now: datetime
    is_mine: bool  # whoever is signed in here is the one who accepted it
    is_known_device: bool  # it was accepted in this browser

    @property
    def is_taken(self) -> bool:
        """Whether it was accepted, here or elsewhere."""
        return self.invitation.user_id is not None

    @property
    def is_of_account(self) -> bool:
        """Whether it was accepted with an account, so that signing in is the way to go on."""
        return self.invitation.user is not None and not self.invitation.user.is_guest

    @property
    def is_early(self) -> bool:
        """Whether the window is still to come."""
        return self.invitation.opens_at is not None and self.now < self.invitation.opens_at

    @property
    def is_released(self) -> bool:
        """Whether the next device may go on without a code."""
        return is_released(self.invitation, self.now)

    @property
    def address(self) -> str:
        """Where a code would go, in a way that only its owner recognises."""
        return addresses.masked(self.invitation.email)


def by_token(token: str, *, lock: bool = False) -> Invitation:
    """The invitation of a link. Raises NotFound for one that was not made here, Gone for one that is void."""
    named = link_keys.read_token(token)
    found = None
    if named is not None:
        query = select(Invitation).where(Invitation.id == named[0]).options(_WITH_INTERVIEW)
        if lock:
            query = query.with_for_update(of=Invitation, key_share=True)
            query = query.execution_options(populate_existing=True)
        found = db.session.scalar(query)
    if named is None or found is None:
        raise NotFound(
            "This link leads to no invitation",
            "Part of it may be missing. Open it from the mail again, or copy all of it.",
        )
    if found.revoked_at is not None or named[1] != found.generation:
        raise Gone(
            "This invitation is no longer open",
            f"It was withdrawn, or replaced by a newer link. Look for a newer mail, or ask {help_contact()}.",
        )
    return found


def help_contact() -> str:
    """Whom a candidate asks, in words."""
    return str(current_app.config["HELP_CONTACT"] or "whoever invited you")


def meet(token: str, user: User | None, device: str) -> Meeting:
    """What a link leads to for this person on this device. Writes nothing. Raises NotFound, Gone."""
    invitation = by_token(token)
    return Meeting(
        invitation=invitation,
        state=state_of(invitation),
        now=received_at(),
        is_mine=user is not None and user.id == invitation.user_id,
        is_known_device=is_known(invitation, device),
    )


def is_known(invitation: Invitation, device: str) -> bool:
    """Whether the invitation was accepted, or taken over, in the browser that keeps this text."""
    kept = invitation.device_hash
    return bool(device) and kept is not None and tokens.is_same(sign_ins.token_hash(device), kept)


def is_released(invitation: Invitation, now: datetime) -> bool:
    """Whether a manager lets the next device go on without a code."""
    return invitation.released_until is not None and now < invitation.released_until


def accept(token: str, device: str, account: User | None = None) -> User:
    """Bind the invitation to the account, or to a guest made for it, and commit; gives whose it is now.

    The second half of a double click, in the same browser, gets the same person. Raises NotFound, Gone, Closed,
    Declined as Conflict, Taken when somebody else was faster, and Closed when its place of a public link is gone.
    """
    link = public_places.locked_for(by_token(token))  # before the invitation, as who asks for a place has it
    invitation = by_token(token, lock=True)
    ensure_living(invitation)
    if invitation.user is not None:
        if is_known(invitation, device) or (account is not None and account.id == invitation.user_id):
            user = invitation.user
            db.session.rollback()
            return user
        raise Taken
    public_places.ensure(link, invitation)
    now = database_now()
    user = account or guests.made_for(invitation)
    invitation.user_id = user.id
    invitation.opened_at = invitation.opened_at or now
    invitation.bound_at = now
    invitation.device_hash = sign_ins.token_hash(device)
    audit.record(
        "invitation.accepted",
        subject_of(invitation),
        actor=user,
        interview=invitation.interview_id,
        by="an account" if account else "a guest",
    )
    db.session.commit()
    return user


class Taken(Conflict):
    """Somebody accepted the invitation on another device."""

    code = "taken"
    message = "This invitation is in use on another device"
    what_to_do = "Open the link again; its page says how to go on here."


def decline(token: str) -> None:
    """Say no for good, and commit. Raises NotFound, Gone, and Closed once it was begun or its time is over."""
    invitation = by_token(token, lock=True)
    if state_of(invitation) is State.DECLINED:
        return
    ensure_living(invitation)
    invitation.declined_at = database_now()
    audit.record("invitation.declined", subject_of(invitation), interview=invitation.interview_id)
    db.session.commit()


def ensure_living(invitation: Invitation) -> None:
    """Raises Closed, with the reason, unless the invitation can still be begun."""
    state = state_of(invitation)
    if state in LIVING or (state is State.STARTED and invitation.user_id is not None):
        return
    reasons = {
        State.DECLINED: "This invitation was declined",
        State.EXPIRED: "The time of this invitation is over",
        State.FINISHED: "This interview was handed in",
    }
    raise Closed(
        reasons.get(state, "This invitation is closed"), f"If that is not right, ask {help_contact()}."
    )


def subject_of(invitation: Invitation) -> str:
    """How the audit log names it: by number, so that it names nobody."""
    return f"invitation {invitation.id} to {invitation.interview_id}"


def of_user(user: User) -> list[Invitation]:
    """The invitations that the person accepted and that are not revoked, newest first."""
    query = (
        select(Invitation)
        .where(Invitation.user_id == user.id, Invitation.revoked_at.is_(None))
        .options(_WITH_INTERVIEW)
        .order_by(Invitation.id.desc())
        .limit(50)
    )
    return list(db.session.scalars(query))


def own(user: User, invitation_id: int, *, lock: bool = False) -> Invitation:
    """An invitation that the person accepted. Raises NotFound, and Gone for one that was withdrawn."""
    query = (
        select(Invitation)
        .where(Invitation.id == invitation_id, Invitation.user_id == user.id)
        .options(_WITH_INTERVIEW)
    )
    if lock:
        query = query.with_for_update(of=Invitation, key_share=True).execution_options(populate_existing=True)
    found = db.session.scalar(query)
    if found is None:
        raise NotFound("There is no such invitation of yours", "Open the link of your invitation again.")
    if found.revoked_at is not None:
        raise Gone("This invitation is no longer open", f"It was withdrawn. Ask {help_contact()}.")
    return found


def lobby(user: User, invitation_id: int) -> tuple[Invitation, Lobby]:
    """The page before the start, on the terms of this person and invitation. Raises NotFound, Gone."""
    invitation = own(user, invitation_id)
    return invitation, _lobby_of(user, invitation)


def start(user: User, invitation_id: int, *, consents: bool) -> Attempt:
    """Draw the questions, start the clock and commit; a second start gives the attempt there is.

    Raises NotFound, Gone, Unprocessable without consent, and Conflict when it is too early, too late or cannot be drawn.
    """
    invitation = own(user, invitation_id, lock=True)
    if invitation.attempt is not None:
        return invitation.attempt
    ensure_living(invitation)
    if not consents:
        raise Unprocessable(
            "The clock was not started",
            "Tick that you know what is recorded and who sees it. Nothing is recorded without it.",
        )
    terms = _lobby_of(user, invitation)
    if terms.problem:
        raise Conflict(terms.problem.rstrip("."), "Nothing was started.")
    attempt = drawing.new_attempt(user, drawing.plan_of(invitation.version), invitation)
    try:
        scores.refresh(attempt)
        db.session.commit()
    except IntegrityError:  # the same account runs this interview by another invitation
        db.session.rollback()
        raise Conflict(
            "You are sitting this interview already, by another invitation", "Hand that one in first."
        ) from None
    return attempt


def _lobby_of(user: User, invitation: Invitation) -> Lobby:
    """The lobby of an invitation: its window in place of the blueprint's, and the larger share of extra time."""
    now = received_at()
    plan = drawing.plan_of(invitation.version)
    closes = [one for one in (plan.closes_at, invitation.closes_at) if one is not None]
    if closes:
        plan = replace(plan, blueprint={**plan.blueprint, "closes": min(closes).isoformat()})
    bank = db.session.get_one(Bank, plan.bank_id)
    attempt = invitation.attempt
    is_running = attempt is not None and not clocks.is_closed(attempt)
    offer = replace(
        interviews.offer_of(plan, bank, []),
        running=attempt if is_running else None,
        sat=[attempt] if attempt is not None and not is_running else [],
    )
    problem, opens_at = "", None
    if attempt is None:
        if invitation.opens_at is not None and now < invitation.opens_at:
            problem, opens_at = "Its time has not come yet.", invitation.opens_at
        elif closes and now >= min(closes):
            problem = "Its time is over."
        else:
            problem = retakes.problem_of(invitation, plan.blueprint) or drawing.problem_of(plan)
    return Lobby(offer, max(user.extra_share, invitation.extra_share), now, problem, opens_at)
