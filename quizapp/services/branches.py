"""The other versions of an answer: what they are, how they differ from the current one, and taking one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import func, select

from quizapp.errors import Closed, Conflict, NotFound
from quizapp.extensions import db
from quizapp.models import Branch, Response, ResponseState, User
from quizapp.receipt import received_at
from quizapp.rules import answers, differences
from quizapp.rules.differences import Change
from quizapp.services import clocks, responses
from quizapp.services.responses import Fate, Saving


@dataclass(frozen=True)
class Version:
    """One other version with what taking it would change."""

    branch: Branch
    text: str
    changes: list[Change]


@dataclass(frozen=True)
class Versions:
    """The answer to one question and its other versions, the newest first; none that equals the current answer."""

    response: Response
    text: str  # of the current answer, in lines that people can read
    others: list[Version]
    is_open: bool  # whether one of them can be taken


def of_response(response_id: int, user: User) -> Versions:
    """The versions of the user's own answer. Raises NotFound, also for a question that was not reached yet."""
    response = responses.own_known(response_id, user)
    content, current = response.content, response.answer
    others = [
        Version(branch, answers.as_text(content, branch.answer), _changes(content, current, branch.answer))
        for branch in _branches(response.id)
        if branch.answer != current
    ]
    return Versions(
        response=response,
        text=answers.as_text(content, current) if current else "",
        others=others,
        is_open=_is_open(response),
    )


def count(response: Response) -> int:
    """How many other versions of an answer there are; one question to the database."""
    if response.revision == 0 and response.saved_at is None:
        return 0
    kept = select(func.count()).where(Branch.response_id == response.id, Branch.is_late.is_(False))
    return db.session.scalar(kept) or 0


def take(response_id: int, branch_id: int, user: User, revision: int, device: str) -> Saving:
    """Make another version the current answer, as a new revision, and keep the one it replaces; commits.

    `revision` is that of the current answer as it was seen: when it has changed since, nothing is done, and the fate is
    STALE. Raises NotFound, Closed when the answer takes nothing more or the version came too late, Conflict when the answer
    was marked and stands.
    """
    response = responses.own(response_id, user, lock=True)
    db.session.refresh(response.attempt)
    branch = db.session.scalar(
        select(Branch).where(Branch.id == branch_id, Branch.response_id == response.id)
    )
    if branch is None:
        raise NotFound("There is no such version of this answer", "Load the list of versions again.")
    responses.ensure_open(response)
    if branch.is_late:
        raise Closed(
            "That version came too late", "It is kept and shown as late, and cannot become the answer."
        )
    if response.state is ResponseState.MARKED and not answers.is_coded(response.content):
        raise Conflict("This question was answered", "Choose “Try again” to answer it once more.")
    if branch.answer == response.answer:
        db.session.rollback()
        return Saving(Fate.SAVED, response)
    if revision != response.revision:
        db.session.rollback()
        return Saving(Fate.STALE, response, branch_id)
    moment = received_at()
    if response.answer is not None:
        replaced = Branch(
            answer=response.answer,
            based_on=response.revision - 1,
            is_replaced=True,
            device=device,
            received_at=response.saved_at or moment,
        )
        responses.keep_beside(response, replaced)
    responses.write(response, branch.answer, moment)
    db.session.commit()
    return Saving(Fate.SAVED, response, branch_id)


def _branches(response_id: int) -> list[Branch]:
    found = select(Branch).where(Branch.response_id == response_id).order_by(Branch.id.desc())
    return list(db.session.scalars(found))


def _is_open(response: Response) -> bool:
    if response.state is ResponseState.MARKED and not answers.is_coded(response.content):
        return False
    return not clocks.is_section_closed(response.attempt, response.section)


def _changes(content: Mapping[str, Any], old: dict[str, Any] | None, new: dict[str, Any]) -> list[Change]:
    """What taking a version would change: file by file for code, else the lines of the answer."""
    if answers.is_coded(content):
        now = {**content["files"], **(old or {}).get("files", {})}
        found = differences.changes({"files": now}, {"files": {**now, **new["files"]}})
        return [replace(change, title=change.title.partition(": ")[2] or "Files") for change in found]
    text = answers.as_text(content, old) if old else ""
    found = differences.changes({"answer": text}, {"answer": answers.as_text(content, new)})
    return [replace(change, title="What would change") for change in found]
