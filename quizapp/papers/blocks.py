"""The blocks that a paper is made of, as plain JSON; `report.typ` knows how each looks.

p {runs}, code {s}, list {ordered, items: [[block]]}, quote {blocks}, label {s}, table {rows: [[runs]]},
facts {rows: [[label, text]]}, told {word, tone, blocks} for one option or test with what came of it. A run of text is
{s} with `b`, `i`, `c` (code) and `u` (address) where they hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from markdown_it.token import Token

from quizapp.markdown import tokens

Block = dict[str, Any]
# Setting a megabyte takes seconds; the signed copy has everything.
MOST_LINES, MOST_CHARACTERS = 300, 20_000
CUT = "[cut here: the signed copy of this report has the whole text]"
_MARKS = {"strong": "b", "em": "i", "s": "d", "link": "u"}


def markdown(text: str | None) -> list[Block]:
    """Markdown as blocks."""
    return _blocks(iter(tokens(text)), "")


def plain(text: str) -> Block:
    """One paragraph of plain text."""
    return {"t": "p", "runs": [{"s": text}]}


def label(text: str) -> Block:
    """A small heading inside of a question, such as "Your answer"."""
    return {"t": "label", "s": text}


def code(text: str) -> Block:
    """Source code, or other text that keeps its lines. A paper is for reading: what is very long is cut, and says so."""
    lines = text.rstrip("\n")[:MOST_CHARACTERS].split("\n")
    is_cut = len(text.rstrip("\n")) > MOST_CHARACTERS or len(lines) > MOST_LINES
    shown = "\n".join(lines[:MOST_LINES])
    return {"t": "code", "s": f"{shown}\n{CUT}" if is_cut else shown}


def words(text: str) -> Block:
    """What somebody wrote in their own words: paragraphs as they stand, set as text and cut where code would be."""
    parts = [part for part in code(text)["s"].split("\n\n") if part.strip()]
    return {"t": "quote", "blocks": [plain(part) for part in parts or ["(nothing)"]]}


def facts(rows: Iterable[Sequence[str]]) -> Block:
    """Labels with their values."""
    return {"t": "facts", "rows": [list(row) for row in rows]}


def told(word: str, tone: str, *blocks: Block) -> Block:
    """One option or test: `word` says what came of it, `tone` is pass, fail or none."""
    return {"t": "told", "word": word, "tone": tone, "blocks": list(blocks)}


def _blocks(stream: Iterator[Token], until: str) -> list[Block]:
    """The blocks up to the token that closes what is open."""
    found: list[Block] = []
    for token in stream:
        if token.type == until:
            return found
        if token.type in ("paragraph_open", "heading_open"):
            inline = next(stream)
            next(stream)
            runs = _runs(inline.children or [])
            is_text = token.type == "paragraph_open"
            found.append({"t": "p", "runs": runs} if is_text else label("".join(run["s"] for run in runs)))
        elif token.type in ("fence", "code_block"):
            found.append(code(token.content))
        elif token.type == "blockquote_open":
            found.append({"t": "quote", "blocks": _blocks(stream, "blockquote_close")})
        elif token.type in ("bullet_list_open", "ordered_list_open"):
            closer = token.type.replace("open", "close")
            found.append(
                {"t": "list", "ordered": token.type[0] == "o", "items": list(_items(stream, closer))}
            )
        elif token.type == "table_open":
            found.append({"t": "table", "rows": list(_rows(stream))})
    return found


def _items(stream: Iterator[Token], until: str) -> Iterator[list[Block]]:
    for token in stream:
        if token.type == until:
            return
        if token.type == "list_item_open":
            yield _blocks(stream, "list_item_close")


def _rows(stream: Iterator[Token]) -> Iterator[list[list[dict[str, Any]]]]:
    row: list[list[dict[str, Any]]] = []
    for token in stream:
        if token.type == "table_close":
            return
        if token.type == "tr_open":
            row = []
        elif token.type == "inline":
            row.append(_runs(token.children or []))
        elif token.type == "tr_close":
            yield row


def _runs(children: Iterable[Token]) -> list[dict[str, Any]]:
    runs: list[dict[str, Any]] = []
    marks: dict[str, Any] = {}
    for token in children:
        name, _, way = token.type.rpartition("_")
        if way == "open" and name in _MARKS:
            marks[_MARKS[name]] = str(token.attrGet("href")) if name == "link" else True
        elif way == "close" and name in _MARKS:
            marks.pop(_MARKS[name], None)
        elif token.type == "code_inline":
            runs.append({"s": token.content, **marks, "c": True})
        elif token.type in ("softbreak", "hardbreak"):
            runs.append({"s": " " if token.type == "softbreak" else "\n", **marks})
        elif token.content:
            runs.append({"s": token.content, **marks})
    return runs
