"""Building mirrors: classes of ours with the operators that a class of the candidate has."""

from __future__ import annotations

import contextlib
import types
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from sandbox.grader import forwarding, methods, remote, visitors
from sandbox.grader.context import run
from sandbox.grader.refusals import NotTrusted, Refusal

if TYPE_CHECKING:
    from sandbox.grader.remote import Facts, Link

BINARY = [
    "add",
    "sub",
    "mul",
    "truediv",
    "floordiv",
    "mod",
    "pow",
    "matmul",
    "and",
    "or",
    "xor",
    "lshift",
    "rshift",
    "divmod",
]
IN_PLACE = [f"i{name}" for name in BINARY if name != "divmod"]
ORDER = ["lt", "le", "gt", "ge"]
UNARY = ["neg", "pos", "abs", "invert"]
TO_PLAIN: dict[str, tuple[str, type]] = {
    "__len__": ("len", int),
    "__int__": ("int", int),
    "__float__": ("float", float),
    "__complex__": ("complex", complex),
    "__index__": ("index", int),
    "__bytes__": ("bytes", bytes),
    "__fspath__": ("fspath", str),
}
ROUNDING = {"__round__": "round", "__trunc__": "trunc", "__floor__": "floor", "__ceil__": "ceil"}
SPECIAL = (
    {f"__{name}__" for name in (*BINARY, *IN_PLACE, *ORDER, *UNARY)}
    | {f"__r{name}__" for name in BINARY}
    | set(TO_PLAIN)
    | set(ROUNDING)
    | {
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
        "__str__",
        "__repr__",
        "__format__",
        "__dir__",
    }
)
KINDS = {
    "function": types.FunctionType,
    "generator": types.GeneratorType,
    "method": types.MethodType,
}  # kinds of objects that are no values, and that a handle may be taken for
ITEMS_AT_ONCE = 500


def known_special(names: Iterable[Any]) -> list[str]:
    """Those names of operators that can be forwarded."""
    return [name for name in names if name in SPECIAL]


def build(meta: Any, facts: Facts, bases: tuple[type, ...]) -> Any:
    """A mirror class for these facts."""
    is_fault = any(issubclass(base, BaseException) for base in bases)
    roots = _roots(bases, is_fault=is_fault)
    space: dict[str, Any] = {
        name: methods.Method(name) for name in facts.methods if not name.startswith("_quizapp")
    }
    space |= {"__module__": facts.module or "candidate", "__qualname__": facts.name, "_quizapp_facts": facts}
    operators = {name: operator_for(name) for name in facts.special}
    space |= {name: made for name, made in operators.items() if made is not None}
    if is_fault:
        for name in ("__str__", "__repr__", "__format__", "__dir__"):
            space.pop(name, None)
    else:
        space |= {"__slots__": (), "__doc__": remote.Doc()} | _iteration(facts.special)
    if facts.name == "generator" and facts.module == "builtins":
        space |= {name: methods.Method(name) for name in ("send", "throw", "close")}
    if facts.module == "builtins" and facts.name in KINDS:
        kind = KINDS[facts.name]
        space["__class__"] = property(lambda _self: kind)  # for `isinstance`
    if facts.name == "coroutine" and facts.module == "builtins":
        space |= {"send": _send, "throw": _throw, "close": lambda _self: None}
    title = facts.name.rpartition(".")[2] or "object"
    try:
        return type.__new__(meta, title, roots, space)
    except TypeError:  # bases that Python cannot lay out together: the first one is what `except` looks for
        kept = [base for base in roots if issubclass(base, BaseException)][:1] if is_fault else []
        return type.__new__(meta, title, (remote.FaultRoot, *kept) if is_fault else (remote.Root,), space)


def _roots(bases: tuple[type, ...], *, is_fault: bool) -> tuple[Any, ...]:
    root = remote.RemoteFault if is_fault else remote.RemoteObject
    kept = tuple(base for base in bases if not (is_fault and issubclass(base, remote.RemoteObject)))
    if any(issubclass(base, root) for base in kept):
        return kept
    return (remote.FaultRoot if is_fault else remote.Root, *kept)


