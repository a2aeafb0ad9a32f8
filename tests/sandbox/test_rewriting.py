"""Assertions that pytest has rewritten, with the places that the grader gives their nodes."""

from __future__ import annotations

import ast

import pytest
from _pytest.assertion import rewrite

from sandbox.grader import rewriting

SOURCE = """
import pytest

def test_one(client):
    reply = client.get("/")
    assert reply.status == 200, "a message"
    assert (
        "a" in reply.text
        and not any(n > 3 for n in reply.numbers)
        or (found := reply.json["a"][1:2]) == {"b": [1, *reply.rest]}
    ), f"of {reply}"
    assert found
    with pytest.raises(ValueError):
        assert -reply.f(1, key=lambda x: x + 1).g @ 2 is not None

class TestIt:
    async def test_two(self):
        assert 1 < (await self.f()) <= self.g[0] if self else [x for x in "ab"]
"""


def _rewritten() -> str:
    tree = ast.parse(SOURCE)
    rewrite.rewrite_asserts(tree, SOURCE.encode(), "test_it.py", None)
    compile(tree, "test_it.py", "exec")
    return ast.dump(tree, include_attributes=True)


def test_every_node_has_the_place_that_pytest_gives_it(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = _rewritten()
    monkeypatch.setattr(rewrite.AssertionRewriter, "visit_Assert", rewrite.AssertionRewriter.visit_Assert)
    monkeypatch.setattr(rewrite, "traverse_node", rewrite.traverse_node)
    rewriting.quicken()
    assert _rewritten() == usual
