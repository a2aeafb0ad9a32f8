"""A question as it is stored, hashed, and shown before it is answered."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from quizapp.questions.schema import QUESTION, Question
from quizapp.rules import parameters
from quizapp.rules.marking import pieces

# What a candidate may see before answering. Everything else (answers, tests, solution, mistakes, reasons, the
# explanation, and links that lead to it) stays on the server: a new field is hidden until it is named here.
_PUBLIC = (
    "id",
    "title",
    "kind",
    "level",
    "topic",
    "difficulty",
    "minutes",
    "points",
    "since",
    "prompt",
)


def canonical_json(value: Any) -> str:
    """Write plain JSON data in one way only: sorted keys, no spaces, real characters."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def content_hash(question: Question) -> str:
    """Give the SHA-256 (hex) of a question's canonical content.

    Fields at their default are left out of the hash, so that a new optional field does not make a new version
    of every question there is.
    """
    content = question.model_dump(mode="json", exclude_defaults=True)
    return hashlib.sha256(canonical_json(content).encode()).hexdigest()


def to_content(question: Question) -> dict[str, Any]:
    """Give the plain JSON object that is stored as the content of a question version."""
    return question.to_content()


def from_content(content: Mapping[str, Any]) -> Question:
    """Make the question again from stored content; raises pydantic's ValidationError if it is not one."""
    return QUESTION.validate_python(dict(content))


def public_view(content: Mapping[str, Any]) -> dict[str, Any]:
    """Give what may be sent to a candidate before the answer, as a plain JSON object.

    On top of the common keys and `hints` (their number and costs, not their text):
    choice: `select`, `shuffle`, `options` [{id, text}]; output: `program`; bug: `program`, `language`, `count` (of lines to point at); order: `indent`, `pieces`
    [{id, text}] in an order that says nothing; code: `files`, `samples`, `requests`, `limits`; tests: the same, its `samples` being the program, and `offers`;
    free: `words`, `rubric` [{title, points}]. The ids are what
    an answer names.
    """
    content = parameters.example(content)  # of a parameterised question that was not filled yet
    view = {key: content.get(key) for key in _PUBLIC}
    view["hints"] = [{"cost": hint["cost"]} for hint in content["hints"]]
    return view | _KIND_VIEWS[content["kind"]](content)


def _choice(content: Mapping[str, Any]) -> dict[str, Any]:
    options = [{"id": index, "text": option["text"]} for index, option in enumerate(content["options"])]
    return {"select": content["select"], "shuffle": content["shuffle"], "options": options}


def _text(_: Mapping[str, Any]) -> dict[str, Any]:
    return {}


def _output(content: Mapping[str, Any]) -> dict[str, Any]:
    return {"program": content["program"]}


def _bug(content: Mapping[str, Any]) -> dict[str, Any]:
    return {key: content[key] for key in ("program", "language")} | {"count": len(content["faulty"])}


def _order(content: Mapping[str, Any]) -> dict[str, Any]:
    shown = [{"id": piece.id, "text": piece.text} for piece in pieces(content)]
    return {"indent": content["indent"], "pieces": shown}


def _code(content: Mapping[str, Any]) -> dict[str, Any]:
    return {key: content[key] for key in ("files", "samples", "requests", "limits")}


def _tests(content: Mapping[str, Any]) -> dict[str, Any]:
    shown = {key: content[key] for key in ("files", "limits", "offers")}
    return shown | {
        "samples": content["program"],
        "requests": [],
        "counts": {"right": 1 + len(content["variants"]), "mutants": len(content["mutants"])},
    }


def _free(content: Mapping[str, Any]) -> dict[str, Any]:
    rubric = [{"title": one["title"], "points": one["points"]} for one in content["rubric"]]
    return {"words": content["words"], "rubric": rubric}


_KIND_VIEWS: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "choice": _choice,
    "text": _text,
    "output": _output,
    "bug": _bug,
    "order": _order,
    "code": _code,
    "tests": _tests,
    "free": _free,
}
