"""The way to the mail server: Flask-Mailman's, with a certificate that is looked at under STARTTLS as well."""

from __future__ import annotations

from typing import Any

from flask_mailman.backends.smtp import EmailBackend as _EmailBackend


class EmailBackend(_EmailBackend):  # type: ignore[misc]
    """Flask-Mailman starts TLS with whoever answers; this one wants a certificate of the server that is meant."""

    connection: Any
    use_tls: bool
    username: str | None

    def open(self) -> bool | None:
        """Connect, and sign in where there is a name. Gives True for a new connection, False for one that was open."""
        if self.connection or not self.use_tls:
            opened: bool | None = super().open()
            return opened
        name, password = self.username, self.password
        self.use_tls, self.username = False, None
        try:
            super().open()
        finally:
            self.use_tls, self.username = True, name
        self.connection.starttls(context=self.ssl_context)
        if name and password:
            self.connection.login(name, password)
        return True
