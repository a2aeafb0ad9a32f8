"""The sentence under a verdict's name, and the place of a syntax error, from what is stored."""

from __future__ import annotations

from typing import Any

import pytest

from quizapp.rules import explaining
from quizapp.rules.judging import ORDER

ERROR = {"type": "KeyError", "message": "'secret'", "file": "app.py", "line": 3, "column": 0, "traceback": ""}


def test_every_verdict_has_a_sentence() -> None:
    assert set(ORDER) | {"cancelled"} == set(explaining.SENTENCES)


def test_a_fault_of_ours_is_never_told_by_its_details() -> None:
    told = explaining.sentence("internal_error", "full", {"detail": "runc: oops"}, is_open=True)
    assert "oops" not in told
    assert "nothing is counted" in told


def test_what_an_exception_says_is_kept_back_where_it_may_quote_a_hidden_test() -> None:
    outcome = {"tests": [{"name": "test_app.py::test_a", "status": "error", "error": ERROR}]}
    assert explaining.sentence("runtime_error", "full", outcome, is_open=True) == (
        "KeyError in app.py, line 3 (in test_a): 'secret'"
    )
    assert explaining.sentence("runtime_error", "full", outcome, is_open=False) == (
        "KeyError in app.py, line 3 (in test_a)."
    )


def test_a_failed_test_speaks_for_its_own_verdict_only() -> None:
    tests = [
        {"name": "t.py::test_a", "status": "failed", "message": "a is 1\nmore"},
        {"name": "t.py::test_b", "status": "error", "exception": "TestTimeLimit", "message": "too long"},
    ]
    assert explaining.sentence("time_limit", "full", {"tests": tests}, is_open=False) == "test_b: too long"
    assert explaining.sentence("wrong_answer", "full", {"tests": tests}, is_open=False) == "test_a: a is 1"


@pytest.mark.parametrize(
    ("faults", "says"), [(0, None), (1, "second time"), (2, "third time"), (3, "4th time")]
)
def test_while_it_is_tried_again_it_is_said(faults: int, says: str | None) -> None:
    told = explaining.tried_again(faults)
    assert told is None if says is None else told is not None and says in told


@pytest.mark.parametrize(
    ("error", "frame"),
    [
        ({"line": 1, "column": 3}, "> 1 | a b\n    |   ^\n  2 | \tc d\n  3 |"),
        ({"line": 2, "column": 2}, "  1 | a b\n> 2 | \tc d\n    | \t^\n  3 |\n  4 | e"),
        ({"line": 4, "column": 0}, "  2 | \tc d\n  3 |\n> 4 | e"),
        ({"line": 4, "column": 90}, "  2 | \tc d\n  3 |\n> 4 | e"),
        ({"line": 9, "column": 1}, ""),
        ({"line": 1, "column": 1, "type": "NameError"}, ""),
        ({"line": 1, "column": 1, "file": "b.py"}, ""),
    ],
)
def test_the_caret_stands_under_the_column(error: dict[str, Any], frame: str) -> None:
    files = {"app.py": "a b\n\tc d\n\ne\n"}
    assert explaining.code_frame(files, {"type": "SyntaxError", "file": "app.py"} | error) == frame
