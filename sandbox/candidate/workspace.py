"""The folder that the submitted files lie in, made anew for every session."""

from __future__ import annotations

import base64
import os
import shutil
from collections.abc import Mapping
from pathlib import Path, PurePosixPath


class BadPath(ValueError):
    """A submitted path that leaves the workspace, or is no path."""


class Workspace:
    """The submitted files in memory, and the folders that are cleaned and filled for each session."""

    def __init__(self, folder: Path, temporary: Path) -> None:
        self.folder = folder
        self.temporary = temporary
        self.shared: tuple[Path, ...] = ()  # further folders that a session may write to
        self.files: dict[str, bytes] = {}

    def load(self, files: Mapping[str, str], blobs: Mapping[str, str]) -> None:
        """Take the submitted files: texts, and base64 of what is not text. Raises `ValueError`."""
        taken = {name: text.encode("utf-8", "surrogatepass") for name, text in files.items()}
        taken |= {name: base64.b64decode(text) for name, text in blobs.items()}
        by_path: dict[str, bytes] = {}
        for name, content in taken.items():
            path = PurePosixPath(name)
            if not path.parts or name.startswith("/") or ".." in path.parts or "\0" in name:
                msg = f"{name!r} is not a path below the working folder"
                raise BadPath(msg)
            by_path[str(path)] = content
        self.files = by_path

    def fill(self) -> None:
        """Write the submitted files; the folders must be clean."""
        folders: set[str] = set()
        for name, content in self.files.items():
            path = os.path.join(self.folder, name)  # noqa: PTH118 - on the way of every test, as all below
            parent = os.path.dirname(path)  # noqa: PTH120
            if parent not in folders:
                os.makedirs(parent, exist_ok=True)  # noqa: PTH103
                folders.add(parent)
            with open(path, "wb") as file:  # noqa: PTH123
                file.write(content)

    def clean(self) -> None:
        """Remove everything a session left, as well as can be. Never raises."""
        for folder in (self.folder, self.temporary, *self.shared):
            _empty(folder)


def _empty(folder: Path) -> None:
    try:
        entries = list(os.scandir(folder))
    except OSError:
        _make(folder)
        return
    for entry in entries:
        try:
            if entry.is_dir(follow_symlinks=False):
                _remove_tree(entry.path)
            else:
                os.unlink(entry.path)  # noqa: PTH108 - a path of bytes that are no text stays possible
        except OSError:
            continue


def _remove_tree(path: str) -> None:
    def again(_function: object, name: str, _error: object) -> None:
        parent = os.path.dirname(name)  # noqa: PTH120
        try:
            os.chmod(parent, 0o700)  # noqa: PTH101 - folders without rights are a known way to stay
            if os.path.isdir(name) and not os.path.islink(name):  # noqa: PTH112, PTH114
                os.chmod(name, 0o700)  # noqa: PTH101
                shutil.rmtree(name, ignore_errors=True)
            else:
                os.unlink(name)  # noqa: PTH108
        except OSError:
            return

    shutil.rmtree(path, onerror=again)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return