def _iteration(special: frozenset[str]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if special & {"__next__", "__iter__"}:
        made["__length_hint__"] = _length_hint
    if "__getitem__" in special and "__iter__" not in special:
        made["__iter__"] = _iterate
    return made


def operator_for(name: str) -> Any:
    plain = name.strip("_")
    if name in TO_PLAIN:
        return _to_plain(*TO_PLAIN[name])
    if plain in BINARY or plain in IN_PLACE or plain in ORDER:
        return lambda self, other, *more: forwarding.operate(plain, self, (self, other, *more))
    if plain[:1] == "r" and plain[1:] in BINARY:
        return lambda self, other, *_more: forwarding.operate(plain[1:], self, (other, self))
    if plain in UNARY or plain == "reversed":
        return lambda self: forwarding.operate(plain, self, (self,))
    if name in ROUNDING:
        return lambda self, *more: forwarding.operate(ROUNDING[name], self, (self, *more), is_free=True)
    return _OPERATORS.get(name)


def _to_plain(op: str, kind: type) -> Callable[[Any], Any]:
    def method(self: Any) -> Any:
        value = forwarding.operate(op, self, (self,))
        if type(value) is not kind:
            msg = f"{op}() of {forwarding.name_of(self)} gave an object instead of a plain {kind.__name__}"
            raise run().refuse(NotTrusted(msg))
        return value

    return method


def _iterate(self: Any) -> Iterator[Any]:
    found = forwarding.operate("iter", self, (self,))
    link = remote.link_of(found)
    if link is None:
        return iter(found)
    if link is not forwarding.link_to(self):
        link.paths = tuple(f"{path}[]" for path in forwarding.link_to(self).paths)
        forwarding.link_to(self).over = [link]
    iterator: Iterator[Any] = found
    return iterator


def _next(self: Any) -> Any:
    link = forwarding.link_to(self)
    if link.items:
        return link.items.pop(0)
    session = link.home()
    if not link.over or link.over[0] is not True:
        count = ITEMS_AT_ONCE if link.is_hurried else 1
        found = session.raw({"do": "next", "o": link.form(session), "count": count})
        items = found.get("items")
        if type(items) is not list or len(items) > ITEMS_AT_ONCE:
            raise session.broken()
        paths = tuple(path if path.endswith("[]") else f"{path}[]" for path in link.paths)
        link.items = [session.arrived(item, paths) for item in items]
        if found.get("over") is True:
            left = tuple(f"{path}~return" for path in link.paths)
            link.over = [True, session.arrived(found.get("value"), left)]
        if link.items:
            return link.items.pop(0)
    if link.over and link.over[0] is True:
        value = link.over[1]
        link.over = [] if "__iter__" not in remote.facts_of(self).special else [True, None]
        raise StopIteration(value)
    raise session.broken()


def _length_hint(self: Any) -> int:
    """Asked by `list()` and the like, before they take everything: so everything may be fetched at once."""
    link = forwarding.link_to(self)
    link.is_hurried = True
    if link.over and link.over[0] is not True:
        link.over[0].is_hurried = True
    return 0


def _contains(self: Any, item: Any) -> bool:
    value = forwarding.operate("contains", self, (self, item))
    if value is NotImplemented:
        msg = f"{type(item).__name__} cannot be looked for in {forwarding.name_of(self)}"
        raise run().refuse(NotTrusted(msg))
    return value is True


def _enter(self: Any) -> Any:
    link = forwarding.link_to(self)
    session = link.home()
    return session.value(
        {"do": "enter", "o": link.form(session)}, tuple(f"{path}~enter" for path in link.paths)
    )


def _exit(self: Any, kind: Any, error: Any, _traceback: Any) -> Any:
    link = forwarding.link_to(self)
    session = link.home()
    if isinstance(error, Refusal) and (session.ended is not None or session.is_closed):
        return False
    body: dict[str, Any] = {"do": "exit", "o": link.form(session)}
    if kind is None:
        return session.value(body) is True
    body["error"] = {"x": visitors.error_form(error, session)}
    with _held(error):
        is_kept_back = session.value(body) is True
    return is_kept_back and _may_be_swallowed(error, link)


@contextlib.contextmanager
def _held(error: BaseException) -> Iterator[None]:
    """While the candidate's code has a failed assertion: it stays noted where another exception comes in its place."""
    run().note_failure(error)
    yield
    run().forgive(error)


def _may_be_swallowed(error: BaseException, link: Link) -> bool:
    """Whether a context manager of the candidate may keep an exception back, so that the rest of a block is not executed.

    Never a failed assertion of the test, and of the others those only that the reference's keeps back as well: a program
    could raise what it swallows itself before anything is asserted. Raises a refusal for another one.
    """
    if not isinstance(error, Exception | SystemExit) or isinstance(error, AssertionError):
        return False
    name = "own" if isinstance(error, remote.RemoteFault) else type(error).__name__
    allowed = [run().contract.allows(f"{path}~exit:{name}") for path in link.paths or ("*",)]
    if not any(allowed):
        what = f"Your context manager {link.title}".rstrip()
        raise run().refuse(
            NotTrusted(f"{what} kept a {type(error).__name__} back, which has to come out of the block")
        )
    return True


def _await(self: Any) -> Any:
    link = forwarding.link_to(self)
    session = link.home()
    return session.value(
        {"do": "await", "o": link.form(session)}, tuple(f"{path}~await" for path in link.paths)
    )
    yield  # type: ignore[unreachable]  # it makes this a generator, which is what Python awaits


def _send(self: Any, _value: Any) -> Any:
    waiting = _await(self)
    return next(waiting)


def _throw(_self: Any, kind: Any, value: Any = None, _traceback: Any = None) -> Any:
    raise (value if value is not None else kind)


def _awaited(name: str) -> Callable[..., Any]:
    async def method(self: Any, *args: Any) -> Any:
        link = forwarding.link_to(self)
        session = link.home()
        body = {"do": "await", "o": link.form(session), "name": name}
        paths = tuple(f"{path}~{name}" for path in link.paths)
        error = args[1] if name == "__aexit__" else None
        if error is None:
            return session.call(body, args, {}, paths)
        with _held(error):  # the exception's class is taken from it on the other side
            is_kept_back = session.call(body, (None, error, None), {}, paths) is True
        return is_kept_back and _may_be_swallowed(error, link)

    return method


def _aiter(self: Any) -> Any:
    return forwarding.call(self, "__aiter__", (), {})


_OPERATORS: dict[str, Any] = {
    "__iter__": _iterate,
    "__next__": _next,
    "__contains__": _contains,
    "__enter__": _enter,
    "__exit__": _exit,
    "__await__": _await,
    "__aenter__": _awaited("__aenter__"),
    "__aexit__": _awaited("__aexit__"),
    "__anext__": _awaited("__anext__"),
    "__aiter__": _aiter,
    "__call__": lambda self, *args, **kwargs: forwarding.call(self, None, args, kwargs),
    "__getitem__": lambda self, item: forwarding.operate("getitem", self, (self, item), is_free=True),
    "__setitem__": lambda self, item, value: forwarding.operate(
        "setitem", self, (self, item, value), is_free=True
    ),
    "__delitem__": lambda self, item: forwarding.operate("delitem", self, (self, item), is_free=True),
    "__dir__": lambda self: forwarding.operate("dir", self, (self,)),
}
