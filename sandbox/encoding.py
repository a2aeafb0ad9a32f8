"""Plain values as JSON. What is not plain is left to the caller's hook (handles, functions).

The standard library only: this file is also in the images.
"""

from __future__ import annotations

import base64
import collections
import datetime as dt
import decimal
import enum
import fractions
import io
import math
import pathlib
import re
import sys
import uuid
import zoneinfo
from collections.abc import Callable, Iterable
from typing import Any

from sandbox.values import MARKUP, MAX_DIGITS, MUTABLE_TYPES, PLAIN_TYPES, ValueProblem, bounded

MAX_DEPTH = 60  # containers within containers; a level costs up to four brackets of a frame
_BIG = 2**63
_SURROGATE = re.compile("[\ud800-\udfff]")

_EMPTY: dict[Any, Any] = {}
DictKeys, DictValues, DictItems = type(_EMPTY.keys()), type(_EMPTY.values()), type(_EMPTY.items())


class Encoder:
    """Turns values into JSON. `other(value)` gives the JSON of what is not plain (an object with one tag) or raises.

    With `track`, each mutable container gets a number (`tracked`), so that shared references stay shared and changes
    can be told back; containers in `known` (id -> number) are written as references.
    """

    def __init__(
        self,
        other: Callable[[Any], Any],
        *,
        track: bool = False,
        known: dict[int, int] | None = None,
        first: int = 0,
    ) -> None:
        self._other = other
        self._track = track
        self._known = {} if known is None else known
        self._open: set[int] = set()
        self._first = first
        self.tracked: list[Any] = []

    def encode(self, value: Any, depth: int = 0) -> Any:
        """The JSON form of `value`. Raises `ValueProblem`."""
        kind = type(value)
        if kind is str:
            return (
                value
                if value.isascii() or not _SURROGATE.search(value)
                else {"su": _base64(value.encode("utf-8", "surrogatepass"))}
            )
        if value is None or kind is bool:
            return value
        if kind is int:
            return value if -_BIG < value < _BIG else {"i": _hexadecimal(value)}
        if kind is float:
            return value if math.isfinite(value) else {"f": repr(value)}
        if depth > MAX_DEPTH:
            msg = f"a value is nested more than {MAX_DEPTH} levels deep, or contains itself"
            raise ValueProblem(msg)
        if kind in MUTABLE_TYPES:
            return self._mutable(value, kind, depth)
        write = _WRITERS.get(kind)
        if write is not None:
            return write(self, value, depth)
        if isinstance(value, enum.Enum) and _is_standard(kind):
            return {"e": [kind.__module__, kind.__qualname__, value.name]}
        return self._other(value)

    def shallow(self, value: Any) -> Any:
        """The JSON form of a tracked container itself, with the containers it holds as references where known."""
        return _WRITERS[type(value)](self, value, 0)

    def _mutable(self, value: Any, kind: type, depth: int) -> Any:
        number = self._known.get(id(value))
        if number is not None:
            return {"ref": number}
        if not self._track:
            if id(value) in self._open:
                msg = "a value contains itself"
                raise ValueProblem(msg)
            self._open.add(id(value))
            try:
                return _WRITERS[kind](self, value, depth)
            finally:
                self._open.discard(id(value))
        number = self._known[id(value)] = self._first + len(self.tracked)
        self.tracked.append(value)
        return {"m": number, "v": _WRITERS[kind](self, value, depth)}

    def items(self, values: Iterable[Any], depth: int) -> list[Any]:
        """The JSON forms of several values, one level deeper."""
        return [self.encode(value, depth + 1) for value in values]

    def pairs(self, value: dict[Any, Any], depth: int) -> list[Any]:
        """The JSON forms of a dict's items, one level deeper."""
        return [[self.encode(key, depth + 1), self.encode(item, depth + 1)] for key, item in value.items()]


def _hexadecimal(value: int) -> str:
    text = hex(value)
    if len(text) > MAX_DIGITS:
        msg = "a whole number is too large to be passed"
        raise ValueProblem(msg)
    return text


def _is_standard(kind: type) -> bool:
    module = sys.modules.get(kind.__module__)
    return (
        kind.__module__.partition(".")[0] in sys.stdlib_module_names
        and getattr(module, kind.__qualname__, None) is kind
    )


def _base64(value: bytes | bytearray) -> str:
    return base64.b64encode(value).decode("ascii")


def _write_list(encoder: Encoder, value: list[Any], depth: int) -> Any:
    return encoder.items(value, depth)


def _write_dict(encoder: Encoder, value: dict[Any, Any], depth: int) -> Any:
    if all(type(key) is str for key in value):
        return {"o": {key: encoder.encode(item, depth + 1) for key, item in value.items()}}
    return {"d": encoder.pairs(value, depth)}


