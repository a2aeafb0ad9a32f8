"""Mocks that candidates compose: what a bank can give for their wishes, the lobby of it, and its start."""

from __future__ import annotations

from sqlalchemy import select

from quizapp.errors import NotFound
from quizapp.extensions import db
from quizapp.models import Attempt, Bank, User
from quizapp.rules import composing, titles
from quizapp.rules.composing import Composition, Wishes
from quizapp.services import attempts, drawing, interviews
from quizapp.services.drawing import Plan
from quizapp.services.interviews import Lobby

NAMED_TOPICS = 2  # in a title


def preview(wishes: Wishes) -> Composition:
    """What the bank gives. Raises NotFound for a bank that is not open to all."""
    _bank(wishes.bank_id)
    return composing.compose(wishes, drawing.candidates(wishes.bank_id))


def lobby(user: User, wishes: Wishes) -> Lobby:
    """The lobby of a composed mock. Raises NotFound, also when nothing can be drawn."""
    bank = _bank(wishes.bank_id)
    offer = interviews.offer_of(_plan(wishes, bank), bank, attempts.of_user(user))
    return interviews.lobby_of(user, offer)


def start(user: User, wishes: Wishes, *, consents: bool, records: bool = False) -> Attempt:
    """Start a composed mock and commit; one of them runs at a time. Raises as `interviews.start` does."""
    bank = _bank(wishes.bank_id)
    return interviews.begin(user, _plan(wishes, bank), bank, consents=consents, records=records)


def wishes_of(attempt: Attempt) -> Wishes | None:
    """What a composed mock was asked for; None for every other attempt."""
    blueprint = attempt.blueprint or {}
    told = blueprint.get("composed")
    if told is None:
        return None
    least, most = told["difficulty"]
    return Wishes(
        bank_id=attempt.bank_id,
        minutes=int(blueprint["minutes"]),
        topics=tuple(told["topics"]),
        kinds=tuple(told["kinds"]),
        difficulty=(least, most),
        is_even=told.get("even", False),
    )


def _plan(wishes: Wishes, bank: Bank) -> Plan:
    composition = composing.compose(wishes, drawing.candidates(bank.id))
    if not composition.count:
        raise NotFound("Nothing fits these wishes", "Choose more topics or kinds, or more minutes.")
    return Plan(bank.id, composition.blueprint(_title(wishes, bank), _description(wishes, bank)))


def _title(wishes: Wishes, bank: Bank) -> str:
    named = [titles.topic_title(topic) for topic in wishes.topics]
    if not named:
        about = "all topics"
    elif len(named) <= NAMED_TOPICS:
        about = " and ".join(named)
    else:
        about = f"{', '.join(named[:NAMED_TOPICS])} and {len(named) - NAMED_TOPICS} more"
    return f"Own mock, {bank.title}: {about}, {wishes.minutes} min"


def _description(wishes: Wishes, bank: Bank) -> str:
    topics = ", ".join(titles.topic_title(topic) for topic in wishes.topics) or "all topics"
    kinds = ", ".join(titles.kind_title(kind).lower() for kind in wishes.kinds) or "all kinds"
    least, most = wishes.difficulty
    even = ", as many questions of each" if wishes.is_even else ""
    return (
        f"A mock you composed from the bank {bank.title}. Topics: {topics}. Kinds: {kinds}. "
        f"Difficulty {least} to {most} of 5{even}."
    )


def _bank(bank_id: str) -> Bank:
    bank = db.session.scalar(select(Bank).where(Bank.id == bank_id, Bank.is_public.is_(True)))
    if bank is None:
        raise NotFound("There is no such bank", "What is open is listed on the page Banks.")
    return bank
