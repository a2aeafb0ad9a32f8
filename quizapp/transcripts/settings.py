"""The keys of the site whose settings are found here, for commands that need no application."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from quizapp import config
from quizapp.transcripts import keys


def own_keys() -> list[keys.PublicKey]:
    """The current public key and those of before; empty where no site was ever set up. Raises ConfigurationError."""
    given = config.transcript_key()
    secret = config.secret_or_file("SECRET_KEY")
    kept = Path(config.var_folder()) / "secret_key"
    if secret is None and kept.is_file():
        secret = kept.read_text(encoding="utf-8").strip()
    if given is None and secret is None:
        return []
    return public_keys(signing_key(given, secret or ""), config.transcript_old_keys(os.environ))


def signing_key(given: str | None, secret_key: str) -> keys.SigningKey:
    """The key that was set, else the one that follows from the secret key."""
    return keys.signing_key(given) if given else keys.derived(secret_key)


def public_keys(current: keys.SigningKey, old: Iterable[str]) -> list[keys.PublicKey]:
    """The current public key, then those of before, which still verify what they signed."""
    known = [keys.public_key(text) for text in old]
    return [current.public, *(key for key in known if key != current.public)]
