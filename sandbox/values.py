"""Plain values as JSON and back: what crosses between tests and the candidate's code by value.

Only exact types cross by value; an instance of a subclass, which could carry behaviour, never does. What is not plain
is left to the caller's hooks (handles, functions). Decoding trusts nothing: whatever does not fit is one `ValueProblem`.
The standard library only: this file is also in the images.
"""

from __future__ import annotations

import base64
import binascii
import collections
import datetime as dt
import decimal
import enum
import fractions
import importlib
import io
import math
import pathlib
import re
import sys
import uuid
import zoneinfo
from collections.abc import Callable, Iterable
from typing import Any

MAX_DEPTH = 60  # containers within containers; a level costs up to four brackets of a frame
TRACKED = ("m", "v")  # number and content of a container that may be shared
MAX_RANGE = 10**6  # numbers in a range: a few bytes must not become a list that fills the memory
MAX_DIGITS = 100_000  # hexadecimal, of one whole number
_BIG = 2**63
_SURROGATE = re.compile("[\ud800-\udfff]")

try:  # Markup is Flask's own text type; the base of the standard library alone is enough without it.
    from markupsafe import Markup
except ImportError:  # pragma: no cover - the images have it
    Markup = None  # type: ignore[assignment, misc]

_EMPTY: dict[Any, Any] = {}
DictKeys, DictValues, DictItems = type(_EMPTY.keys()), type(_EMPTY.values()), type(_EMPTY.items())
PLAIN_TYPES: dict[str, type] = {
    t.__name__: t
    for t in (
        int,
        str,
        float,
        bool,
        bytes,
        bytearray,
        list,
        tuple,
        dict,
        set,
        frozenset,
        complex,
        range,
        slice,
        object,
        type(None),
    )
}  # classes that cross as themselves
MUTABLE_TYPES: frozenset[type] = frozenset(
    {
        list,
        dict,
        set,
        bytearray,
        collections.deque,
        collections.OrderedDict,
        collections.defaultdict,
        collections.Counter,
        io.StringIO,
        io.BytesIO,
    }
)


class ValueProblem(Exception):
    """A value cannot cross, or what came is not one. The text is a sentence for whoever wrote the test."""


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
    range: lambda e, v, d: {"rg": e.items((_bounded(v).start, v.stop, v.step), d)},
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
if Markup is not None:
    _WRITERS[Markup] = lambda _e, v, _d: {"mk": str.__str__(v)}


def _write_type(encoder: Encoder, value: type, _depth: int) -> Any:
    if PLAIN_TYPES.get(value.__name__) is value:
        return {"ty": value.__name__}
    return encoder._other(value)  # noqa: SLF001 - the encoder's own writer


_WRITERS[type] = _write_type


class Decoder:
    """Turns JSON back into values. `other(form)` gives the value of an object that no plain value has, or raises.

    `handles` counts what `other` gave. `memo` holds tracked containers by number, for references.
    """

    def __init__(
        self,
        other: Callable[[dict[str, Any]], Any],
        *,
        memo: dict[int, Any] | None = None,
        may_import: bool = False,
    ) -> None:
        self._other = other
        self.memo: dict[int, Any] = {} if memo is None else memo
        self.may_import = may_import
        self.handles = 0

    def decode(self, form: Any) -> Any:
        """The value of a JSON form. Raises `ValueProblem` for what is none; hooks may raise their own."""
        try:
            return self._value(form)
        except (
            ValueError,
            TypeError,
            KeyError,
            OverflowError,
            ArithmeticError,
            AttributeError,
            IndexError,
            OSError,  # a time zone is looked for in files
            ImportError,
            RecursionError,
        ) as error:
            msg = f"not a value: {type(error).__name__}"
            raise ValueProblem(msg) from error

    def _value(self, form: Any) -> Any:
        kind = type(form)
        if kind is list:
            return [self._value(item) for item in form]
        if kind is not dict:
            return form
        if len(form) == 1:
            ((tag, payload),) = form.items()
            read = READERS.get(tag)
            if read is not None:
                return read(self, payload)
            if tag == "ref":
                return self.memo[payload]
        elif len(form) == len(TRACKED) and "m" in form and "v" in form:
            return self._tracked(form)
        self.handles += 1
        return self._other(form)

    def _tracked(self, form: Any) -> Any:
        number = form["m"]
        if type(number) is not int or number in self.memo:
            msg = "a container's number is used twice"
            raise ValueProblem(msg)
        inner = form["v"]
        if type(inner) is list:
            made: list[Any] = []
            self.memo[number] = made  # known before its items, which may refer to it
            made.extend(self._value(item) for item in inner)
            return made
        if type(inner) is dict and len(inner) == 1 and ("o" in inner or "d" in inner):
            mapping: dict[Any, Any] = {}
            self.memo[number] = mapping
            mapping.update(self._value(inner))
            return mapping
        self.memo[number] = None  # other containers cannot hold themselves in ways that matter
        value = self.memo[number] = self._value(inner)
        if type(value) not in MUTABLE_TYPES:
            msg = "what is numbered is no container"
            raise ValueProblem(msg)
        return value

    def items(self, forms: Any) -> list[Any]:
        """The values of a JSON array."""
        return [self._value(form) for form in _array(forms)]

    def pairs(self, forms: Any) -> list[tuple[Any, Any]]:
        """The values of a JSON array of pairs."""
        return [(self._value(key), self._value(value)) for key, value in _array(forms)]