def _zone(value: dt.tzinfo | None) -> Any:
    if value is None:
        return None
    if type(value) is dt.timezone:
        offset = value.utcoffset(None)
        return ["offset", offset.total_seconds(), None if value is dt.UTC else value.tzname(None)]
    if type(value) is zoneinfo.ZoneInfo and value.key:
        return ["zone", value.key]
    msg = f"a time zone of class {type(value).__name__} cannot be passed; use datetime.timezone or zoneinfo.ZoneInfo"
    raise ValueProblem(msg)


def _write_datetime(_encoder: Encoder, v: dt.datetime, _depth: int) -> Any:
    return {
        "dt": [v.year, v.month, v.day, v.hour, v.minute, v.second, v.microsecond, v.fold, _zone(v.tzinfo)]
    }


def _write_time(_encoder: Encoder, v: dt.time, _depth: int) -> Any:
    return {"tm": [v.hour, v.minute, v.second, v.microsecond, v.fold, _zone(v.tzinfo)]}


def _write_default(encoder: Encoder, v: collections.defaultdict[Any, Any], depth: int) -> Any:
    factory = v.default_factory
    name = (
        factory.__name__ if type(factory) is type and PLAIN_TYPES.get(factory.__name__) is factory else None
    )
    return {"dd": [name, encoder.pairs(v, depth)]}


_WRITERS: dict[type, Callable[[Encoder, Any, int], Any]] = {
    list: _write_list,
    dict: _write_dict,
    tuple: lambda e, v, d: {"t": e.items(v, d)},
    set: lambda e, v, d: {"s": e.items(v, d)},
    frozenset: lambda e, v, d: {"fs": e.items(v, d)},
    bytes: lambda _e, v, _d: {"b": _base64(v)},
    bytearray: lambda _e, v, _d: {"ba": _base64(v)},
    complex: lambda e, v, d: {"c": [e.encode(v.real, d), e.encode(v.imag, d)]},
    range: lambda e, v, d: {"rg": e.items((bounded(v).start, v.stop, v.step), d)},
    slice: lambda e, v, d: {"sl": e.items((v.start, v.stop, v.step), d)},
    dt.datetime: _write_datetime,
    dt.time: _write_time,
    dt.date: lambda _e, v, _d: {"da": [v.year, v.month, v.day]},
    dt.timedelta: lambda _e, v, _d: {"td": [v.days, v.seconds, v.microseconds]},
    dt.timezone: lambda _e, v, _d: {"tz": _zone(v)},
    zoneinfo.ZoneInfo: lambda _e, v, _d: {"tz": _zone(v)},
    decimal.Decimal: lambda _e, v, _d: {"D": str(v)},
    fractions.Fraction: lambda e, v, d: {"F": [e.encode(v.numerator, d), e.encode(v.denominator, d)]},
    uuid.UUID: lambda _e, v, _d: {"u": v.hex},
    pathlib.PosixPath: lambda _e, v, _d: {"p": str(v)},
    pathlib.PurePosixPath: lambda _e, v, _d: {"pp": str(v)},
    collections.deque: lambda e, v, d: {"dq": [v.maxlen, e.items(v, d)]},
    collections.OrderedDict: lambda e, v, d: {"od": e.pairs(v, d)},
    collections.Counter: lambda e, v, d: {"ct": e.pairs(v, d)},
    collections.defaultdict: _write_default,
    DictKeys: lambda e, v, d: {"dk": e.items(v, d)},
    DictValues: lambda e, v, d: {"dv": e.items(v, d)},
    DictItems: lambda e, v, d: {"di": e.items(v, d)},
    io.StringIO: lambda _e, v, _d: {"sio": [None, 0] if v.closed else [v.getvalue(), v.tell()]},
    io.BytesIO: lambda _e, v, _d: {"bio": [None, 0] if v.closed else [_base64(v.getvalue()), v.tell()]},
    type(Ellipsis): lambda _e, _v, _d: {"k": "Ellipsis"},
    type(NotImplemented): lambda _e, _v, _d: {"k": "NotImplemented"},
}
if MARKUP is not None:
    _WRITERS[MARKUP] = lambda _e, v, _d: {"mk": str.__str__(v)}


def _write_type(encoder: Encoder, value: type, _depth: int) -> Any:
    if PLAIN_TYPES.get(value.__name__) is value:
        return {"ty": value.__name__}
    return encoder._other(value)  # noqa: SLF001 - the encoder's own writer


_WRITERS[type] = _write_type


def is_plain_type(kind: type) -> bool:
    """Whether instances of exactly this class cross by value (what they hold aside)."""
    return (
        kind in _WRITERS
        or kind in (int, str, float, bool, type(None))
        or (issubclass(kind, enum.Enum) and _is_standard(kind))
    )
