"""Methods of remote objects: found without asking, called in the session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.grader import forwarding, remote, subclasses

if TYPE_CHECKING:
    from sandbox.grader.remote import Link


class Method:
    """A method of a mirror, as a descriptor: found without asking, called in the session."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, target: Any, owner: Any) -> Any:
        if target is None:
            return RemoteMethod(owner, self.name)
        if remote.facts_of(target).local is not None:
            return subclasses.super_method(target, self.name)
        if self.name in forwarding.link_to(target).hidden:
            return forwarding.get(target, self.name)
        return RemoteMethod(target, self.name)


class RemoteMethod:
    """A method of a remote object or class, bound to it."""

    __slots__ = ("_quizapp_name", "_quizapp_target")
    __test__ = False

    def __init__(self, target: Any, name: str) -> None:
        object.__setattr__(self, "_quizapp_target", target)
        object.__setattr__(self, "_quizapp_name", name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return forwarding.call(self._quizapp_target, self._quizapp_name, args, kwargs)

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
        paths = tuple(f"{path}.{name}" for path in link.paths)
        return session.value({"do": "get", "o": link.form(session), "name": name}, paths)

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
        return f"<method {self._quizapp_name} of {forwarding.name_of(self._quizapp_target)}>"

    def _quizapp_make_link(self) -> Link:
        target = forwarding.link_to(self._quizapp_target)
        name = self._quizapp_name
        return remote.Link(
            target.session,
            recipe=lambda where: {"do": "get", "o": target.form(where), "name": name},
            key=forwarding.new_key("m"),
            paths=tuple(f"{path}.{name}" for path in target.paths),
            title=name,
        )
