"""Lists, dicts and sets that a test file imported from the candidate's modules: kept equal on both sides.

`from app import ITEMS` binds a copy in the test file. With every ask, changes that the test made to it go along, and changes
that the candidate's code made to the original come back, so that both see one object.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from sandbox.decoding import Decoder
from sandbox.encoding import Encoder
from sandbox.values import MUTABLE_TYPES, ValueProblem, replace_content

if TYPE_CHECKING:
    from sandbox.grader.sessions import Session


def _no_objects(_value: Any) -> Any:
    msg = "only plain values are watched"
    raise ValueProblem(msg)


class Watched:
    """One container: the test's copy, what it was when it was imported, and what both sides last knew."""

    def __init__(self, module: str, name: str, value: Any) -> None:
        self.module = module
        self.name = name
        self.value = value
        self.first = Encoder(_no_objects).encode(value)
        self.last = self.first


class Watch:
    """The containers of one run."""

    def __init__(self) -> None:
        self._watched: list[Watched] = []
        self._told: Session | None = None

    def add(self, module: str, name: str, value: Any) -> None:
        """Watch a container that a test file imported by name, when it is plain through and through."""
        if type(value) in MUTABLE_TYPES and not self.knows(value):
            try:
                self._watched.append(Watched(module, name, value))
            except ValueProblem:
                return

    def knows(self, value: Any) -> bool:
        """Whether this very container is watched."""
        return any(item.value is value for item in self._watched)

    def reset(self) -> None:
        """A test begins: every container is again what it was when it was imported."""
        for item in self._watched:
            item.last = copy.deepcopy(item.first)
            replace_content(item.value, Decoder(_no_objects).decode(item.first))
        self._told = None

    def forget_session(self) -> None:
        """The session is over."""
        self._told = None

    def add_to(self, body: dict[str, Any], session: Session) -> None:
        """What the session has to know of the containers before it does an ask."""
        if not self._watched or session is not session.run.sessions._current:  # noqa: SLF001 - without opening one
            return
        if self._told is not session:
            self._told = session
            body["watch"] = [[item.module, item.name, item.last] for item in self._watched]
        for index, item in enumerate(self._watched):
            try:
                now = Encoder(_no_objects).encode(item.value)
            except ValueProblem:
                continue
            if now != item.last:
                item.last = now
                body.setdefault("pushed", {})[str(index)] = now

    def take(self, answer: dict[str, Any], session: Session) -> None:
        """What the candidate's code changed."""
        changed = answer.get("watched")
        if changed is None or self._told is not session:
            return
        try:
            for index, form in dict(changed).items():
                item = self._watched[int(index)]
                replace_content(item.value, Decoder(_no_objects).decode(form))
                item.last = form
        except (ValueProblem, ValueError, TypeError, IndexError) as error:
            raise session.broken() from error
