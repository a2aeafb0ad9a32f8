"""Hashing passwords with Argon2id."""

from __future__ import annotations

import secrets
from functools import lru_cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import current_app

from quizapp.rules.passwords import MAX_LENGTH, normalise

# Each hash takes 64 MiB while it runs; this many at once bound what a flood of sign-ins can take.
_AT_ONCE = BoundedSemaphore(4)


def hash_of(password: str) -> str:
    """The hash to keep of a password that was accepted and normalised."""
    with _AT_ONCE:
        return _hasher().hash(password)


def verify(stored: str | None, password: str) -> bool:
    """True when the password belongs to the stored hash. Without one, the same time passes and the answer is False."""
    reference = stored or _dummy(*_cost())
    with _AT_ONCE:
        try:
            _hasher().verify(reference, normalise(password[: MAX_LENGTH + 1]))
        except (VerificationError, InvalidHashError):
            return False
    return stored is not None


def renewed(stored: str, password: str) -> str | None:
    """A new hash when the stored one was made with other settings than today's; None when it is up to date."""
    return hash_of(normalise(password)) if _hasher().check_needs_rehash(stored) else None


def _hasher() -> PasswordHasher:
    return _made(*_cost())


def _cost() -> tuple[int, int]:
    config = current_app.config
    return config.get("ARGON2_PASSES", 3), config.get("ARGON2_MEMORY_KIB", 64 * 1024)


@lru_cache
def _made(passes: int, memory: int) -> PasswordHasher:
    return PasswordHasher(time_cost=passes, memory_cost=memory)


@lru_cache
def _dummy(passes: int, memory: int) -> str:
    return _made(passes, memory).hash(secrets.token_urlsafe(16))
