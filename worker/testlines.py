"""Where in a question's file a test is written, by the id that the grader gives it."""

from __future__ import annotations

import ast

from quizapp.questions.document import Document, Place
from quizapp.questions.schema import CodeQuestion


def name_of(test_id: str) -> str:
    """A test's name as `fails` lists it: without its file and without the case of a parametrized test."""
    return test_id.partition("::")[2].partition("[")[0]


def place_of(question: CodeQuestion, document: Document, test_id: str) -> Place:
    """Where a test is written, by its id `path::name`."""
    path, _, name = test_id.partition("::")
    part = "samples" if path in question.samples else "tests"
    text = getattr(question, part).get(path)
    is_one_text = isinstance(document.value.get(part), str)
    route = (part,) if is_one_text else (part, path)
    line = _line_of(text, name) if text is not None else None
    return document.place(route, key=True) if line is None else document.inside(route, line)


def _line_of(text: str, name: str) -> int | None:
    """The line on which a test named `test_x`, `TestY::test_x` or `test_x[1]` is defined."""
    wanted = name.partition("[")[0].split("::")
    body: list[ast.stmt] = ast.parse(text).body
    line = None
    for part in wanted:
        found = next((node for node in body if getattr(node, "name", None) == part), None)
        if found is None:
            return line
        line, body = found.lineno, getattr(found, "body", [])
    return line
