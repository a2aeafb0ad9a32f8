"""Sitting an interview: the player, flags, the clock, leaving a part, and handing in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, bindparam, exists, select
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.sql.base import ExecutableOption

from quizapp.bodies import row_number
from quizapp.errors import Closed, NotFound, Unprocessable
from quizapp.extensions import alone, as_loaded, db
from quizapp.models import Attempt, AttemptKind, ErrorReport, Notes, Response, User
from quizapp.questions.content import public_view
from quizapp.receipt import received_at
from quizapp.rules import answers, deadlines, parameters
from quizapp.rules.marking import AnswerError
from quizapp.services import along, clocks, finishing, responses, sections, versions

# An attempt with everything its report shows, in few queries.
WHOLE = (
    selectinload(Attempt.responses).options(joinedload(Response.version), joinedload(Response.question)),
    joinedload(Attempt.interview),
)

_attempt, _response, _notes = Attempt.__table__.c, Response.__table__.c, Notes.__table__.c
_IS_OWN = and_(
    _attempt.user_id == User.__table__.c.id,
    _attempt.id == bindparam("attempt_id"),
    _attempt.kind != AttemptKind.PRACTICE,
)
CLOCK = along.Along(clocks.COLUMNS, Attempt.__table__, _IS_OWN)
# What the page of a question shows of its attempt, apart from the answers; hardly anybody has reported an error.
PAGE = along.Along(
    (
        *_attempt,
        *_notes,
        exists().where(ErrorReport.__table__.c.user_id == _attempt.user_id).label("has_reported"),
    ),
    Attempt.__table__.outerjoin(Notes.__table__, _notes.attempt_id == _attempt.id),
    _IS_OWN,
)
_ANSWERS = (
    select(Response.__table__)
    .where(_response.attempt_id == bindparam("attempt"))
    .order_by(_response.position)
)
_NONE_OF_YOURS = "There is no such interview of yours", "Yours are listed on the page History."


@dataclass(frozen=True)
class Item:
    """One question in the navigator."""

    position: int
    section: int
    title: str
    kind: str
    is_answered: bool
    is_flagged: bool
    is_open: bool = True  # False: behind a barrier, or not reached yet
    is_known: bool = True  # False: not reached yet


@dataclass(frozen=True)
class Sitting:
    """A running attempt, open at one question."""

    attempt: Attempt
    response: Response
    view: dict[str, Any]
    items: list[Item]
    position: int
    remaining_seconds: float | None  # of the part, where that is shorter
    standing: sections.Standing | None  # None: no barriers
    notes: Notes | None
    has_reported: bool  # the person, an error in any question

    @property
    def section_titles(self) -> list[str]:
        """The titles of the blueprint's sections."""
        return [section["title"] for section in (self.attempt.blueprint or {}).get("sections", [])]


def own(attempt_id: int, user: User) -> Attempt:
    """The user's own interview attempt; `NotFound` also for somebody else's, and for practice."""
    return _own(attempt_id, user, *WHOLE)


def _own(attempt_id: int, user: User, *loaded: ExecutableOption) -> Attempt:
    attempt = db.session.scalar(
        select(Attempt)
        .where(Attempt.id == attempt_id, Attempt.user_id == user.id, Attempt.kind != AttemptKind.PRACTICE)
        .options(*loaded)
        .execution_options(populate_existing=True)
    )
    if attempt is None:
        raise NotFound(*_NONE_OF_YOURS)
    return attempt


def of_user(user: User) -> Sequence[Attempt]:
    """The user's interview attempts, newest first; tries of interviews they made are on the pages of those."""
    return db.session.scalars(
        select(Attempt)
        .where(Attempt.user_id == user.id, Attempt.kind.in_([AttemptKind.MOCK, AttemptKind.HIRING]))
        .options(joinedload(Attempt.interview))
        .order_by(Attempt.started_at.desc(), Attempt.id.desc())
    ).all()


def sit(user: User, attempt_id: int, position: int | None = None) -> Sitting:
    """The attempt open at a question, the first unanswered one by default. Writes nothing.

    A position behind a barrier, or ahead of one, gives the default. Raises NotFound, Closed when it is over, and
    PartOver when the time of the part is, and the next one has to be entered.
    """
    attempt, notes, has_reported = _with_what_is_beside(attempt_id, user)
    if clocks.is_closed(attempt):
        raise Closed(
            "This interview is over", "Nothing more is taken. Your report shows what arrived in time."
        )
    standing = sections.standing(attempt)
    if standing is not None and standing.is_over:
        raise sections.PartOver
    with alone(read_only=True) as connection:
        answered = connection.execute(_ANSWERS, {"attempt": attempt_id}).all()
    content = versions.contents_of({row.version_id for row in answered})
    listed = _items(
        attempt,
        [(row, parameters.filled(content[row.version_id], row.parameters)) for row in answered],
        standing,
    )
    if position is not None:
        _at(answered, position)  # one that does not exist is not found, in whatever part
    response = _loaded(attempt, _at(answered, _open_position(listed, position)))
    return Sitting(
        attempt=attempt,
        response=response,
        view=answers.shown(public_view(response.content), response.seed),
        items=listed,
        position=response.position,
        remaining_seconds=(
            standing.remaining_seconds
            if standing is not None
            else deadlines.remaining_seconds(clocks.terms(attempt), received_at())
        ),
        standing=standing,
        notes=notes,
        has_reported=has_reported,
    )


