"""Strict reading of one YAML file: plain values, and the place of each of them.

The C parser of PyYAML gives events; the values are built here rather than by its constructors. So no tag can
make an object, an alias cannot blow a small file up, and a key given twice is seen. Only YAML 1.2's plain words
have a meaning (`true`, `false`, `null`, whole and decimal numbers): `yes`, `012`, `1:30`, `True` and dates stay
text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from quizapp.questions.finding import Finding

MAX_BYTES = 256 * 1024
MAX_DEPTH = 16

Route = tuple[str | int, ...]

_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,17})\.[0-9]{1,17}")
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}
# Characters that reorder the text around them or that nobody sees (what a reviewer reads would not be what is run),
# and halves of characters, which no file can hold but a string handed to `read_text` can.
ODD = re.compile("[\u00ad\u200b\u200e\u200f\u2060\ufeff\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(frozen=True)
class Place:
    """Where a value stands; `block` tells that its text starts on the next line, indented by `indent`."""

    line: int
    column: int
    block: bool = False
    indent: int = 0


@dataclass
class Document:
    """One file, read: its text, its value (None if it has findings that hide it) and what was wrong with it."""

    path: Path
    text: str = ""
    value: Any = None
    findings: list[Finding] = field(default_factory=list)
    _places: Places | None = None

    def placed(self) -> Places:
        """Give the positions of everything, found by a second reading the first time they are asked for."""
        if self._places is None:
            self._places = Places()
            _Builder(self, self._places).build()
        return self._places

    def place(self, route: Route, *, key: bool = False) -> Place:
        """Find where a value (or, with `key`, the key in front of it) is written; the nearest one above it if absent."""
        places = self.placed()
        for end in range(len(route), -1, -1):
            found = places.find(route[:end], key=key or end < len(route))
            if found is not None:
                return found
        return Place(1, 1)

    def inside(self, route: Route, line: int, column: int = 1) -> Place:
        """Map a line and column inside a text value (both from 1) to the file, as well as its style allows.

        Where the schema takes one text for a mapping of files, the route may go one step deeper than the file.
        """
        for end in (len(route), len(route) - 1):
            start = self.placed().values.get(route[:end])
            if start is not None and start.block:
                return Place(start.line + line, start.indent + column)
        return self.place(route)

    def finding(self, place: Place, code: str, message: str, hint: str = "") -> Finding:
        return Finding(self.path, place.line, place.column, code, message, hint)


class Places:
    """The positions of all keys and values of a document, made only when a finding needs them."""

    def __init__(self) -> None:
        self.keys: dict[Route, Place] = {}
        self.values: dict[Route, Place] = {}

    def find(self, route: Route, *, key: bool) -> Place | None:
        if key and route in self.keys:
            return self.keys[route]
        return self.values.get(route)


def read_file(path: Path) -> Document:
    """Read one file; what cannot be read becomes findings, never an exception."""
    document = Document(path)
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError as error:
        document.findings.append(
            document.finding(Place(1, 1), "unreadable", f"cannot be read: {error.strerror}")
        )
        return document
    return read_bytes(raw, path)


def read_bytes(raw: bytes, path: Path) -> Document:
    """Read the first MAX_BYTES + 1 bytes of a file; `path` is used in findings only."""
    document = Document(path)
    if len(raw) > MAX_BYTES:
        document.findings.append(_too_large(document))
        return document
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = error.start - raw.rfind(b"\n", 0, error.start)
        document.findings.append(
            document.finding(Place(line, column), "not-utf8", "is not UTF-8 text", "save the file as UTF-8")
        )
        return document
    return read_text(text, path)


def read_text(text: str, path: Path) -> Document:
    """Read YAML from a string; `path` is used in findings only."""
    document = Document(path, text)
    if len(text) > MAX_BYTES:
        document.findings.append(_too_large(document))
        return document
    document.findings.extend(_odd_characters(document))
    if not document.findings:
        document.value = _Builder(document, None).build()
    if document.value is None and not document.findings:
        document.findings.append(document.finding(Place(1, 1), "empty-file", "has no content"))
    return document


def _too_large(document: Document) -> Finding:
    message = f"is larger than {MAX_BYTES // 1024} KiB"
    return document.finding(Place(1, 1), "too-large", message, "split the question")


def _odd_characters(document: Document) -> Iterator[Finding]:
    if "\t" not in document.text and not ODD.search(document.text):
        return
    for number, line in enumerate(document.text.splitlines(), 1):
        if "\t" in line:
            place = Place(number, line.index("\t") + 1)
            yield document.finding(
                place, "tab", "has a tab character", "use spaces; inside Python text write \\t"
            )
        if odd := ODD.search(line):
            place = Place(number, odd.start() + 1)
            message = f"has the hidden character U+{ord(odd.group()):04X}"
            yield document.finding(place, "odd-character", message, "delete it, or write its escape")


class _TooDeepError(Exception):
    """Stops reading; the finding is made already."""


class _Builder:
    """Builds the value of a document from parser events; with `places`, also notes where everything stands."""

    def __init__(self, document: Document, places: Places | None) -> None:
        self.document = document
        self.places = places
        self.lines = document.text.splitlines() if places is not None else []
        self.events = yaml.parse(document.text, Loader=yaml.CSafeLoader)

    def build(self) -> Any:
        before = len(self.document.findings)
        value = None
        try:
            is_first = True
            for event in self.events:
                if isinstance(event, yaml.DocumentEndEvent):
                    is_first = False
                elif isinstance(event, yaml.DocumentStartEvent):
                    if not is_first:
                        self.report(
                            event, "two-documents", "has a second document", "one file holds one question"
                        )
                elif isinstance(event, yaml.NodeEvent):
                    built = self.node(event, ())
                    value = built if is_first else value
        except _TooDeepError:
            value = None
        except yaml.YAMLError as error:
            self.document.findings.append(self.syntax(error))
            value = None
        if self.places is not None:
            # The second pass is for positions alone; it must not report the same things again.
            del self.document.findings[before:]
        return value

    def report(self, event: yaml.Event, code: str, message: str, hint: str = "") -> None:
        place = _start(event)
        self.document.findings.append(self.document.finding(place, code, message, hint))

    def syntax(self, error: yaml.YAMLError) -> Finding:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        place = Place(mark.line + 1, mark.column + 1) if mark else Place(1, 1)
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        context = getattr(error, "context", None)
        message = f"is not YAML: {context + ', ' if context else ''}{problem}"
        hint = "look at the indentation, and quote text that holds ': ' or ' #' or starts with a sign"
        return self.document.finding(place, "syntax", message, hint)

    def node(self, event: yaml.Event, route: Route) -> Any:
        if self.places is not None:
            self.places.values[route] = self.place_of(event)
        if isinstance(event, yaml.AliasEvent):
            self.report(event, "alias", f"uses the alias '*{event.anchor}'", "write the value out")
            return None
        if (tag := getattr(event, "tag", None)) is not None:
            self.report(event, "tag", f"uses the tag '{tag}'", "quote the text, or leave the tag out")
        if len(route) > MAX_DEPTH:
            self.report(event, "too-deep", f"is nested more than {MAX_DEPTH} levels deep", "flatten it")
            raise _TooDeepError
        if isinstance(event, yaml.ScalarEvent):
            return _plain(event.value) if event.implicit[0] else event.value
        if isinstance(event, yaml.SequenceStartEvent):
            return self.sequence(route)
        return self.mapping(route)

    def sequence(self, route: Route) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self.node(event, (*route, len(items))))
        return items

    def mapping(self, route: Route) -> dict[str, Any]:
        pairs: dict[str, Any] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = self.key(event)
            if key is None:
                self.node(next(self.events), route)
                continue
            if key in pairs:
                self.report(event, "duplicate-key", f"has the key '{key}' twice", "keep one of them")
            if self.places is not None:
                self.places.keys.setdefault((*route, key), self.place_of(event))
            pairs[key] = self.node(next(self.events), (*route, key))
        return pairs

    def key(self, event: yaml.Event) -> str | None:
        if isinstance(event, yaml.ScalarEvent):
            return str(event.value)
        self.report(
            event, "odd-key", "has a key that is not plain text", "quote text that starts with [ { * or &"
        )
        self.node(event, ())
        return None

    def place_of(self, event: yaml.Event) -> Place:
        start = _start(event)
        if not isinstance(event, yaml.ScalarEvent) or event.style != "|":
            return start
        body = self.lines[start.line :]
        indent = next((len(text) - len(text.lstrip(" ")) for text in body if text.strip()), 0)
        return Place(start.line, start.column, block=True, indent=indent)


def _start(event: yaml.Event) -> Place:
    mark = event.start_mark
    return Place(mark.line + 1, mark.column + 1) if mark else Place(1, 1)


def _plain(text: str) -> Any:
    """Give the value of an unquoted scalar by YAML 1.2's core rules, narrowed to what questions need."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        return float(text)
    return text
