"""Signs of life of the site's parts: a gap between two of them is an outage, and running attempts are credited for it."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from quizapp.extensions import db
from quizapp.models import Heartbeat, Outage
from quizapp.receipt import database_now
from quizapp.services import crediting

log = logging.getLogger(__name__)

# Long enough that a restart, or a moment in which the machine has other things to do, is no outage.
AWAY_AFTER = timedelta(seconds=30)
# After an outage everybody's page gets this long to reach the site before an attempt is ended.
CALM_AFTER = timedelta(minutes=1)


def beat(part: str) -> Outage | None:
    """Give a sign of life of a part of the site and commit; gives the outage that ends with it, if there was one.

    Several processes of one part may do so at once: the outage is noted, and credited, by the first of them.
    """
    now = database_now()
    last = db.session.scalar(select(Heartbeat.at).where(Heartbeat.part == part))
    if last is None:
        db.session.add(Heartbeat(part=part, at=now))
        try:
            db.session.commit()
        except IntegrityError:  # another process of this part was faster
            db.session.rollback()
        return None
    moved = update(Heartbeat).where(Heartbeat.part == part, Heartbeat.at == last).values(at=now)
    is_first = db.session.execute(moved).rowcount == 1  # type: ignore[attr-defined]
    outage = None
    if is_first and now - last > AWAY_AFTER:
        outage = Outage(part=part, began_at=last, ended_at=now)
        db.session.add(outage)
        db.session.flush()
        count = crediting.give_for_outages()
        log.warning(
            "%s was away for %.0f s; %d attempts are credited", part, (now - last).total_seconds(), count
        )
    db.session.commit()
    return outage


def is_calm(now: datetime) -> bool:
    """Whether every part of the site is there and has been for a minute: only then attempts are ended for people.

    A part that is away for longer than an outage is credited is not waited for.
    """
    most = timedelta(seconds=float(current_app.config["OUTAGE_CREDIT_MOST_SECONDS"]))
    away = select(Heartbeat.part).where(Heartbeat.at < now - AWAY_AFTER, Heartbeat.at > now - most)
    recent = select(Outage.id).where(Outage.ended_at > now - CALM_AFTER)
    return db.session.scalar(away.limit(1)) is None and db.session.scalar(recent.limit(1)) is None
