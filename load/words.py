"""What the crowd and whoever checks on it have in common: the orders, the records, the digest of an answer."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ORDERS = "orders.json"


@dataclass
class Orders:
    """What the crowd does at the moment."""

    phase: str = ""
    pace: float = 1.0  # saves and pages, times the usual
    submissions: float = 0.0  # a second, of one process of the crowd
    is_over: bool = False

    def write(self, folder: Path) -> None:
        """Give them; the crowd follows within a moment."""
        new = folder / f"{ORDERS}.new"
        new.write_text(json.dumps(asdict(self)), encoding="utf-8")
        new.replace(folder / ORDERS)

    @classmethod
    def read(cls, folder: Path) -> Orders:
        """The orders as they are now."""
        return cls(**json.loads((folder / ORDERS).read_text(encoding="utf-8")))


class Records:
    """What came of the requests, read as it is written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[Path, int] = {}  # bytes of each file
        self.all: list[dict[str, Any]] = []

    def look(self) -> None:
        """Take in what is new; a line that is still being written is left for the next time."""
        for path in sorted(self._folder.glob("records-*.jsonl")):
            with path.open("rb") as file:
                file.seek(self._read.get(path, 0))
                whole, _, _ = file.read().rpartition(b"\n")
            lines = whole.splitlines()
            self._read[path] = self._read.get(path, 0) + len(whole) + bool(lines)
            self.all += [json.loads(line) for line in lines]

    def of(self, phase: str, kind: str) -> list[dict[str, Any]]:
        """Those of one kind that ended in a phase."""
        return [one for one in self.all if one["phase"] == phase and one["kind"] == kind]


def digest(answer: Any) -> str:
    """The same for the same answer."""
    return hashlib.sha256(json.dumps(answer, sort_keys=True).encode()).hexdigest()[:24]


def marked(files: Mapping[str, str], mark: str = "") -> dict[str, str]:
    """The same program with a comment that nobody has sent before."""
    mark = mark or uuid.uuid4().hex
    return {name: f"{text}\n# {mark}\n" if name.endswith(".py") else text for name, text in files.items()}
