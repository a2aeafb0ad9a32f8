"""Markdown and source code as safe HTML.

Content comes from authors and, in places, from candidates, so it passes two lines: the parser takes no raw HTML and no
`javascript:` links, and what it makes is cut down again to the elements named here.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from html import escape
from itertools import groupby
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup
from pygments.lexers import get_lexer_by_name
from pygments.token import STANDARD_TYPES
from pygments.util import ClassNotFound

# The token classes that the style sheet colours; every other token is plain ink.
TOKEN_CLASSES = frozenset(
    [
        "k",
        "kn",
        "kd",
        "ow",
        "kc",
        "kr",
        "s",
        "s1",
        "s2",
        "sa",
        "sd",
        "se",
        "si",
        "sx",
        "mi",
        "mf",
        "m",
        "nf",
        "nc",
        "nd",
        "fm",
        "nt",
        "c",
        "c1",
        "cm",
        "ch",
    ]
)
_NEAREST = {
    "s": "s",
    "sb": "s",
    "sc": "s",
    "dl": "s",
    "sh": "s",
    "sr": "s",
    "ss": "s",
    "mb": "m",
    "mh": "m",
    "mo": "m",
}
_NEAREST |= {
    "il": "mi",
    "kp": "k",
    "kt": "k",
    "cp": "c",
    "cpf": "c",
    "cs": "c",
    "na": "nf",
    "nb": "",
    "bp": "",
}
_MAX_HIGHLIGHTED = 128 * 1024  # longer text is shown without colours

_ELEMENTS = frozenset(
    [
        "a",
        "blockquote",
        "br",
        "code",
        "dd",
        "del",
        "dl",
        "dt",
        "em",
        "h2",
        "h3",
        "h4",
        "hr",
        "li",
        "ol",
        "p",
        "pre",
        "s",
        "span",
        "strong",
        "table",
        "tbody",
        "td",
        "th",
        "thead",
        "tr",
        "ul",
    ]
)
_BLOCK = nh3.Cleaner(
    tags=set(_ELEMENTS),
    clean_content_tags={"script", "style"},
    attributes={
        "a": {"href", "title"},
        "pre": {"tabindex", "role", "aria-label"},
        "ol": {"start"},
        "th": {"scope"},
    },
    allowed_classes={
        "pre": {"code-pane", "code-numbered"},
        "span": {"line", *TOKEN_CLASSES},
        "table": {"data-table"},
    },
    url_schemes={"http", "https", "mailto"},
    link_rel="noopener noreferrer",
)
_INLINE = nh3.Cleaner(
    tags={"a", "code", "em", "s", "strong", "br"},
    clean_content_tags={"script", "style"},
    attributes={"a": {"href", "title"}},
    url_schemes={"http", "https", "mailto"},
    link_rel="noopener noreferrer",
)


def markdown(text: str | None) -> Markup:
    """Markdown blocks as safe HTML; headings begin one step below the page's own."""
    return _markdown(text or "")


def tokens(text: str | None) -> list[Token]:
    """The parsed blocks, for pages that are no HTML; headings begin one step below the page's own here, too."""
    return _MARKDOWN.parse(text or "")


def inline_markdown(text: str | None) -> Markup:
    """Markdown of one line (emphasis, code, links) as safe HTML, without a paragraph around it."""
    return _inline(text or "")


def words(text: str | None) -> str:
    """What Markdown says, without its signs and in one line: for lists that quote how a text begins."""
    return " ".join(" ".join(_said(token) for token in tokens(text)).split())


def code_lines(source: str | None, language: str = "python") -> Markup:
    """Source code as one `<span class="line">` per line, with token classes; for the inside of `.code-pane > code`."""
    return _code(source or "", language)


def code_rows(source: str | None, language: str = "python") -> tuple[Markup, ...]:
    """Source code as the inside of each line, for pages that put something of their own round or between lines."""
    return _rows(source or "", language)


def _said(token: Token) -> str:
    if token.children is None:
        return token.content
    return "".join(" " if one.type.endswith("break") else one.content for one in token.children)


def _highlight(source: str, language: str, _attributes: str) -> str:
    label = f"Code, {language}" if language else "Code"
    return str(
        Markup(
            '<pre class="code-pane" tabindex="0" role="region" aria-label="{}"><code>{}</code></pre>'
        ).format(label, _code(source.rstrip("\n"), language or "text"))
    )


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "highlight": _highlight, "linkify": False})
    parser.enable(["table", "strikethrough"])
    parser.disable(["image", "html_block", "html_inline"])
    parser.core.ruler.push("lower_headings", _lower_headings)
    return parser


def _lower_headings(state: Any) -> None:
    for token in state.tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + 1, 4)}"
        elif token.type == "table_open":
            token.attrSet("class", "data-table")


_MARKDOWN = _parser()


@lru_cache(maxsize=2048)
def _markdown(text: str) -> Markup:
    return Markup(_BLOCK.clean(_MARKDOWN.render(text)))  # noqa: S704 - cleaned in this very line


@lru_cache(maxsize=4096)
def _inline(text: str) -> Markup:
    return Markup(_INLINE.clean(_MARKDOWN.renderInline(text)))  # noqa: S704 - cleaned in this very line


@lru_cache(maxsize=512)
def _code(source: str, language: str) -> Markup:
    return Markup("").join(
        Markup('<span class="line">{}</span>').format(row) for row in _rows(source, language)
    )


@lru_cache(maxsize=512)
def _rows(source: str, language: str) -> tuple[Markup, ...]:
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    # Plain strings, because a hostile file is sixty thousand tokens; every piece of text passes `escape`.
    lines: list[list[str]] = [[]]
    for name, tokens in groupby(_tokens(source, language)(source), key=lambda token: _class_of(token[0])):
        text = escape("".join(text for _, text in tokens), quote=False)
        for number, part in enumerate(text.split("\n")):
            if number:
                lines.append([])
            if part:
                lines[-1].append(f'<span class="{name}">{part}</span>' if name else part)
    if len(lines) > 1 and not lines[-1]:
        lines.pop()  # the line break that ends a file begins no line
    return tuple(Markup("".join(line)) for line in lines)  # noqa: S704 - see above


def _tokens(source: str, language: str) -> Callable[[str], Any]:
    """A function that yields (token type, text); everything is plain when the language is unknown or the text huge."""
    try:
        lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        lexer = None
    if lexer is None or len(source) > _MAX_HIGHLIGHTED:
        return lambda text: [(None, text)]
    read: Callable[[str], Any] = lexer.get_tokens
    return read


@lru_cache(maxsize=512)
def _class_of(kind: Any) -> str:
    while kind is not None:
        name = STANDARD_TYPES.get(kind, "")
        if name in TOKEN_CLASSES:
            return name
        if name in _NEAREST:
            return _NEAREST[name]
        kind = kind.parent
    return ""
