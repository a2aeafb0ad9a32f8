"""How remote objects do what is asked of them: which operations go to the session, and which are settled here."""

from __future__ import annotations

import itertools
import types
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from sandbox.grader import remote, visitors
from sandbox.grader.context import run
from sandbox.grader.refusals import NotTrusted, Refusal
from sandbox.values import is_plain_type

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
EXPRESSIONS = frozenset({"QueryableAttribute", "ColumnElement", "ClauseElement"})  # classes of SQLAlchemy
TESTING = frozenset({"contains", "bool", "len", "str", "repr"})
ITEMS_AT_ONCE = 500
_keys = itertools.count(1)


def known_special(names: Iterable[Any]) -> list[str]:
    """Those names of operators that can be forwarded."""
    return [name for name in names if name in SPECIAL]


# ---- building mirrors -----------------------------------------------------------------------------------------------


def build(meta: Any, facts: Facts, bases: tuple[type, ...]) -> Any:
    """A mirror class for these facts."""
    is_fault = any(issubclass(base, BaseException) for base in bases)
    roots = _roots(bases, is_fault=is_fault)
    space: dict[str, Any] = {name: Method(name) for name in facts.methods if not name.startswith("_quizapp")}
    space |= {"__module__": facts.module or "candidate", "__qualname__": facts.name, "_quizapp_facts": facts}
    operators = {name: _operator(name) for name in facts.special}
    space |= {name: made for name, made in operators.items() if made is not None}
    if is_fault:
        for name in ("__str__", "__repr__", "__format__", "__dir__"):
            space.pop(name, None)
    else:
        space |= {"__slots__": (), "__doc__": remote.Doc()} | _iteration(facts.special)
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


def _operator(name: str) -> Any:
    plain = name.strip("_")
    if name in TO_PLAIN:
        return _to_plain(*TO_PLAIN[name])
    if plain in BINARY or plain in IN_PLACE or plain in ORDER:
        return lambda self, other, *more: operate(plain, self, (self, other, *more))
    if plain[:1] == "r" and plain[1:] in BINARY:
        return lambda self, other, *_more: operate(plain[1:], self, (other, self))
    if plain in UNARY or plain == "reversed":
        return lambda self: operate(plain, self, (self,))
    if name in ROUNDING:
        return lambda self, *more: operate(ROUNDING[name], self, (self, *more), is_free=True)
    return _OPERATORS.get(name)


def _to_plain(op: str, kind: type) -> Callable[[Any], Any]:
    def method(self: Any) -> Any:
        value = operate(op, self, (self,))
        if type(value) is not kind:
            msg = f"{op}() of {name_of(self)} gave an object instead of a plain {kind.__name__}"
            raise run().refuse(NotTrusted(msg))
        return value

    return method


# ---- asking ---------------------------------------------------------------------------------------------------------


def _link(value: Any) -> Link:
    link = remote.link_of(value)
    if link is None:
        msg = "not a remote object"
        raise TypeError(msg)
    return link


def name_of(value: Any) -> str:
    """What to call a remote object in a sentence."""
    if isinstance(value, remote.RemoteType):
        return str(value.__name__)
    return f"an object of class {type(value).__name__}"


def is_subject(value: Any) -> bool:
    """Whether the test imported the class of this object by name."""
    kind = value if isinstance(value, remote.RemoteType) else type(value)
    if any(remote.facts_of(base).is_subject for base in kind.__mro__ if isinstance(base, remote.RemoteType)):
        return True
    link = remote.link_of(value)
    return link is not None and link.is_subject


def _is_plain(value: Any) -> bool:
    return is_plain_type(type(value))


def operate(op: str, self: Any, args: tuple[Any, ...], *, is_free: bool = False) -> Any:
    """An operator with a remote object among its operands."""
    if not run().may_forward():
        return NotImplemented
    others = [value for value in args if value is not self and not remote.is_remote(value)]
    if not is_free and op not in {"iter", "reversed"}:
        for other in others:
            if not _is_plain(other):
                return NotImplemented
            if not is_subject(self):
                if _makes_expressions(self) and op not in TESTING:
                    return _expression(op, self, args)
                raise run().refuse(NotTrusted(_mixed(op, self, other)))
    link = _link(self)
    paths = tuple(f"{path}~{op}" for path in link.paths)
    session = link.home()
    value = session.call({"do": "op", "op": "pow3" if op == "pow" and args[2:] else op}, args, {}, paths)
    run().note_call(lambda: f"{op}({', '.join(map(repr, args))})", lambda: repr(value))
    return remembered(value, lambda where: _op_body(op, args, where))


