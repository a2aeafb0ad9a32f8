"""Patterns for short answers that cannot run away: text with two wildcards, matched in a time bounded by their lengths.

`*` stands for any text, also none; `?` for one character; a backslash makes them and itself ordinary. There is nothing to
nest, so no pattern and no answer takes more than about pattern times answer steps.
"""

from __future__ import annotations

ANY, ONE = object(), object()


class PatternError(ValueError):
    """The pattern means nothing, or matches everything."""


def parsed(pattern: str) -> list[object]:
    """Give the parts of a pattern: characters, `ANY` and `ONE`. Raises PatternError."""
    parts: list[object] = []
    signs = iter(pattern)
    for sign in signs:
        if sign == "\\":
            escaped = next(signs, "")
            if escaped not in ("*", "?", "\\"):
                raise PatternError(
                    f"a backslash stands before *, ? or another backslash, not before {escaped!r}"
                )
            parts.append(escaped)
        elif sign == "*":
            if not parts or parts[-1] is not ANY:
                parts.append(ANY)
        else:
            parts.append(ONE if sign == "?" else sign)
    if not any(isinstance(part, str) and not part.isspace() for part in parts):
        raise PatternError("matches any answer")
    return parts


def matches(pattern: str, text: str) -> bool:
    """Tell whether the whole of a text fits the pattern. Raises PatternError."""
    parts = parsed(pattern)
    at = place = 0
    star, resume = -1, 0  # the last `*`, and where the text goes on if it takes one character more
    while place < len(text):
        if at < len(parts) and parts[at] is ANY:
            star, resume = at, place
            at += 1
        elif at < len(parts) and (parts[at] is ONE or parts[at] == text[place]):
            at += 1
            place += 1
        elif star >= 0:
            resume += 1
            at, place = star + 1, resume
        else:
            return False
    return all(part is ANY for part in parts[at:])
