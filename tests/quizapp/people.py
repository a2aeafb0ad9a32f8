"""People who act on the application as browsers do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from quizapp.extensions import db
from quizapp.models import User

PASSWORD = "nine otters under ice"


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


def csrf_token(client: FlaskClient) -> str:
    """The token that a page of this session carries."""
    page = client.get("/sign-in")
    if page.status_code != 200:
        page = client.get("/account")
    found = re.search(r'<meta name="csrf-token" content="([^"]+)">', page.text)
    assert found, page.text[:500]
    return found[1]