def _op_body(op: str, args: tuple[Any, ...], session: Any) -> dict[str, Any]:
    from sandbox.values import Encoder  # noqa: PLC0415

    encoder = Encoder(lambda value: visitors.form(value, session))
    return {"do": "op", "op": op, "args": [encoder.encode(value) for value in args]}


def _mixed(op: str, self: Any, other: Any) -> str:
    return (
        f"{name_of(self)} meets a plain {type(other).__name__} in `{op}`. Only a class that the test imports by name may do "
        "that: take a plain value out of the object first (an attribute, int(), str(), list() ...), or import its class"
    )


def remembered(value: Any, recipe: Callable[[Any], dict[str, Any]]) -> Any:
    """Keep, with a handle that a test file made while it was collected, how to make it again in another session."""
    if run().phase == "collect":
        link = remote.link_of(value)
        if (
            link is not None
            and link.name is None
            and link.recipe is None
            and isinstance(value, remote.RemoteObject)
        ):
            link.recipe = recipe
            link.key = f"k{next(_keys)}"
    return value


def get(target: Any, name: str) -> Any:
    """An attribute of a remote object."""
    if (name.startswith("__") and name.endswith("__") and name not in remote.ASKABLE) or name.startswith(
        "_quizapp"
    ):
        raise AttributeError(name)
    if not run().may_forward():
        raise AttributeError(name)
    link = _link(target)
    session = link.home()
    facts = remote.facts_of(target)
    if name == "test_client" and "Flask" in facts.of and not isinstance(target, remote.RemoteType):
        from sandbox.grader.client import client_for  # noqa: PLC0415 - needs all of this module

        return lambda *_args, **kwargs: client_for(session, target, **kwargs)
    if name in facts.methods and not facts.is_own:
        return RemoteMethod(target, name)
    paths = tuple(f"{path}.{name}" for path in link.paths)
    value = session.value(
        {"do": "get", "o": link.form(session), "name": name}, paths, touches=run().phase != "collect"
    )
    if isinstance(value, remote.RemoteObject):
        inner = _link(value)
        if inner.title == name and type(value).__name__ == "method" and not facts.is_own:
            facts.methods.add(name)
        remembered(value, lambda where: {"do": "get", "o": link.form(where), "name": name})
    return value


def put(target: Any, name: str, value: Any) -> None:
    """Set an attribute of a remote object."""
    link = _link(target)
    session = link.home()
    session.call({"do": "setattr", "o": link.form(session), "name": name}, (value,), {})


def delete(target: Any, name: str) -> None:
    """Delete an attribute of a remote object."""
    link = _link(target)
    session = link.home()
    session.value({"do": "del", "o": link.form(session), "name": name})