def _array(forms: Any) -> list[Any]:
    if type(forms) is not list:
        msg = "not an array"
        raise ValueProblem(msg)
    return forms


def _text(value: Any) -> str:
    if type(value) is not str:
        msg = "not a text"
        raise ValueProblem(msg)
    return value


def _whole(value: Any) -> int:
    if type(value) is not int:
        msg = "not a whole number"
        raise ValueProblem(msg)
    return value


def _bytes(value: Any) -> bytes:
    try:
        return base64.b64decode(_text(value), validate=True)
    except binascii.Error as error:
        msg = "not base64"
        raise ValueProblem(msg) from error


def _read_int(_decoder: Decoder, payload: Any) -> int:
    if len(_text(payload)) > MAX_DIGITS:
        msg = "a whole number is too large"
        raise ValueProblem(msg)
    return int(payload, 16)


def _read_float(_decoder: Decoder, payload: Any) -> float:
    return {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}[_text(payload)]


def _read_range(decoder: Decoder, payload: Any) -> range:
    start, stop, step = (_whole(item) for item in decoder.items(payload))
    return _bounded(range(start, stop, step))


def _bounded(value: range) -> range:
    if (value.stop - value.start) // value.step > MAX_RANGE:
        msg = f"a range of more than {MAX_RANGE} numbers cannot be passed"
        raise ValueProblem(msg)
    return value


def _read_slice(decoder: Decoder, payload: Any) -> slice:
    start, stop, step = decoder.items(payload)
    return slice(start, stop, step)


def _read_complex(decoder: Decoder, payload: Any) -> complex:
    real, imaginary = decoder.items(payload)
    return complex(float(real), float(imaginary))


def _read_zone(_decoder: Decoder | None, payload: Any) -> dt.tzinfo | None:
    if payload is None:
        return None
    if payload[0] == "zone":
        return zoneinfo.ZoneInfo(_text(payload[1]))
    offset = dt.timedelta(seconds=float(payload[1]))
    if payload[2] is None:
        return dt.UTC if not offset else dt.timezone(offset)
    return dt.timezone(offset, _text(payload[2]))


def _read_datetime(_decoder: Decoder, payload: Any) -> dt.datetime:
    *fields, fold, zone = _array(payload)
    return dt.datetime(*(_whole(item) for item in fields), tzinfo=_read_zone(None, zone), fold=fold)  # type: ignore[misc, arg-type]


def _read_time(_decoder: Decoder, payload: Any) -> dt.time:
    *fields, fold, zone = _array(payload)
    return dt.time(*(_whole(item) for item in fields), tzinfo=_read_zone(None, zone), fold=fold)  # type: ignore[misc, arg-type]


def _read_fraction(decoder: Decoder, payload: Any) -> fractions.Fraction:
    numerator, denominator = (_whole(item) for item in decoder.items(payload))
    return fractions.Fraction(numerator, denominator)


def _read_enum(decoder: Decoder, payload: Any) -> enum.Enum:
    module, name, member = (_text(item) for item in _array(payload))
    if module.partition(".")[0] not in sys.stdlib_module_names:
        msg = "an enum that is not of the standard library"
        raise ValueProblem(msg)
    if decoder.may_import:
        importlib.import_module(module)
    kind = getattr(sys.modules.get(module), name, None)
    if not isinstance(kind, enum.EnumMeta):
        msg = f"{module}.{name} is no enum"
        raise ValueProblem(msg)
    found: enum.Enum = kind.__members__[member]
    return found


def _read_deque(decoder: Decoder, payload: Any) -> collections.deque[Any]:
    longest, items = payload
    return collections.deque(decoder.items(items), None if longest is None else _whole(longest))


