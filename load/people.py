"""Makes the people of the load and their running attempts, in a site's own database. Run by `load.__main__`.

A few attempts are started as the site starts them; the others are copies of these for other people, made with a few
statements. Everybody is signed in already: hashing a thousand passwords is not what is measured.

Usage: `python -m load.people COUNT FILE`, with the settings of the site; FILE gets one JSON object per person and line.
"""

from __future__ import annotations

import itertools
import json
import secrets
import sys
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from flask import Flask, g, session
from flask.sessions import SecureCookieSessionInterface
from flask_wtf.csrf import generate_csrf
from sqlalchemy import insert, select
from sqlalchemy.orm import joinedload

from quizapp import create_app
from quizapp.extensions import db
from quizapp.models import Attempt, Base, Response, Role, SignIn, User
from quizapp.receipt import database_now
from quizapp.rules.marking import pieces
from quizapp.services import interviews
from quizapp.services.sign_ins import token_hash

INTERVIEW = "experienced-45"  # of the questions that quizapp ships: ten to answer, one to program
DRAWN = 12  # attempts that are really drawn
NO_PASSWORD = "!"  # no hash: nobody can sign in with one


Attempted = tuple[
    int, list[tuple[int, Response]]
]  # an attempt's id; each answer's id, and a row that is like it


def main(count: int, file: Path) -> None:
    """Make that many people with a running attempt each, and write down what each of them needs."""
    app = create_app()
    with app.app_context():
        people = _with_attempts(_insert(User, _accounts(count)))
        tokens = _sign_in(people)
        with file.open("w", encoding="utf-8") as out:
            for (attempt_id, responses), token in zip(people.values(), tokens, strict=True):
                sheets = [_sheet(number, one) for number, one in responses]
                out.write(
                    json.dumps({"attempt": attempt_id, "sheets": sheets, **_signed_in(app, token)}) + "\n"
                )
        db.session.commit()


def _with_attempts(users: Sequence[int]) -> dict[int, Attempted]:
    """Users' ids -> their attempts: the first ones are drawn, the others are copies of these in turn."""
    drawn = [_drawn(user) for user in users[:DRAWN]]
    people = {
        user: (attempt.id, [(one.id, one) for one in responses])
        for user, (attempt, responses) in zip(users, drawn, strict=False)
    }
    copied = list(zip(users[DRAWN:], itertools.cycle(drawn), strict=False))
    made = _insert(Attempt, [_columns(attempt, "id", user_id=user) for user, (attempt, _) in copied])
    rows = [
        _columns(response, "id", attempt_id=number)
        for number, (_, (_, responses)) in zip(made, copied, strict=True)
        for response in responses
    ]
    numbers = iter(_insert(Response, rows))
    for number, (user, (_, responses)) in zip(made, copied, strict=True):
        people[user] = number, [(next(numbers), one) for one in responses]
    return people


def _sign_in(users: Iterable[int]) -> list[str]:
    """Sign each in on one device; the tokens of their cookies."""
    tokens = {user: secrets.token_urlsafe(32) for user in users}
    now = database_now()
    same = {"created_at": now, "seen_at": now, "device": "load"}
    _insert(
        SignIn,
        [{"user_id": user, "token_hash": token_hash(token), **same} for user, token in tokens.items()],
    )
    return list(tokens.values())


def _accounts(count: int) -> Iterator[dict[str, Any]]:
    now = database_now()
    for number in range(count):
        yield {
            "email": f"load-{uuid.uuid4().hex}@example.org",
            "name": f"Load {number}",
            "role": Role.CANDIDATE,
            "password_hash": NO_PASSWORD,
            "created_at": now,
        }


def _insert(table: type[Base], rows: Sequence[Mapping[str, Any]] | Iterator[Mapping[str, Any]]) -> list[int]:
    """Insert rows with few statements; gives their ids, in the same order."""
    listed = list(rows)
    if not listed:
        return []
    number = table.__table__.c.id
    return list(db.session.scalars(insert(table).returning(number, sort_by_parameter_order=True), listed))


def _drawn(user_id: int) -> tuple[Attempt, list[Response]]:
    """An attempt that the site has drawn for this person."""
    attempt = interviews.start(db.session.get_one(User, user_id), INTERVIEW, consents=True)
    responses = db.session.scalars(
        select(Response)
        .where(Response.attempt_id == attempt.id)
        .options(joinedload(Response.version))
        .order_by(Response.position)
    ).all()
    return attempt, list(responses)


def _columns(row: Base, *without: str, **other: Any) -> dict[str, Any]:
    """The row as a new one, with other values in some columns."""
    names = [column.key for column in row.__mapper__.column_attrs if column.key not in without]
    return {name: getattr(row, name) for name in names} | other


def _sheet(number: int, response: Response) -> dict[str, Any]:
    """What a person needs to answer one question: two answers that differ, to be made new by a mark where it is text."""
    content = response.content
    sheet = {"response": number, "position": response.position, "kind": content["kind"], "revision": 0}
    return sheet | {"answers": _answers(content), "solution": content.get("solution")}


def _answers(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    match content["kind"]:
        case "choice":
            return [{"options": [0]}, {"options": [1]}]
        case "bug":
            rows = content["program"].splitlines()
            return [{"lines": [number]} for number, row in enumerate(rows, 1) if row.strip()][:2]
        case "order":
            ids = [piece.id for piece in pieces(content)]
            return [{"lines": ids}, {"lines": ids[::-1]}]
        case "code":
            return [{"files": content["solution"]}]
        case _:
            return [{"text": "An answer that grows"}]


def _signed_in(app: Flask, token: str) -> dict[str, str]:
    """The cookie of a browser that is signed in, and the token its scripts send."""
    with app.test_request_context():
        session["_user_id"], session["_fresh"] = token, True
        g.pop("csrf_token", None)  # of the one before
        csrf = generate_csrf()
        signer = SecureCookieSessionInterface().get_signing_serializer(app)
        if signer is None:
            raise SystemExit("the site has no secret key")
        return {"cookie": f"{app.config['SESSION_COOKIE_NAME']}={signer.dumps(dict(session))}", "csrf": csrf}


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
