"""Looks for what an operator should know although no single submission tells it, and settles it when it is over."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from quizapp.extensions import db
from quizapp.models import Submission, is_troubled
from quizapp.receipt import database_now
from quizapp.services import alarms

if TYPE_CHECKING:
    from sandbox.protocol import Health

PATIENCE_SECONDS = 60.0  # with a sandbox that is away: a restart is no alarm
EVERY_SECONDS = 30.0
LATELY = timedelta(minutes=15)
MANY = 5


class Lookout:
    """Called every few seconds with the sandbox's health."""

    def __init__(self) -> None:
        self._away_since: float | None = None
        self._is_told = False
        self._may_be_open = True  # an earlier process may have raised it
        self._counted = float("-inf")

    def watch(self, health: Health) -> None:
        """Raise or settle the alarms about the sandbox as a whole. Commits."""
        now = time.monotonic()
        self._watch_sandbox(health, now)
        if now - self._counted >= EVERY_SECONDS:
            self._counted = now
            self._watch_faults()

    def _watch_sandbox(self, health: Health, now: float) -> None:
        if health.ready:
            self._away_since, self._is_told = None, False
            if self._may_be_open:
                self._may_be_open = False
                alarms.settle("sandbox")
            return
        if self._away_since is None:
            self._away_since = now
        elif now - self._away_since > PATIENCE_SECONDS and not self._is_told:
            self._is_told = self._may_be_open = True
            alarms.raise_alarm("sandbox", health.reason)

    def _watch_faults(self) -> None:
        """One submission may be to blame for itself; when several fail, the sandbox is."""
        recent = Submission.taken_at > database_now() - LATELY
        count = db.session.scalar(select(func.count()).where(is_troubled(), recent)) or 0
        db.session.rollback()
        if count >= MANY and not alarms.is_open("own_faults"):
            text = f"{count} submissions met faults of the sandbox in the last {LATELY.seconds // 60} minutes: look at the broker's log."
            alarms.raise_alarm("own_faults", text)
        elif not count:
            alarms.settle("own_faults")
