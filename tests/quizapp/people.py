"""People who act on the application as browsers do."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from flask.testing import FlaskClient
from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy import select
from werkzeug.test import TestResponse

from quizapp.extensions import db
from quizapp.models import Role, User
from quizapp.services import accounts

PASSWORD = "nine otters under ice"
_numbers = itertools.count(1)


@dataclass
class Person:
    """Somebody with an account, at a browser of their own."""

    app: Flask
    client: FlaskClient
    email: str
    password: str = PASSWORD

    @cached_property
    def id(self) -> int:
        """The number of the account."""
        with self.app.app_context():
            return db.session.scalars(select(User.id).where(User.email == self.email)).one()

    def sign_in(
        self, password: str | None = None, *, stay: bool = False, at: str = "/sign-in"
    ) -> TestResponse:
        """Sign in by the form."""
        form = {"email": self.email, "password": password or self.password}
        return self.post(at, form | ({"stay": "y"} if stay else {}))

    def sign_out(self) -> TestResponse:
        """Sign out by the button."""
        return self.post("/sign-out")

    def get(self, path: str, **options: Any) -> TestResponse:
        """Open a page."""
        return self.client.get(path, **options)

    def post(self, path: str, form: dict[str, Any] | None = None, **options: Any) -> TestResponse:
        """Send a form, with the token that belongs to the session."""
        return self.client.post(path, data={"csrf_token": csrf_token(self.client), **(form or {})}, **options)

    def send_json(self, method: str, path: str, body: Any) -> TestResponse:
        """Send JSON as the pages' scripts do."""
        headers = {"X-CSRFToken": csrf_token(self.client)}
        return self.client.open(path, method=method, json=body, headers=headers)

    def at_another_device(self) -> Person:
        """The same person with a second browser, signed in."""
        other = Person(self.app, self.app.test_client(), self.email, self.password)
        other.sign_in()
        return other


def maker(app: Flask) -> Callable[..., Person]:
    """What makes somebody with an account of a role, signed in at a fresh browser unless they are not to be."""

    def make(role: Role = Role.CANDIDATE, *, name: str = "Ines Okafor", is_signed_in: bool = True) -> Person:
        email = f"person{next(_numbers)}@example.org"
        with app.app_context():
            accounts.register(email, name, PASSWORD, role, action="user.created")
        person = Person(app, app.test_client(), email)
        if is_signed_in:
            reply = person.sign_in()
            assert reply.status_code == 302, reply.text
        return person

    return make


def csrf_token(client: FlaskClient) -> str:
    """The token that a page of this session carries: made as pages make it, and read off a page while there is no session."""
    app = client.application
    cookie = client.get_cookie(app.config["SESSION_COOKIE_NAME"])
    signing = SecureCookieSessionInterface().get_signing_serializer(app)
    if cookie and signing:
        with suppress(BadSignature):
            if secret := signing.loads(cookie.value).get("csrf_token"):
                return str(URLSafeTimedSerializer(app.secret_key or "", salt="wtf-csrf-token").dumps(secret))
    page = client.get("/sign-in")
    if page.status_code != 200:
        page = client.get("/account")
    found = re.search(r'<meta name="csrf-token" content="([^"]+)">', page.text)
    assert found, page.text[:500]
    return found[1]
