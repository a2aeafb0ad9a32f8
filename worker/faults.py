"""The rules of the mutator: which small edits of a Python text make which faults.

Left alone are docstrings, annotations, imports, what stands under `if __name__ == "__main__":`, and the removal of a
name's only value, which any test notices.
"""

from __future__ import annotations

import ast
import itertools
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from worker.source import Source, Spot

MAX_SHOWN = 40  # characters of a text in a mutant's name
MARK = "XX"

COMPARISONS: dict[type[ast.cmpop], tuple[str, tuple[str, ...]]] = {
    ast.Eq: ("==", ("!=",)),
    ast.NotEq: ("!=", ("==",)),
    ast.Lt: ("<", ("<=", ">=")),
    ast.LtE: ("<=", ("<", ">")),
    ast.Gt: (">", (">=", "<=")),
    ast.GtE: (">=", (">", "<")),
    ast.Is: ("is", ("is not",)),
    ast.IsNot: ("is not", ("is",)),
    ast.In: ("in", ("not in",)),
    ast.NotIn: ("not in", ("in",)),
}
ARITHMETIC: dict[type[ast.operator], tuple[str, str]] = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "/"),
    ast.Div: ("/", "*"),
    ast.FloorDiv: ("//", "*"),
    ast.Mod: ("%", "*"),
    ast.Pow: ("**", "*"),
    ast.BitAnd: ("&", "|"),
    ast.BitOr: ("|", "&"),
    ast.BitXor: ("^", "&"),
    ast.LShift: ("<<", ">>"),
    ast.RShift: (">>", "<<"),
}
REMOVABLE = (ast.Expr, ast.AugAssign, ast.Delete, ast.Raise, ast.Assert, ast.Break, ast.Continue)
EXPRESSION_RULES: dict[type[ast.AST], str] = {
    ast.Constant: "_constant",
    ast.JoinedStr: "_joined",
    ast.Compare: "_compare",
    ast.BoolOp: "_bool_op",
    ast.BinOp: "_bin_op",
    ast.UnaryOp: "_unary",
    ast.IfExp: "_if_exp",
    ast.comprehension: "_comprehension",
    ast.Yield: "_yield",
    ast.Call: "_call",
}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
ANNOTATIONS = frozenset({"annotation", "returns", "type_params"})


@dataclass(frozen=True)
class Edit:
    """Text that takes the place of what stands at a spot; `rule` says what it does, in words."""

    spot: Spot
    rule: str
    text: str


