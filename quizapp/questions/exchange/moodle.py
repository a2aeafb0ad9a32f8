"""Moodle XML, as Moodle's question bank exports and imports it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from quizapp.questions.exchange.draft import NotHeld, Problem, Reading, Unreadable
from quizapp.questions.exchange.markup import NoMarkdown, escaped, to_markdown
from quizapp.questions.exchange.quiz import Answer, Item, draft_of, weighted
from quizapp.questions.exchange.tree import Element, read_xml

HAS_HINTS: Final = True
HAS_CASE: Final = True
_NO_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TRUE = frozenset({"1", "true"})


def written(items: list[tuple[str, Item]]) -> str:
    """Give the file: each item below its category, a path such as `fresher/routing`. Raises NotHeld."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<quiz>"]
    category = None
    for path, item in items:
        if path != category:
            category = path
            lines.append('<question type="category">')
            lines += [f"  <category><text>$course$/top/{_xml(path)}</text></category>", "</question>"]
        lines += _question(item)
    return "\n".join([*lines, "</quiz>"]) + "\n"


def _question(item: Item) -> Iterator[str]:
    yield f"<question type={quoteattr(item.kind)}>"
    yield f"  <name><text>{_xml(item.name)}</text></name>"
    yield from _markdown("questiontext", item.prompt)
    yield from _markdown("generalfeedback", item.feedback)
    if item.points is not None:
        yield f"  <defaultgrade>{item.points:g}</defaultgrade>"
    yield f"  <idnumber>{_xml(item.id)}</idnumber>"
    yield from _KINDS[item.kind](item)
    for hint in item.hints:
        yield from _markdown("hint", hint)
    yield "  <tags>"
    yield from (f"    <tag><text>{_xml(tag)}</text></tag>" for tag in item.tags)
    yield "  </tags>"
    yield "</question>"


def _multichoice(item: Item) -> Iterator[str]:
    yield f"  <single>{str(item.single).lower()}</single>"
    yield f"  <shuffleanswers>{str(item.shuffle).lower()}</shuffleanswers>"
    yield "  <answernumbering>abc</answernumbering>"
    yield from _answers(item, "markdown")


def _shortanswer(item: Item) -> Iterator[str]:
    yield f"  <usecase>{int(not item.ignores_case)}</usecase>"
    yield from _answers(item, "moodle_auto_format")


def _ordering(item: Item) -> Iterator[str]:
    yield "  <layouttype>VERTICAL</layouttype>"
    yield "  <selecttype>ALL</selecttype>"
    yield "  <selectcount>0</selectcount>"
    yield "  <gradingtype>RELATIVE_NEXT_EXCLUDE_LAST</gradingtype>"
    yield from _answers(item, "plain_text")


def _essay(item: Item) -> Iterator[str]:
    yield "  <responseformat>editor</responseformat>"
    yield "  <responserequired>1</responserequired>"
    yield "  <responsefieldlines>15</responsefieldlines>"
    yield "  <attachments>0</attachments>"
    yield from _markdown("graderinfo", item.for_graders)


_KINDS = {"multichoice": _multichoice, "shortanswer": _shortanswer, "ordering": _ordering, "essay": _essay}


def _answers(item: Item, form: str) -> Iterator[str]:
    for answer in item.answers:
        yield f'  <answer fraction="{weighted(answer.percent)}" format="{form}">'
        yield f"    <text>{_xml(answer.text)}</text>"
        yield f'    <feedback format="markdown"><text>{_xml(answer.feedback)}</text></feedback>'
        yield "  </answer>"


def _markdown(name: str, text: str) -> Iterator[str]:
    yield f'  <{name} format="markdown"><text>{_xml(text)}</text></{name}>'


def _xml(text: str) -> str:
    if found := _NO_XML.search(text):
        raise NotHeld(f"it has the character U+{ord(found.group()):04X}, which XML cannot hold")
    return escape(text)


def read(raw: bytes) -> Reading:
    """Read a file; what is wrong with single questions becomes problems. Raises Unreadable for the file as a whole."""
    root = read_xml(raw)
    if root.name != "quiz":
        raise Unreadable(
            root.line, f"is not Moodle XML: it begins with <{root.name}>", "export as Moodle XML"
        )
    reading = Reading()
    for element in root.all("question"):
        kind = element.attributes.get("type", "")
        if kind == "category":
            continue
        name = element.word("name", "text") or "a question without a name"
        if kind not in _KINDS:
            reading.skipped.append(
                Problem(element.line, f"'{name}' is left out: its type is {kind or 'not given'}")
            )
            continue
        try:
            item = _item(element, kind)
            reading.drafts.append(draft_of(item, reading.notes))
        except Unreadable as error:
            reading.problems.append(error.problem)
        except NoMarkdown as error:
            hint = "take it out of the question there, or write the question here by hand"
            reading.problems.append(
                Problem(element.line, f"'{name}' has {error}, which Markdown cannot hold", hint)
            )
    return reading


def _item(element: Element, kind: str) -> Item:
    _refuse_files(element)
    grade = element.word("defaultgrade")
    answers = tuple(_answer(answer, kind) for answer in element.all("answer"))
    return Item(
        kind,
        name=element.word("name", "text"),
        prompt=_formatted(element.first("questiontext")),
        line=element.line,
        id=element.word("idnumber"),
        answers=answers,
        single=element.word("single").lower() in _TRUE,
        shuffle=element.word("shuffleanswers").lower() in _TRUE,
        ignores_case=element.word("usecase") not in _TRUE,
        points=_number(grade, element.line) if grade else None,
        feedback=_formatted(element.first("generalfeedback")),
        for_graders=_formatted(element.first("graderinfo")),
        hints=tuple(_formatted(hint) for hint in element.all("hint")),
        tags=_tags(element),
    )


def _tags(element: Element) -> tuple[str, ...]:
    tags = element.first("tags")
    return tuple(tag.word("text") for tag in tags.all("tag")) if tags else ()


def _answer(element: Element, kind: str) -> Answer:
    text = element.first("text")
    shown = (text.text if text else "").strip()
    if kind == "multichoice":
        shown = _formatted(element)
    elif kind == "ordering" and _is_html(element):
        shown = to_markdown(shown)
    percent = _number(element.attributes.get("fraction", "0"), element.line)
    return Answer(shown, percent, _formatted(element.first("feedback")))


def _refuse_files(element: Element) -> None:
    """A picture travels as a file inside the text's element; the question would be lost without it."""
    for child in element.children:
        if child.first("file") is not None:
            name = child.first("file").attributes.get("name", "")  # type: ignore[union-attr]
            message = f"'{element.word('name', 'text')}' comes with the file {name!r}"
            raise Unreadable(child.line, message, "questions here are text; write what the file shows")


def _is_html(element: Element) -> bool:
    return element.attributes.get("format", "html") in ("html", "moodle_auto_format")


def _formatted(element: Element | None) -> str:
    """The text of an element as Markdown."""
    if element is None:
        return ""
    text = element.word("text")
    form = element.attributes.get("format", "html")
    if form == "markdown":
        return text
    return escaped(text) if form == "plain_text" else to_markdown(text)


def _number(text: str, line: int) -> float:
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if number != number or abs(number) > 1000:  # noqa: PLR0124, PLR2004 - not a number; no grade is larger
        raise Unreadable(line, f"has {text!r} where a number belongs", "write it in digits")
    return number
