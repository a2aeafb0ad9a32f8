"""A broken rule of a question, and what the rules need to know of Python and pytest."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from quizapp.questions.document import Route


@dataclass(frozen=True)
class Flaw:
    """A broken rule: where (route into the question, and line and column inside a text value), and what to do."""

    route: Route
    code: str
    message: str
    hint: str = ""
    line: int | None = None
    column: int = 1


@lru_cache(maxsize=64)
def tree_of(text: str) -> ast.Module:
    """Parse Python, once for all rules that look at the same text. Raises what `ast.parse` raises; do not change the tree."""
    return ast.parse(text, "<question>")


def unparsable(route: Route, text: str) -> Iterator[Flaw]:
    """Compile Python; what it only warns of (an assert on a tuple, which is always true) is a flaw here too."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            compile(tree_of(text), "<question>", "exec", dont_inherit=True)
    except SyntaxError as error:
        line, column = error.lineno or 1, max(error.offset or 1, 1)
        message = f"is not sound Python: {error.msg}"
        yield Flaw(route, "python-syntax", message, "mend the Python", line=line, column=column)
    except (ValueError, RecursionError, MemoryError) as error:
        yield Flaw(route, "python-syntax", f"is not sound Python: {error}", "mend the Python")


def names_of_tests(files: Mapping[str, str]) -> set[str]:
    """Collect the test names of some test files as `test_x` or `TestY::test_x`; the files must parse."""
    names: set[str] = set()
    for path, text in files.items():
        if not path.endswith(".py"):
            continue
        body = tree_of(text).body
        names |= _functions(body)
        classes = {node.name: node for node in body if isinstance(node, ast.ClassDef)}
        for name, node in classes.items():
            if name.startswith("Test") or any("TestCase" in ast.unparse(base) for base in node.bases):
                names |= {f"{name}::{test}" for test in _methods(node, classes)}
    return names


def _functions(body: list[ast.stmt]) -> set[str]:
    return {
        node.name
        for node in body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test")
    }


def _methods(node: ast.ClassDef, classes: Mapping[str, ast.ClassDef]) -> set[str]:
    own = _functions(node.body)
    for base in node.bases:
        if isinstance(base, ast.Name) and base.id in classes and base.id != node.name:
            own |= _methods(classes[base.id], {k: v for k, v in classes.items() if k != node.name})
    return own
