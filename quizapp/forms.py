"""Forms of the account pages."""

from __future__ import annotations

from flask import request
from flask_wtf import FlaskForm
from wtforms import BooleanField, EmailField, PasswordField, StringField
from wtforms.validators import InputRequired, Length

from quizapp.errors import BadRequest
from quizapp.rules.addresses import MAX_EMAIL, MAX_NAME
from quizapp.rules.passwords import MAX_LENGTH
from quizapp.services.accounts import NotAccepted


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


class LeaveForm(Form):
    """The password of somebody whose account is to be deleted."""

    password = _password("Your password", "current-password")


class ForgottenForm(Form):
    """Who wants a link for a new password."""

    email = _email()


class ResetForm(Form):
    """A new password of somebody who has a link."""

    password = _password("New password", "new-password")


def refuse_long_passwords() -> None:
    """Refuse a password that is longer than any that is taken, before work is spent on it."""
    for name in ("password", "current"):
        if len(request.form.get(name, "")) > MAX_LENGTH:
            raise BadRequest(
                f"The password is longer than {MAX_LENGTH} characters", "Go back and choose a shorter one."
            )
