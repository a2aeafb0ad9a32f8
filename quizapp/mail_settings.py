"""How mails leave the site: by a mail server that is named, else as files in the var folder."""

from __future__ import annotations

import os
from email.utils import parseaddr
from pathlib import Path
from typing import Any

_PORTS = {"starttls": 587, "tls": 465, "none": 25}
TIMEOUT_SECONDS = 20


def from_environment(password: str | None) -> dict[str, Any]:
    """The settings as people give them; `complete` makes Flask-Mailman's of them."""
    return {
        "MAIL_SERVER": os.environ.get("QUIZAPP_MAIL_SERVER") or "",
        "MAIL_PORT": os.environ.get("QUIZAPP_MAIL_PORT") or "",
        "MAIL_TLS": os.environ.get("QUIZAPP_MAIL_TLS") or "starttls",
        "MAIL_USERNAME": os.environ.get("QUIZAPP_MAIL_USERNAME") or None,
        "MAIL_PASSWORD": password,
        "MAIL_FROM": os.environ.get("QUIZAPP_MAIL_FROM") or "",
    }


def complete(config: dict[str, Any], var: Path) -> str:
    """Fill in what follows from the settings. Gives what is wrong with them, in a sentence; empty when nothing is."""
    server, tls = config["MAIL_SERVER"], config["MAIL_TLS"]
    config.update(
        MAIL_BACKEND="quizapp.mail_server" if server else "file",
        MAIL_FILE_PATH=str(var / "mail"),
        MAIL_TIMEOUT=TIMEOUT_SECONDS,
        MAIL_DEFAULT_SENDER=config["MAIL_FROM"] or "quizapp <quizapp@localhost>",
    )
    if not server:
        return ""
    if tls not in _PORTS:
        return f"QUIZAPP_MAIL_TLS is {tls!r}; write starttls, tls or none."
    port = str(config["MAIL_PORT"] or _PORTS[tls])
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 2**16):
        return f"QUIZAPP_MAIL_PORT is {port!r}; write a port, or leave it out."
    if "@" not in parseaddr(config["MAIL_FROM"])[1]:
        return "QUIZAPP_MAIL_SERVER is set, so QUIZAPP_MAIL_FROM has to say who mails: Name <address@example.org>."
    if not config["PUBLIC_URL"]:
        return "QUIZAPP_MAIL_SERVER is set, so QUIZAPP_PUBLIC_URL has to say where the links in mails lead."
    config.update(MAIL_PORT=int(port), MAIL_USE_SSL=tls == "tls", MAIL_USE_TLS=tls == "starttls")
    return ""
