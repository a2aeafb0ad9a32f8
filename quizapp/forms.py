"""Forms of the account pages, and the strict reading of JSON bodies."""

from __future__ import annotations

import json
from typing import Any

from flask import request
from flask_wtf import FlaskForm
from wtforms import BooleanField, EmailField, PasswordField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from quizapp.errors import BadRequest, Unsupported
from quizapp.models import Role
from quizapp.rules.passwords import MAX_LENGTH
from quizapp.security import is_storable
from quizapp.services.accounts import MAX_EMAIL, MAX_NAME, NotAccepted

MAX_JSON_DEPTH = 32


class Form(FlaskForm):  # type: ignore[misc]
    """A form whose fields can be refused by a service as well."""

    def refuse(self, refusal: NotAccepted) -> None:
        """Put the sentence under the field it is about."""
        field = self[refusal.field]
        field.errors = [*field.errors, refusal.message]


def _password(label: str, autocomplete: str) -> PasswordField:
    # No maxlength: a browser would cut a long password without a word.
    return PasswordField(
        label, [InputRequired("Type the password.")], render_kw={"autocomplete": autocomplete}
    )


def _email() -> EmailField:
    return EmailField(
        "E-mail address",
        [InputRequired("Type your e-mail address.")],
        render_kw={"autocomplete": "username", "maxlength": MAX_EMAIL},
    )


class SignInForm(Form):
    """Who one is."""

    email = _email()
    password = _password("Password", "current-password")
    stay = BooleanField("Stay signed in on this device")


class RegisterForm(Form):
    """A new account."""

    name = StringField(
        "Name",
        [
            InputRequired("Type your name."),
            Length(max=MAX_NAME, message=f"Use at most {MAX_NAME} characters."),
        ],
        render_kw={"autocomplete": "name", "maxlength": MAX_NAME},
    )
    email = _email()
    password = _password("Password", "new-password")


class PasswordForm(Form):
    """A new password of somebody who knows the old one."""

    current = _password("Current password", "current-password")
    password = _password("New password", "new-password")


class ResetForm(Form):
    """A new password of somebody who has a link."""

    password = _password("New password", "new-password")


class RoleForm(Form):
    """What a person may do."""

    role = SelectField("Role", choices=[(role.value, role.value.capitalize()) for role in Role])


def refuse_long_passwords() -> None:
    """Refuse a password that is longer than any that is taken, before work is spent on it."""
    for name in ("password", "current"):
        if len(request.form.get(name, "")) > MAX_LENGTH:
            raise BadRequest(
                f"The password is longer than {MAX_LENGTH} characters", "Go back and choose a shorter one."
            )


def json_object() -> dict[str, Any]:
    """The JSON object that was sent.

    Raises `Unsupported` for another content type, `BadRequest` for what is no object, has a key twice, holds NaN, is
    nested deeper than 32 levels, or holds text that cannot be stored.
    """
    if not request.is_json:
        raise Unsupported
    try:
        body = json.loads(
            request.get_data(), object_pairs_hook=_without_duplicates, parse_constant=_refuse_constant
        )
        _check(body, MAX_JSON_DEPTH)
    except (ValueError, RecursionError) as error:
        raise BadRequest("The JSON that was sent cannot be read", _advice(error)) from None
    if not isinstance(body, dict):
        raise BadRequest("The JSON that was sent is no object", 'Send an object, such as {"answer": {}}.')
    return body


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
        raise ValueError("a text holds a character that cannot be stored (NUL or half of a surrogate pair)")
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
