"""Names and mail addresses as they are kept."""

from __future__ import annotations

from email_validator import EmailNotValidError, validate_email

MAX_EMAIL = 254
MAX_NAME = 120
# A spreadsheet takes a cell that begins like this for a formula.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


class NotUsable(ValueError):
    """A name or an address that cannot be kept; the sentence says what to write instead."""


def normal_email(text: str) -> str:
    """The one spelling of a mail address under which a person is known. Raises `NotUsable`."""
    text = text.strip()
    if not text or len(text) > MAX_EMAIL:
        raise NotUsable("Give an e-mail address, such as name@example.org.")
    try:
        found = validate_email(text, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError:
        raise NotUsable("This is no e-mail address. It looks like name@example.org.") from None
    return found.normalized.lower()


def normal_name(text: str) -> str:
    """A name with single spaces and without control characters. Raises `NotUsable`."""
    name = " ".join(text.split())
    if not name or len(name) > MAX_NAME or not name.isprintable():
        raise NotUsable(f"Give your name, in at most {MAX_NAME} characters.")
    return name


def masked(email: str) -> str:
    """An address of which only its owner knows which it is: i…@e….org."""
    local, _, domain = email.partition("@")
    name, dot, top = domain.rpartition(".")
    return f"{local[:1]}…@{name[:1]}…{dot}{top}"
