"""Grader containers: as many as can run at once, each with one run at a time, replaced when one misbehaves."""

from __future__ import annotations

import logging
from functools import partial
from typing import Any

from sandbox.frames import FrameError
from sandbox.hardening import grader_body
from sandbox.pool import Place, Supply, Warm
from sandbox.streams import StreamClosed

SETTLE_SECONDS = 10.0  # after a run's last word

log = logging.getLogger("sandbox.graders")


class Graders(Supply):
    """Reusable containers that run tests. No candidate code ever reaches one."""

    role = "grader"
    oldest = 3600.0

    def __init__(self, *args: Any, runtime: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.runtime = runtime

    def body(self, place: Place) -> dict[str, Any]:
        return grader_body(self.image, place.uid, self.labels("grader"), self.runtime)

    def _remove_container(self, place: Place) -> None:
        with self.engine.ending_network:
            super()._remove_container(place)

    def release(self, warm: Warm, *, is_fit: bool, is_ready: bool) -> None:
        """Give a grader back. One whose run did not come to its own end is not `is_fit` and is replaced."""
        if is_fit and is_ready:
            self.put_back(warm)
        elif is_fit:
            self._work.put(partial(self._settle, warm))
        else:
            self.discard(warm)

    def _settle(self, warm: Warm) -> None:
        """Wait until the process of the last run is gone and the next one waits."""
        try:
            warm.stream.wait_for("ready", SETTLE_SECONDS)
        except (StreamClosed, FrameError) as error:
            log.warning("grader %.12s did not get ready again: %s", warm.container, error)
            self.discard(warm)
        else:
            self.put_back(warm)
