"""Settings: defaults, then the environment (`QUIZAPP_...`), then what a test passes."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quizapp import mail_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Flask

MIN_KEY_LENGTH = 32
_DIGITS = 10  # of a number that can be meant
_KEY = re.compile(r"[A-Za-z0-9_-]{43}")


class ConfigurationError(RuntimeError):
    """A setting is missing or wrong; the text says which and what to do."""


def var_folder(settings: Mapping[str, Any] | None = None) -> str:
    """The folder of everything that is kept: database file, sockets, logs, secret key."""
    return str((settings or {}).get("VAR") or os.environ.get("QUIZAPP_VAR") or "var")


def secret_or_file(name: str) -> str | None:
    """The value of `QUIZAPP_<name>`, or the stripped text of the file that `QUIZAPP_<name>_FILE` names."""
    if value := os.environ.get(f"QUIZAPP_{name}"):
        return value
    if path := os.environ.get(f"QUIZAPP_{name}_FILE"):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            msg = f"QUIZAPP_{name}_FILE names {path}, which cannot be read: {error.strerror}."
            raise ConfigurationError(msg) from error
    return None


# What no variable of the environment sets.
_FIXED: dict[str, Any] = {
    "GRACE_SECONDS": 5,
    "MAX_CONTENT_LENGTH": 1024 * 1024,
    "SESSION_COOKIE_NAME": "quizapp",
    "SESSION_COOKIE_SAMESITE": "Lax",
    "SESSION_COOKIE_HTTPONLY": True,
    "SIGN_IN_IDLE": timedelta(days=14),
    "SIGN_IN_LIFETIME": timedelta(days=60),
    "WTF_CSRF_TIME_LIMIT": None,
    "RATELIMIT_IN_MEMORY_FALLBACK_ENABLED": True,  # without Redis each process counts for itself; nobody is shut out
    "CACHE_KEY_PREFIX": "quizapp:page:",
    "CACHE_DEFAULT_TIMEOUT": 300,
}


def load(app: Flask, settings: Mapping[str, Any]) -> None:
    """Fill `app.config`. Raises `ConfigurationError`."""
    var = Path(app.instance_path)
    app.config.from_mapping({**_FIXED, **_given(var), **settings})
    app.config["SECRET_KEY"] = _secret_key(app.config["SECRET_KEY"], var)
    if problem := mail_settings.complete(app.config, var):
        raise ConfigurationError(problem)
    if app.config["HTTPS"]:
        app.config.update(SESSION_COOKIE_SECURE=True, SESSION_COOKIE_NAME="__Host-quizapp")
    app.config["SQLALCHEMY_DATABASE_URI"] = _database_url(app.config["DATABASE_URL"])
    app.config.setdefault("SQLALCHEMY_ENGINE_OPTIONS", _engine_options(app.config["SQLALCHEMY_DATABASE_URI"]))


def _given(var: Path) -> dict[str, Any]:
    """What the environment sets, with the defaults for what it does not."""
    return {
        "VAR": str(var),
        "DATABASE_URL": secret_or_file("DATABASE_URL") or f"sqlite:///{var / 'quizapp.db'}",
        "REDIS_URL": secret_or_file("REDIS_URL") or f"unix://{var / 'run' / 'redis.sock'}",
        "SECRET_KEY": secret_or_file("SECRET_KEY"),
        "BROKER_SOCKET": _text("BROKER_SOCKET") or str(var / "run" / "broker.sock"),
        "QUESTIONS": [path for path in (_text("QUESTIONS") or "questions").split(os.pathsep) if path],
        "HTTPS": _flag(
            "HTTPS", default=False
        ),  # set when people reach the site by https: Secure cookies, HSTS
        "TRUSTED_PROXIES": _number("TRUSTED_PROXIES", 0, least=0),
        "PUBLIC_URL": _text("PUBLIC_URL"),  # scheme and host that mailed links use
        "REGISTRATION": _flag("REGISTRATION", default=True),
        "RATELIMIT_ENABLED": _flag("RATE_LIMITS", default=True),
        "QUEUE_LIVE_MOST": _number("QUEUE_LIVE_MOST", 500),  # submissions that wait at once, of everybody
        "QUEUE_USER_MOST": _number("QUEUE_USER_MOST", 5),  # and of one person
        "HELP_CONTACT": _text("HELP_CONTACT"),  # whom candidates ask, in words
        "OUTAGE_CREDIT_MOST_SECONDS": _number(
            "OUTAGE_CREDIT_MOST_SECONDS", 7200
        ),  # of one attempt, for all outages
        "RETENTION_DAYS": _number(
            "RETENTION_DAYS", 0, least=0
        ),  # after which hiring attempts are ended; 0: never
        "RETENTION": _one_of("RETENTION", ("anonymise", "delete")),
        "TRANSCRIPT_KEY": transcript_key(),  # that transcripts are signed with; None: one that follows from SECRET_KEY
        "TRANSCRIPT_OLD_KEYS": transcript_old_keys(os.environ),
        **mail_settings.from_environment(secret_or_file("MAIL_PASSWORD")),
    }


def transcript_key() -> str | None:
    """The secret key that transcripts are signed with, if one was set."""
    given = secret_or_file("TRANSCRIPT_KEY")
    if given is None or _KEY.fullmatch(given):
        return given
    msg = "QUIZAPP_TRANSCRIPT_KEY is no key; `quizapp transcript new-key` makes one."
    raise ConfigurationError(msg)


def transcript_old_keys(environment: Mapping[str, str]) -> list[str]:
    """The public keys of before, which still verify what they signed."""
    given = environment.get("QUIZAPP_TRANSCRIPT_OLD_KEYS", "").split()
    for text in given:
        if not _KEY.fullmatch(text):
            msg = f"QUIZAPP_TRANSCRIPT_OLD_KEYS holds {text!r}, which is no public key."
            raise ConfigurationError(msg)
    return given


def _flag(name: str, *, default: bool) -> bool:
    raw = os.environ.get(f"QUIZAPP_{name}", "").lower()
    if raw in ("", "1", "true", "yes", "on", "0", "false", "no", "off"):
        return raw in ("1", "true", "yes", "on") if raw else default
    msg = f"QUIZAPP_{name} is {raw!r}; write 1 or 0."
    raise ConfigurationError(msg)


def _text(name: str) -> str:
    return os.environ.get(f"QUIZAPP_{name}") or ""


def _number(name: str, default: int, *, least: int = 1) -> int:
    raw = _text(name) or str(default)
    if raw.isascii() and raw.isdigit() and len(raw) < _DIGITS and int(raw) >= least:
        return int(raw)
    msg = f"QUIZAPP_{name} is {raw!r}; write a whole number, {least} or more."
    raise ConfigurationError(msg)


def _one_of(name: str, words: tuple[str, ...]) -> str:
    raw = _text(name) or words[0]
    if raw in words:
        return raw
    msg = f"QUIZAPP_{name} is {raw!r}; write {' or '.join(words)}."
    raise ConfigurationError(msg)


def _keep_new_key(kept: Path) -> None:
    """Make a key, unless another process does so first: it is there whole or not at all."""
    made = kept.with_name(f"{kept.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640), "w") as file:
        file.write(secrets.token_urlsafe(48))
    try:
        with contextlib.suppress(FileExistsError):
            kept.hardlink_to(made)
    finally:
        made.unlink()


def _secret_key(key: str | None, var: Path) -> str:
    """The given key, or one made once and kept in the var folder. Production refuses to run without a given one."""
    if key is None:
        if os.environ.get("QUIZAPP_ENV") == "production":
            msg = "QUIZAPP_SECRET_KEY is not set. Give it, or QUIZAPP_SECRET_KEY_FILE, a random text of 32 characters or more."
            raise ConfigurationError(msg)
        kept = var / "secret_key"
        try:
            var.mkdir(parents=True, exist_ok=True)
            if not kept.exists():
                _keep_new_key(kept)
        except OSError as error:
            msg = f"The secret key cannot be kept in {kept}: {error.strerror}. Set QUIZAPP_VAR to a writable folder."
            raise ConfigurationError(msg) from error
        key = kept.read_text(encoding="utf-8").strip()
    if len(key) < MIN_KEY_LENGTH:
        msg = f"QUIZAPP_SECRET_KEY has {len(key)} characters; it needs {MIN_KEY_LENGTH} or more. `python -c 'import secrets; print(secrets.token_urlsafe(48))'` makes one."
        raise ConfigurationError(msg)
    return key


def _database_url(url: str) -> str:
    """Name the driver: a bare PostgreSQL address means psycopg 3."""
    for scheme in ("postgres://", "postgresql://"):
        if url.startswith(scheme):
            return "postgresql+psycopg://" + url.removeprefix(scheme)
    return url


def _engine_options(url: str) -> dict[str, Any]:
    if url.startswith("sqlite"):
        # A web process has 32 threads at most, and each may hold a connection.
        return {"pool_size": 34, "max_overflow": 4, "connect_args": {"timeout": 10}}
    # A server takes 100 connections by default, of all processes together. One process computes one
    # answer at a time, and who waits for a verdict holds none.
    return {"pool_size": max(1, _number("DATABASE_CONNECTIONS", 10) - connections_alone()), "max_overflow": 0}


def connections_alone() -> int:
    """How many of them are for statements by themselves, which are over within a millisecond or two."""
    return max(1, _number("DATABASE_CONNECTIONS", 10) // 4)
