"""The pages' own scripts that record and play, run by Node.js without a page."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = Path(__file__).with_name("tape_player.mjs")


@dataclass(frozen=True)
class Recorded:
    """What a page recorded: frames of entries, its own texts at the end, and the texts that playing gives."""

    frames: list[list[Any]]
    texts: list[str]
    played: dict[str, str]

    @property
    def entries(self) -> list[Any]:
        """All entries in order."""
        return [entry for frame in self.frames for entry in frame]


class Recorder:
    """A process that records edits as a page does."""

    def __init__(self) -> None:
        # The machine's Node.js, or the one that the set-up puts beside Python.
        search = f"{ROOT / '.venv' / 'node'}:{os.environ['PATH']}"
        self.process = subprocess.Popen(
            ["node", str(SCRIPT)],
            cwd=ROOT,
            env=os.environ | {"PATH": search},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()

    def record(
        self,
        edits: Sequence[Sequence[Any]],
        *,
        files: Sequence[str] = ("app.py",),
        texts: Sequence[str] = ("",),
        starter: Sequence[str] = ("",),
        take: int = 0,
    ) -> Recorded:
        """Record edits `[milliseconds, file, from, removed, inserted, how]`, taking a frame after every `take`.

        A file of None makes the third field a note, such as `["a", 20, "hidden"]`.
        """
        wanted = {"files": files, "texts": texts, "starter": starter, "edits": edits, "take": take}
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(wanted) + "\n")
        self.process.stdin.flush()
        return Recorded(**json.loads(self.process.stdout.readline()))
