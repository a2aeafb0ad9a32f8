"""Exports of score tables: small ones sent at once, those that take longer than a page may made by a job and kept for a day.

Each is in the audit log. The role is asked for again when a file is fetched: who has left the team, or lost the role,
gets nothing any more.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from redis.exceptions import RedisError
from sqlalchemy import ColumnElement, delete, func, or_, select, update

from quizapp import queueing
from quizapp.errors import Conflict, Gone, NotFound, Unprocessable
from quizapp.extensions import alone, commit_and_keep, db, read_from_here, redis_client
from quizapp.models import (
    FINAL,
    Attempt,
    Decision,
    Export,
    ExportPart,
    Interview,
    InterviewRole,
    Invitation,
    Review,
    User,
)
from quizapp.receipt import database_now, received_at
from quizapp.services import audit, hiring, score_export
from quizapp.services.score_table import Filters

FORMS = {"csv": "CSV", "xlsx": "Excel"}
# As many candidates as are sent within the request that asks for them, without and with answers: about a second of computing.
DIRECT_MOST = {False: 2000, True: 500}
KEPT = timedelta(hours=24)
FORGOTTEN_AFTER = timedelta(seconds=5)
MOST_TRIES = 3
MOST_OF_PERSON = 10
RING_EVERY_SECONDS = 60
LOST = "the process that made it ended"
_RUNG = "quizapp:export:rung:"


def needed_role(*, with_answers: bool) -> InterviewRole:
    """Who may have an export: answers are for those who judge them."""
    return InterviewRole.REVIEWER if with_answers else InterviewRole.VIEWER


def is_large(interview_id: str, *, with_answers: bool) -> bool:
    """Whether the interview has too many candidates for an answer to one request. It counts no further than that."""
    most = DIRECT_MOST[with_answers]
    some = select(Invitation.id).where(Invitation.interview_id == interview_id).limit(most + 1)
    return (db.session.scalar(select(func.count()).select_from(some.subquery())) or 0) > most


def sent_at_once(
    user: User, interview_id: str, form: str, filters: Filters, *, with_answers: bool
) -> tuple[Interview, Iterator[bytes]] | None:
    """A file that is made as it is sent, and an entry of the audit log, committed; None where a job has to make it.

    Raises NotFound, Forbidden.
    """
    interview = hiring.access(user, interview_id, needed_role(with_answers=with_answers)).interview
    if is_large(interview_id, with_answers=with_answers):
        return None
    wish = (form, filters.as_facts(), with_answers)
    _record("scores.exported", f"scores of {interview_id}", interview_id, user, wish)
    commit_and_keep()
    return interview, _read(score_export.FORMS[form](interview, filters, with_answers=with_answers))


def _read(parts: Iterator[bytes]) -> Iterator[bytes]:
    """The file, for as long as somebody's connection needs: nobody who writes waits for that."""
    read_from_here()
    yield from parts


def ask(user: User, interview_id: str, form: str, filters: Filters, *, with_answers: bool) -> Export:
    """Have an export made, and commit. The same one, asked for again before it is made, stays one.

    Raises NotFound, Forbidden, Unprocessable for no such form, Conflict when the person has too many.
    """
    hiring.access(user, interview_id, needed_role(with_answers=with_answers))
    if form not in FORMS:
        raise Unprocessable("There is no such export", "Choose CSV or Excel.")
    db.session.scalar(
        select(User.id).where(User.id == user.id).with_for_update(key_share=True)
    )  # a double click is one
    kept = db.session.scalars(select(Export).where(Export.asked_by_id == user.id)).all()
    wish = (interview_id, form, with_answers, filters.as_facts())
    for one in kept:
        if not _is_over(one) and (one.interview_id, one.form, one.with_answers, one.filters) == wish:
            db.session.rollback()
            return one
    if len(kept) >= MOST_OF_PERSON:
        raise Conflict(
            f"You have {len(kept)} exports already", "Delete some of them under Exports of their interviews."
        )
    export = Export(
        interview_id=interview_id,
        asked_by_id=user.id,
        asked_at=database_now(),
        form=form,
        with_answers=with_answers,
        filters=filters.as_facts(),
    )
    db.session.add(export)
    db.session.flush()
    _record_of(export, "scores.exported", user)
    db.session.commit()
    queueing.ring_for_export(export.id)
    return export


def listed(user: User, interview_id: str) -> Sequence[Export]:
    """The person's own exports of an interview, the newest first."""
    hiring.access(user, interview_id)
    found = select(Export).where(Export.asked_by_id == user.id, Export.interview_id == interview_id)
    return db.session.scalars(found.order_by(Export.id.desc())).all()


def find(user: User, interview_id: str, export_id: int) -> Export:
    """One of the person's own exports. Raises NotFound, and Forbidden when the role does not allow it any more."""
    hiring.access(user, interview_id)
    export = db.session.scalar(
        select(Export).where(
            Export.id == export_id, Export.interview_id == interview_id, Export.asked_by_id == user.id
        )
    )
    if export is None:
        raise NotFound("There is no such export", "It may have expired. Ask for it again.")
    hiring.access(user, interview_id, needed_role(with_answers=export.with_answers))
    return export


