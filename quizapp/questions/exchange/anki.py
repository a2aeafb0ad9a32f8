"""Anki's plain text import: question in front, answer and reasons behind, one note a line.

Anki reads the file with File, Import; its first lines say how. The first column names each note, so that importing a newer file
updates the notes and keeps what somebody has learned of them.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from quizapp.markdown import inline_markdown, markdown
from quizapp.questions.exchange.draft import NotHeld
from quizapp.rules.marking import line_number

HEADING = (
    "#separator:tab",
    "#html:true",
    "#notetype:Basic",
    "#guid column:1",
    "#deck column:2",
    "#tags column:5",
    "#columns:Id\tDeck\tFront\tBack\tTags",
)
_LIST = Markup("<ul>{}</ul>")
_ITEM = Markup("<li>{}</li>")
_PANE = Markup("<pre><code>{}</code></pre>")


def written(entries: Sequence[tuple[str, Mapping[str, Any]]]) -> str:
    """Give the file: each content in the deck of its path, `fresher/routing` as `quizapp::fresher::routing`. Raises NotHeld."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter="\t", lineterminator="\n")
    for path, content in entries:
        deck = "::".join(("quizapp", *path.split("/")))
        tags = " ".join(
            (content["level"], content["kind"], f"difficulty-{content['difficulty']}", *content["tags"])
        )
        writer.writerow((f"quizapp-{content['id']}", deck, _front(content), _back(content), tags))
    return "\n".join(HEADING) + "\n" + buffer.getvalue()


def _front(content: Mapping[str, Any]) -> str:
    parts = [markdown(content["prompt"])]
    if content["kind"] == "choice":
        parts.append(_listed(option["text"] for option in content["options"]))
    elif content["kind"] in ("output", "bug"):
        parts.append(_pane(content["program"]))
    elif content["kind"] == "order":
        lines = sorted(
            line.strip() for line in (*content["lines"], *(d["text"] for d in content["distractors"]))
        )
        parts.append(_pane("\n".join(lines)))
    return "".join(parts)


def _back(content: Mapping[str, Any]) -> str:
    make = _BACKS.get(content["kind"])
    if make is None:
        raise NotHeld(f"its kind is {content['kind']}, which is no matter for a card")
    links = Markup("").join(
        Markup('<br><a href="{0}">{0}</a>').format(link) for link in content["references"]
    )
    return f"{make(content)}<hr>{markdown(content['explanation'])}<small>{links}</small>"


def _choice(content: Mapping[str, Any]) -> str:
    rows = [
        Markup("<b>{}</b> {}{}").format(
            "Right:" if one["correct"] else "Wrong:", inline_markdown(one["text"]), markdown(one["reason"])
        )
        for one in content["options"]
    ]
    return _LIST.format(Markup("").join(_ITEM.format(row) for row in rows))


def _text(content: Mapping[str, Any]) -> str:
    return Markup("<br>").join(_PANE.format(answer) for answer in (*content["accept"], *content["patterns"]))


def _output(content: Mapping[str, Any]) -> str:
    return _pane(content["expected"])


def _bug(content: Mapping[str, Any]) -> str:
    rows = []
    for fault in content["faulty"]:
        number = line_number(content["program"], fault["line"])
        line = content["program"].splitlines()[number - 1].strip()
        rows.append(
            _ITEM.format(Markup("Line {}: <code>{}</code>{}").format(number, line, markdown(fault["reason"])))
        )
    return _LIST.format(Markup("").join(rows)) + _pane(content["fixed"])


def _order(content: Mapping[str, Any]) -> str:
    return _pane("\n".join(content["lines"]))


def _free(content: Mapping[str, Any]) -> str:
    return markdown(content["model_answer"])


_BACKS = {"choice": _choice, "text": _text, "output": _output, "bug": _bug, "order": _order, "free": _free}


def _pane(text: str) -> Markup:
    return _PANE.format(text.rstrip("\n"))


def _listed(texts: Any) -> Markup:
    return _LIST.format(Markup("").join(_ITEM.format(inline_markdown(text)) for text in texts))
