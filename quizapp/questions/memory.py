"""What question files held when they were last read and found sound: a file that can be thrown away at any time.

A line is the digest of a file (its bytes, its name, its folder, and the rules it was held to), the hash of its content
and the content as JSON. A line that is not understood is passed over, and its file read again.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path

_PARTS = 3
_DIGEST = 32


class Memory:
    """Remembers sound questions in a file; without a file it remembers nothing."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._lines: dict[str, str] = {}
        self._used: dict[str, str] = {}
        if path is not None:
            with suppress(OSError, UnicodeDecodeError):
                lines = path.read_text(encoding="utf-8").split("\n")
                self._lines = {line[:_DIGEST]: line for line in lines if line}

    @property
    def is_empty(self) -> bool:
        """Whether nothing is remembered."""
        return not self._lines

    def recall(self, digest: str) -> tuple[str, str] | None:
        """Give the hash and the content (JSON) of a file with this digest; None if it was never seen."""
        line = self._lines.get(digest)
        parts = line.split(" ", _PARTS - 1) if line else []
        if len(parts) < _PARTS or not parts[-1].endswith("}"):
            return None
        self._used[digest] = line or ""
        return parts[1], parts[2]

    def keep(self, digest: str, content_hash: str, content: str) -> None:
        """Remember a file that is sound."""
        self._used[digest] = f"{digest} {content_hash} {content}"

    def save(self) -> None:
        """Write what was used this time, and nothing older; that it cannot be written harms nobody."""
        if self._path is None or self._used.keys() == self._lines.keys():
            return
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=self._path.name)
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                stream.writelines(f"{line}\n" for line in self._used.values())
            Path(name).replace(self._path)


def digest_of(path: Path, raw: bytes) -> str:
    """Give what tells a file, where it lies and the rules it is held to from others."""
    name = f"{_rules()} {path.parent.name}/{path.name}\0".encode()
    return hashlib.blake2b(name + raw, digest_size=_DIGEST // 2).hexdigest()


@cache
def _rules() -> str:
    """Tell one set of rules from another: the sources they are written in, and what else decides."""
    here = Path(__file__).parent
    sources = [*here.glob("*.py"), *here.glob("documentation/*.txt"), *here.parent.glob("rules/*.py")]
    digest = hashlib.sha256("".join([sys.version, version("pydantic"), version("pyyaml")]).encode())
    for path in sorted(sources):
        digest.update(path.read_bytes())
    return digest.hexdigest()
