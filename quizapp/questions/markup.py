"""What hides in the texts of a question: HTML inside Markdown, and parts that nobody has written yet."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from markdown_it import MarkdownIt

from quizapp.questions.document import Route
from quizapp.questions.flaw import Flaw

_MARKDOWN = frozenset(["prompt", "explanation", "reason", "note", "description", "model_answer"])
_MARKDOWN_TEXTS = frozenset(["hints", "options"])  # lists whose `text` is Markdown
_TAG = re.compile(r"<[a-zA-Z/!?]")
# As `quizapp questions new` writes it. A text may speak of a TODO further on, and a program may have its own.
_TODO = re.compile(r"\s*TODO(\s|$)|https://.*/TODO/$")
_PROGRAMS = frozenset(
    ["files", "solution", "program", "fixed", "changes", "samples", "tests", "proof", "lines"]
)


def markup_flaws(question: Any) -> Iterator[Flaw]:
    """Give a flaw for each piece of HTML in the Markdown of a question, or of what a file holds in place of one."""
    for route, text in _texts(question, ()):
        if "<" in text and _is_markdown(route) and _TAG.search(text):
            yield from _html(route, text)


def unwritten_flaws(value: Any) -> Iterator[Flaw]:
    """Give a flaw for each part of a new file that still says TODO; `value` is what the file holds, sound or not."""
    for route, text in _texts(value, ()):
        if "TODO" in text and not _PROGRAMS.intersection(route) and _TODO.match(text):
            yield Flaw(route, "todo", "is not written yet", "write it in place of the TODO")


def _texts(value: Any, route: Route) -> Iterator[tuple[Route, str]]:
    if isinstance(value, str):
        yield route, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts(inner, (*route, key))
    elif isinstance(value, tuple | list):
        for index, inner in enumerate(value):
            yield from _texts(inner, (*route, index))
    elif hasattr(value, "model_fields_set"):
        yield from _texts(value.__dict__, route)


def _is_markdown(route: Route) -> bool:
    return route[-1] in _MARKDOWN or (route[-1] == "text" and route[0] in _MARKDOWN_TEXTS)


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": True}).enable("table")


def _html(route: Route, text: str) -> Iterator[Flaw]:
    for token in _parser().parse(text):
        line = token.map[0] if token.map else 0
        inside = [child.content for child in token.children or () if child.type == "html_inline"]
        for tag in [token.content.strip()] if token.type == "html_block" else inside:
            shown = " ".join(tag.split())
            place, column = _place(text, tag, line)
            message = f"has the HTML {shown:.60}, which is not shown as such"
            hint = "write Markdown, or put the code between `backticks`"
            yield Flaw(route, "raw-html", message, hint, line=place, column=column)
            break  # one per paragraph: an opening tag mostly has its closing one beside it


def _place(text: str, tag: str, line: int) -> tuple[int, int]:
    """The line and column (from 1) of a tag that stands on a line (from 0) or below it."""
    lines = text.split("\n")
    first = tag.split("\n", 1)[0]
    for number in range(line, len(lines)):
        if first in lines[number]:
            return number + 1, lines[number].index(first) + 1
    return line + 1, 1
