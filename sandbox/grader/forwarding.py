"""How remote objects do what is asked of them: which operations go to the session, and which are settled here."""

from __future__ import annotations

import itertools
import types
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sandbox.encoding import Encoder, is_plain_type
from sandbox.grader import remote, visitors
from sandbox.grader.context import run
from sandbox.grader.refusals import NotTrusted

if TYPE_CHECKING:
    from sandbox.grader.remote import Link

EXPRESSIONS = frozenset({"QueryableAttribute", "ColumnElement", "ClauseElement"})  # classes of SQLAlchemy
TESTING = frozenset({"contains", "bool", "len", "str", "repr"})
_keys = itertools.count(1)


def new_key(kind: str) -> str:
    """A key that nothing else in this process has."""
    return f"{kind}{next(_keys)}"


def link_to(value: Any) -> Link:
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
    link = link_to(self)
    paths = tuple(f"{path}~{op}" for path in link.paths)
    session = link.home()
    value = session.call({"do": "op", "op": "pow3" if op == "pow" and args[2:] else op}, args, {}, paths)
    if link.is_expression:
        _mark_expression(op, self, value)
    run().note_call(lambda: f"{op}({', '.join(map(repr, args))})", lambda: repr(value))
    return remembered(value, lambda where: _op_body(op, args, where))


def _op_body(op: str, args: tuple[Any, ...], session: Any) -> dict[str, Any]:
    encoder = Encoder(lambda value: visitors.form(value, session))
    return {"do": "op", "op": op, "args": [encoder.encode(value) for value in args]}


def _mixed(op: str, self: Any, other: Any) -> str:
    kind = self if isinstance(self, remote.RemoteType) else type(self)
    if kind.__name__[:1].islower() and remote.facts_of(kind).is_own and not run().contract.is_enforced:
        return (
            f"{name_of(self)} meets a plain {type(other).__name__} in `{op}`. Where no solution is recorded, only a class "
            "with a name that begins with a capital letter may do that: rename it, or record a solution"
        )
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
            link.key = new_key("k")
    return value


def get(target: Any, name: str) -> Any:
    """An attribute of a remote object."""
    if (name.startswith("__") and name.endswith("__") and name not in remote.ASKABLE) or name.startswith(
        "_quizapp"
    ):
        raise AttributeError(name)
    if not run().may_forward():
        raise AttributeError(name)
    link = link_to(target)
    session = link.home()
    facts = remote.facts_of(target)
    if name == "test_client" and "Flask" in facts.of and not isinstance(target, remote.RemoteType):
        from sandbox.grader.client import client_for  # noqa: PLC0415 - needs all of this module

        return lambda *_args, **kwargs: client_for(session, target, **kwargs)
    if name in facts.methods and not facts.is_own:
        from sandbox.grader.methods import RemoteMethod  # noqa: PLC0415 - methods need all of this module

        return RemoteMethod(target, name)
    paths = tuple(f"{path}.{name}" for path in link.paths)
    value = session.value(
        {"do": "get", "o": link.form(session), "name": name}, paths, touches=run().phase != "collect"
    )
    if isinstance(value, remote.RemoteObject):
        inner = link_to(value)
        if inner.title == name and type(value).__name__ == "method" and not facts.is_own:
            facts.methods.add(name)
        remembered(value, lambda where: {"do": "get", "o": link.form(where), "name": name})
    return value


def put(target: Any, name: str, value: Any) -> None:
    """Set an attribute of a remote object. A method of a mirror means: what was there before."""
    from sandbox.grader.methods import Method  # noqa: PLC0415 - methods need all of this module

    link = link_to(target)
    session = link.home()
    if isinstance(value, Method):
        session.value({"do": "restore", "o": link.form(session), "name": name})
        return
    session.call({"do": "setattr", "o": link.form(session), "name": name}, (value,), {})


def delete(target: Any, name: str) -> None:
    """Delete an attribute of a remote object."""
    link = link_to(target)
    session = link.home()
    session.value({"do": "del", "o": link.form(session), "name": name})


def call(target: Any, name: str | None, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call a remote object, or a method of it."""
    if not run().may_forward():
        msg = "the candidate's code is not called while tests are collected"
        raise run().refuse(NotTrusted(msg))
    link = link_to(target)
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


def equal(self: Any, other: Any, op: str) -> Any:
    """`==` and `!=`: never asked against a plain value."""
    if remote.is_remote(other):
        if not run().may_forward():
            return (self is other) is (op == "eq")
        if isinstance(other, remote.RemoteType) or link_to(self).home() is not link_to(other).home():
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
    link = link_to(self)
    value = link.home().call({"do": "op", "op": op}, args, {})
    if not isinstance(value, remote.RemoteObject):
        raise run().refuse(NotTrusted(_mixed(op, self, args[-1])))
    link_to(value).is_expression = True
    return value


def _mark_expression(op: str, self: Any, value: Any) -> None:
    """What is computed from an expression is one as well, and no plain value."""
    if not isinstance(value, remote.RemoteObject):
        msg = (
            f"`{op}` of {name_of(self)}, which was computed with a plain value, gave a {type(value).__name__}"
        )
        raise run().refuse(NotTrusted(msg))
    link_to(value).is_expression = True


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
    title = link_to(self).title
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
    link = link_to(self)
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
        name, paths = (facts.module, *facts.name.split(".")), (f"{facts.module}:{facts.name}",)
        return remote.Link(session, None, name=name, paths=paths, title=cls.__name__)
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


def truth(self: Any) -> bool:
    """`bool`. What a comparison with a plain value gave is not believed."""
    if link_to(self).is_expression:
        msg = f"{name_of(self)} was compared with a plain value, and the object that came is no answer"
        raise run().refuse(NotTrusted(msg))
    if not remote.facts_of(self).special & {"__bool__", "__len__"} or not run().may_forward():
        return True
    return operate("bool", self, (self,)) is True
