"""Containers that nobody owns any more: found by their labels, removed at the broker's start and every 30 seconds.

Every container says which broker made it (`quizapp.broker`: host, socket, process) and when it is past all use
(`quizapp.expires`, seconds since 1970).
"""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Collection, Mapping
from pathlib import Path

from sandbox.engine import Engine, EngineError
from sandbox.settings import Settings

EVERY_SECONDS = 30.0
LIFE_SECONDS = 2 * 3600.0
STRAY_SECONDS = 60.0

log = logging.getLogger("sandbox.reaper")


class Reaper:
    """Labels for one broker's containers, and the removal of those whose broker is gone."""

    def __init__(self, settings: Settings) -> None:
        self.host = socket.gethostname()
        self.path = str(settings.socket.absolute())
        self.process = f"{os.getpid()}-{_started(os.getpid())}"
        self.extra = dict(settings.labels)

    @property
    def broker(self) -> str:
        return f"{self.host} {self.path} {self.process}"

    def labels(self, role: str) -> dict[str, str]:
        """The labels of a container made now."""
        expires = str(int(time.time() + LIFE_SECONDS))
        return self.extra | {
            "app": "quizapp",
            "quizapp.role": role,
            "quizapp.broker": self.broker,
            "quizapp.expires": expires,
        }

    def sweep(self, engine: Engine, in_use: Collection[str]) -> int:
        """Remove what has no living broker, and what of our own nobody knows of; how many that were.

        `in_use` are the ids of the containers that this broker works with. Raises `EngineError` only when listing fails.
        """
        removed = 0
        for container in engine.containers("app=quizapp", "quizapp.broker"):
            labels = container.get("Labels") or {}
            is_stray = container["Id"] not in in_use and self._is_own_and_grown(labels)
            if not is_stray and not self.is_stale(labels):
                continue
            try:
                engine.remove(container["Id"])
                removed += 1
            except EngineError as error:
                log.warning("left-over container %.12s could not be removed: %s", container["Id"], error)
        if removed:
            log.info("removed %d left-over containers", removed)
        return removed

    def remove_own(self, engine: Engine) -> None:
        """Remove whatever this broker still has: before it opens a pool, and as its last act."""
        for container in engine.containers("app=quizapp", f"quizapp.broker={self.broker}"):
            try:
                engine.remove(container["Id"])
            except EngineError as error:
                log.warning("container %.12s could not be removed: %s", container["Id"], error)

    def _is_own_and_grown(self, labels: Mapping[str, str]) -> bool:
        """Whether a container is this broker's and was made long enough ago for its maker to know of it.

        An engine that hung may make a container after whoever asked for it gave up.
        """
        expires = labels.get("quizapp.expires", "")
        if labels.get("quizapp.broker") != self.broker or not expires.isdecimal():
            return False
        return time.time() > int(expires) - LIFE_SECONDS + STRAY_SECONDS

    def is_stale(self, labels: Mapping[str, str]) -> bool:
        """Whether a container's broker is gone: another one holds its socket, its process ended, or it expired."""
        owner = labels.get("quizapp.broker", "")
        if owner == self.broker:
            return False
        host, _, rest = owner.partition(" ")
        path, _, process = rest.rpartition(" ")
        if host == self.host:
            pid, _, started = process.partition("-")
            return path == self.path or not pid.isdecimal() or _started(int(pid)) != started
        expires = labels.get("quizapp.expires", "")
        return not expires.isdecimal() or int(expires) < time.time()


def _started(pid: int) -> str:
    """When a process began, in the kernel's ticks: tells it from a later one with the same id. Empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""
