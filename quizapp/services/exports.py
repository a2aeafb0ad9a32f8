"""Exports that take longer than a page may: asked for here, made by a job, kept for a day, fetched by whoever asked.

The role is asked for again when a file is fetched: who has left the team, or lost the role, gets nothing any more.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from redis.exceptions import RedisError
from sqlalchemy import ColumnElement, delete, func, or_, select, update

from quizapp import queueing
from quizapp.errors import Conflict, Gone, NotFound, Unprocessable
from quizapp.extensions import alone, db, redis_client
from quizapp.models import Export, ExportPart, Interview, InterviewRole, Invitation, User
from quizapp.receipt import database_now, received_at
from quizapp.services import audit, hiring
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
    _record("scores.exported", export, user)
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
    interview = db.session.get_one(Interview, interview_id)
    if interview.is_blind and not export.is_blind:
        raise Gone(
            "Review is blind since, and this file has names", "Ask for it again; names are hidden then."
        )
    return export, _content(export.id, export.size)


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
    _record("scores.export_deleted", export, user)
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


def _record(action: str, export: Export, user: User) -> None:
    """The log says by what it was narrowed, not to whom: a name that was searched for would outlive the person."""
    audit.record(
        action,
        f"export {export.id}",
        actor=user,
        interview=export.interview_id,
        form=export.form,
        with_answers=export.with_answers,
        narrowed_by=sorted(set(export.filters) - {"order"}),
    )
