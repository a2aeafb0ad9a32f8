"""The words of source code, as similarity reads them: what a renaming, a comment or another layout does not change."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterator
from dataclasses import dataclass

# Beyond this many words of one answer the rest is not read: an answer may have 64 KiB.
MOST_WORDS = 20_000

_WORD = re.compile(
    r"""
      (?P<comment>\#[^\n]*)
    | (?P<string>[rbufRBUF]{0,2}(?:'{3}(?:[^\\]|\\.)*?(?:'{3}|\Z)|"{3}(?:[^\\]|\\.)*?(?:"{3}|\Z)
                |'(?:[^'\\\n]|\\.)*(?:'|$)|"(?:[^"\\\n]|\\.)*(?:"|$)))
    | (?P<number>(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?[jJ]?|0[xXoObB][\da-fA-F_]+)
    | (?P<name>[^\W\d]\w*)
    | (?P<joined>\\\r?\n)
    | (?P<newline>\r?\n)
    | (?P<space>[^\S\n]+)
    | (?P<sign>->|:=|\*\*=?|//=?|<<=?|>>=?|[<>=!]=|[-+*/%&|^@]=|\.\.\.|.)
    """,
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)
_KEPT = frozenset(keyword.kwlist) | frozenset(dir(builtins)) | {"self", "cls"}


@dataclass(frozen=True)
class Word:
    """One word in its common form, and its line (from 1)."""

    text: str
    line: int


def words(source: str) -> list[Word]:
    """The words of Python code, or of whatever else was written: syntax errors and open strings stop nothing.

    Names that a candidate gives are `v`, strings `s`, numbers `0`. Keywords, built-in names, attributes and what is
    imported stay, for they cannot be renamed. Comments, docstrings, indentation and line breaks are left out.
    """
    imported = _imported(source)
    found: list[Word] = []
    line, depth, before, starts = 1, 0, "", True
    for kind, text, following in _pieces(source):
        if kind == "newline":
            starts = starts or depth <= 0
        elif kind not in ("comment", "space", "joined"):
            is_alone = kind == "string" and starts and following in ("newline", "comment", "end")
            if not is_alone:
                found.append(Word(_common(kind, text, before, imported), line))
            depth += (text in "([{") - (text in ")]}") if kind == "sign" else 0
            depth = max(0, depth)
            before, starts = text, False
        line += text.count("\n")
        if len(found) >= MOST_WORDS:
            break
    return found


def _pieces(source: str) -> Iterator[tuple[str, str, str]]:
    """Kind and text of every piece, and the kind of the next one that is no white space."""
    held: tuple[str, str] | None = None
    for match in _WORD.finditer(source):
        kind = match.lastgroup or "sign"
        if kind == "space":
            continue
        if held is not None:
            yield *held, kind
        held = (kind, match[0])
    if held is not None:
        yield *held, "end"


def _common(kind: str, text: str, before: str, imported: frozenset[str]) -> str:
    if kind == "string":
        return "s"
    if kind == "number":
        return "0"
    if kind == "name" and text not in _KEPT and before != "." and text not in imported:
        return "v"
    return text


def _imported(source: str) -> frozenset[str]:
    """The names that import statements bring, as far as they can be told line by line."""
    names: set[str] = set()
    for found in re.finditer(r"^\s*(?:from\s+[\w.]+\s+)?import\s+(\([^)]*\)|[^\n#;]*)", source, re.MULTILINE):
        names.update(re.findall(r"[^\W\d]\w*", found[1]))
    return frozenset(names - {"as"})
