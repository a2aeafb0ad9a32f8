"""The keys that this site signs transcripts with."""

from __future__ import annotations

from flask import current_app

from quizapp.transcripts import keys, settings


def signing_key() -> keys.SigningKey:
    """The current key."""
    return settings.signing_key(current_app.config["TRANSCRIPT_KEY"], current_app.config["SECRET_KEY"])


def public_keys() -> list[keys.PublicKey]:
    """The current public key, then those of before."""
    return settings.public_keys(signing_key(), current_app.config["TRANSCRIPT_OLD_KEYS"])
