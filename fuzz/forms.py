"""Odd but plausible JSON, grown from bytes: the words of the wire in places where they do not belong."""

from __future__ import annotations

from typing import Any, Protocol

MAX_LEVELS = 6
WORDS = (
    "", "a", "0", "1", "-1", "0x1f", "c1", "c2", "nan", "inf", "int", "object", "zone", "offset", "Europe", "Europe/Berlin",
    "../x", "UTC", "http", "HTTPStatus", "OK", "enum", "builtins", "ValueError", "SystemExit", "KeyboardInterrupt", "decimal",
    "sNaN", "1e999999", "werkzeug.exceptions", "NotFound", "asyncio", "ExceptionGroup", "unicodedata", "UnicodeDecodeError",
    "OSError", "app", "app.py", "Clock", "tick", "__len__", "__eq__", "__init__", "call", "next", "attribute", "assign", "stdout",
    "stderr", "ready", "loaded", "passed", "failed", "module", "script", "Ellipsis", "AAAA", "\ud800", "\x00", "\u202e", "winreg", "re", "RegexFlag", "IGNORECASE", "socket", "os", "sys",
)  # fmt: skip
TAGS = (
    "i", "f", "t", "o", "d", "s", "fs", "su", "b", "ba", "c", "rg", "sl", "dt", "tm", "da", "td", "tz", "D", "F", "u", "p", "pp",
    "e", "dq", "od", "ct", "dd", "dk", "dv", "di", "sio", "bio", "k", "ty", "mk", "ref", "h", "C", "xt", "x", "tf",
)  # fmt: skip
FIELDS = (
    *TAGS, "m", "v", "ok", "error", "problem", "same", "changed", "classes", "heard", "warned", "watched", "import", "cls", "place",
    "args", "kw", "attrs", "text", "cause", "context", "suppress", "home", "control", "id", "name", "module", "bases", "special",
    "methods", "meta", "hashable", "own", "of", "local", "nm", "sh", "do", "by", "value", "type", "message", "file", "line",
    "column", "traceback", "ev", "op", "stream", "body", "exit", "signal", "cpu_seconds", "peak_memory_mib", "ids", "outcome",
    "status", "seconds", "calls", "sent", "got", "files", "blobs", "preload", "kind", "main", "reason", "0", "1",
)  # fmt: skip
NUMBERS = (
    0,
    1,
    2,
    -1,
    3,
    59,
    60,
    999_999,
    2**31,
    2**53 - 1,
    2**53,
    2**63,
    -(2**70),
    0.5,
    1e308,
    -0.0,
    True,
    False,
    None,
)


class Bytes(Protocol):
    """Where choices come from: atheris' data provider, or anything like it."""

    def ConsumeIntInRange(self, low: int, high: int) -> int: ...  # noqa: N802 - atheris' names
    def remaining_bytes(self) -> int: ...


def form(source: Bytes, level: int = 0) -> Any:
    """One JSON value."""
    if not source.remaining_bytes():
        return None
    choice = source.ConsumeIntInRange(0, 9)
    if choice < (5 if level >= MAX_LEVELS else 2):
        return NUMBERS[source.ConsumeIntInRange(0, len(NUMBERS) - 1)]
    if choice < (10 if level >= MAX_LEVELS else 4):
        return WORDS[source.ConsumeIntInRange(0, len(WORDS) - 1)]
    if choice < 6:
        return [form(source, level + 1) for _ in range(source.ConsumeIntInRange(0, 4))]
    if choice < 9:
        return {TAGS[source.ConsumeIntInRange(0, len(TAGS) - 1)]: form(source, level + 1)}
    return fields(source, level + 1)


def fields(source: Bytes, level: int = 0) -> dict[str, Any]:
    """An object with some of the fields that frames and bodies have."""
    names = [
        FIELDS[source.ConsumeIntInRange(0, len(FIELDS) - 1)] for _ in range(source.ConsumeIntInRange(0, 6))
    ]
    return {name: form(source, level + 1) for name in names}


def shaped(source: Bytes, shapes: list[tuple[str, str, tuple[str, ...]]]) -> dict[str, Any]:
    """A frame with exactly the fields of one of `shapes` (key, word, names), with small numbers where they are usual."""
    key, word, names = shapes[source.ConsumeIntInRange(0, len(shapes) - 1)]
    made: dict[str, Any] = {key: word}
    for name in names:
        if name == "s" or (name == "id" and word == "answer"):
            made[name] = source.ConsumeIntInRange(0, 3)
        elif name == "id":
            made[name] = (
                f"c{source.ConsumeIntInRange(0, 3)}"
                if key == "ev" or word == "reply"
                else source.ConsumeIntInRange(0, 3)
            )
        else:
            made[name] = form(source)
    return made


# Who knows the tags can say what each is meant to hold: without this the deeper readers are rarely reached.
def value(source: Bytes, level: int = 0) -> Any:
    """A form of the value codec, mostly one that can be read."""
    if level >= MAX_LEVELS or not source.remaining_bytes() or source.ConsumeIntInRange(0, 7) == 0:
        return form(source, MAX_LEVELS)
    tag = TAGS[source.ConsumeIntInRange(0, len(TAGS) - 1)]
    inner = [value(source, level + 1) for _ in range(source.ConsumeIntInRange(0, 3))]
    if tag in {"t", "s", "fs", "dk", "dv", "sl", "rg", "c", "F"}:
        made: Any = inner
    elif tag in {"d", "od", "ct", "di"}:
        made = [[item, form(source, MAX_LEVELS)] for item in inner]
    elif tag in {"dt", "tm", "da", "td"}:
        made = [source.ConsumeIntInRange(-1, 61) for _ in range(source.ConsumeIntInRange(2, 8))] + [
            form(source, 4)
        ]
    elif tag == "o":
        made = {str(index): item for index, item in enumerate(inner)}
    elif tag == "tz":
        made = [
            ("zone", "offset")[source.ConsumeIntInRange(0, 1)],
            form(source, MAX_LEVELS),
            form(source, MAX_LEVELS),
        ]
    elif tag == "e":
        made = [WORDS[source.ConsumeIntInRange(0, len(WORDS) - 1)] for _ in range(3)]
    elif tag in {"dd", "dq", "sio", "bio"}:
        made = [form(source, MAX_LEVELS), form(source, MAX_LEVELS - 1), form(source, MAX_LEVELS)][
            : source.ConsumeIntInRange(2, 3)
        ]
    else:
        made = form(source, 4)
    found: Any = {tag: made}
    return {"m": source.ConsumeIntInRange(0, 3), "v": found} if source.ConsumeIntInRange(0, 5) == 0 else found