def call(target: Any, name: str | None, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call a remote object, or a method of it."""
    if not run().may_forward():
        msg = "the candidate's code is not called while tests are collected"
        raise run().refuse(NotTrusted(msg))
    link = _link(target)
    session = link.home()
    body: dict[str, Any] = {"do": "call", "o": link.form(session)}
    step = "()"
    if name is not None:
        body["name"] = name
        step = f".{name}()"
    paths = tuple(f"{path}{step}" for path in link.paths)
    shown = f"{link.title or type(target).__name__}{f'.{name}' if name else ''}"
    try:
        value = session.call(body, args, kwargs, paths)
    except Exception as error:
        raised = f"{type(error).__name__}: {error}"
        run().note_call(lambda: _call_text(shown, args, kwargs), lambda: raised)
        raise
    run().note_call(lambda: _call_text(shown, args, kwargs), lambda: repr(value))

    def again(where: Any) -> dict[str, Any]:
        from sandbox.values import Encoder  # noqa: PLC0415

        encoder = Encoder(lambda item: visitors.form(item, where))
        made: dict[str, Any] = {
            "do": "call",
            "o": link.form(where),
            "args": [encoder.encode(item) for item in args],
        }
        made["kw"] = {key: encoder.encode(item) for key, item in kwargs.items()}
        return made if name is None else made | {"name": name}

    return remembered(value, again)


def _call_text(shown: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    parts = [repr(item) for item in args] + [f"{key}={item!r}" for key, item in kwargs.items()]
    return f"{shown}({', '.join(parts)})"


class Method:
    """A method of a mirror, as a descriptor: found without asking, called in the session."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, target: Any, owner: Any) -> Any:
        if target is None:
            return RemoteMethod(owner, self.name)
        if remote.facts_of(target).local is not None:
            return _super_method(target, self.name)
        if self.name in _link(target).hidden:
            return get(target, self.name)
        return RemoteMethod(target, self.name)


class RemoteMethod:
    """A method of a remote object or class, bound to it."""

    __slots__ = ("_quizapp_name", "_quizapp_target")
    __test__ = False

    def __init__(self, target: Any, name: str) -> None:
        object.__setattr__(self, "_quizapp_target", target)
        object.__setattr__(self, "_quizapp_name", name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return call(self._quizapp_target, self._quizapp_name, args, kwargs)

    def __getattr__(self, name: str) -> Any:
        if name == "__name__":
            return self._quizapp_name
        if name.startswith("__") and name not in {
            "__doc__",
            "__qualname__",
            "__wrapped__",
            "__annotations__",
            "__module__",
        }:
            raise AttributeError(name)
        link = self._quizapp_make_link()
        session = link.home()
        return session.value({"do": "get", "o": link.form(session), "name": name})

    def __setattr__(self, name: str, value: Any) -> None:
        link = self._quizapp_make_link()
        session = link.home()
        session.call({"do": "setattr", "o": link.form(session), "name": name}, (value,), {})

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RemoteMethod):
            return False
        return self._quizapp_target is other._quizapp_target and self._quizapp_name == other._quizapp_name

    def __hash__(self) -> int:
        return hash(self._quizapp_name)

    def __repr__(self) -> str:
        return f"<method {self._quizapp_name} of {name_of(self._quizapp_target)}>"

    def _quizapp_make_link(self) -> Link:
        target = _link(self._quizapp_target)
        name = self._quizapp_name
        return remote.Link(
            target.session,
            recipe=lambda where: {"do": "get", "o": target.form(where), "name": name},
            key=f"m{next(_keys)}",
            title=name,
        )


# ---- what mirrors settle themselves ---------------------------------------------------------------------------------


def equal(self: Any, other: Any, op: str) -> Any:
    """`==` and `!=`: never asked against a plain value."""
    if remote.is_remote(other):
        if not run().may_forward():
            return (self is other) is (op == "eq")
        if isinstance(other, remote.RemoteType) or _link(self).home() is not _link(other).home():
            return (self is other) is (op == "eq")
        return operate(op, self, (self, other))
    if _is_plain(other):
        return _expression(op, self, (self, other)) if _makes_expressions(self) else op == "ne"
    return NotImplemented


def _makes_expressions(self: Any) -> bool:
    """Whether comparing gives an expression of SQLAlchemy, as its columns do."""
    return not EXPRESSIONS.isdisjoint(remote.facts_of(self).of) and run().may_forward()


def _expression(op: str, self: Any, args: tuple[Any, ...]) -> Any:
    """Compare or compute with a plain value, where the outcome is an object to be passed on and has no truth of its own."""
    link = _link(self)
    value = link.home().call({"do": "op", "op": op}, args, {})
    if not isinstance(value, remote.RemoteObject):
        raise run().refuse(NotTrusted(_mixed(op, self, args[-1])))
    _link(value).is_expression = True
    return value


def constant_hash(self: Any) -> int:
    """The same for all, so that sets and dicts find equal objects by `==`."""
    if not remote.facts_of(self).is_hashable:
        msg = f"unhashable type: '{type(self).__name__}'"
        raise TypeError(msg)
    return 7


def representation(self: Any, caller: str) -> str:
    """`repr`: asked when the test itself wants it, made up when a message is being written."""
    if run().phase == "test" and run().is_test_file(caller):
        value = operate("repr", self, (self,))
        if type(value) is str:
            return value
    title = _link(self).title
    kind = type(self).__name__
    return f"<{kind} {title}>" if title else f"<{kind} object of your code>"


def text(self: Any) -> str:
    """`str`."""
    if not run().may_forward():
        return representation(self, "")
    value = operate("str", self, (self,))
    if type(value) is not str:
        raise run().refuse(NotTrusted(f"str() of {name_of(self)} gave no plain text"))
    return value


def formatted(self: Any, spec: str) -> str:
    """`format`."""
    if not run().may_forward():
        return representation(self, "")
    value = operate("format", self, (self, spec), is_free=True)
    if type(value) is not str:
        raise run().refuse(NotTrusted(f"format() of {name_of(self)} gave no plain text"))
    return value


def copied(self: Any, how: str) -> Any:
    """`copy.copy` and `copy.deepcopy`."""
    link = _link(self)
    session = link.home()
    return session.call({"do": "call", "o": {"py": ["copy", how]}}, (self,), {}, link.paths)


def class_link(cls: Any) -> Link:
    """Where a mirrored class lives."""
    facts = remote.facts_of(cls)
    if facts.local is not None:
        return remote.Link(
            recipe=facts.local, key=facts.module, paths=(f"tests:{facts.name}",), title=cls.__name__
        )
    if facts.link is not None:
        return facts.link
    session = run().sessions.current()
    number = session.table.class_numbers.get(cls)
    if number is None:
        for other in run().sessions.known.values():
            number = other.table.class_numbers.get(cls)
            if number is not None:
                session = other
                break
    if number is None:
        return remote.Link(session, None, name=(facts.module, *facts.name.split(".")), title=cls.__name__)
    return remote.Link(session, number, paths=(f"{facts.module}:{facts.name}",), title=cls.__name__)


def class_operator(cls: Any, op: str, name: str, *args: Any) -> Any:
    """An operator applied to a class, as enums know them."""
    if name not in remote.facts_of(cls).meta or not run().may_forward():
        if name == "__getitem__":
            return types.GenericAlias(cls, args)
        msg = f"type object '{cls.__name__}' does not support {name}"
        raise TypeError(msg)
    value = operate(op, cls, (cls, *args), is_free=op in {"getitem", "iter", "len"})
    if value is NotImplemented or (op == "len" and type(value) is not int):
        msg = f"{op} of {cls.__name__} is not possible with these operands"
        raise TypeError(msg)
    return value


def construct(cls: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Make an instance in the session."""
    return call(cls, None, args, kwargs)


# ---- operators that are more than one ask ---------------------------------------------------------------------------


def _iterate(self: Any) -> Iterator[Any]:
    found = operate("iter", self, (self,))
    link = remote.link_of(found)
    if link is None:
        return iter(found)
    if link is not _link(self):
        link.paths = tuple(f"{path}[]" for path in _link(self).paths)
        _link(self).over = [link]
    iterator: Iterator[Any] = found
    return iterator


def _next(self: Any) -> Any:
    link = _link(self)
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
            link.over = [True, session.decode(found.get("value"))[0]]
        if link.items:
            return link.items.pop(0)
    if link.over and link.over[0] is True:
        value = link.over[1]
        link.over = [] if "__iter__" not in remote.facts_of(self).special else [True, None]
        raise StopIteration(value)
    raise session.broken()


def _length_hint(self: Any) -> int:
    """Asked by `list()` and the like, before they take everything: so everything may be fetched at once."""
    link = _link(self)
    link.is_hurried = True
    if link.over and link.over[0] is not True:
        link.over[0].is_hurried = True
    return 0


def _contains(self: Any, item: Any) -> bool:
    value = operate("contains", self, (self, item))
    if value is NotImplemented:
        msg = f"{type(item).__name__} cannot be looked for in {name_of(self)}"
        raise run().refuse(NotTrusted(msg))
    return value is True


def truth(self: Any) -> bool:
    """`bool`. What a comparison with a plain value gave is not believed."""
    if _link(self).is_expression:
        msg = f"{name_of(self)} was compared with a plain value, and the object that came is no answer"
        raise run().refuse(NotTrusted(msg))
    if not remote.facts_of(self).special & {"__bool__", "__len__"} or not run().may_forward():
        return True
    return operate("bool", self, (self,)) is True


def _enter(self: Any) -> Any:
    link = _link(self)
    session = link.home()
    return session.value(
        {"do": "enter", "o": link.form(session)}, tuple(f"{path}~enter" for path in link.paths)
    )


def _exit(self: Any, kind: Any, error: Any, _traceback: Any) -> Any:
    link = _link(self)
    session = link.home()
    if isinstance(error, Refusal) and (session.ended is not None or session.is_closed):
        return False
    body: dict[str, Any] = {"do": "exit", "o": link.form(session)}
    if kind is not None:
        body["error"] = {"x": visitors.error_form(error, session)}
    return session.value(body) is True


def _await(self: Any) -> Any:
    link = _link(self)
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
        link = _link(self)
        session = link.home()
        body = {"do": "await", "o": link.form(session), "name": name}
        if name == "__aexit__" and args[1] is not None:
            args = (None, args[1], None)  # the exception's class is taken from it on the other side
        return session.call(body, args, {}, tuple(f"{path}~{name}" for path in link.paths))

    return method


def _aiter(self: Any) -> Any:
    return call(self, "__aiter__", (), {})


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
    "__call__": lambda self, *args, **kwargs: call(self, None, args, kwargs),
    "__getitem__": lambda self, item: operate("getitem", self, (self, item), is_free=True),
    "__setitem__": lambda self, item, value: operate("setitem", self, (self, item, value), is_free=True),
    "__delitem__": lambda self, item: operate("delitem", self, (self, item), is_free=True),
    "__dir__": lambda self: operate("dir", self, (self,)),
}


# ---- subclasses that a test defines ---------------------------------------------------------------------------------


def local_class(meta: Any, name: str, bases: tuple[type, ...], space: dict[str, Any]) -> Any:
    """A test's subclass of candidate classes: its methods run here, the rest in the session."""
    key = f"local{next(_keys)}"
    kept = {k: v for k, v in space.items() if k in {"__module__", "__qualname__", "__doc__", "__classcell__"}}
    kept |= {
        k: v
        for k, v in space.items()
        if not k.startswith("__") and isinstance(v, types.FunctionType | property)
    }
    is_fault = any(issubclass(base, remote.RemoteFault) for base in bases)
    if not is_fault:
        kept["__slots__"] = ()
    above = remote.facts_of(next(base for base in bases if isinstance(base, remote.RemoteType)))
    skipped = {"__module__", "__qualname__", "__doc__", "__classcell__", "__annotations__", "__slots__"}
    members = {k: v for k, v in space.items() if k not in skipped}

    def recipe(session: Any) -> dict[str, Any]:
        return _subclass_body(key, name, bases, members, session)

    kept["_quizapp_facts"] = remote.Facts(
        key,
        name,
        above.special,
        set(),
        above.meta,
        is_hashable=above.is_hashable,
        is_own=True,
        of=(),
        is_subject=True,
        local=recipe,
    )
    for operator_name in space:
        made = _operator(operator_name) if operator_name in SPECIAL else None
        if made is not None and not is_fault:
            kept[operator_name] = made
    made = type.__new__(meta, name, bases, kept)
    remote.LOCAL[key] = made
    return made


def _subclass_body(
    key: str, name: str, bases: tuple[type, ...], members: dict[str, Any], session: Any
) -> dict[str, Any]:
    from sandbox.values import Encoder  # noqa: PLC0415

    encoder = Encoder(lambda value: visitors.form(value, session))
    body: dict[str, Any] = {
        "do": "subclass",
        "key": key,
        "name": name,
        "static": [],
        "class": [],
        "property": [],
    }
    body["bases"] = [encoder.encode(base) for base in bases if base is not object]
    forms = {}
    for member, value in members.items():
        inner = value
        if isinstance(value, staticmethod | classmethod):
            body["static" if isinstance(value, staticmethod) else "class"].append(member)
            inner = value.__func__
        elif isinstance(value, property):
            body["property"].append(member)
            inner = value.fget
        forms[member] = encoder.encode(inner)
    return body | {"members": forms}


def _first_real_base(target: Any) -> Any:
    for base in type(target).__mro__:
        if (
            isinstance(base, remote.RemoteType)
            and remote.facts_of(base).local is None
            and base not in (remote.Root, remote.FaultRoot)
        ):
            return base
    return None


def call_base(target: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """`super().name(...)` in a method of a test's subclass."""
    base = _first_real_base(target)
    link = _link(base)
    session = _link(target).home()
    return session.call({"do": "call", "o": link.form(session), "name": name}, (target, *args), kwargs)


def _super_method(target: Any, name: str) -> Any:
    return lambda *args, **kwargs: call_base(target, name, args, kwargs)
