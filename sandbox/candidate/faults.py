"""Exceptions of submitted code as texts, placed in the submitted files. Formatting survives hostile classes."""

from __future__ import annotations

import linecache
import os
from pathlib import Path
from types import TracebackType
from typing import Any

MAX_TEXT = 4096
MAX_FRAMES = 12
MAX_LINE = 10**9


def safe_text(make: Any, value: Any, limit: int = MAX_TEXT) -> str:
    """`make(value)` (str or repr) cut to `limit` characters, whatever the value does short of ending the process."""
    try:
        text = make(value)
        if not isinstance(text, str):
            return ""
        return str.__str__(text)[:limit]
    except BaseException as error:  # noqa: BLE001 - a class may raise anything here, and the run goes on
        return f"<{type(error).__name__} while this was turned into text>"


def class_name(kind: type) -> str:
    """The name of a class as Python shows it, cut."""
    return str(type.__dict__["__qualname__"].__get__(kind))[:200]


def describe(error: BaseException, folder: Path) -> dict[str, Any]:
    """The JSON form of a `CandidateError`: class, message, and the last place in a file below `folder`."""
    found: dict[str, Any] = {"type": class_name(type(error)), "message": safe_text(str, error)}
    frames = _frames(error.__traceback__, folder)
    lines = [
        f'  File "{name}", line {line}, in {function}\n{_source(path, line)}'
        for path, name, line, function in frames
    ]
    if frames:
        _path, found["file"], found["line"], _function = frames[-1]
    if isinstance(error, SyntaxError):
        found |= _syntax(error, folder)
        if found.get("file"):
            caret = f"    {(error.text or '').rstrip()}\n" if isinstance(error.text, str) else ""
            lines.append(f'  File "{found["file"]}", line {found["line"]}\n{caret}')
    head = "Traceback (most recent call last):\n" if lines else ""
    shown = (
        lines
        if len(lines) <= MAX_FRAMES
        else [*lines[:4], f"  ... {len(lines) - MAX_FRAMES} more\n", *lines[4 - MAX_FRAMES :]]
    )
    text = f"{head}{''.join(shown)}{found['type']}: {found['message']}"
    found["traceback"] = (
        text if len(text) <= MAX_TEXT else text[: MAX_TEXT // 2] + "\n...\n" + text[-MAX_TEXT // 2 + 8 :]
    )
    return found


def relative(path: object, folder: Path) -> str:
    """The path as it was submitted, or "" when it does not lie below `folder`."""
    if not isinstance(path, str) or not path.startswith("/"):
        return ""
    absolute = os.path.normpath(path)  # no Path of a text of the candidate's: it may hold NUL
    prefix = f"{folder}{os.sep}"
    return absolute[len(prefix) :] if absolute.startswith(prefix) else ""


def _frames(traceback: TracebackType | None, folder: Path) -> list[tuple[str, str, int, str]]:
    found = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        name = relative(code.co_filename, folder)
        if name:
            found.append((code.co_filename, name[:300], traceback.tb_lineno or 0, code.co_name[:200]))
        traceback = traceback.tb_next
    return found


def _source(path: str, line: int) -> str:
    try:
        text = linecache.getline(path, line).strip()[:300]
    except Exception:  # noqa: BLE001 - the file may be anything by now
        text = ""
    return f"    {text}\n" if text else ""


def _syntax(error: SyntaxError, folder: Path) -> dict[str, Any]:
    name = relative(error.filename, folder)
    if not name:
        return {}
    message: Any = error.msg
    line = error.lineno if isinstance(error.lineno, int) else 0
    column = error.offset if isinstance(error.offset, int) else 0
    return {
        "file": name,
        "line": min(max(0, line), MAX_LINE),
        "column": min(max(0, column), MAX_LINE),
        "message": message[:MAX_TEXT] if type(message) is str else "",
    }
