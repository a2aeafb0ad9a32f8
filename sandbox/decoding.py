"""Values from their JSON. Reading trusts nothing: whatever does not fit is one `ValueProblem`.

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
import sys
import uuid
import zoneinfo
from collections.abc import Callable
from typing import Any

from sandbox.values import MARKUP, MAX_DIGITS, MUTABLE_TYPES, PLAIN_TYPES, ValueProblem, bounded

TRACKED = ("m", "v")  # number and content of a container that may be shared


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
    return bounded(range(start, stop, step))


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
    return _text(payload) if MARKUP is None else MARKUP(_text(payload))


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
