"""A request whose transaction the database ended for others' sake is done again.

Of two transactions that wait for each other PostgreSQL ends one (`quizapp.services.holding` says why that is rare), and
nothing of it is stored. Nobody need hear of that: the same request a moment later finds the other one done. The moment is
needed: what the ended one held is free at once, and whoever comes back before the other has woken takes it once more, and
is ended once more. A request is repeated only when it committed nothing before, so that nothing is done twice: mails, rings
and whatever else goes out wait for the commit. Statements that commit by themselves (`extensions.alone`) change nothing when
they come again.
"""

from __future__ import annotations

import logging
import random
import time
from typing import TYPE_CHECKING, Any

from flask import Flask, g, has_request_context, request
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from quizapp.errors import request_id
from quizapp.extensions import db

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

log = logging.getLogger(__name__)

# PostgreSQL's codes for a transaction that failed because of others: serialization_failure, deadlock_detected.
_FOR_OTHERS = ("40001", "40P01")

# Seconds to wait before each time that a request is done again, half of it more or less: several need not come together.
PAUSES = (0.05, 0.2, 0.8)


class Site(Flask):
    """The application. Its views may be called again for one request, which keeps its moment of receipt."""

    def dispatch_request(self) -> ResponseReturnValue:
        """Call the view, and again where that is safe, as often as `PAUSES` has moments to wait."""
        g.has_committed = False
        for pause in PAUSES:
            try:
                return super().dispatch_request()
            except OperationalError as error:
                if not _is_for_others(error) or g.has_committed or _is_upload():
                    raise
                db.session.rollback()
                log.warning("Request %s to %r is done again: %s", request_id(), request.endpoint, error.orig)
            time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311
        return super().dispatch_request()


@event.listens_for(db.session, "after_commit")
def _note(_session: Any) -> None:
    if has_request_context():
        g.has_committed = True


def _is_for_others(error: OperationalError) -> bool:
    return getattr(error.orig, "sqlstate", None) in _FOR_OTHERS


def _is_upload() -> bool:
    """Whether the request brings a file, which can be read only once."""
    return request.mimetype == "multipart/form-data"
