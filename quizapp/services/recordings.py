"""Keeping what pages record of how answers come about. Whatever goes wrong here leaves the answers alone."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from quizapp.errors import Closed, Conflict, Unprocessable
from quizapp.extensions import db
from quizapp.models import Attempt, Recording, RecordingPart, Response, User
from quizapp.receipt import received_at
from quizapp.rules import answers, tapes
from quizapp.rules.tapes import Head, TapeError
from quizapp.services import responses
from quizapp.services.sign_ins import device_in_words

# Of one attempt, in characters of JSON. A busy hour is about a fifth of it; see the bench key `recording_hour_kb`.
MOST_SIZE = 2 * 1024 * 1024
# Beyond it edits are dropped; absences and the like, which are small, have this much more.
MOST_NOTES = 128 * 1024
MOST_RECORDINGS = 600
PART_SIZE = 48 * 1024
# What was recorded without a connection may arrive this long after the end.
LATE = timedelta(hours=1)
# Frames are on their way for a while; a difference of the clocks beyond this is one. Hundredths of a second.
TOLERANCE = 500


class Gap(Conflict):
    """Frames before this one are missing, so that it cannot be played after what is there."""

    code = "recording_gap"
    message = "Part of the recording is missing"
    what_to_do = "The page begins a new one by itself. Answers are saved all the same."


def starter(response: Response) -> dict[str, str]:
    """File -> text that the question began with; of a text answer one empty file without a name."""
    content = response.content
    if answers.is_coded(content):
        return dict(content["files"])
    return {"": ""} if content["kind"] in ("text", "output", "free") else {}


def append(
    user: User, response_id: int, session: str, sequence: int, age: int, entries: Any, agent: str = ""
) -> int:
    """Keep a frame of a recording, commit, and give the number of the frame that is wanted next.

    `age` is how long ago the page was opened, in hundredths of a second. A frame that is there already changes nothing.
    Raises NotFound, Closed, Unprocessable, and Gap when frames before it are missing.
    """
    response = responses.own(response_id, user)
    moment = received_at()
    _ensure_recorded(response.attempt, moment)
    recording = _locked(response, session)
    if recording is None:
        if sequence:
            raise Gap
        recording = _new(response, session, moment - timedelta(seconds=age / 100), agent)
    if sequence < recording.next_sequence:
        following = recording.next_sequence
        db.session.rollback()
        return following
    if sequence > recording.next_sequence:
        raise Gap
    _extend(recording, _checked(recording, response, moment, age, entries), moment)
    following = recording.next_sequence = sequence + 1
    try:
        db.session.commit()
    except IntegrityError:  # the same first frame, sent twice at once
        db.session.rollback()
        return 1
    return following


def _ensure_recorded(attempt: Attempt, moment: datetime) -> None:
    if not attempt.is_recorded:
        raise Closed("Nothing is recorded in this attempt", "Nobody agreed to it, so nothing is kept.")
    if attempt.finished_at is not None and moment > attempt.finished_at + LATE:
        raise Closed("This attempt is over", "Its recording takes nothing more.")


def _locked(response: Response, session: str) -> Recording | None:
    return db.session.scalar(
        select(Recording)
        .where(Recording.response_id == response.id, Recording.session == session)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )


def _new(response: Response, session: str, opened_at: datetime, agent: str) -> Recording:
    count = select(func.count()).where(Recording.attempt_id == response.attempt_id)
    if (db.session.scalar(count) or 0) >= MOST_RECORDINGS:
        raise Closed("This attempt has too many recordings", "Nothing more is recorded; answers are saved.")
    recording = Recording(
        attempt_id=response.attempt_id,
        response_id=response.id,
        session=session,
        device=device_in_words(agent)[:80],
        opened_at=max(opened_at, response.attempt.started_at),
        next_sequence=0,
        files=[],
        lengths=[],
        ended=0,
        size=0,
        is_cut=False,
    )
    db.session.add(recording)
    return recording


def _checked(
    recording: Recording, response: Response, moment: datetime, age: int, entries: Any
) -> list[tapes.Entry]:
    """The entries by the server's clock, after `recording` was moved on to their end."""
    head = Head(recording.next_sequence > 0, recording.files, recording.lengths, recording.ended)
    begins_with = starter(response)
    try:
        after = tapes.advanced(head, entries, begins_with)
        since = round((moment - recording.opened_at).total_seconds() * 100)
        drift = since - age
        if abs(drift) > TOLERANCE:  # the page's clock was set, or its machine slept
            entries = tapes.shifted(entries, drift)
            after = tapes.advanced(head, entries, begins_with)
        if after.ended > since + TOLERANCE:
            entries = tapes.shifted(entries, since - after.ended)
            after = tapes.advanced(head, entries, begins_with)
    except TapeError as error:
        raise Unprocessable("This recording cannot be kept", f"{error}.") from error
    recording.files, recording.lengths, recording.ended = after.files, after.lengths, after.ended
    return list(entries)


def _extend(recording: Recording, entries: list[tapes.Entry], moment: datetime) -> None:
    recording.received_at = moment
    total = select(func.coalesce(func.sum(Recording.size), 0)).where(
        Recording.attempt_id == recording.attempt_id
    )
    with db.session.no_autoflush:
        kept = db.session.scalar(total) or 0
    if recording.is_cut or kept + tapes.size(entries) > MOST_SIZE:
        recording.is_cut = True
        entries = tapes.without_edits(entries)
        if kept + tapes.size(entries) > MOST_SIZE + MOST_NOTES:
            return
    if not entries:
        return
    size = tapes.size(entries)
    recording.size += size
    last = recording.parts[-1] if recording.parts else None
    if last is not None and last.size + size <= PART_SIZE:
        last.entries = tapes.packed([*tapes.unpacked(last.entries), *entries])
        last.size += size
        return
    recording.parts.append(
        RecordingPart(number=len(recording.parts), entries=tapes.packed(entries), size=size)
    )
