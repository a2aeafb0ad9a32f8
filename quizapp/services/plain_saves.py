"""The save that nearly every one is: in time, of an open answer, based on its current revision.

It takes two statements, each a transaction of its own: what the answer is and until when it is taken, which the sign-in reads
along, and the new answer, written only where nothing of that has changed. Everything else is left to `quizapp.services.responses`, which locks the
answer, looks again, and keeps what cannot become current; so nothing is refused here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, select, update

from quizapp.extensions import alone
from quizapp.models import Attempt, Response, ResponseState, User
from quizapp.receipt import received_at
from quizapp.rules import answers, parameters
from quizapp.services import along, clocks, responses, versions

_response, _attempt = Response.__table__.c, Attempt.__table__.c

ANSWER = along.Along(
    (
        *(
            _response[name]
            for name in ("version_id", "parameters", "answer", "revision", "state", "attempt_id")
        ),
        *clocks.COLUMNS,
    ),
    Response.__table__.join(Attempt.__table__, _response.attempt_id == _attempt.id),
    and_(_attempt.user_id == User.__table__.c.id, _response.id == bindparam("response_id")),
)
# Who hands in, or ends an attempt for somebody, changes its row first and waits here for whoever holds it; a save that
# comes second finds no row that is still running. The order of the locks, attempt before answer, is theirs as well.
_RUNNING = (
    select(_attempt.id)
    .where(_attempt.id == bindparam("attempt"), _attempt.finished_at.is_(None))
    .with_for_update(read=True)
    .cte("running")
)
_WRITE = (
    update(Response.__table__)  # type: ignore[arg-type]
    .where(
        _response.id == bindparam("response"),
        _response.attempt_id == _RUNNING.c.id,
        _response.revision == bindparam("based_on"),
        _response.state == bindparam("seen", type_=_response.state.type),
    )
    .values(answer=bindparam("new"), revision=bindparam("based_on") + 1, saved_at=bindparam("moment"))
    .returning(_response.revision)
)


@dataclass(frozen=True)
class Confirmed:
    """An answer that is stored, under its new revision; `clock` is the interview's, where it was at hand (`clocks.told`)."""

    response_id: int
    revision: int
    saved_at: datetime | None
    clock: dict[str, Any] | None = None


def save(response_id: int, user: User, raw: Any, revision: int) -> Confirmed | None:
    """Save an answer that was based on `revision`, if that is all there is to it; None leaves it to who looks closer.

    Raises Unprocessable for an answer that cannot be kept.
    """
    found = along.read(ANSWER, user, response_id=response_id)
    if found is None or found.revision != revision or found.has_parts:
        return None
    content = parameters.filled(versions.content_of(found.version_id), found.parameters)
    answer = responses.checked_by(content, raw)
    moment = received_at()
    if answer == found.answer or clocks.is_closed(found, moment):
        return None
    if found.state is ResponseState.MARKED and not answers.is_coded(content):
        return None
    values = {"response": response_id, "attempt": found.attempt_id, "based_on": revision, "seen": found.state}
    with alone() as connection:
        written = connection.execute(_WRITE, values | {"new": answer, "moment": moment}).scalar_one_or_none()
    if written is None:
        return None
    return Confirmed(response_id, written, moment, clocks.told(found, moment) | {"part": None})
