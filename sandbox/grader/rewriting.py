"""Pytest's rewriting of assertions, with a quicker way of saying where the new lines stand.

Each run rewrites its test files anew, and most of that time went into a walk over every node of the new syntax trees,
of which many stand in several places. Here each is looked at once.
"""

from __future__ import annotations

import ast
from typing import Any

from _pytest.assertion import rewrite

PLACE = ("lineno", "col_offset", "end_lineno", "end_col_offset")


def quicken() -> None:
    """Have pytest give the nodes that it made for an assertion their place in the way below."""
    visit: Any = rewrite.AssertionRewriter.visit_Assert
    place: dict[str, Any] = {}  # of the assertion that is being rewritten

    def visit_assert(rewriter: Any, assertion: ast.Assert) -> Any:
        place.update({name: getattr(assertion, name) for name in PLACE})
        return visit(rewriter, assertion)

    def given_place(statement: ast.AST) -> tuple[ast.AST, ...]:
        give_place(statement, place)
        return ()  # of those without a place, which pytest would now give one

    rewrite.AssertionRewriter.visit_Assert = visit_assert  # type: ignore[method-assign, assignment]
    rewrite.traverse_node = given_place  # type: ignore[assignment]


def give_place(statement: ast.AST, place: dict[str, Any]) -> None:
    """Give every node of a tree that can have a place in the source and has none this one."""
    todo, seen = [statement], {id(statement)}
    while todo:
        fields = vars(node := todo.pop())
        if node._attributes and fields.get("lineno") is None:  # noqa: SLF001 - which places it can have
            fields.update(place)
        for value in list(fields.values()):
            for below in value if isinstance(value, list) else (value,):
                if isinstance(below, ast.AST) and id(below) not in seen:
                    seen.add(id(below))
                    todo.append(below)
