"""Who may use a route, as words that stand for one expected answer per role.

The roles are those of people on a site with a hiring interview: nobody signed in, a guest of another invitation to it, a
candidate (who was invited to the interview and has sat it), an author, a manager of another team, a viewer, a reviewer and an owner of the interview, and an admin.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from enum import StrEnum
from typing import Any

from quizapp.models import Role

ROLES = ("anonymous", "guest", "candidate", "author", "stranger", "viewer", "reviewer", "owner", "admin")
MANAGERS = ("stranger", "viewer", "reviewer", "owner")


class Answer(StrEnum):
    """What a role gets. `OPEN`: through to the page, whatever it then says about what was sent."""

    OPEN = "open"
    SIGN_IN = "sign in"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not found"


class Access(StrEnum):
    """Words for a row of the matrix; a set of `Role` says that the role alone decides."""

    EVERYBODY = "everybody"
    SIGNED_IN = "signed in"
    ITS_CANDIDATE = "whose attempt it is"
    VIEWER = "viewers of the interview, and who may more"
    REVIEWER = "reviewers of the interview, and its owners"
    OWNER = "owners of the interview"


Row = Access | AbstractSet[Role]
_LEAST = {Access.VIEWER: 0, Access.REVIEWER: 1, Access.OWNER: 2}


def expected(row: Row, role: str) -> Answer:
    """What one role gets from a route with this row."""
    if row is Access.EVERYBODY:
        return Answer.OPEN
    if role == "anonymous":
        return Answer.SIGN_IN
    if row is Access.SIGNED_IN:
        return Answer.OPEN
    if row is Access.ITS_CANDIDATE:
        return Answer.OPEN if role == "candidate" else Answer.NOT_FOUND
    if isinstance(row, Access):
        return _in_interview(_LEAST[row], role)
    if role == "guest":
        return Answer.FORBIDDEN
    account = Role.MANAGER if role in MANAGERS else Role(role)
    return Answer.OPEN if account in row else Answer.FORBIDDEN


def got(reply: Any) -> Answer:
    """What an answer of the site says about whoever asked."""
    to_sign_in = reply.status_code == 302 and reply.location.startswith("/sign-in")
    if to_sign_in or reply.status_code == 401:
        return Answer.SIGN_IN
    return {403: Answer.FORBIDDEN, 404: Answer.NOT_FOUND}.get(reply.status_code, Answer.OPEN)


def _in_interview(least: int, role: str) -> Answer:
    if role in ("guest", "candidate", "author"):
        return Answer.FORBIDDEN
    if role == "stranger":
        return Answer.NOT_FOUND
    if role == "admin":
        return Answer.OPEN
    return Answer.OPEN if ("viewer", "reviewer", "owner").index(role) >= least else Answer.FORBIDDEN
