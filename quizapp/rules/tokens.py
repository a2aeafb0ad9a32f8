"""Links and codes that are derived under a key instead of being stored: they can be shown again, and not be guessed."""

from __future__ import annotations

import base64
import hmac

_MAC_BYTES = 20  # 160 bits, 32 characters of base32
CODE_DIGITS = 8


def link_token(key: bytes, number: int, generation: int) -> str:
    """The text in the link of an invitation. It ends in a letter or digit, so that mail programs take all of it."""
    return f"{number}-{generation}-{_mac(key, 'invitation', number, generation)}"


def read_link_token(key: bytes, token: str) -> tuple[int, int] | None:
    """Number and generation of a token that was made under this key; None for anything else, after the same work."""
    number, _, rest = token[:100].partition("-")
    generation, _, mac = rest.partition("-")
    numbers = [int(part) if _is_number(part) else 0 for part in (number, generation)]
    expected = _mac(key, "invitation", *numbers)
    if hmac.compare_digest(mac.encode("utf-8", "replace"), expected.encode()) and all(numbers):
        return numbers[0], numbers[1]
    return None


def random_looking(key: bytes, purpose: str, *parts: object) -> str:
    """Text of 256 bits that only the key's holder can make again from the parts."""
    told = hmac.new(key, _joined(purpose, *parts), "sha256").digest()
    return base64.b32encode(told).decode().lower().rstrip("=")


def code(key: bytes, *parts: object) -> str:
    """A code of `CODE_DIGITS` digits for people to type."""
    told = hmac.new(key, _joined("code", *parts), "sha256").digest()
    return f"{int.from_bytes(told, 'big') % 10**CODE_DIGITS:0{CODE_DIGITS}}"


def code_hash(key: bytes, number: int, typed: str) -> str:
    """What is kept of a code, as 64 hexadecimal digits. It is keyed: eight digits are soon tried through."""
    return hmac.new(key, _joined("kept code", number, typed), "sha256").hexdigest()


def is_same(one: str, other: str) -> bool:
    """Whether two texts are equal, in a time that does not tell how far they are."""
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 10 and not text.startswith("0")  # noqa: PLR2004


def _mac(key: bytes, purpose: str, *parts: object) -> str:
    told = hmac.new(key, _joined(purpose, *parts), "sha256").digest()[:_MAC_BYTES]
    return base64.b32encode(told).decode().lower()


def _joined(*parts: object) -> bytes:
    return "\0".join(str(part) for part in parts).encode("utf-8", "replace")
