"""What the grader is told of a class: enough to build a mirror of it, and nothing that runs the candidate's code."""

from __future__ import annotations

import builtins
import sys
from types import FunctionType
from typing import Any

from sandbox.candidate.faults import class_name

FORWARDED = frozenset(
    [
        "__len__",
        "__bool__",
        "__iter__",
        "__next__",
        "__contains__",
        "__getitem__",
        "__setitem__",
        "__delitem__",
        "__reversed__",
        "__call__",
        "__enter__",
        "__exit__",
        "__aenter__",
        "__aexit__",
        "__aiter__",
        "__anext__",
        "__await__",
        "__int__",
        "__float__",
        "__index__",
        "__complex__",
        "__round__",
        "__trunc__",
        "__floor__",
        "__ceil__",
        "__abs__",
        "__neg__",
        "__pos__",
        "__invert__",
        "__lt__",
        "__le__",
        "__gt__",
        "__ge__",
        "__divmod__",
        "__rdivmod__",
        "__bytes__",
        "__add__",
        "__sub__",
        "__mul__",
        "__truediv__",
        "__floordiv__",
        "__mod__",
        "__pow__",
        "__matmul__",
        "__and__",
        "__or__",
        "__xor__",
        "__lshift__",
        "__rshift__",
        "__radd__",
        "__rsub__",
        "__rmul__",
        "__rtruediv__",
        "__rfloordiv__",
        "__rmod__",
        "__rpow__",
        "__rmatmul__",
        "__rand__",
        "__ror__",
        "__rxor__",
        "__rlshift__",
        "__rrshift__",
        "__iadd__",
        "__isub__",
        "__imul__",
        "__itruediv__",
        "__ifloordiv__",
        "__imod__",
        "__ipow__",
        "__imatmul__",
        "__iand__",
        "__ior__",
        "__ixor__",
        "__ilshift__",
        "__irshift__",
        "__str__",
        "__repr__",
        "__format__",
        "__missing__",
        "__length_hint__",
        "__fspath__",
        "__dir__",
    ]
)
LIBRARIES = frozenset({"flask", "werkzeug", "jinja2", "click", "wtforms", "itsdangerous", "sqlalchemy"})
CONTROL = frozenset({("unittest.case", "SkipTest"), ("unittest.case", "_ShouldStop"), ("bdb", "BdbQuit")})
MAX_NAMES = 400

_mro = type.__dict__["__mro__"].__get__
_bases = type.__dict__["__bases__"].__get__
_dict = type.__dict__["__dict__"].__get__


def origin(kind: type) -> tuple[str, str]:
    """Module and qualified name that a class says it has, as texts."""
    module = _dict(kind).get("__module__")
    if not isinstance(module, str):
        try:
            module = kind.__module__
        except Exception:  # noqa: BLE001 - a metaclass may do anything
            module = ""
    return (module if type(module) is str else "")[:200], class_name(kind)


def is_shared(kind: type) -> bool:
    """Whether a class is, as an object, the one of its name in the standard library or in a package of `LIBRARIES`."""
    module, name = origin(kind)
    top = module.partition(".")[0]
    if top not in LIBRARIES and top not in sys.stdlib_module_names:
        return False
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return found is kind


def is_shared_exception(kind: type) -> bool:
    """Whether an exception class may arrive in the tests as itself."""
    return (
        issubclass(kind, BaseException)
        and (issubclass(kind, Exception) or kind is SystemExit)
        and is_shared(kind)
        and (origin(kind) not in CONTROL)
    )


def is_builtin(kind: type) -> bool:
    """Whether a class is one of Python's own, of which there is nothing to mirror."""
    return getattr(builtins, kind.__name__, None) is kind


def special_methods(kind: type) -> list[str]:
    """The names of `FORWARDED` that a class has other than from `object`."""
    found: dict[str, bool] = {}
    for base in _mro(kind):
        if base is object or base is type:
            continue
        for name in _dict(base).keys() & FORWARDED:
            found.setdefault(name, _dict(base)[name] is not None)
    return sorted(name for name, there in found.items() if there)


def methods(kind: type, is_own: Any) -> list[str]:
    """Names of plain methods that a class of the candidate (`is_own(base)`) and its bases define."""
    found: set[str] = set()
    for base in reversed(_mro(kind)):
        own = is_own(base)
        for name, value in list(_dict(base).items()):
            if type(name) is not str or name.startswith("__"):
                continue
            if own and isinstance(value, FunctionType | staticmethod | classmethod):
                found.add(name)
            else:
                found.discard(name)
    return sorted(found)[:MAX_NAMES]


def is_hashable(kind: type) -> bool:
    """Whether instances can be hashed, as the class says."""
    for base in _mro(kind):
        if "__hash__" in _dict(base):
            return _dict(base)["__hash__"] is not None
    return True


def direct_bases(kind: type) -> tuple[type, ...]:
    """The bases a class was defined with."""
    found: tuple[type, ...] = _bases(kind)
    return found
