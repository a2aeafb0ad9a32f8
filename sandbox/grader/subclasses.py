"""Subclasses of the candidate's classes that a test defines: their methods run in the test, the rest in the session."""

from __future__ import annotations

import types
from typing import Any

from sandbox.encoding import Encoder
from sandbox.grader import forwarding, mirrors, remote, visitors


def local_class(meta: Any, name: str, bases: tuple[type, ...], space: dict[str, Any]) -> Any:
    """A test's subclass of candidate classes: its methods run here, the rest in the session."""
    key = forwarding.new_key("local")
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
        made = mirrors.operator_for(operator_name) if operator_name in mirrors.SPECIAL else None
        if made is not None and not is_fault:
            kept[operator_name] = made
    made = type.__new__(meta, name, bases, kept)
    remote.LOCAL[key] = made
    return made


def _subclass_body(
    key: str, name: str, bases: tuple[type, ...], members: dict[str, Any], session: Any
) -> dict[str, Any]:
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
    link = forwarding.link_to(base)
    session = forwarding.link_to(target).home()
    paths = tuple(f"{path}.{name}()" for path in link.paths)
    return session.call({"do": "call", "o": link.form(session), "name": name}, (target, *args), kwargs, paths)


def super_method(target: Any, name: str) -> Any:
    return lambda *args, **kwargs: call_base(target, name, args, kwargs)