def fetched(user: User, interview_id: str, export_id: int) -> tuple[Export, Iterator[bytes]]:
    """A file that is ready, piece by piece. Raises NotFound, Forbidden, Conflict before it is made, Gone afterwards."""
    export = find(user, interview_id, export_id)
    if export.made_at is None:
        raise Conflict("This export is not ready", "Its page says how far it is.")
    if has_expired(export):
        raise Gone("This export has expired", "Ask for it again.")
    if reason := kept_back(export):
        raise Gone(reason, "Ask for it again; names are hidden then.")
    return export, _content(export.id, export.size)


def kept_back(export: Export) -> str:
    """Why a file is not given out while review is blind; empty when it is."""
    if export.made_at is None or not export.interview.is_blind:
        return ""
    if not export.is_blind:
        return "Review is blind since, and this file has names"
    if _names_some_who_are_hidden_again(export):
        return "A decision was taken back since, and this file may name the candidate"
    return ""


def _names_some_who_are_hidden_again(export: Export) -> bool:
    """Whether somebody was decided on when the file was made, and is not any more: blind review hides their name again."""
    taken_back = (
        select(Review.attempt_id)
        .join(Attempt, Attempt.id == Review.attempt_id)
        .join(Decision, Decision.attempt_id == Review.attempt_id)
        .where(
            Attempt.interview_id == export.interview_id,
            Review.decision.not_in(FINAL),
            Review.decided_at >= export.asked_at,
            Decision.decision.in_(FINAL),
        )
    )
    return db.session.scalar(taken_back.limit(1)) is not None


def _content(export_id: int, size: int) -> Iterator[bytes]:
    """The pieces, each read by itself: no transaction lasts as long as somebody's connection needs."""
    number = given = 0
    while given < size:
        with alone(read_only=True) as connection:
            part = connection.execute(
                select(ExportPart.content).where(
                    ExportPart.export_id == export_id, ExportPart.number == number
                )
            ).scalar_one()
        piece = zlib.decompress(part)
        yield piece
        number, given = number + 1, given + len(piece)


def remove(user: User, interview_id: str, export_id: int) -> None:
    """Delete an export, or have its making ended, and commit."""
    export = find(user, interview_id, export_id)
    _record_of(export, "scores.export_deleted", user)
    db.session.execute(delete(Export).where(Export.id == export.id))
    db.session.commit()


def drop(interview_id: str) -> None:
    """Take away all exports of an interview: somebody in them is forgotten. The caller commits."""
    db.session.execute(delete(Export).where(Export.interview_id == interview_id))


def has_expired(export: Export) -> bool:
    """Whether a file is not given out any more."""
    return export.expires_at is not None and export.expires_at <= received_at()


def is_free(now: datetime) -> ColumnElement[bool]:
    """Exports that are neither made nor given up, and in no worker's hands."""
    in_no_hands = or_(Export.taken_until.is_(None), Export.taken_until < now)
    return Export.made_at.is_(None) & Export.failed_at.is_(None) & in_no_hands


def sweep() -> int:
    """Delete what has expired, give up what was lost too often, ring for what waits; how many of those there are."""
    now = database_now()
    db.session.execute(delete(Export).where(Export.expires_at <= now))
    given_up = {"failed_at": now, "expires_at": now + KEPT}
    lost = update(Export).where(is_free(now), Export.tries >= MOST_TRIES)
    db.session.execute(lost.values(**given_up, problem=func.coalesce(func.nullif(Export.problem, ""), LOST)))
    waiting = db.session.scalars(
        select(Export.id).where(is_free(now), Export.asked_at <= now - FORGOTTEN_AFTER).order_by(Export.id)
    ).all()
    db.session.commit()
    for export_id in waiting:
        _ring_again(export_id)
    return len(waiting)


def _ring_again(export_id: int) -> None:
    try:
        is_first = redis_client().set(f"{_RUNG}{export_id}", 1, nx=True, ex=RING_EVERY_SECONDS)
    except RedisError:
        return
    if is_first:
        queueing.ring_for_export(export_id)


def _is_over(export: Export) -> bool:
    return export.made_at is not None or export.failed_at is not None


def _record_of(export: Export, action: str, user: User) -> None:
    wish = (export.form, export.filters, export.with_answers)
    _record(action, f"export {export.id}", export.interview_id, user, wish)


def _record(
    action: str, subject: str, interview_id: str, user: User, wish: tuple[str, Mapping[str, Any], bool]
) -> None:
    """The log says by what it was narrowed, not to whom: a name that was searched for would outlive the person."""
    form, filters, with_answers = wish
    audit.record(
        action,
        subject,
        actor=user,
        interview=interview_id,
        form=form,
        with_answers=with_answers,
        narrowed_by=sorted(set(filters) - {"order"}),
    )
