"""GIFT, Moodle's plain text form of questions, as its documentation and its importer read it.

What GIFT has no words for travels in the comment before a question, in Moodle's own way: `// [id:what-is-flask] [tag:minutes:2]`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from quizapp.questions.exchange.draft import NotHeld, Problem, Reading, Unreadable
from quizapp.questions.exchange.markup import NoMarkdown, escaped, to_markdown
from quizapp.questions.exchange.quiz import FULL, Answer, Item, draft_of, weighted

HAS_HINTS: Final = False
HAS_CASE: Final = False
_RESERVED = re.compile(r"[\\#=~{}:\n]")
_COMMENT_TAG = re.compile(r"\[(id|tag):((?:[^\]\\]|\\.)*)\]")
_WEIGHT = re.compile(r"%(-?\d{1,3}(?:\.\d*)?)%")
_FORMATS = ("moodle", "html", "plain", "markdown")
_TRUE_FALSE = frozenset({"T", "TRUE", "F", "FALSE"})
# Escaped characters are held aside while the signs of the format are looked for.
_ASIDE = {sign: chr(0xE000 + number) for number, sign in enumerate("\\#=~{}:\n")}
_BACK = {aside: sign for sign, aside in _ASIDE.items()}


def written(items: list[tuple[str, Item]]) -> str:
    """Give the file: each item below its category, a path such as `fresher/routing`. Raises NotHeld."""
    parts: list[str] = []
    category = None
    for path, item in items:
        if path != category:
            category = path
            parts.append(f"$CATEGORY: $course$/top/{path}\n")
        parts.append("\n".join(_question(item)) + "\n")
    return "\n".join(parts)


def _question(item: Item) -> Iterator[str]:
    if item.kind == "ordering":
        raise NotHeld("GIFT has no ordering")
    tags = list(item.tags)
    if item.points is not None:
        tags.append(f"points:{item.points:g}")
    marks = [f"[id:{_in_comment(item.id)}]", *(f"[tag:{_in_comment(tag)}]" for tag in tags)]
    yield f"// {' '.join(marks)}"
    yield f"::{_text(item.name)}::[markdown]{_text(item.prompt)}{{"
    if item.kind == "shortanswer":
        if any("->" in answer.text + answer.feedback for answer in item.answers):
            raise NotHeld("an answer or its note has ->, which GIFT takes for a question of pairs")
        yield from (f"\t=%{weighted(a.percent)}%{_told(a)}" for a in item.answers)
    for answer in item.answers if item.kind == "multichoice" else ():
        sign = "=" if item.single and answer.percent == FULL else f"~%{weighted(answer.percent)}%"
        yield f"\t{sign}{_told(answer)}"
    feedback = f"{item.feedback}\n\n{item.for_graders}" if item.for_graders else item.feedback
    yield f"\t####{_marked(feedback)}"
    yield "}"


def _told(answer: Answer) -> str:
    return _marked(answer.text) + (f"#{_marked(answer.feedback)}" if answer.feedback else "")


def _marked(text: str) -> str:
    """A text with its format's name where it begins with a bracket, which would be taken for such a name."""
    return f"[markdown]{_text(text)}" if text.startswith("[") else _text(text)


def _text(text: str) -> str:
    if "\r" in text or any(aside in text for aside in _BACK):
        raise NotHeld("it has a character that GIFT cannot hold")
    return _RESERVED.sub(lambda found: "\\n" if found.group() == "\n" else f"\\{found.group()}", text)


def _in_comment(text: str) -> str:
    return re.sub(r"([\\\]])", r"\\\1", text)


def read(raw: bytes) -> Reading:
    """Read a file; what is wrong with single questions becomes problems. Raises Unreadable for the file as a whole."""
    try:
        text = raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise Unreadable(line, "is not UTF-8 text", "save the file as UTF-8") from error
    reading = Reading()
    for line, lines in _blocks(text):
        try:
            item = _item(line, lines, reading)
            if item is not None:
                reading.drafts.append(draft_of(item, reading.notes))
        except Unreadable as error:
            reading.problems.append(error.problem)
        except NoMarkdown as error:
            hint = "take it out there, or write the question here by hand"
            reading.problems.append(
                Problem(line, f"the question has {error}, which Markdown cannot hold", hint)
            )
    return reading


def _blocks(text: str) -> Iterator[tuple[int, list[str]]]:
    """Questions are parted by blank lines; the line each begins on, and its lines."""
    block: list[str] = []
    begin = 1
    for number, line in enumerate([*text.split("\n"), ""], 1):
        if line.strip():
            begin = begin if block else number
            block.append(line)
        elif block:
            yield begin, block
            block = []


