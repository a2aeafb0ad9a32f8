"""What a session overhears of its own process: printed text, log records, warnings."""

from __future__ import annotations

import io
import logging
import math
import sys
import warnings
from typing import Any

from sandbox.candidate.faults import safe_text

MAX_KEPT = 256 * 1024  # characters
MAX_RECORDS = 1000
MAX_WARNINGS = 50


class Tee(io.TextIOWrapper):
    """A standard stream that also keeps what was written, for tests that look at it."""

    def __init__(self, fd: int) -> None:
        raw = open(fd, "wb", buffering=8192, closefd=False)  # noqa: SIM115 - lives as long as the process
        super().__init__(raw, encoding="utf-8", errors="backslashreplace", line_buffering=True)
        self.kept: list[str] = []
        self.size = 0

    def write(self, text: str) -> int:
        """Write, and keep up to `MAX_KEPT` characters."""
        if type(text) is str and self.size < MAX_KEPT:
            self.kept.append(text[: MAX_KEPT - self.size])
            self.size += len(text)
        return super().write(text)

    def text(self, since: int = 0) -> str:
        """What was written since the `since`-th write."""
        return "".join(self.kept[since:])


class Listener:
    """Records of the logging module and warnings, kept without adding a handler, which would change what happens."""

    def __init__(self) -> None:
        self.records: list[dict[str, Any]] = []
        self.warned: list[list[str]] = []

    def install(self) -> None:
        """Begin to listen."""
        call_handlers = logging.Logger.callHandlers
        listener = self

        def overheard(logger: logging.Logger, record: logging.LogRecord) -> None:
            if len(listener.records) < MAX_RECORDS:
                listener.records.append(_record(record))
            call_handlers(logger, record)

        logging.Logger.callHandlers = overheard  # type: ignore[method-assign, assignment]
        warnings.showwarning = self._warned
        if not sys.warnoptions:
            warnings.simplefilter("always")

    def _warned(self, message: Warning | str, category: type[Warning], *_place: Any, **_more: Any) -> None:
        if len(self.warned) < MAX_WARNINGS:
            self.warned.append([category.__module__, category.__qualname__, safe_text(str, message, 1000)])

    def take_warnings(self) -> list[list[str]]:
        """The warnings since the last time."""
        taken, self.warned = self.warned, []
        return taken


def _record(record: logging.LogRecord) -> dict[str, Any]:
    extra = {
        name: value
        for name, value in vars(record).items()
        if name not in _USUAL and type(name) is str and type(value) in (str, int, float, bool, type(None))
    }
    trace = ""
    if record.exc_info:
        trace = safe_text(lambda info: logging.Formatter().formatException(info), record.exc_info)
    return {
        "name": str(record.name),
        "levelno": record.levelno if type(record.levelno) is int else 0,
        "levelname": str(record.levelname),
        "message": safe_text(lambda r: r.getMessage(), record),
        "exc_text": trace,
        "extra": {name: None if _is_nan(value) else value for name, value in extra.items()},
    }


_USUAL = frozenset(vars(logging.LogRecord("", 0, "", 0, "", (), None))) | {"message", "asctime", "taskName"}


def _is_nan(value: object) -> bool:
    return type(value) is float and not math.isfinite(value)
