"""Events of an attempt: read out of its recordings, told to candidate and reviewers alike, with the candidate's words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from quizapp.errors import NotFound, Unprocessable
from quizapp.extensions import db
from quizapp.models import Attempt, AttemptEvent, EventComment, Recording, Response
from quizapp.receipt import database_now
from quizapp.rules import answers, evidence, tapes, wording
from quizapp.rules.evidence import Answer, Event, Tape
from quizapp.services import recordings

MOST_COMMENT = 1000  # characters


@dataclass(frozen=True)
class Told:
    """An event in words, with what the candidate says to it."""

    event: Event
    text: str
    note: str
    comment: str
    commented_at: datetime | None


def notice(attempt_id: int, kind: str, facts: Mapping[str, Any]) -> None:
    """Note something that the server itself saw, one of `evidence.SERVER_KINDS` (no commit)."""
    if kind not in evidence.SERVER_KINDS:
        raise ValueError(kind)
    db.session.add(AttemptEvent(attempt_id=attempt_id, kind=kind, at=database_now(), facts=dict(facts)))


def of_attempt(attempt: Attempt, recorded: list[Tape] | None = None) -> list[Told]:
    """All events of an attempt in the order of time; empty where nothing was recorded and nothing noticed."""
    found = events(attempt, recorded)
    said = {
        comment.event: comment
        for comment in db.session.scalars(select(EventComment).where(EventComment.attempt_id == attempt.id))
    }
    return [
        Told(
            event,
            wording.sentence(event),
            wording.note(event),
            said[event.key].text if event.key in said else "",
            said[event.key].written_at if event.key in said else None,
        )
        for event in found
    ]


def events(attempt: Attempt, recorded: list[Tape] | None = None) -> list[Event]:
    """The same without the candidate's words."""
    recorded = tapes_of(attempt) if recorded is None else recorded
    noticed = db.session.scalars(select(AttemptEvent).where(AttemptEvent.attempt_id == attempt.id))
    return evidence.events(
        recorded,
        [text for response in attempt.responses for text in _shown(response)],
        [_answer(response) for response in attempt.responses],
        [Event(f"seen:{one.id}", one.kind, one.at, None, None, None, one.facts) for one in noticed],
    )


def tapes_of(attempt: Attempt) -> list[Tape]:
    """What the pages of an attempt recorded, in the order in which they were opened."""
    if not attempt.is_recorded:
        return []
    responses = {response.id: response for response in attempt.responses}
    found = db.session.scalars(
        select(Recording)
        .where(Recording.attempt_id == attempt.id)
        .options(selectinload(Recording.parts))
        .order_by(Recording.opened_at, Recording.id)
    )
    return [
        Tape(
            id=one.id,
            response_id=one.response_id,
            position=responses[one.response_id].position,
            opened_at=one.opened_at,
            device=one.device,
            entries=[entry for part in one.parts for entry in tapes.unpacked(part.entries)],
            starter=recordings.starter(responses[one.response_id]),
        )
        for one in found
    ]


def comment(attempt: Attempt, key: str, text: str) -> None:
    """Keep what the candidate says to an event, or take it back when it is empty; commits.

    Raises NotFound when the attempt has no such event, Unprocessable when the text is too long.
    """
    if not any(event.key == key for event in events(attempt)):
        raise NotFound("There is no such event in this attempt")
    text = text.replace("\r\n", "\n").strip()
    if len(text) > MOST_COMMENT:
        raise Unprocessable(
            "The comment is too long", f"It has {len(text)} characters; {MOST_COMMENT} are kept."
        )
    said = db.session.get(EventComment, (attempt.id, key))
    if said is not None and not text:
        db.session.delete(said)
    elif text:
        said = said or EventComment(attempt_id=attempt.id, event=key)
        said.text, said.written_at = text, database_now()
        db.session.add(said)
    db.session.commit()


def by_response(told: list[Told]) -> dict[int, list[Told]]:
    """Response id -> the events that are about it."""
    found: dict[int, list[Told]] = defaultdict(list)
    for one in told:
        if one.event.response_id is not None:
            found[one.event.response_id].append(one)
    return dict(found)


def _shown(response: Response) -> Iterator[str]:
    """The texts that a question shows while it is answered."""
    content = response.content
    yield content["prompt"]
    for key in ("files", "samples", "program"):
        shown = content.get(key) or {}
        yield from [shown] if isinstance(shown, str) else shown.values()
    for option in content.get("options", []):
        yield option["text"]


def _answer(response: Response) -> Answer:
    content = response.content
    return Answer(
        response.id,
        response.position,
        float(content["minutes"]),
        response.saved_at,
        answers.is_answered(content, response.answer),
    )