def _item(line: int, lines: list[str], reading: Reading) -> Item | None:
    comments = "\n".join(one for one in lines if one.strip().startswith("//"))
    text = _aside("\n".join(one for one in lines if not one.strip().startswith("//"))).strip()
    if not text or text.startswith("$CATEGORY"):
        return None
    name, text = _named(text)
    begin, end = text.find("{"), text.find("}")
    if begin < 0 and end < 0:
        reading.skipped.append(Problem(line, f"'{name or _back(text)[:40]}' is left out: it asks nothing"))
        return None
    if begin < 0 or end < begin or "{" in text[begin + 1 :] or "}" in text[end + 1 :]:
        message = "the braces round the answers do not fit"
        raise Unreadable(
            line, message, "one { and one } a question; \\{ and \\} in texts; no blank line inside"
        )
    after = text[end + 1 :]
    prompt, form = _formatted(text[:begin] + ("_____" + after if after.strip() else ""), "moodle")
    if not name:
        message = f"the question {prompt[:40]!r} has no title"
        raise Unreadable(line, message, "write ::title:: before it")
    answers, mark, told = text[begin + 1 : end].strip().rpartition("####")
    if not mark:
        answers, told = told, ""
    marks = [(key, re.sub(r"\\(.)", r"\1", value)) for key, value in _COMMENT_TAG.findall(comments)]
    made = _answered(line, name, answers.strip(), form, reading)
    if made is None:
        return None
    kind, single, read_answers = made
    return Item(
        kind,
        name=name,
        prompt=prompt,
        line=line,
        id=next((value for key, value in marks if key == "id"), ""),
        answers=read_answers,
        single=single,
        feedback=_formatted(told, form)[0],
        tags=tuple(value for key, value in marks if key == "tag"),
    )


def _answered(
    line: int, name: str, answers: str, form: str, reading: Reading
) -> tuple[str, bool, tuple[Answer, ...]] | None:
    """The kind, whether one option is chosen, and the answers; None for a kind that is not taken."""
    other = ""
    if answers.startswith("#"):
        other = "a number"
    elif answers.startswith(">"):
        other = "an order"
    elif "~" not in answers and "=" in answers and "->" in answers:
        other = "pairs"
    elif answers.partition("#")[0].strip() in _TRUE_FALSE:
        other = "true or false"
    if other:
        reading.skipped.append(Problem(line, f"'{name}' is left out: it asks for {other}"))
        return None
    if not answers:
        return "essay", True, ()
    is_choice = "~" in answers
    single = "=" in answers
    parts = re.findall(r"([=~])([^=~]*)", answers)
    if not parts or answers[0] not in "=~":
        raise Unreadable(
            line, f"the answers of '{name}' begin with neither = nor ~", "put = or ~ before each"
        )
    return (
        ("multichoice" if is_choice else "shortanswer"),
        single,
        tuple(_answer(sign, text.strip(), form, is_choice=is_choice) for sign, text in parts),
    )


def _answer(sign: str, text: str, form: str, *, is_choice: bool) -> Answer:
    percent = FULL if sign == "=" else 0.0
    if (weight := _WEIGHT.match(text)) and not (is_choice and sign == "="):
        percent, text = float(weight[1]), text[weight.end() :]
    shown, _, feedback = text.partition("#")
    if is_choice:
        return Answer(_formatted(shown, form)[0], percent, _formatted(feedback, form)[0])
    return Answer(_unformatted(shown), percent, _formatted(feedback, form)[0])


def _named(text: str) -> tuple[str, str]:
    if not text.startswith("::"):
        return "", text
    name, mark, rest = text[2:].partition("::")
    return (_back(name).strip(), rest.strip()) if mark else ("", text)


def _formatted(text: str, form: str) -> tuple[str, str]:
    """A text as Markdown, and its format: its own, `[html]...`, or the given one."""
    text = text.strip()
    if (found := re.match(r"\[(\w+)\]", text)) and found[1] in _FORMATS:
        form, text = found[1], text[found.end() :]
    plain = _back(text).strip()
    if form == "markdown":
        return plain, form
    return (escaped(plain) if form == "plain" else to_markdown(plain)), form


def _unformatted(text: str) -> str:
    """An answer that people type: as it is, but for a format's name before it."""
    text = text.strip()
    if (found := re.match(r"\[(\w+)\]", text)) and found[1] in _FORMATS:
        text = text[found.end() :]
    return _back(text).strip()


def _aside(text: str) -> str:
    r"""Replace `\:` and the like by characters that mean nothing, and `\n` by that of a line break."""

    def replace(found: re.Match[str]) -> str:
        sign = "\n" if found[1] == "n" else found[1]
        return _ASIDE[sign]

    return re.sub(r"\\([\\#=~{}:n])", replace, text)


def _back(text: str) -> str:
    return "".join(_BACK.get(sign, sign) for sign in text)
