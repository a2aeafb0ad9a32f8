"""What crosses between tests and the candidate's code by value, and what both ways of it share.

Only exact types cross by value; an instance of a subclass, which could carry behaviour, never does. `encoding` writes
values as JSON, `decoding` reads them. The standard library only: this file is also in the images.
"""

from __future__ import annotations

import collections
import io
from typing import Any

MAX_RANGE = 10**6  # numbers in a range: a few bytes must not become a list that fills the memory
MAX_DIGITS = 100_000  # hexadecimal, of one whole number

try:  # Flask's own text type; the base of the standard library alone is enough without it.
    from markupsafe import Markup as _Markup
except ImportError:  # pragma: no cover - the images have it
    _Markup = None  # type: ignore[assignment, misc]
MARKUP: Any = _Markup

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


def bounded(value: range) -> range:
    """The same range. Raises `ValueProblem` for one that would be a list of too many numbers."""
    if (value.stop - value.start) // value.step > MAX_RANGE:
        msg = f"a range of more than {MAX_RANGE} numbers cannot be passed"
        raise ValueProblem(msg)
    return value


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
