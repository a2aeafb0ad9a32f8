"""What a web server does before it serves: once, for all its processes, what most requests have done for them first.

The first time that something is asked of the database, the words of the question are worked out, and the first time that
a page is shown, its template is compiled; either takes longer than the whole request does later. Done before the
processes fork, nobody meets it, and what comes of it is in memory once.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from quizapp.config import connections_alone
from quizapp.errors import Refusal
from quizapp.extensions import db
from quizapp.models import User
from quizapp.services import along, attempts, plain_saves, responses, sign_ins, submissions, turns, versions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from flask import Flask

log = structlog.get_logger()

NOBODY = 0  # an id that no row has
# The pages of people whose time runs; what staff's pages take the first time, staff can wait for.
PAGES = ("base.html", "attempts/", "macros/", "player/", "practice/", "running/")


def rehearse(app: Flask) -> None:
    """Compile the pages, and ask about nobody. Leaves no connection open, which processes to come would share.

    Never raises for a database that is away: it is met again when somebody asks.
    """
    for name in app.jinja_env.list_templates():
        if name.startswith(PAGES):
            app.jinja_env.get_template(name)
    with app.test_request_context():
        try:
            for ask in _questions(User(id=NOBODY)):
                with suppress(Refusal):
                    ask()
        except SQLAlchemyError as problem:
            log.warning("the database does not answer yet", reason=str(problem)[:200])
        finally:
            db.session.remove()
            db.engine.dispose()


def look_for_room(app: Flask, processes: int) -> None:
    """Warn when so many web processes may want more connections than PostgreSQL gives to all. Leaves none open.

    It is met on a busy day only, as pages that fail, and on machines with more cores than the one it was tried on.
    """
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            return
        wanted = processes * (app.config["SQLALCHEMY_ENGINE_OPTIONS"]["pool_size"] + connections_alone())
        try:
            given = int(db.session.scalar(text("show max_connections")) or 0)
        except SQLAlchemyError:  # it was said when the rehearsal met it
            return
        finally:
            db.session.remove()
            db.engine.dispose()
    if wanted >= given:
        log.warning(
            "the database may run out of connections: raise max_connections in its configuration, "
            "or lower QUIZAPP_DATABASE_CONNECTIONS or the number of web processes",
            max_connections=given,
            web_processes=processes,
            web_processes_may_open=wanted,
        )


def _questions(nobody: User) -> Sequence[Callable[[], object]]:
    return (
        lambda: sign_ins.load(""),
        lambda: _sign_in(plain_saves.ANSWER, response_id=NOBODY),
        lambda: _sign_in(attempts.PAGE, attempt_id=NOBODY),
        lambda: _sign_in(attempts.CLOCK, attempt_id=NOBODY),
        lambda: versions.known({NOBODY}),
        lambda: responses.own(NOBODY, nobody),
        lambda: responses.own(NOBODY, nobody, lock=True),
        lambda: turns.arrival(NOBODY),
        lambda: submissions.whole(NOBODY),
    )


def _sign_in(what: along.Along, **arguments: int) -> None:
    along.want(what, arguments)
    sign_ins.load("")
