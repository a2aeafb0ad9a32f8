"""Events of an attempt, read out of what its pages recorded: neutral facts with their times, never a score.

All of it comes from the candidate's own browser, apart from the kinds in `SERVER_KINDS`, and whoever wants to can make
a browser say anything, or nothing. An event is a reason to ask, and so is none.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from quizapp.rules import tapes

# Shorter than these many seconds is an accident of networks and page loads, and no event.
SHORTEST_OVERLAP = 3
SHORTEST_CLOSED = 15
# "Fast": the question was in view, until the answer was saved last, for less than this share of its minutes.
FAST_SHARE = 0.1
FAST_LEAST_SECONDS = 3
PREVIEW = 80  # characters

KINDS = {
    "pasted": "Paste from outside",
    "away": "Time away",
    "offline": "No connection",
    "window": "Second window",
    "device": "Other device",
    "closed": "No page open",
    "fast": "Fast answer",
    "takeover": "Taken over",
}
SERVER_KINDS = ("takeover",)


@dataclass(frozen=True)
class Tape:
    """What one page recorded; `position` and `title` are those of its question."""

    id: int
    response_id: int
    position: int
    opened_at: datetime
    device: str
    entries: Sequence[tapes.Entry]
    starter: Mapping[str, str]

    @property
    def ended_at(self) -> datetime:
        """The moment of its last entry."""
        return self.opened_at + timedelta(seconds=sum(entry[0] for entry in self.entries) / 100)

    @property
    def is_closed(self) -> bool:
        """Whether the page said that it was left."""
        return bool(self.entries) and self.entries[-1][1] == "x"

    def moments(self) -> Iterable[tuple[datetime, tapes.Entry]]:
        """The entries with the moments at which they were made."""
        at = 0
        for entry in self.entries:
            at += entry[0]
            yield self.opened_at + timedelta(seconds=at / 100), entry


@dataclass(frozen=True)
class Answer:
    """What is known of one answer without a recording."""

    response_id: int
    position: int
    minutes: float
    saved_at: datetime | None
    is_answered: bool


@dataclass(frozen=True)
class Event:
    """One event. `key` stays the same for ever, so that a comment finds it; `seconds` is its length, if it has one."""

    key: str
    kind: str
    at: datetime
    seconds: float | None
    position: int | None
    response_id: int | None
    facts: Mapping[str, Any]

    @property
    def title(self) -> str:
        """What sort of event it is, in words."""
        return KINDS[self.kind]


def events(
    recorded: Sequence[Tape],
    given: Iterable[str],
    answered: Iterable[Answer],
    noticed: Iterable[Event] = (),
) -> list[Event]:
    """All events of an attempt in the order of time.

    `given` are the texts that the candidate was shown: prompts, starters, samples. `noticed` are the server's own.
    """
    in_order = sorted(recorded, key=lambda tape: (tape.opened_at, tape.id))
    found = [
        *noted(in_order),
        *pastes(in_order, given),
        *overlaps(in_order),
        *closures(in_order),
        *fast_answers(in_order, answered),
        *noticed,
    ]
    return sorted(found, key=lambda event: (event.at, event.key))


def noted(recorded: Iterable[Tape]) -> list[Event]:
    """Absences and times without connection, as the pages noticed them."""
    found = []
    for tape in recorded:
        for number, (at, entry) in enumerate(tape.moments()):
            if entry[1] not in ("a", "n"):
                continue
            kind = "away" if entry[1] == "a" else "offline"
            began = max(tape.opened_at, at - timedelta(seconds=entry[2]))
            facts = {"how": entry[3]} if kind == "away" else {}
            found.append(_of(tape, f"entry:{tape.id}:{number}", kind, began, float(entry[2]), facts))
    return found


def pastes(recorded: Sequence[Tape], given: Iterable[str]) -> list[Event]:
    """Texts that were pasted and that neither the interview nor the candidate's own answers held before."""
    shown = [plain(text) for text in given]
    found = []
    written = None
    for tape in recorded:
        for number, (at, entry) in enumerate(tape.moments()):
            if len(entry) < 6 or entry[5] != "p" or not plain(entry[4]):  # noqa: PLR2004 - an edit with its origin
                continue
            text = plain(entry[4])
            written = written if written is not None else _written(recorded)
            own = any(text in state for when, state in written if when < at)
            if own or any(text in one for one in shown):
                continue
            found.append(_of(tape, f"entry:{tape.id}:{number}", "pasted", at, None, paste_facts(entry[4])))
    return found


