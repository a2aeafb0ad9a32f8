"""Texts of several parts in one field: explanation, references, and for graders the model answer with its rubric.

Other systems have one field for all that is told afterwards. The parts are Markdown under headings, readable there, and
found again by their headings here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

REFERENCES = "#### References"
MODEL_ANSWER = "#### Model answer"
RUBRIC = "#### Rubric"

_LINK = re.compile(r"- (?:<(https://[^\s<>]+)>|\[[^\]]*\]\((https://[^\s()]+)\)|(https://\S+))")
_CRITERION = re.compile(r"##### (\d+) points?: (.+)")


def with_references(explanation: str, references: Sequence[str]) -> str:
    """Put the links under the explanation."""
    links = "\n".join(f"- <{link}>" for link in references)
    return f"{explanation.strip()}\n\n{REFERENCES}\n\n{links}"


def without_references(text: str) -> tuple[str, list[str]]:
    """Give explanation and links apart; no links when what follows the heading is anything else."""
    explanation, rest = _cut(text, REFERENCES)
    lines = [line.strip() for line in rest.splitlines() if line.strip()]
    found = [_LINK.fullmatch(line) for line in lines]
    links = [next(link for link in match.groups() if link) for match in found if match]
    return (explanation, links) if links and len(links) == len(lines) else (text.strip(), [])


def for_graders(content: Mapping[str, Any]) -> str:
    """Give a free question's model answer and rubric as one text."""
    criteria = "\n\n".join(
        f"##### {one['points']} point{'s' if one['points'] != 1 else ''}: {one['title']}\n\n{one['description'].strip()}"
        for one in content["rubric"]
    )
    return f"{MODEL_ANSWER}\n\n{content['model_answer'].strip()}\n\n{RUBRIC}\n\n{criteria}"


def from_graders(text: str) -> tuple[str, dict[str, Any]]:
    """Give what stands before the model answer, and `model_answer` and `rubric` as far as the text has them."""
    before, rest = _cut(text, MODEL_ANSWER)
    answer, rubric = _cut(rest, RUBRIC)
    criteria: list[dict[str, Any]] = []
    for line in rubric.splitlines():
        if match := _CRITERION.fullmatch(line):
            criteria.append({"title": match[2], "points": int(match[1]), "description": ""})
        elif criteria:
            criteria[-1]["description"] += line + "\n"
    if not answer or not criteria:
        return text.strip(), {}
    rows = [row | {"description": row["description"].strip()} for row in criteria]
    return before, {"model_answer": answer, "rubric": rows}


def _cut(text: str, heading: str) -> tuple[str, str]:
    """Part a text at the last line that is this heading."""
    lines = text.strip().split("\n")
    places = [number for number, line in enumerate(lines) if line.strip() == heading]
    if not places:
        return text.strip(), ""
    return "\n".join(lines[: places[-1]]).strip(), "\n".join(lines[places[-1] + 1 :]).strip()