class Faults:
    """Goes through a tree and gives an edit for each fault that a rule makes."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._bound: Counter[str] = Counter()  # how often each name gets a value in the function at hand
        self._is_class = False
        self._depth = 0  # of blocks below the body of the function at hand

    def of_module(self) -> Iterator[Edit]:
        tree = self.source.tree
        self._bound = _bindings(tree)
        yield from self._block(tree.body)

    # Statements

    def _block(self, body: list[ast.stmt], *, has_docstring: bool = True) -> Iterator[Edit]:
        for number, statement in enumerate(body):
            is_docstring = has_docstring and number == 0 and _is_text(getattr(statement, "value", None))
            if not (is_docstring and isinstance(statement, ast.Expr)) and not _is_main_guard(statement):
                yield from self._statement(statement)

    def _statement(self, node: ast.stmt) -> Iterator[Edit]:
        if isinstance(node, ast.Import | ast.ImportFrom | ast.Global | ast.Nonlocal | ast.Pass):
            return
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            yield from self._definition(node)
            return
        if self._is_removable(node):
            yield Edit(self.source.spot(node), "removed statement", "pass")
        yield from self._own_faults(node)
        for name, value in ast.iter_fields(node):
            if name not in ANNOTATIONS:
                yield from self._part(name, value)

    def _part(self, name: str, value: Any) -> Iterator[Edit]:
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, ast.ExceptHandler):
                yield from self._handler(item)
            elif isinstance(item, ast.match_case):
                yield from self._case(item)
        if name in {"body", "orelse", "finalbody"} and isinstance(value, list):
            self._depth += 1
            yield from self._block(value, has_docstring=False)
            self._depth -= 1
        elif isinstance(value, list):
            for item in value:
                if isinstance(item, ast.expr | ast.withitem):
                    yield from self._expression(item)
        elif isinstance(value, ast.expr):
            yield from self._expression(value)

    def _definition(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> Iterator[Edit]:
        for decorator in node.decorator_list:
            yield Edit(self.source.decorator(decorator), "removed decorator", "")
            yield from self._expression(decorator)
        if isinstance(node, ast.ClassDef):
            for base in (*node.bases, *(keyword.value for keyword in node.keywords)):
                yield from self._expression(base)
        else:
            for default in (*node.args.defaults, *(one for one in node.args.kw_defaults if one is not None)):
                yield from self._expression(default)
        before = self._bound, self._is_class, self._depth
        self._bound, self._is_class, self._depth = _bindings(node), isinstance(node, ast.ClassDef), 0
        yield from self._block(node.body)
        self._bound, self._is_class, self._depth = before

    def _handler(self, node: ast.ExceptHandler) -> Iterator[Edit]:
        if len(node.body) > 1 or not isinstance(node.body[0], ast.Raise):
            spot = self.source.spot(node.body[0]).to(self.source.spot(node.body[-1]))
            yield Edit(spot, "handler only raises", "raise")
        self._depth += 1
        yield from self._block(node.body, has_docstring=False)
        self._depth -= 1

    def _case(self, node: ast.match_case) -> Iterator[Edit]:
        if node.guard is not None:
            yield from self._negated(node.guard)
            yield from self._expression(node.guard)
        self._depth += 1
        yield from self._block(node.body, has_docstring=False)
        self._depth -= 1

    def _is_removable(self, node: ast.stmt) -> bool:
        """Whether the program may still run without this statement: what only unbinds a name tells nothing of the tests."""
        if isinstance(node, REMOVABLE):
            return True
        if isinstance(node, ast.Return):
            return self._depth > 0 or node.value is None
        if isinstance(node, ast.Assign):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
            is_other = len(names) < len(node.targets) and not all(
                isinstance(target, ast.Name | ast.Tuple) for target in node.targets
            )
            return is_other or self._is_class or any(self._bound[name] > 1 for name in names)
        return False

    def _own_faults(self, node: ast.stmt) -> Iterator[Edit]:
        if isinstance(node, ast.Return) and node.value is not None and not _is_constant(node.value, None):
            yield Edit(self.source.spot(node.value), "returned None", "None")
        elif isinstance(node, ast.If | ast.While):
            yield from self._negated(node.test)
        elif isinstance(node, ast.AugAssign):
            old, new = ARITHMETIC.get(type(node.op), ("", ""))
            gap = self.source.gap(node.target, node.value)
            yield from self._operator(gap, f"{old}=", f"{new}=")
        elif isinstance(node, ast.Break):
            yield Edit(self.source.spot(node), "break became continue", "continue")
        elif isinstance(node, ast.Continue):
            yield Edit(self.source.spot(node), "continue became break", "break")

    # Expressions

    def _expression(self, node: ast.AST) -> Iterator[Edit]:
        if rule := EXPRESSION_RULES.get(type(node)):
            yield from getattr(self, rule)(node)
        if not isinstance(node, ast.JoinedStr):
            for child in ast.iter_child_nodes(node):
                yield from self._expression(child)

    def _bool_op(self, node: ast.BoolOp) -> Iterator[Edit]:
        old, new = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        for left, right in itertools.pairwise(node.values):
            yield from self._operator(self.source.gap(left, right), old, new)

    def _bin_op(self, node: ast.BinOp) -> Iterator[Edit]:
        old, new = ARITHMETIC.get(type(node.op), ("", ""))
        yield from self._operator(self.source.gap(node.left, node.right), old, new)

    def _if_exp(self, node: ast.IfExp) -> Iterator[Edit]:
        yield from self._negated(node.test)

    def _comprehension(self, node: ast.comprehension) -> Iterator[Edit]:
        for test in node.ifs:
            yield from self._negated(test)

    def _yield(self, node: ast.Yield) -> Iterator[Edit]:
        if node.value is not None and not _is_constant(node.value, None):
            yield Edit(self.source.spot(node.value), "yielded None", "None")

    def _call(self, node: ast.Call) -> Iterator[Edit]:
        for keyword in node.keywords:
            name = keyword.arg or "**"
            yield Edit(self.source.keyword(keyword), f"removed keyword argument {name}", "")

    def _constant(self, node: ast.Constant) -> Iterator[Edit]:
        value, spot = node.value, self.source.spot(node)
        if isinstance(value, bool):
            yield Edit(spot, f"{value} became {not value}", str(not value))
        elif isinstance(value, int | float):
            yield Edit(spot, f"{value} became {value + 1}", repr(value + 1))
        elif isinstance(value, str | bytes):
            yield self._marked(spot, f"text {value[:MAX_SHOWN]!r} changed")

    def _joined(self, node: ast.JoinedStr) -> Iterator[Edit]:
        # The tree does not know where the parts of such a text stand, so its faults are made in a tree of its own.
        spot = self.source.spot(node)
        if any(_is_text(part) for part in node.values):
            shown = "".join(
                str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values
            )
            yield self._marked(spot, f"text {shown[:MAX_SHOWN]!r} changed")
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                if part.format_spec is not None:
                    spec, part.format_spec = part.format_spec, None
                    yield from self._rewritten(spot, node, "removed format")
                    part.format_spec = spec
                inner = Source(ast.unparse(part.value))
                expression = inner.tree.body[0]
                assert isinstance(expression, ast.Expr)  # noqa: S101 - for the type checker
                whole = part.value
                for edit in Faults(inner)._expression(expression.value):  # noqa: SLF001 - one of us
                    try:
                        part.value = ast.parse(inner.replaced(edit.spot, edit.text), mode="eval").body
                    except SyntaxError:
                        continue
                    yield from self._rewritten(spot, node, edit.rule)
                part.value = whole

    def _rewritten(self, spot: Spot, node: ast.JoinedStr, rule: str) -> Iterator[Edit]:
        try:
            yield Edit(spot, rule, ast.unparse(node))
        except ValueError:  # a text within a text that this version of Python cannot quote
            return

    def _marked(self, spot: Spot, rule: str) -> Edit:
        """Put a mark behind the opening quotes of a text."""
        text = self.source.text(spot)
        opening = re.match(r"[A-Za-z]*(\"\"\"|'''|\"|')", text)
        end = opening.end() if opening else 0
        return Edit(spot, rule, f"{text[:end]}{MARK}{text[end:]}")

    def _compare(self, node: ast.Compare) -> Iterator[Edit]:
        for left, operator, right in zip(
            [node.left, *node.comparators], node.ops, node.comparators, strict=False
        ):
            old, all_new = COMPARISONS[type(operator)]
            for new in all_new:
                yield from self._operator(self.source.gap(left, right), old, new)

    def _operator(self, gap: Spot, old: str, new: str) -> Iterator[Edit]:
        """Replace an operator, which stands in the gap between its operands beside brackets and white space."""
        text = self.source.text(gap)
        pattern = r"\s+".join(re.escape(word) for word in old.split())
        found = re.search(rf"\b{pattern}\b" if old.isidentifier() or " " in old else pattern, text)
        if old not in {"", "="} and found is not None and "#" not in text[: found.start()]:
            spot = gap.part(text, found.start(), found.end())
            yield Edit(spot, f"{old} became {new}", new)

    def _unary(self, node: ast.UnaryOp) -> Iterator[Edit]:
        spot, operand = self.source.spot(node), self.source.text(self.source.spot(node.operand))
        if isinstance(node.op, ast.Not):
            yield Edit(spot, "removed not", f"({operand})")
        elif isinstance(node.op, ast.USub):
            yield Edit(spot, "removed minus", f"({operand})")

    def _negated(self, test: ast.expr) -> Iterator[Edit]:
        # A comparison has a rule that turns it into its opposite, and so has a negation.
        is_told_elsewhere = (isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)) or (
            isinstance(test, ast.Compare) and len(test.ops) == 1
        )
        if not is_told_elsewhere:
            spot = self.source.spot(test)
            yield Edit(spot, "negated condition", f"(not ({self.source.text(spot)}))")


def _is_text(node: Any) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _is_constant(node: ast.expr, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def _is_main_guard(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and "__name__" in ast.unparse(node.test)


def _bindings(scope: ast.AST) -> Counter[str]:
    """How often each name gets a value in a function (its arguments included), a class or a module."""
    bound: Counter[str] = Counter()
    if isinstance(scope, FUNCTIONS):
        arguments = scope.args
        bound.update(one.arg for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs))
    todo = list(ast.iter_child_nodes(scope))
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound[node.id] += 1
        elif isinstance(node, ast.Global | ast.Nonlocal):
            bound.update(node.names)
        if not isinstance(node, (*FUNCTIONS, ast.ClassDef, ast.Lambda)):
            todo.extend(ast.iter_child_nodes(node))
    return bound
