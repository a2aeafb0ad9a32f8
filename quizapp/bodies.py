"""Reading what was sent, strictly: text that can be stored, JSON without surprises."""

from __future__ import annotations

import json
from typing import Any

from flask import g, request

from quizapp.errors import BadRequest, NotFound, Unprocessable, Unsupported

MAX_JSON_DEPTH = 32
MAX_ID = 2**31 - 1  # PostgreSQL's integer


class Unstorable(Unprocessable):
    """Some text holds NUL or half of a surrogate pair."""

    message = "The text holds a character that cannot be stored"
    what_to_do = "Remove invisible characters (often they come along with copied text) and send it again."


def refuse_unstorable() -> None:
    """Refuse NUL, lone surrogates and ids beyond any row at the door, so that no view has to think of them."""
    for value in (request.view_args or {}).values():
        if (isinstance(value, str) and not is_storable(value)) or (isinstance(value, int) and value > MAX_ID):
            raise NotFound
    fields = [*request.args.items(multi=True)]
    if not request.is_json:
        fields += request.form.items(multi=True)  # JSON is no form
    if not all(is_storable(text) for pair in fields for text in pair):
        raise Unstorable
    if request.is_json and request.get_data():
        strict_json()


def is_storable(text: str) -> bool:
    """False for text that a database cannot keep: NUL characters and halves of surrogate pairs."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\x00" not in text


def row_number(text: str) -> int:
    """The number of a row as addresses and forms name it, for the `type` of `get`. Raises ValueError for no such number."""
    number = int(text)
    if not 0 <= number <= MAX_ID:
        raise ValueError(text)
    return number


def json_object() -> dict[str, Any]:
    """The JSON object that was sent. Raises `Unsupported` for another content type, `BadRequest` as `strict_json`."""
    if not request.is_json:
        raise Unsupported
    body = strict_json()
    if not isinstance(body, dict):
        raise BadRequest("The JSON that was sent is no object", 'Send an object, such as {"answer": {}}.')
    return body


def strict_json() -> Any:
    """The JSON that was sent.

    It is read once for a request, which has it refused before any view is asked. Raises `BadRequest` for what has a key
    twice, holds NaN or is nested deeper than 32 levels, `Unstorable` for text that cannot be kept.
    """
    if "json_sent" not in g:
        try:
            body = json.loads(
                request.get_data(), object_pairs_hook=_without_duplicates, parse_constant=_refuse_constant
            )
            _check(body, MAX_JSON_DEPTH)
        except (ValueError, RecursionError) as error:
            raise BadRequest("The JSON that was sent cannot be read", _advice(error)) from None
        g.json_sent = body
    return g.json_sent


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _check(value: Any, depth: int) -> None:
    if depth < 0:
        raise ValueError(f"it is nested deeper than {MAX_JSON_DEPTH} levels")
    if isinstance(value, str) and not is_storable(value):
        raise Unstorable
    if isinstance(value, list):
        for item in value:
            _check(item, depth - 1)
    elif isinstance(value, dict):
        for key, item in value.items():
            _check(key, depth - 1)
            _check(item, depth - 1)


def _advice(error: Exception) -> str:
    reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
    return f"Correct it and send it again: {reason}."
