"""HTML of other systems' editors as Markdown: paragraphs, emphasis, code, lists, links, and nothing in silence.

What Markdown here cannot show (pictures, tables, sub- and superscript, formulas) is refused by name, because a question that lost
its picture would still look whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser

MOST_CHARACTERS = 64 * 1024  # of one text; that of a question is much shorter
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_BLOCKS = _HEADINGS | {"p", "div", "blockquote", "pre", "ul", "ol", "li"}
_AROUND = {
    "strong": "**",
    "b": "**",
    "em": "*",
    "i": "*",
    "code": "`",
    "tt": "`",
    "kbd": "`",
    "s": "~~",
    "del": "~~",
}
_PASSED = frozenset({"span", "font", "u", "html", "body", "section", "article", "small", "var"})
_SIGNS = re.compile(r"[\\`*_\[\]<~|]|&(?=[#\w])")
# What makes a heading, a quotation, a list or a rule of a line: the sign that is to lose its meaning.
_LINE_STARTS = re.compile(r"^([ \t]*\d*)([#>+=-](?=[#=-]*(?:\s|$))|(?<=\d)[.)](?=\s|$)|>)", re.MULTILINE)
_SPACES = re.compile(r"[ \t\r\n\f]+")


class NoMarkdown(ValueError):
    """The HTML has something that cannot be shown; the text names it."""


def to_markdown(html: str) -> str:
    """Turn HTML into Markdown. Raises NoMarkdown."""
    if len(html) > MOST_CHARACTERS:
        raise NoMarkdown("more text than any question holds")
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.written()


def escaped(text: str) -> str:
    """Plain text as Markdown that shows the same."""
    return _LINE_STARTS.sub(r"\1\\\2", _SIGNS.sub(r"\\\g<0>", text))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._blocks: list[str] = []
        self._inline = ""
        self._code = ""  # the text of <code> or <pre>, as it is
        self._open: list[str] = []
        self._lists: list[list[int]] = []  # of each open list: 0 for bullets, else the next number
        self._links: list[str] = []
        self._item = ""  # what the next block in a list begins with

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self._inline += "  \n" if self._inline.strip() else ""
            return
        if tag not in _BLOCKS and tag not in _AROUND and tag not in _PASSED and tag != "a":
            raise NoMarkdown(f"<{tag}>")
        self._open.append(tag)
        if tag in _BLOCKS:
            self._end_block()
        if tag in ("ul", "ol"):
            self._lists.append([0 if tag == "ul" else 1])
        elif tag == "li":
            self._begin_item()
        elif tag == "a":
            self._links.append(dict(attrs).get("href") or "")
            self._inline += "["
        elif tag in _AROUND and not self._in("pre") and _AROUND[tag] != "`":
            self._inline += _AROUND[tag]

    def handle_endtag(self, tag: str) -> None:
        if tag not in self._open:
            return
        if tag == "pre":
            self._fence()
        elif tag in _AROUND and _AROUND[tag] == "`" and not self._in("pre"):
            self._inline += _ticked(self._code) if self._code else ""
            self._code = ""
        elif tag in _AROUND and not self._in("pre"):
            self._inline += _AROUND[tag]
        elif tag == "a":
            self._inline += f"]({self._links.pop()})"
        elif tag in _BLOCKS:
            if tag in _HEADINGS and self._inline.strip():
                self._inline = f"{'#' * int(tag[1])} {self._inline.strip()}"
            self._end_block()
        if tag in ("ul", "ol") and self._lists:
            self._lists.pop()
            self._item = ""
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._in("pre") or any(self._in(tag) for tag in ("code", "tt", "kbd")):
            self._code += data
            return
        text = escaped(_SPACES.sub(" ", data.replace("\N{NO-BREAK SPACE}", " ")))
        self._inline += text.lstrip(" ") if self._inline.endswith((" ", "\n")) or not self._inline else text

    def written(self) -> str:
        """Give what was read."""
        self._end_block()
        return "\n\n".join(self._blocks).strip()

    def _in(self, tag: str) -> bool:
        return tag in self._open

    def _begin_item(self) -> None:
        if not self._lists:
            self._lists.append([0])
        number = self._lists[-1][0]
        self._item = f"{number}. " if number else "- "
        if number:
            self._lists[-1][0] += 1

    def _end_block(self) -> None:
        text, self._inline = self._inline.strip(), ""
        if text:
            self._add(
                text
                if self._item or not self._in("blockquote")
                else _each_line(text, lambda line: f"> {line}")
            )

    def _fence(self) -> None:
        text, self._code = self._code.strip("\n"), ""
        longest = max((len(run) for run in re.findall("`+", text)), default=0)
        fence = "`" * max(3, longest + 1)
        self._add(f"{fence}\n{text}\n{fence}")

    def _add(self, text: str) -> None:
        depth = "    " * max(0, len(self._lists) - 1)
        if self._item:
            first, self._item = depth + self._item, ""
            shift = " " * len(first)
            item = first + _each_line(text, lambda line: shift + line).strip(" ")
            if self._blocks and self._blocks[-1].lstrip().startswith(
                ("- ", "1", "2", "3", "4", "5", "6", "7", "8", "9")
            ):
                self._blocks[-1] += f"\n{item}"
            else:
                self._blocks.append(item)
            return
        self._blocks.append(text)


def _ticked(code: str) -> str:
    longest = max((len(run) for run in re.findall("`+", code)), default=0)
    ticks = "`" * (longest + 1)
    space = " " if code.startswith("`") or code.endswith("`") else ""
    return f"{ticks}{space}{code}{space}{ticks}"


def _each_line(text: str, change: Callable[[str], str]) -> str:
    return "\n".join(change(line) if line else line for line in text.split("\n"))
