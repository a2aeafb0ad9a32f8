"""Keys of what is derived instead of stored: links of invitations, codes, and links for a new password."""

from __future__ import annotations

import hmac

from flask import current_app

from quizapp.models import Invitation, PublicLink
from quizapp.rules import tokens

CODE_MINUTES = 15


def key(purpose: str) -> bytes:
    """The server's key for one purpose, so that what is made for one is worth nothing for another."""
    secret = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.new(secret, f"quizapp {purpose}".encode(), "sha256").digest()


def token_of(invitation: Invitation) -> str:
    """The text in the invitation's link, of its present generation."""
    return tokens.link_token(key("link"), invitation.id, invitation.generation)


def read_token(token: str) -> tuple[int, int] | None:
    """Number and generation that a link names; None when it was not made here."""
    return tokens.read_link_token(key("link"), token)


def public_token(link: PublicLink) -> str:
    """The text in a public link, of its present generation."""
    return tokens.random_looking(key("public link"), "public", link.interview_id, link.generation)


def reset_token(salt: str) -> str:
    """The token of a link that sets a new password, made from what is stored beside the mail that carries it."""
    return tokens.random_looking(key("reset"), "reset", salt)
