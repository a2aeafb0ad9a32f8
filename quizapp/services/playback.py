"""Playback of one answer: its recording, runs and events on one line of time, and who may see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from quizapp.errors import NotFound
from quizapp.extensions import db
from quizapp.models import (
    CANCELLED,
    Attempt,
    InterviewRole,
    Recording,
    Response,
    Scope,
    Submission,
    SubmissionState,
    User,
)
from quizapp.rules import answers, playback, tapes, wording
from quizapp.rules.evidence import Tape
from quizapp.rules.playback import Line, Run
from quizapp.services import attempts, evidence, hiring, identities, managing, recordings, showing, verdicts
from quizapp.services.evidence import Told

_TRIED = {Scope.RUN: "Ran the program", Scope.SAMPLE: "Ran the samples", Scope.FULL: "Submitted"}


@dataclass(frozen=True)
class Playback:
    """How one answer came about. Times are seconds since its question was opened first."""

    attempt: Attempt
    response: Response
    lines: Sequence[Line]
    told: Sequence[Told]  # the events about this answer, with the candidate's words
    recorded: Sequence[Tape]
    length: float
    typing: float  # seconds
    is_as_saved: bool  # the recording ends with the answer as it is stored
    is_cut: bool  # the attempt's recording reached its most: later edits are missing

    @property
    def data(self) -> dict[str, Any]:
        """What the page's script plays."""
        zero = self.recorded[0].opened_at if self.recorded else None
        return {
            "length": self.length,
            "starter": recordings.starter(self.response),
            "tapes": [
                {"at": round((tape.opened_at - zero).total_seconds(), 2), "entries": list(tape.entries)}
                for tape in self.recorded
                if zero is not None
            ],
            "marks": [
                {"at": round(line.at, 2), "seconds": line.seconds, "kind": line.kind, "text": line.text}
                for line in self.lines
            ],
        }


def of_response(attempt: Attempt, response_id: int, *, is_staff: bool = False) -> Playback:
    """The playback of one answer of an attempt that the caller may see. Raises NotFound.

    Staff are told verdicts that the candidate may not be told.
    """
    response = next((one for one in attempt.responses if one.id == response_id), None)
    if response is None:
        raise NotFound("There is no such answer in this attempt")
    whole = evidence.tapes_of(attempt)
    told = evidence.by_response(evidence.of_attempt(attempt, whole)).get(response.id, [])
    recorded = [tape for tape in whole if tape.response_id == response.id]
    lines = playback.log(recorded, _runs(response, is_staff=is_staff), [one.event for one in told])
    return Playback(
        attempt=attempt,
        response=response,
        lines=lines,
        told=told,
        recorded=recorded,
        length=round(max((line.at + (line.seconds or 0.0) for line in lines), default=0.0), 2),
        typing=sum(line.seconds or 0.0 for line in lines if line.kind == "typed"),
        is_as_saved=_ends_as(recorded, response),
        is_cut=_is_cut(attempt),
    )


def played(recorded: Sequence[Tape]) -> Mapping[str, str]:
    """File -> text at the end of the tape in which something was done last."""
    if not recorded:
        return {}
    last = max(recorded, key=lambda tape: tape.ended_at)
    return tapes.played(last.entries, last.starter)


def recorded_responses(attempt: Attempt) -> set[int]:
    """The ids of the answers of an attempt that can be played back: texts and code of which something was recorded."""
    found = set(
        db.session.scalars(select(Recording.response_id).where(Recording.attempt_id == attempt.id).distinct())
    )
    return {one.id for one in attempt.responses if one.id in found and recordings.starter(one)}


def _ends_as(recorded: Sequence[Tape], response: Response) -> bool:
    begun = recordings.starter(response)
    ends = {**begun, **played(recorded)}
    if answers.is_coded(response.content):
        return ends == begun | dict((response.answer or {}).get("files", {}))
    return ends.get("", "") == str((response.answer or {}).get("text", ""))


def _is_cut(attempt: Attempt) -> bool:
    cut = select(Recording.id).where(Recording.attempt_id == attempt.id, Recording.is_cut.is_(True)).limit(1)
    return db.session.scalar(cut) is not None


def _runs(response: Response, *, is_staff: bool) -> list[Run]:
    if not answers.is_coded(response.content):
        return []
    sent = db.session.scalars(
        select(Submission)
        .where(Submission.response_id == response.id, Submission.scope.in_(list(_TRIED)))
        .options(joinedload(Submission.response))
        .order_by(Submission.id)
    )
    return [_run(submission, is_staff=is_staff) for submission in sent]


def _run(submission: Submission, *, is_staff: bool) -> Run:
    text = _TRIED[submission.scope]
    if submission.scope is Scope.RUN and submission.requests:
        text = f"Sent {wording.counted(len(submission.requests), 'request')} to the program"
    if submission.is_from_draft:
        text = "Graded from the last draft"
    is_sent = submission.scope is Scope.FULL
    if submission.state is not SubmissionState.DONE:
        return Run(submission.created_at, "none", f"{text}: no verdict yet", is_sent)
    if submission.verdict == CANCELLED:
        return Run(submission.created_at, "none", f"{text}: stopped", is_sent)
    told = verdicts.describe_whole(submission) if is_staff else verdicts.describe(submission)
    sign = "pass" if submission.verdict == "accepted" else "fail"
    if submission.verdict == "internal_error":
        sign = "none"
    if told["tests_total"]:
        text = f"{text}: {told['tests_passed']} of {told['tests_total']} tests"
        if submission.verdict in ("accepted", "wrong_answer"):
            return Run(submission.created_at, sign, text, is_sent)
    return Run(submission.created_at, sign, f"{text}. {told['verdict_text']}", is_sent)


def own(user: User, attempt_id: int, response_id: int) -> Playback:
    """The playback of one's own answer, once the attempt is over and its results are shown. Raises NotFound."""
    attempt = attempts.own(attempt_id, user)
    if response_id not in playable(attempt, user):
        raise NotFound("There is no playback of this answer", "Yours are listed in your report.")
    return of_response(attempt, response_id)


def playable(attempt: Attempt, user: User) -> set[int]:
    """The ids of the answers that their candidate may play back now."""
    if attempt.user_id != user.id or attempt.finished_at is None or showing.is_withheld(attempt):
        return set()
    return recorded_responses(attempt)


@dataclass(frozen=True)
class Seen:
    """An attempt as a reviewer may see it, under the name that may be shown."""

    attempt: Attempt
    name: str
    is_mock: bool


def for_staff(user: User, attempt_id: int) -> Seen:
    """An attempt that the user may review: at an interview of their team, or a mock that is shared.

    Raises NotFound, also while it is running: nobody looks on while somebody types.
    """
    shared = managing.shared(attempt_id)
    if shared is not None:
        return Seen(shared, shared.user.name, is_mock=True)
    attempt, _ = hiring.attempt(user, attempt_id, InterviewRole.VIEWER, *attempts.WHOLE)
    if attempt.finished_at is None:
        raise NotFound("This attempt is not finished yet", "Its playback is here when it is handed in.")
    return Seen(attempt, identities.of(attempt).name, is_mock=False)
