"""Practising a question: no clock, feedback at once, as often as one likes; the best points stay."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from quizapp.errors import Conflict, NotFound, Unprocessable
from quizapp.extensions import db
from quizapp.models import (
    Attempt,
    AttemptKind,
    Bank,
    Question,
    QuestionVersion,
    Response,
    ResponseState,
    Scope,
    Submission,
    SubmissionState,
    User,
)
from quizapp.questions.content import public_view
from quizapp.receipt import database_now, received_at
from quizapp.rules import answers, marking, parameters, scoring
from quizapp.rules.marking import AnswerError
from quizapp.services import counts, responses, submissions

# After so many judged tries at a code question its worked answer is shown, solved or not.
REVEAL_AFTER_TRIES = 3


@dataclass(frozen=True)
class Place:
    """Where a question stands in its bank: its position from 1, and the ids beside it."""

    position: int
    count: int
    previous_id: str | None
    next_id: str | None


@dataclass(frozen=True)
class Exercise:
    """A question as one person practises it. `response` is None until the first save."""

    bank: Bank
    question: Question
    version: QuestionVersion
    response: Response | None
    content: dict[str, Any]  # of the version, filled with what this person drew
    view: dict[str, Any]  # public view, options and lines in this person's order
    place: Place

    @property
    def mark(self) -> dict[str, Any] | None:
        """Feedback of the last marking, until "try again"."""
        return self.response.mark if self.response else None

    @property
    def is_revealed(self) -> bool:
        """Whether the right answer may be shown."""
        response = self.response
        if response is None:
            return False
        if answers.is_coded(self.content):
            return response.is_solved or response.tries >= REVEAL_AFTER_TRIES
        return response.mark is not None

    @property
    def is_outdated(self) -> bool:
        """Whether a newer version than the answered one is published."""
        return self.version.id != self.question.version_id

    @property
    def hints(self) -> list[dict[str, Any]]:
        """The hints opened so far."""
        opened = self.response.hints_used if self.response else 0
        return list(self.content["hints"][:opened])

    @property
    def next_hint(self) -> dict[str, Any] | None:
        """The cost of the next hint, when there is one."""
        left = self.content["hints"][len(self.hints) :]
        return {"cost": left[0]["cost"], "left": len(left)} if left else None


def find(bank_id: str, question_id: str) -> Question:
    """A published question of a public bank; `NotFound` for all others, hiring banks above all."""
    question = db.session.scalar(
        select(Question)
        .join(Bank)
        .where(
            Question.id == question_id,
            Question.bank_id == bank_id,
            Question.is_retired.is_(False),
            Question.version_id.is_not(None),
            Bank.is_public.is_(True),
        )
    )
    if question is None:
        raise NotFound("There is no such question to practise", "Look for it in the banks.")
    return question


def show(user: User, bank_id: str, question_id: str) -> Exercise:
    """The question as it stands for this person. Writes nothing."""
    question = find(bank_id, question_id)
    response = _known(user, question)
    version = _version(question, response)
    seed = response.seed if response else _seed(user, question)
    content = parameters.filled(version.content, _values(version, response, seed))
    return Exercise(
        bank=question.bank,
        question=question,
        version=version,
        response=response,
        content=content,
        view=answers.shown(public_view(content), seed),
        place=_place(bank_id, question_id),
    )


def save_draft(
    user: User, bank_id: str, question_id: str, raw: Any, revision: int, device: str = ""
) -> responses.Saving:
    """Save what was typed, making the response first if this is the first save; commits."""
    return responses.save_into(_opened(user, bank_id, question_id), raw, revision, device)


def answer(user: User, bank_id: str, question_id: str, fields: Any) -> Response:
    """Mark an answer from plain form fields and commit. A repeated form changes nothing.

    Raises NotFound, Unprocessable (nothing was answered, or code: that is submitted), Conflict (answered already).
    """
    response = _opened(user, bank_id, question_id)
    content = response.content
    if answers.is_coded(content):
        raise Unprocessable("Code is judged by its tests", "Use Submit on the question's page.")
    try:
        sent = answers.from_form(content, fields)
        judged = marking.mark(content, sent)
    except AnswerError as error:
        raise Unprocessable("This answer cannot be marked", str(error)) from error
    if not answers.is_answered(content, sent):
        raise Unprocessable("There is no answer yet", "Answer first, then check it.")
    if response.mark is not None:
        if response.answer == sent:
            return response
        raise Conflict("This question was answered", "Choose “Try again” to answer it once more.")
    moment = received_at()
    if response.answer != sent:
        responses.write(response, sent, moment)
    is_first = response.tries == 0
    response.tries += 1
    _count(response, judged, is_first=is_first)
    response.state = ResponseState.MARKED
    response.answered_at = moment
    db.session.commit()
    return response


def rate(user: User, bank_id: str, question_id: str, fields: Any) -> Response:
    """Take the points that somebody gives their own free answer, once they have seen the model answer; commits.

    Raises NotFound, Unprocessable.
    """
    response = _opened(user, bank_id, question_id)
    content = response.content
    if content["kind"] != "free" or response.mark is None:
        raise Unprocessable("There is nothing to rate", "Answer first, then compare.")
    try:
        judged = marking.rated(content, answers.ratings(content, fields))
    except AnswerError as error:
        text = str(error)
        raise Unprocessable("These points do not fit", f"{text[0].upper()}{text[1:]}.") from error
    _count(response, judged, is_first=response.tries == 1)
    db.session.commit()
    return response


def _count(response: Response, judged: marking.Mark, *, is_first: bool) -> None:
    content = response.content
    points = scoring.points(response.max_points, judged.points_share, content, response.hints_used)
    response.mark = judged.kept(points, response.max_points)
    response.points = scoring.better(response.points, points)
    response.first_points = points if is_first else response.first_points
    response.is_solved = response.is_solved or judged.correct


def submit(user: User, bank_id: str, question_id: str, fields: Any, key: str) -> Submission:
    """Save code from plain form fields and send it with the field `scope`; commits. The caller rings for a worker.

    Raises NotFound, Unprocessable.
    """
    response = _opened(user, bank_id, question_id)
    try:
        scope = Scope(fields.get("scope", ""))
        sent = answers.from_form(response.content, fields)
    except (ValueError, AnswerError) as error:
        raise Unprocessable("This code cannot be sent", str(error)) from error
    if response.answer != sent:
        responses.write(response, sent, received_at())
    db.session.commit()
    sending = submissions.Sending(scope=scope, files=sent["files"], key=key)
    return submissions.create(response, user, sending)


def again(user: User, bank_id: str, question_id: str) -> Response:
    """Clear the answer to try again, on the newest version; points, tries and earlier code stay. Commits.

    A parameterised question comes with its next values, unless code was written for those it has.
    """
    response = _opened(user, bank_id, question_id)
    response.mark = None
    response.state = ResponseState.OPEN
    responses.write(response, None, received_at())
    _renew(response)
    if not answers.is_coded(response.content):
        response.parameters = parameters.following(response.version.content, response.parameters)
    db.session.commit()
    return response


def open_hint(user: User, bank_id: str, question_id: str, seen: int) -> Response:
    """Open one more hint than the page showed (`seen`), so that a double click opens one; commits."""
    response = _opened(user, bank_id, question_id)
    if response.mark is None and seen == response.hints_used < len(response.content["hints"]):
        response.hints_used += 1
    db.session.commit()
    return response


def _seed(user: User, question: Question) -> int:
    """The same before and after the response exists, so that options do not jump at the first save."""
    return zlib.crc32(f"{user.id}:{question.id}".encode()) & 0x7FFFFFFF


def _known(user: User, question: Question, *, lock: bool = False) -> Response | None:
    wanted = (
        select(Response)
        .join(Attempt)
        .where(
            Attempt.user_id == user.id,
            Attempt.kind == AttemptKind.PRACTICE,
            Response.question_id == question.id,
        )
        .execution_options(populate_existing=True)
    )
    return db.session.scalar(wanted.with_for_update(of=Response, key_share=True) if lock else wanted)


def _version(question: Question, response: Response | None) -> QuestionVersion:
    """The version that is shown: the answered one, else the published one."""
    if response is not None and not _is_untouched(response):
        return response.version
    if question.version is None:
        raise NotFound("There is no such question to practise", "Look for it in the banks.")
    return question.version


def _values(version: QuestionVersion, response: Response | None, seed: int) -> dict[str, Any] | None:
    """What a parameterised question is filled with: what was drawn for this version, else what will be."""
    if response is not None and response.version_id == version.id:
        return response.parameters
    return parameters.drawn(version.content, seed)


def _is_untouched(response: Response) -> bool:
    return response.answer is None and response.mark is None


def _renew(response: Response) -> None:
    """Move an untouched response to the published version; points keep within what that version gives."""
    version = response.question.version
    if version is None or version.id == response.version_id or not _is_untouched(response):
        return
    if _is_being_graded(response):  # by the tests of the version it was written for
        return
    response.version = version
    response.parameters = parameters.drawn(version.content, response.seed)
    response.max_points = version.content["points"]
    if response.points is not None:
        response.points = min(response.points, response.max_points)
    response.hints_used = min(response.hints_used, len(version.content["hints"]))


def _is_being_graded(response: Response) -> bool:
    waiting = select(Submission.id).where(
        Submission.response_id == response.id, Submission.state != SubmissionState.DONE
    )
    return db.session.scalar(waiting.limit(1)) is not None


def _opened(user: User, bank_id: str, question_id: str) -> Response:
    """The person's response, locked; made, with the practice attempt of the bank, when there is none yet."""
    question = find(bank_id, question_id)
    response = _known(user, question, lock=True)
    if response is None:
        response = _created(user, question)
    _renew(response)
    return response


