"""Blind review: who sat an attempt stays hidden from staff until it is decided to advance or reject them.

Every page, title, export and list that names a candidate to staff asks here, so that a name does not slip out of one of
them. What the candidate wrote is shown as it is: a name inside an answer is the candidate's own doing.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Shown:
    """A candidate as staff may see them; while hidden, `name` is the pseudonym and `email` is empty."""

    name: str
    email: str
    is_hidden: bool


def hides(*, is_blind: bool, is_decided: bool) -> bool:
    """Whether the interview's blind mode hides who sat an attempt. To hold decides nothing yet."""
    return is_blind and not is_decided


def shown(name: str, email: str, number: int | None, *, is_hidden: bool) -> Shown:
    """A candidate, or the pseudonym that stands for them. `number` is the attempt's; None before there is one."""
    return Shown(pseudonym(number), "", is_hidden=True) if is_hidden else Shown(name, email, is_hidden=False)


def pseudonym(number: int | None) -> str:
    """The name of an attempt whose candidate is hidden: the same wherever and whenever it is shown."""
    return f"Candidate {number}" if number is not None else "Candidate, not started"
