"""What pages record of how an answer came about: the shape of its entries, and the texts that they make.

A tape is what one page of an attempt recorded from when it was opened. Each entry is a list that begins with the time
since the entry before, in hundredths of a second:

    [wait, "o", [file, ...], {file: text}]             opened; texts that are not named are those the question began with
    [wait, file, from, removed, inserted, how]         an edit; `how` is left out for typing, "p" pasted from elsewhere,
                                                       "m" moved inside the attempt, "r" replaced as a whole
    [wait, "f", file]                                  another file was shown
    [wait, "a", seconds, "hidden" or "unfocused"]      an absence that ended now
    [wait, "n", seconds]                               a time without connection that ended now
    [wait, "x"]                                        the page was left

Files are numbers into the list that the first entry names; a text answer is one file without a name. Positions count
UTF-16 units, as browsers do, and no edit cuts a surrogate pair.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Entry = list[Any]

MAX_ENTRIES = 5000  # in one frame
MAX_FILES = 20
MAX_TEXT = 128 * 1024  # UTF-16 units of one file
MAX_WAIT = 24 * 360_000  # hundredths of a second: a day
LAST_SINGLE = 0xFFFF  # characters after it take two UTF-16 units
HOWS = ("p", "m", "r")
ABSENCES = ("hidden", "unfocused")
_EDIT = 5  # fields of an edit that was typed; one more says how another one came about


class TapeError(ValueError):
    """Entries that no page of ours records; the text says what is wrong."""


@dataclass
class Head:
    """Where a tape has come to: what the next entries are checked against.

    `lengths` are UTF-16 units, in the order of `files`; `ended` is in hundredths of a second.
    """

    is_begun: bool = False
    files: list[str] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    ended: int = 0


def advanced(head: Head, entries: Any, starter: Mapping[str, str]) -> Head:
    """The head after these entries. `starter` says which files there are and what they began with.

    Raises TapeError for anything that would not play: unknown files, positions outside of the text, wrong types.
    """
    if not isinstance(entries, list) or not 0 < len(entries) <= MAX_ENTRIES:
        raise TapeError(f"a frame holds 1 to {MAX_ENTRIES} entries")
    now = Head(head.is_begun, list(head.files), list(head.lengths), head.ended)
    for entry in entries:
        if not isinstance(entry, list) or len(entry) < 2:  # noqa: PLR2004 - a wait and a kind
            raise TapeError("an entry is a list of a wait and more")
        now.ended += _whole(entry[0], MAX_WAIT, "a wait")
        if entry[1] == "o":
            _open(now, entry, starter)
        elif not now.is_begun:
            raise TapeError("a tape begins by being opened")
        elif isinstance(entry[1], str):
            _noted(now, entry)
        else:
            _edited(now, entry)
    return now


def _open(head: Head, entry: Entry, starter: Mapping[str, str]) -> None:
    if head.is_begun:
        raise TapeError("a tape is opened once")
    _, _, files, texts = _sized(entry, 4)
    if not isinstance(files, list) or len(files) > MAX_FILES or len(set(map(str, files))) != len(files):
        raise TapeError("files are a list of different names")
    if not all(isinstance(path, str) and path in starter for path in files):
        raise TapeError("a file is not one of the question's")
    if not isinstance(texts, dict) or not all(
        path in files and isinstance(text, str) and units(text) <= MAX_TEXT for path, text in texts.items()
    ):
        raise TapeError("texts belong to files that are named, and are not too long")
    head.is_begun = True
    head.files = files
    head.lengths = [units(texts.get(path, starter[path])) for path in files]


def _edited(head: Head, entry: Entry) -> None:
    if len(entry) not in (_EDIT, _EDIT + 1) or (len(entry) > _EDIT and entry[5] not in HOWS):
        raise TapeError("an edit is a file, a place, a length and a text")
    file = _whole(entry[1], len(head.files) - 1, "a file")
    length = head.lengths[file]
    begins = _whole(entry[2], length, "a place")
    removed = _whole(entry[3], length - begins, "a length")
    if not isinstance(entry[4], str):
        raise TapeError("what is inserted is a text")
    head.lengths[file] = length - removed + units(entry[4])
    if head.lengths[file] > MAX_TEXT:
        raise TapeError("a text is too long")


def _noted(head: Head, entry: Entry) -> None:
    kind = entry[1]
    if kind == "f":
        _whole(_sized(entry, 3)[2], len(head.files) - 1, "a file")
    elif kind == "a":
        _seconds(_sized(entry, 4)[2])
        if entry[3] not in ABSENCES:
            raise TapeError("an absence is hidden or unfocused")
    elif kind == "n":
        _seconds(_sized(entry, 3)[2])
    elif kind == "x":
        _sized(entry, 2)
    else:
        raise TapeError("there is no such kind of entry")


def _sized(entry: Entry, length: int) -> Entry:
    if len(entry) != length:
        raise TapeError(f"an entry of this kind has {length} fields")
    return entry


def _whole(value: Any, most: int, what: str) -> int:
    if type(value) is not int or not 0 <= value <= most:
        raise TapeError(f"{what} is not in its range")
    return value


def _seconds(value: Any) -> None:
    if type(value) not in (int, float) or not 0 <= value <= MAX_WAIT:
        raise TapeError("a number of seconds is not in its range")


def shifted(entries: Iterable[Entry], more: int) -> list[Entry]:
    """The entries with waits that are `more` hundredths longer in all, or shorter as far as they go."""
    moved: list[Entry] = []
    for wait, *rest in entries:
        now = max(0, wait + more)
        more -= now - wait
        moved.append([now, *rest])
    return moved


def without_edits(entries: Iterable[Entry]) -> list[Entry]:
    """The entries that are no edits, with their times; for a recording that has reached its size."""
    kept: list[Entry] = []
    wait = 0
    for entry in entries:
        wait += entry[0]
        if isinstance(entry[1], str):
            kept.append([wait, *entry[1:]])
            wait = 0
    return kept


def units(text: str) -> int:
    """The length of a text in UTF-16 units."""
    return (
        len(text) + sum(ord(character) > LAST_SINGLE for character in text)
        if not text.isascii()
        else len(text)
    )


class Player:
    """Plays a tape: the texts of all files after every entry."""

    def __init__(self, starter: Mapping[str, str]) -> None:
        self._starter = starter
        self._files: list[str] = []
        self._held: list[_Text] = []
        self._at = 0

    @property
    def texts(self) -> dict[str, str]:
        """File -> text as it is now."""
        return {path: text.read() for path, text in zip(self._files, self._held, strict=True)}

    def text(self, file: int) -> str:
        """One file's text as it is now."""
        return self._held[file].read()

    def path(self, file: int) -> str:
        """One file's name."""
        return self._files[file]

    def play(self, entry: Entry) -> float:
        """Take one entry; gives its moment in seconds since the beginning."""
        self._at += entry[0]
        if entry[1] == "o":
            self._files = list(entry[2])
            self._held = [_Text(entry[3].get(path, self._starter.get(path, ""))) for path in self._files]
        elif not isinstance(entry[1], str):
            self._held[entry[1]].edit(entry[2], entry[3], entry[4])
        return self._at / 100