def _created(user: User, question: Question) -> Response:
    version, seed = _version(question, None), _seed(user, question)
    try:
        with db.session.begin_nested():
            attempt = _attempt(user, question.bank_id)
            response = Response(
                attempt=attempt,
                question=question,
                version=version,
                seed=seed,
                parameters=parameters.drawn(version.content, seed),
                max_points=version.content["points"],
            )
            db.session.add(response)
    except IntegrityError:  # another request of the same person was faster
        found = _known(user, question, lock=True)
        if found is None:
            raise
        return found
    return response


def _attempt(user: User, bank_id: str) -> Attempt:
    wanted = select(Attempt).where(
        Attempt.user_id == user.id, Attempt.bank_id == bank_id, Attempt.kind == AttemptKind.PRACTICE
    )
    attempt = db.session.scalar(wanted)
    if attempt is not None:
        return attempt
    try:
        with db.session.begin_nested():
            attempt = Attempt(
                user_id=user.id, bank_id=bank_id, kind=AttemptKind.PRACTICE, started_at=database_now()
            )
            db.session.add(attempt)
        return attempt
    except IntegrityError:
        return db.session.scalars(wanted).one()


def _place(bank_id: str, question_id: str) -> Place:
    ids = counts.question_ids(bank_id)
    if question_id not in ids:  # the cache is a moment behind the files
        return Place(1, max(1, len(ids)), None, ids[0] if ids else None)
    here = ids.index(question_id)
    return Place(
        position=here + 1,
        count=len(ids),
        previous_id=ids[here - 1] if here else None,
        next_id=ids[here + 1] if here + 1 < len(ids) else None,
    )
