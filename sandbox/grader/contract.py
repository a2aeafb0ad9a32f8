"""The shape of what the reference solution gave to the tests, recorded when a question is checked and held to later.

A *path* is the way by which a test came to a value: `app:f()`, `app:Clock().hours`, `app:parse()[]`. For each path the
contract knows whether the reference ever gave an object there (a handle), or plain values only. A candidate whose code
gives an object where the reference gave plain values only could have that object say whatever a test asks, so that is
refused.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Any

MAX_PATH = 160
LONG_PATH = 40  # characters; shorter ones are kept as they are
MAX_PATHS = 5000
_REPEATED = re.compile(r"(\.\w+(?:\(\))?|\[\])\1+")
_LAST = re.compile(r"(\.\w+(?:\(\))?|\[\]|\(\)|:\w+(?:\(\))?)$")


def shortened(path: str) -> str:
    """The path with repeated steps folded (`.next.next.next` is `.next+`), cut."""
    if len(path) > LONG_PATH:
        path = _REPEATED.sub(r"\1+", path)
    return path[:MAX_PATH]


def _last(path: str) -> str:
    found = _LAST.search(path)
    return "*" + found.group(0) if found and found.group(0)[0] in ".:" else ""


class Contract:
    """Records (`is_recording`) or enforces what came by which path. Without a recorded one, everything is allowed."""

    def __init__(self, recorded: dict[str, Any] | None, *, is_recording: bool) -> None:
        self.is_recording = is_recording
        self.is_enforced = recorded is not None and not is_recording
        recorded = recorded or {}
        self._plain: set[str] = set(_texts(recorded.get("plain")))
        self._objects: set[str] = set(_texts(recorded.get("objects")))
        names: Any = recorded.get("names")
        self.names: dict[str, dict[str, str]] = names if isinstance(names, dict) else {}
        ahead: Any = recorded.get("ahead")
        self._ahead: dict[str, list[str]] = ahead if isinstance(ahead, dict) else {}
        self._last_plain = (
            {_last(path) for path in self._plain} - {_last(path) for path in self._objects} - {""}
        )

    def arrived(self, paths: Iterable[str], *, is_plain: bool) -> bool:
        """Note that a value came by these paths; whether it may."""
        paths = [shortened(path) for path in paths]
        if self.is_recording:
            known = self._plain if is_plain else self._objects
            if len(known) < MAX_PATHS:
                known.update(paths)
            return True
        if is_plain or not self.is_enforced:
            return True
        if any(path in self._plain and path not in self._objects for path in paths):
            return False
        if any(path in self._objects for path in paths):
            return True
        return not any(_last(path) in self._last_plain for path in paths)

    def allows(self, path: str) -> bool:
        """Whether what comes by this path, which is never plain, is something that the reference gave too."""
        self.arrived((path,), is_plain=False)
        return not self.is_enforced or path in self._objects

    def note_names(self, module: str, kinds: dict[str, str]) -> None:
        """Record what the names of a module are: "class", "function", "object" or "plain"."""
        if self.is_recording:
            self.names[module] = dict(kinds)

    def kind(self, module: str, name: str) -> str | None:
        """What a name was in the reference; None when that is not known."""
        return self.names.get(module, {}).get(name)

    def knows(self, module: str) -> bool:
        """Whether the names of a module's reference are known."""
        return self.is_enforced and module in self.names

    def note_ahead(self, node: str, modules: list[str]) -> None:
        """Record what the first test of a file imports, if it may be imported before that test is even collected."""
        if self.is_recording:
            self._ahead[node] = modules

    def ahead(self, files: Collection[str]) -> tuple[str, list[str]] | None:
        """Which of these files' tests comes first, and what it will import; None when that is not known."""
        known = [(node, modules) for node, modules in self._ahead.items() if node.partition("::")[0] in files]
        return min(known, default=None) if self.is_enforced else None

    def recorded(self) -> dict[str, Any]:
        """What was recorded, as JSON."""
        return {
            "plain": sorted(self._plain),
            "objects": sorted(self._objects),
            "names": self.names,
            "ahead": self._ahead,
        }


def _texts(value: Any) -> list[str]:
    return [item for item in value if type(item) is str] if isinstance(value, list) else []