def paste_facts(text: str) -> dict[str, Any]:
    """What is told of a pasted text: characters, lines, its beginning, and a hash that tells equal texts."""
    preview = plain(text)
    return {
        "characters": len(text),
        "lines": len(text.strip("\n").split("\n")),
        "preview": preview if len(preview) <= PREVIEW else preview[: PREVIEW - 1] + "…",
        "hash": hashlib.sha256(preview.encode()).hexdigest()[:12],
    }


def plain(text: str) -> str:
    """A text with every stretch of white space as one blank: how texts are compared."""
    return " ".join(text.split())


def _written(recorded: Sequence[Tape]) -> list[tuple[datetime, str]]:
    """The states of the candidate's texts from which something could be taken.

    A text that once stood there stands there until an edit breaks it. So it is enough to look before each edit that is
    no going on where the one before ended.
    """
    states: dict[str, datetime] = {}
    for tape in recorded:
        player = tapes.Player(tape.starter)
        place = (-1, -1)
        for at, entry in tape.moments():
            is_edit = not isinstance(entry[1], str)
            if is_edit and (entry[3] or (entry[1], entry[2]) != place):
                _note_earliest(states, player.text(entry[1]), at - timedelta(milliseconds=1))
            player.play(entry)
            if is_edit:
                place = (entry[1], entry[2] + tapes.units(entry[4]))
        for text in player.texts.values():
            _note_earliest(states, text, tape.ended_at)
    return [(at, text) for text, at in states.items()]


def _note_earliest(states: dict[str, datetime], text: str, at: datetime) -> None:
    known = states.get(plain(text))
    states[plain(text)] = at if known is None else min(at, known)


def overlaps(recorded: Sequence[Tape]) -> list[Event]:
    """Pages that were in use at the same time: one was opened, and another one went on all the same."""
    found = []
    for number, tape in enumerate(recorded):
        longest, beside = 0.0, None
        for other in recorded[:number]:
            until = min(_last_sign(other), tape.ended_at)
            length = (until - tape.opened_at).total_seconds()
            if length > max(longest, SHORTEST_OVERLAP):
                longest, beside = length, other
        if beside is not None:
            kind = "window" if beside.device == tape.device else "device"
            facts = {"device": tape.device, "beside": beside.device}
            found.append(_of(tape, f"tape:{tape.id}", kind, tape.opened_at, round(longest, 1), facts))
    return found


def _last_sign(tape: Tape) -> datetime:
    """The moment of the last thing that was done in a page, leaving it aside."""
    last = tape.opened_at
    for at, entry in tape.moments():
        if entry[1] != "x":
            last = at
    return last


def closures(recorded: Sequence[Tape]) -> list[Event]:
    """Times in which no page of the attempt was open, as far as pages told that they were left."""
    found = []
    open_until: datetime | None = None
    for tape, following in pairwise(recorded):
        ends = tape.ended_at if tape.is_closed else following.opened_at
        open_until = ends if open_until is None else max(open_until, ends)
        length = (following.opened_at - open_until).total_seconds()
        if length >= SHORTEST_CLOSED:
            key = f"closed:{following.id}"
            found.append(
                _of(following, key, "closed", open_until, round(length, 1), {}, is_of_question=False)
            )
    return found


def fast_answers(recorded: Sequence[Tape], answered: Iterable[Answer]) -> list[Event]:
    """Answers whose question was in view for less than a tenth of its minutes, see `FAST_SHARE`."""
    found = []
    for answer in answered:
        mine = [tape for tape in recorded if tape.response_id == answer.response_id]
        if not mine or not answer.is_answered or answer.saved_at is None:
            continue
        seconds = sum(_in_view(tape, answer.saved_at) for tape in mine)
        least = max(FAST_LEAST_SECONDS, FAST_SHARE * answer.minutes * 60)
        if seconds < least:
            facts = {"minutes": answer.minutes, "least": least}
            key = f"fast:{answer.response_id}"
            where = (answer.position, answer.response_id)
            found.append(Event(key, "fast", answer.saved_at, round(seconds, 1), *where, facts))
    return found


def _in_view(tape: Tape, until: datetime) -> float:
    """Seconds for which a page was open and in view before a moment."""
    ends = min(until, tape.ended_at) if tape.is_closed else until
    seconds = (ends - tape.opened_at).total_seconds()
    for at, entry in tape.moments():
        if entry[1] == "a" and at <= ends:
            seconds -= float(entry[2])
    return max(0.0, seconds)


def _of(
    tape: Tape,
    key: str,
    kind: str,
    at: datetime,
    seconds: float | None,
    facts: Mapping[str, Any],
    *,
    is_of_question: bool = True,
) -> Event:
    position, response_id = (tape.position, tape.response_id) if is_of_question else (None, None)
    return Event(key, kind, at, seconds, position, response_id, facts)