def _with_what_is_beside(attempt_id: int, user: User) -> tuple[Attempt, Notes | None, bool]:
    """The user's own attempt, its notes, and whether they ever reported an error."""
    found = along.read(PAGE, user, attempt_id=attempt_id)
    if found is None:
        raise NotFound(*_NONE_OF_YOURS)
    attempt = as_loaded(Attempt, {name: getattr(found, name) for name in _attempt.keys()})  # noqa: SIM118 - no mapping
    is_written = found.attempt_id is not None
    notes = Notes(**{name: getattr(found, name) for name in _notes.keys()}) if is_written else None  # noqa: SIM118
    return attempt, notes, found.has_reported


def _loaded(attempt: Attempt, row: Any) -> Response:
    """The response of a row of `_ANSWERS`. Of the others a page only lists what they are, so they stay rows."""
    response = as_loaded(Response, row._mapping)  # noqa: SLF001 - SQLAlchemy's name for a row's dictionary
    set_committed_value(response, "attempt", attempt)
    versions.give([response])
    return response


def _open_position(listed: Sequence[Item], wanted: int | None) -> int:
    """The position that is asked for, where it is open; else the first open one that is not answered."""
    reachable = [item for item in listed if item.is_open]
    if wanted is not None and any(item.position == wanted for item in reachable):
        return wanted
    return next((item.position for item in reachable if not item.is_answered), reachable[0].position)


def at(attempt: Attempt, position: int) -> Response:
    """The response at a position; `NotFound` past the ends."""
    found: Response = _at(attempt.responses, position)
    return found


def _at(answered: Sequence[Any], position: int) -> Any:
    for response in answered:
        if response.position == position:
            return response
    raise NotFound("This interview has no such question", f"It has the questions 1 to {len(answered)}.")


def items(attempt: Attempt, standing: sections.Standing | None = None) -> list[Item]:
    """All questions of the attempt for the navigator; what was not reached yet tells nothing of itself."""
    return _items(attempt, [(response, response.content) for response in attempt.responses], standing)


def _items(
    attempt: Attempt,
    answered: Sequence[tuple[Response | Any, dict[str, Any]]],
    standing: sections.Standing | None,
) -> list[Item]:
    """The same of responses, or rows of them, with what was asked."""
    numbers = {response.section for response, _ in answered}
    known = {number: sections.is_entered(attempt, number) for number in numbers}
    return [
        _item(response, content, standing, is_known=known[response.section]) for response, content in answered
    ]


def _item(
    response: Response | Any, content: dict[str, Any], standing: sections.Standing | None, *, is_known: bool
) -> Item:
    return Item(
        position=response.position,
        section=response.section,
        title=content["title"] if is_known else f"Question {response.position}",
        kind=content["kind"],
        is_answered=answers.is_answered(content, response.answer),
        is_flagged=response.is_flagged,
        is_open=standing is None or standing.holds(response.section),
        is_known=is_known,
    )


def save_form(user: User, attempt_id: int, position: int, fields: Any, device: str) -> responses.Saving:
    """Save an answer from a plain form and commit. Raises NotFound, Unprocessable."""
    response = at(own(attempt_id, user), position)
    content = response.content
    try:
        sent = answers.from_form(content, fields)
    except AnswerError as error:
        responses.ensure_known(response)
        raise Unprocessable("This answer cannot be kept", str(error)) from error
    based_on = fields.get("revision", response.revision, type=row_number)
    if response.answer is None and not answers.is_answered(content, sent):
        return responses.Saving(responses.Fate.SAVED, response)  # an empty form is no answer
    is_unchanged = fields.get("given") == answers.mark(content, sent)
    return responses.save(response.id, user, sent, based_on, device, is_unchanged=is_unchanged)


def flag(user: User, attempt_id: int, position: int, *, flagged: bool) -> None:
    """Set or take off the flag of a question and commit. Raises NotFound, Closed."""
    attempt = own(attempt_id, user)
    response = at(attempt, position)
    responses.ensure_open(response)
    response.is_flagged = flagged
    db.session.commit()


def clock(user: User, attempt_id: int) -> dict[str, Any]:
    """What the page's timer follows (`clocks.told`), and the same of the part."""
    # Every open page asks again and again; nothing else is needed of it.
    attempt = along.read(CLOCK, user, attempt_id=attempt_id)
    if attempt is None:
        raise NotFound(*_NONE_OF_YOURS)
    now = received_at()
    has_part = attempt.has_parts and attempt.finished_at is None
    return {
        **clocks.told(attempt, now),
        "part": _part_clock(sections.standing(_own(attempt_id, user), now)) if has_part else None,
    }


def _part_clock(standing: sections.Standing | None) -> dict[str, Any] | None:
    if standing is None:
        return None
    ends, begins = standing.deadline, standing.terms.entered_at
    return {
        "number": standing.stage.number,
        "is_last": standing.is_last,
        "remaining_seconds": standing.remaining_seconds,
        "total_seconds": (ends - begins).total_seconds() if ends and begins else None,
        "is_closed": standing.is_over,
    }


def leave_part(user: User, attempt_id: int, number: int) -> Attempt:
    """Leave a part for good and enter the next one; commits. Raises NotFound, Closed, Conflict."""
    attempt = own(attempt_id, user)
    sections.leave(attempt, number)
    return attempt


def share(user: User, attempt_id: int, *, shared: bool) -> Attempt:
    """Show a finished mock to managers, or take it back; commits."""
    attempt = own(attempt_id, user)
    if attempt.finished_at is None:
        raise Closed("This interview is not finished", "It can be shared once you have handed it in.")
    attempt.is_shared = shared
    db.session.commit()
    return attempt


def finish(user: User, attempt_id: int) -> Attempt:
    """Hand in: close the attempt, mark what needs no sandbox, have drafts of code graded; commits, any number of times."""
    attempt = own(attempt_id, user)
    finishing.finalise(attempt)
    return attempt
