"""`quizapp questions export`: questions as a file for another system, and every one that it cannot hold by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from quizapp.questions.content import from_content
from quizapp.questions.exchange import anki, csv_table, gift, moodle
from quizapp.questions.exchange.draft import NotHeld, held
from quizapp.questions.exchange.quiz import item_of, losses
from quizapp.questions.schema import Question
from quizapp.rules import parameters

OUTGOING = ("moodle", "gift", "csv", "anki")

# A bank and topic such as `fresher/routing`, and the content of a question in it.
Entry = tuple[str, Mapping[str, Any]]


@dataclass
class Export:
    """The text of the file, how many questions are in it, and sentences about what is not, each with its question's id."""

    text: str = ""
    count: int = 0
    left_out: list[tuple[str, str]] = field(default_factory=list)
    losses: list[tuple[str, str]] = field(default_factory=list)


def export(entries: Sequence[tuple[str, Question]], form: str) -> Export:
    """Write questions in one of OUTGOING. What goes out is read back and compared, so nothing is changed in silence."""
    done = Export()
    kept: list[Entry] = []
    for path, question in entries:
        content = parameters.example(question.to_content())
        try:
            _prove(form, path, content)
        except NotHeld as reason:
            done.left_out.append((question.id, str(reason)))
            continue
        kept.append((path, content))
        done.losses += [(question.id, loss) for loss in _losses(form, question, content)]
    done.text, done.count = _WRITERS[form](kept), len(kept)
    return done


def _losses(form: str, question: Question, content: Mapping[str, Any]) -> Iterator[str]:
    if question.parameters:
        more = len(question.parameters) - 1
        yield f"it is filled with its first parameter set ({parameters.told(question.parameters[0])}); {more} more are left out"
    if form == "moodle":
        yield from losses(content, has_hints=moodle.HAS_HINTS, has_case=moodle.HAS_CASE)
    elif form == "gift":
        yield from losses(content, has_hints=gift.HAS_HINTS, has_case=gift.HAS_CASE)


def _prove(form: str, path: str, content: Mapping[str, Any]) -> None:
    """Raise NotHeld unless reading gives back what was written."""
    text = _WRITERS[form]([(path, content)])
    read = _READERS.get(form)
    if read is None:
        return
    reading = read(text.encode())
    if reading.problems or len(reading.drafts) != 1:
        raise NotHeld(f"it would not be read again: {(*reading.problems, *reading.skipped, '')[0]}")
    without = frozenset({"parameters"} if form != "gift" else {"parameters", "hints"})
    there = held(from_content(_complete(content, reading.drafts[0].values)).to_content(), without=without)
    here = held(content, without=without)
    differing = sorted(key for key in here.keys() | there.keys() if here.get(key) != there.get(key))
    if differing:
        raise NotHeld(f"the format would change its {' and '.join(differing)}")


def _complete(content: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """What was read; a text too odd for its key makes no question, which is a change too."""
    try:
        from_content(values)
    except ValueError as error:
        raise NotHeld("the format would change what its text means") from error
    return {**values, "kind": content["kind"]}


_READERS = {"moodle": moodle.read, "gift": gift.read, "csv": csv_table.read}
_WRITERS: dict[str, Callable[[Sequence[Entry]], str]] = {
    "moodle": lambda entries: moodle.written([(path, item_of(content)) for path, content in entries]),
    "gift": lambda entries: gift.written([(path, item_of(content)) for path, content in entries]),
    "csv": lambda entries: csv_table.written([content for _, content in entries]),
    "anki": anki.written,
}