class _Text:
    """A text that is edited at UTF-16 positions; most texts have no character that counts twice."""

    def __init__(self, text: str) -> None:
        self._plain: str | None = text if units(text) == len(text) else None
        self._wide = b"" if self._plain is not None else text.encode("utf-16-le")

    def read(self) -> str:
        return self._plain if self._plain is not None else self._wide.decode("utf-16-le")

    def edit(self, begins: int, removed: int, inserted: str) -> None:
        if self._plain is not None and units(inserted) == len(inserted):
            self._plain = self._plain[:begins] + inserted + self._plain[begins + removed :]
            return
        wide = self._wide if self._plain is None else self._plain.encode("utf-16-le")
        self._plain = None
        self._wide = wide[: 2 * begins] + inserted.encode("utf-16-le") + wide[2 * (begins + removed) :]


def played(entries: Iterable[Entry], starter: Mapping[str, str]) -> dict[str, str]:
    """File -> text at the end of a tape."""
    player = Player(starter)
    for entry in entries:
        player.play(entry)
    return player.texts


def size(entries: Sequence[Entry]) -> int:
    """How large entries are, in characters of JSON."""
    return len(_json(entries))


def packed(entries: Sequence[Entry]) -> bytes:
    """Entries as they are stored."""
    return zlib.compress(_json(entries).encode(), 9)


def _json(entries: Sequence[Entry]) -> str:
    return json.dumps(entries, ensure_ascii=False, separators=(",", ":"))


def unpacked(stored: bytes) -> list[Entry]:
    """The entries of `packed`."""
    entries: list[Entry] = json.loads(zlib.decompress(stored))
    return entries
