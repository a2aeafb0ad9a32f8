"""What a manager decides about a regrade: to apply it as a whole, and to undo it as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select, update

from quizapp.errors import Forbidden
from quizapp.extensions import db
from quizapp.models import Regrade, RegradeItem, RegradeState, Response, ResponseState, Role, User
from quizapp.receipt import database_now
from quizapp.rules import answers
from quizapp.services import audit, regrades, responses, scores
from quizapp.services.regrade_lines import Line, Outlook


def apply(regrade_id: int, actor: User, *, is_only_raising: bool, seen: str) -> Outlook:
    """Give every answer that changes its new points, and commit, with entries in the audit log.

    `seen` is the digest of the list that the actor saw. With `is_only_raising`, answers that would lose points keep
    them. Raises Forbidden, and Conflict when something is incomplete or not as it was seen.
    """
    need_manager(actor)
    found = regrades.show(regrade_id)
    regrade = found.regrade
    if not _taken(regrade_id, RegradeState.OPEN, state=RegradeState.APPLIED, is_only_raising=is_only_raising):
        raise regrades.refused("This regrade is not open any more", "It was applied or discarded meanwhile.")
    if not found.is_complete:
        raise regrades.refused(
            "Not everything is graded yet", "Nothing was changed. Apply it when all of it is graded."
        )
    if found.digest != seen:
        raise regrades.refused("The list is not the one you saw", "Nothing was changed. Look at it again.")
    if regrade.question.version_id != regrade.version_id:
        raise regrades.refused(
            "The question was changed again", "Discard this regrade and work out another one."
        )
    _lock([line.item for line in found.lines])
    written = [line for line in found.lines if line.changes and not (is_only_raising and line.is_lowered)]
    for line in found.lines:
        is_by_hand = line.item.response.override_id is not None  # then it is kept as it is
        if not is_by_hand and regrades.snapshot(line.item.response) != line.item.before:
            raise regrades.refused(
                "An answer was graded meanwhile",
                "Nothing was changed. Discard this regrade and work out another one.",
            )
    for line in written:
        _write(line)
    scores.refresh_all(line.item.response.attempt_id for line in written)
    regrade.applied_by_id, regrade.applied_at = actor.id, database_now()
    _note("regrade.applied", found, written, actor, is_only_raising=is_only_raising)
    db.session.commit()
    return regrades.show(regrade_id)


def undo(regrade_id: int, actor: User) -> Outlook:
    """Give every answer back what it had before this regrade, and commit, with entries in the audit log.

    Raises Forbidden, and Conflict when it is not applied or a later one has changed the same answers.
    """
    need_manager(actor)
    found = regrades.show(regrade_id)
    if not _taken(regrade_id, RegradeState.APPLIED, state=RegradeState.UNDONE):
        raise regrades.refused("This regrade is not applied", "It was undone meanwhile.")
    written = [line for line in found.lines if line.item.is_applied]
    _lock([line.item for line in written])
    for line in written:
        if line.item.response.override_id is not None:
            raise regrades.refused(
                "A reviewer has since set points of these answers by hand", "Undo that on the reports first."
            )
        if regrades.snapshot(line.item.response) != line.item.after:
            raise regrades.refused("A later regrade has changed these answers", "Undo the later one first.")
    for line in written:
        response = line.item.response
        _restore(response, line.item.before)
        if answers.is_coded(response.content):  # a verdict on it may have come meanwhile
            responses.settle(response)
        line.item.is_applied = False
    scores.refresh_all(line.item.response.attempt_id for line in written)
    found.regrade.undone_by_id, found.regrade.undone_at = actor.id, database_now()
    _note("regrade.undone", found, written, actor)
    db.session.commit()
    return regrades.show(regrade_id)


def _restore(response: Response, kept: Mapping[str, Any]) -> None:
    response.state = ResponseState(kept["state"])
    for name in regrades.KEPT:
        setattr(response, name, kept[name])


def _write(line: Line) -> None:
    item, response = line.item, line.item.response
    if item.after is None:  # code: from the best of its runs
        points = line.new_points or 0.0
        item.after = item.before | {
            "state": ResponseState.MARKED.value,
            "points": points,
            "first_points": points if item.before["first_points"] is None else item.before["first_points"],
            "is_solved": line.is_solved,
            "tries": max(1, item.before["tries"]),
            "graded_version_id": item.regrade.version_id,
        }
    _restore(response, item.after)
    item.is_applied = True


def _lock(items: Sequence[RegradeItem]) -> None:
    """Read the responses again, as they are now, and keep them until the transaction ends."""
    ids = [item.response_id for item in items]
    db.session.scalars(
        select(Response)
        .where(Response.id.in_(ids))
        .order_by(Response.id)
        .with_for_update(of=Response, key_share=True)
        .execution_options(populate_existing=True)
    ).all()


def _taken(regrade_id: int, expected: RegradeState, **values: object) -> bool:
    """Move a regrade on, so that of two who do at once one is refused."""
    return regrades.changed(
        update(Regrade).where(Regrade.id == regrade_id, Regrade.state == expected).values(**values)
    )


def need_manager(actor: User) -> None:
    """Raise Forbidden for anybody who may not apply or undo."""
    if actor.role not in (Role.MANAGER, Role.ADMIN):
        raise Forbidden("Only managers apply and undo regrades", "Ask a manager of this site.")


def _note(action: str, found: Outlook, written: Sequence[Line], actor: User, **facts: Any) -> None:
    """One entry about the whole, and one for each answer with its points before and after."""
    regrade = found.regrade
    is_undone = action == "regrade.undone"
    lowered = sum(line.is_lowered for line in written)
    audit.record(
        action,
        f"regrade {regrade.id}",
        actor=actor,
        question=regrade.question_id,
        version=regrade.version_id,
        answers=len(written),
        lowered=lowered,
        **facts,
    )
    for line in written:
        before, after = line.old_points, line.new_points
        audit.record(
            "answer.regraded",
            f"answer {line.item.response_id}",
            actor=actor,
            interview=line.item.response.attempt.interview_id,
            regrade=regrade.id,
            attempt=line.item.response.attempt_id,
            before=after if is_undone else before,
            points=before if is_undone else after,
        )
