"""Text for spreadsheets: what a cell may not do there, and what it cannot hold."""

from __future__ import annotations

import re
import unicodedata

# What a cell of an XLSX file holds at most.
MOST = 32_767
CUT = " [cut]"
_FORMULA = "=+-@|%"
# White space and signs without width, which programs skip before they look whether a formula begins.
_SKIPPED = re.compile(r"[\s\u0000-\u001f\u007f-\u00a0\u00ad\u200b-\u200f\u2028-\u202f\u2060-\u2064\ufeff]+")
_CONTROL = re.compile(r"[\u0000-\u0008\u000b\u000c\u000e-\u001f\ud800-\udfff\ufffe\uffff]")


def is_formula(text: str) -> bool:
    """Whether a spreadsheet might take the text for a formula: by its first sign, in whatever width it is written.

    A text that begins with a tab or a line break counts as well: programs that split cells again at these see what comes
    behind them as the beginning.
    """
    if text[:1] in ("\t", "\r", "\n"):
        return True
    begins = _SKIPPED.sub("", text[:64], count=1) if _SKIPPED.match(text) else text[:1]
    return unicodedata.normalize("NFKC", begins[:1])[:1] in tuple(_FORMULA) or begins[:1] == "\N{MINUS SIGN}"


def defused(text: str) -> str:
    """The text as a CSV cell that stays text: an apostrophe in front of whatever might be a formula.

    A text that begins with an apostrophe gets one more, so that taking one off gives every text back.
    """
    return f"'{text}" if text.startswith("'") or is_formula(text) else text


def held(text: str) -> str:
    """The text as an XLSX cell holds it: without signs that XML cannot hold, and cut where it is too long."""
    kept = _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)
    return kept if len(kept) <= MOST else kept[: MOST - len(CUT)] + CUT
