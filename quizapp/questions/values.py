"""What the tests of a question hand to the program, and what they expect of it: the values written in them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

_LEAST = 6  # characters: shorter texts are met by chance
_LEAST_NUMBER = 1000
_LEAST_ASSERTION = 24


@dataclass
class Meeting:
    """One test: the values it sends, and those it expects with their lines. A number is kept as its text."""

    name: str
    sent: set[str] = field(default_factory=set)
    expected: dict[str, int] = field(default_factory=dict)


def meetings(tree: ast.Module) -> Iterator[Meeting]:
    """Give the tests of a file with the values in them.

    Expected is what stands in an `assert` beside `==` or `in`; sent is every other value inside of a call's arguments.
    The message of an `assert` is neither.
    """
    for node in _functions(tree.body):
        if node.name.startswith("test"):
            yield _met(node)


def _functions(body: list[ast.stmt]) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """The functions of a module, and those of its classes."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
        elif isinstance(node, ast.ClassDef):
            yield from _functions(node.body)


def _nodes(root: ast.AST) -> Iterator[ast.AST]:
    """Every node below and with this one, in any order: what `ast.walk` gives, in half of the time."""
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        for name in node._fields:
            value = getattr(node, name, None)
            if isinstance(value, list):
                stack += [item for item in value if isinstance(item, ast.AST)]
            elif isinstance(value, ast.AST) and not isinstance(value, ast.expr_context):
                stack.append(value)


def _met(test: ast.FunctionDef | ast.AsyncFunctionDef) -> Meeting:
    meeting = Meeting(test.name)
    for node in _nodes(test):
        if isinstance(node, ast.Assert) and isinstance(node.test, ast.Compare):
            for side in (node.test.left, *node.test.comparators):
                for value, line in _literals(side):
                    meeting.expected[value] = min(line, meeting.expected.get(value, line))
        elif isinstance(node, ast.Call):
            for argument in [*node.args, *(keyword.value for keyword in node.keywords)]:
                meeting.sent |= {value for value, _ in _literals(argument)}
    return meeting


def _literals(node: ast.expr) -> Iterator[tuple[str, int]]:
    """The values of an expression, but not those handed to a call inside of it."""
    if isinstance(node, ast.Constant):
        if (value := _telling(node.value)) is not None:
            yield value, node.lineno
    elif isinstance(node, ast.List | ast.Tuple | ast.Set):
        for item in node.elts:
            yield from _literals(item)
    elif isinstance(node, ast.Dict):
        for item in node.values:
            yield from _literals(item)


def _telling(value: object) -> str | None:
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    if isinstance(value, str):
        # Addresses are what tests send all the time; that they are expected in a link gives nothing away.
        is_address = value.startswith(("/", "http://", "https://"))
        return value if len(value) >= _LEAST and not is_address else None
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) >= _LEAST_NUMBER:
        return repr(value)
    return None


def assertions(tree: ast.Module) -> Iterator[str]:
    """Give what is asserted of a call, as source in one line with single quotes: `f('a') == 'b'`."""
    for node in _nodes(tree):
        if isinstance(node, ast.Assert) and isinstance(node.test, ast.Compare):
            text = " ".join(ast.unparse(node.test).split()).replace('"', "'")
            has_call = any(isinstance(part, ast.Call) for part in ast.walk(node.test))
            if has_call and len(text) >= _LEAST_ASSERTION:
                yield text