def _read_default(decoder: Decoder, payload: Any) -> collections.defaultdict[Any, Any]:
    name, pairs = payload
    return collections.defaultdict(None if name is None else PLAIN_TYPES[_text(name)], decoder.pairs(pairs))


def _read_text_file(_decoder: Decoder, payload: Any) -> io.StringIO:
    text, position = payload
    made = io.StringIO("" if text is None else _text(text), newline="")
    made.close() if text is None else made.seek(_whole(position))
    return made


def _read_bytes_file(_decoder: Decoder, payload: Any) -> io.BytesIO:
    content, position = payload
    made = io.BytesIO(b"" if content is None else _bytes(content))
    made.close() if content is None else made.seek(_whole(position))
    return made


def _read_object(decoder: Decoder, payload: Any) -> dict[str, Any]:
    if type(payload) is not dict:
        msg = "not an object"
        raise ValueProblem(msg)
    return {key: decoder._value(item) for key, item in payload.items()}  # noqa: SLF001 - the decoder's own reader


def _read_constant(_decoder: Decoder, payload: Any) -> Any:
    return {"Ellipsis": Ellipsis, "NotImplemented": NotImplemented}[_text(payload)]


def _read_delta(_decoder: Decoder, payload: Any) -> dt.timedelta:
    days, seconds, microseconds = (_whole(item) for item in payload)
    return dt.timedelta(days, seconds, microseconds)


def _markup(payload: Any) -> Any:
    return _text(payload) if Markup is None else Markup(_text(payload))


READERS: dict[str, Callable[[Decoder, Any], Any]] = {
    "i": _read_int,
    "f": _read_float,
    "t": lambda r, p: tuple(r.items(p)),
    "o": _read_object,
    "d": lambda r, p: dict(r.pairs(p)),
    "s": lambda r, p: set(r.items(p)),
    "fs": lambda r, p: frozenset(r.items(p)),
    "su": lambda _r, p: _bytes(p).decode("utf-8", "surrogatepass"),
    "b": lambda _r, p: _bytes(p),
    "ba": lambda _r, p: bytearray(_bytes(p)),
    "c": _read_complex,
    "rg": _read_range,
    "sl": _read_slice,
    "dt": _read_datetime,
    "tm": _read_time,
    "da": lambda _r, p: dt.date(*(_whole(item) for item in _array(p))),
    "td": _read_delta,
    "tz": _read_zone,
    "D": lambda _r, p: decimal.Decimal(_text(p)),
    "F": _read_fraction,
    "u": lambda _r, p: uuid.UUID(hex=_text(p)),
    "p": lambda _r, p: pathlib.PosixPath(_text(p)),
    "pp": lambda _r, p: pathlib.PurePosixPath(_text(p)),
    "e": _read_enum,
    "dq": _read_deque,
    "od": lambda r, p: collections.OrderedDict(r.pairs(p)),
    "ct": lambda r, p: collections.Counter(dict(r.pairs(p))),
    "dd": _read_default,
    "dk": lambda r, p: dict.fromkeys(r.items(p)).keys(),
    "dv": lambda r, p: dict(enumerate(r.items(p))).values(),
    "di": lambda r, p: dict(r.items(p)).items(),
    "sio": _read_text_file,
    "bio": _read_bytes_file,
    "k": _read_constant,
    "ty": lambda _r, p: PLAIN_TYPES[_text(p)],
    "mk": lambda _r, p: _markup(p),
}


def is_plain_type(kind: type) -> bool:
    """Whether instances of exactly this class cross by value (what they hold aside)."""
    return (
        kind in _WRITERS
        or kind in (int, str, float, bool, type(None))
        or (issubclass(kind, enum.Enum) and _is_standard(kind))
    )


def replace_content(target: Any, source: Any) -> None:
    """Make the mutable container `target` hold what `source`, of the same type, holds. Raises `ValueProblem`."""
    if type(target) is not type(source) or type(target) not in MUTABLE_TYPES:
        msg = "a container changed its type"
        raise ValueProblem(msg)
    if isinstance(target, list | bytearray):
        target[:] = source
    elif isinstance(target, io.StringIO | io.BytesIO):
        _replace_file(target, source)
    else:
        target.clear()
        if isinstance(target, collections.deque):
            target.extend(source)
        elif isinstance(target, collections.Counter):
            dict.update(target, source)  # its own update would add
        else:
            target.update(source)


def _replace_file(target: Any, source: Any) -> None:
    if target.closed:
        return
    if source.closed:
        target.close()
        return
    target.seek(0)
    target.truncate()
    target.write(source.getvalue())
    target.seek(source.tell())
