"""The site's key pair for transcripts (Ed25519), as short texts that fit into a setting or onto a page."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_BYTES = 32
_TEXT = re.compile(r"[A-Za-z0-9_-]{43}")
# What is signed begins with this, so that a signature of ours is good for a transcript and nothing else.
_DOMAIN = b"quizapp transcript 1\n"


@dataclass(frozen=True)
class PublicKey:
    """What verifies. `text` is 43 characters, base64 for addresses without padding."""

    text: str

    @property
    def id(self) -> str:
        """The first 16 hex digits of the SHA-256 of the key: signatures name it."""
        return hashlib.sha256(_raw(self.text)).hexdigest()[:16]

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Whether this key's owner signed the message."""
        try:
            Ed25519PublicKey.from_public_bytes(_raw(self.text)).verify(signature, _DOMAIN + message)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True)
class SigningKey:
    """What signs: 32 secret bytes."""

    seed: bytes

    @property
    def public(self) -> PublicKey:
        """The key that verifies what this one signs."""
        raw = self._private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return PublicKey(_text(raw))

    def sign(self, message: bytes) -> bytes:
        """64 bytes."""
        return self._private.sign(_DOMAIN + message)

    @property
    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)


def public_key(text: str) -> PublicKey:
    """Read a public key. Raises ValueError with what a key looks like."""
    text = text.strip()
    _raw(text)
    return PublicKey(text)


def signing_key(text: str) -> SigningKey:
    """Read a secret key, as `new_secret` gives it. Raises ValueError."""
    return SigningKey(_raw(text.strip()))


def derived(secret_key: str) -> SigningKey:
    """The key of a site that was given none of its own: from its secret key by HKDF (RFC 5869), which tells nothing of it."""
    derivation = HKDF(SHA256(), _BYTES, salt=None, info=b"quizapp transcript signing key")
    return SigningKey(derivation.derive(secret_key.encode()))


def new_secret() -> str:
    """A fresh secret key as a text."""
    return _text(secrets.token_bytes(_BYTES))


def _raw(text: str) -> bytes:
    if not _TEXT.fullmatch(text):
        raise ValueError("a key has 43 characters: letters, digits, - and _")
    raw = base64.urlsafe_b64decode(text + "=")
    if _text(raw) != text:
        raise ValueError("the last character of the key is none that a key ends with")
    return raw


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
