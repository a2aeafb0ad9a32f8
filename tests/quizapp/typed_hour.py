"""A made hour of an interview: six code questions and four in own words, typed, corrected, pasted, left and come back to.

About 7,000 edits on thirty pages. All of it follows from one seed, so its size changes with the format of recordings and
with nothing else.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from quizapp.rules import tapes
from quizapp.services.recordings import PART_SIZE
from tests.quizapp.tape_recorder import Recorder

HOUR = 3600.0
CODE_QUESTIONS, TEXT_QUESTIONS = 6, 4
ROW_BYTES = 260  # of a recording without its parts, and of a part without its entries, generously
_WORDS = [
    "request",
    "response",
    "session",
    "user",
    "items",
    "total",
    "number",
    "return",
    "import",
    "flask",
    "render",
    "template",
    "route",
    "method",
    "status",
    "error",
    "value",
    "index",
    "query",
    "filter",
    "order",
    "commit",
    "append",
    "update",
    "result",
    "found",
    "missing",
    "create",
    "delete",
    "update",
]


@dataclass
class _Page:
    """One page that somebody types in."""

    files: list[str]
    texts: list[str]
    starter: list[str]
    edits: list[list[Any]] = field(default_factory=list)
    now: float = 0.0  # seconds since it was opened

    def note(self, *entry: Any) -> None:
        self.edits.append([round(self.now * 1000), None, list(entry), 0, "", ""])

    def put(self, file: int, at: int, removed: int, inserted: str, how: str = "") -> None:
        text = self.texts[file]
        self.edits.append([round(self.now * 1000), file, at, removed, inserted, how])
        self.texts[file] = text[:at] + inserted + text[at + removed :]


def _type(page: _Page, chance: random.Random, file: int, at: int, text: str) -> int:
    """Type a text key by key, with a slip now and then that is taken back; gives where it ends."""
    for letter in text:
        page.now += chance.uniform(0.09, 0.28)
        if chance.random() < 0.04:
            page.put(file, at, 0, chance.choice("abcdefgh"))
            page.now += chance.uniform(0.2, 0.6)
            page.put(file, at, 1, "")
            page.now += chance.uniform(0.1, 0.3)
        page.put(file, at, 0, letter)
        at += 1
    return at


def _line(chance: random.Random) -> str:
    words = [chance.choice(_WORDS) for _ in range(chance.randint(2, 5))]
    shape = chance.choice(
        ["{} = {}", "if {}.{}:", "return {}({})", "{}.{}[{!r}]", "for {} in {}:", "# {} {}", "{}, {} = {}"]
    )
    return "    " + shape.format(*(words * 3)[: shape.count("{")]) + "\n"


def _work(page: _Page, chance: random.Random, until: float, *, is_code: bool) -> None:
    """Write, think, go back, correct, look something up, run, until the time on the page is over."""
    while page.now < until:
        file = chance.randrange(len(page.files))
        text = page.texts[file]
        at = len(text) if chance.random() < 0.6 else text.rfind("\n", 0, chance.randint(0, len(text))) + 1
        what = chance.random()
        if what < 0.68:
            words = _line(chance) if is_code else " ".join(chance.choice(_WORDS) for _ in range(9)) + ". "
            _type(page, chance, file, at, words)
            page.now += chance.uniform(1, 9)
        elif what < 0.86 and len(text) > 40:
            begins = chance.randint(0, len(text) - 30)
            page.now += 1
            page.put(file, begins, chance.randint(3, 25), "")
            _type(page, chance, file, begins, chance.choice(_WORDS) + " ")
            page.now += chance.uniform(2, 12)
        elif what < 0.90:
            page.now += 2
            page.put(file, at, 0, "".join(_line(chance) for _ in range(chance.randint(1, 5))), "p")
        elif what < 0.95:
            page.now += chance.uniform(8, 40)
            page.note("a", round(chance.uniform(2, 30), 1), "hidden")
        else:
            page.now += chance.uniform(20, 60)  # reading


def pages(seed: int = 11) -> list[_Page]:
    """The pages of the hour in the order in which they were open; each question is opened about three times."""
    chance = random.Random(seed)
    starter = (
        "from flask import Flask\n\napp = Flask(__name__)\n\n\n@app.get('/')\ndef index():\n    return ''\n"
    )
    questions: list[_Page] = []
    for number in range(CODE_QUESTIONS + TEXT_QUESTIONS):
        files = ["app.py", "templates/page.html"][: 1 + number % 2] if number < CODE_QUESTIONS else [""]
        texts = [starter, "<h1></h1>\n"][: len(files)] if number < CODE_QUESTIONS else [""]
        questions.append(_Page(files, list(texts), list(texts)))
    made: list[_Page] = []
    spent = 0.0
    while spent < HOUR:
        question = questions[len(made) % len(questions)]
        page = _Page(question.files, question.texts, question.starter)
        first = _Page(page.files, list(page.texts), page.starter)
        length = chance.uniform(60, 180)
        _work(page, chance, length, is_code=page.files != [""])
        page.note("x")
        first.edits = page.edits
        made.append(first)
        spent += page.now
    return made


@dataclass(frozen=True)
class Size:
    """What the hour costs: keys that were pressed, entries, characters of JSON, and bytes in the database."""

    keys: int
    entries: int
    json: int
    stored: int
    seconds: float

    @property
    def kilobytes(self) -> float:
        """Of the database, rows included."""
        return self.stored / 1000


def size() -> Size:
    """Record the hour with the pages' own scripts and pack it as the server does."""
    keys = entries = json = stored = 0
    seconds = 0.0
    with Recorder() as recorder:
        for page in pages():
            recorded = recorder.record(
                page.edits, files=page.files, texts=page.texts, starter=page.starter, take=20
            )
            keys += len(page.edits)
            seconds += sum(entry[0] for entry in recorded.entries) / 100
            entries += len(recorded.entries)
            parts = _parts(recorded.frames)
            json += sum(map(tapes.size, parts))
            stored += ROW_BYTES + sum(len(tapes.packed(part)) + ROW_BYTES for part in parts)
    return Size(keys, entries, json, stored, seconds)


def _parts(frames: list[list[Any]]) -> list[list[Any]]:
    parts: list[list[Any]] = [[]]
    for frame in frames:
        if parts[-1] and tapes.size(parts[-1]) + tapes.size(frame) > PART_SIZE:
            parts.append([])
        parts[-1] = [*parts[-1], *frame]
    return parts


def main() -> None:
    """Print what the hour costs."""
    one = size()
    print(
        f"{one.seconds / 60:.0f} minutes on pages, {one.keys} edits, {one.entries} entries, {one.json / 1000:.0f} kB of JSON"
    )
    print(f"stored: {one.kilobytes:.0f} kB")


if __name__ == "__main__":
    main()
