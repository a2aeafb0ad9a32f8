"""Golden folders through agent and grader: what must pass passes, and nothing else does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

CASES = Path(__file__).parents[1] / "cases"
NAMES = sorted(folder.name for folder in CASES.iterdir())


def texts(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def is_accepted(outcome: dict[str, Any]) -> bool:
    statuses = {test["name"]: test["status"] for test in outcome["tests"]}
    done = outcome["done"] or {}
    return (
        not outcome["broke"]
        and not done.get("error")
        and not done.get("problem")
        and bool(statuses)
        and sorted(statuses) == sorted(outcome["collected"])
        and set(statuses.values()) == {"passed"}
    )


@pytest.mark.parametrize("name", NAMES)
def test_golden_folder(name: str, bench: Any) -> None:
    folder = CASES / name
    expected = json.loads((folder / "expected.json").read_text())
    files, tests, solution = (texts(folder / part) for part in ("files", "tests", "solution"))
    more = {"preload": expected.get("preload", []), **expected.get("limits", {})}
    contract = None
    if solution:
        reference = bench({**files, **solution}, tests, record=True, **more)
        assert is_accepted(reference), reference
        contract = reference["done"]["contract"]
    outcome = bench(files, tests, contract=contract, **more)
    assert is_accepted(outcome) == (expected["verdict"] == "accepted"), outcome
    statuses = {test["name"]: test["status"] for test in outcome["tests"]}
    assert {test: statuses.get(test) for test in expected.get("statuses", {})} == expected.get("statuses", {})


def test_there_are_enough_folders() -> None:
    assert len(NAMES) >= 90
    assert sum(name.startswith("cheat-") for name in NAMES) >= 40


ASSERTIONS = """
import unittest
from app import secret
def test_plain():
    assert secret() == 4711
class T(unittest.TestCase):
    def test_less(self):
        self.assertLess(secret(), -4711)
    def test_same(self):
        self.assertNotEqual(secret(), 4712)
    def test_counted(self):
        self.assertCountEqual([secret()], [4711])
    def test_sub_tests(self):
        for given in (4711, 4713):
            with self.subTest("case", given=given):
                self.assertEqual(secret(), given)
    def test_said(self):
        self.assertEqual(secret(), 4711, msg="a : b")
"""


def test_without_a_trace_no_assertion_tells_what_it_compared(bench: Any) -> None:
    outcome = bench({"app.py": "def secret(): return 4712\n"}, {"test_app.py": ASSERTIONS})
    messages = {test["name"].rpartition("::")[2]: test["message"] for test in outcome["tests"]}
    assert messages.pop("test_said") == "a : b"
    assert set(messages.values()) == {"An assertion of the test did not hold."}
    told = [{key: value for key, value in test.items() if key != "seconds"} for test in outcome["tests"]]
    assert "471" not in json.dumps(told)


def test_with_a_trace_every_assertion_gives_its_reason(bench: Any) -> None:
    outcome = bench({"app.py": "def secret(): return 4712\n"}, {"test_app.py": ASSERTIONS}, trace=True)
    messages = {test["name"].rpartition("::")[2]: test["message"] for test in outcome["tests"]}
    assert messages == {
        "test_plain": "assert 4712 == 4711",
        "test_less": "AssertionError: 4712 not less than -4711",
        "test_same": "AssertionError: 4712 == 4712",
        "test_counted": "AssertionError: Element counts were not equal",
        "test_sub_tests": "[case] (given=4711) AssertionError: 4712 != 4711",
        "test_said": "a : b",
    }


COMPARISONS = """
from app import page, visits
def test_in():
    assert "Welcome" in page()
def test_not_in():
    assert "body" not in page()
def test_bytes():
    assert b"Welcome" in page().encode()
def test_equal():
    assert page() == "<body>Welcome</body>"
def test_member():
    assert visits() in [1, 2]
"""


def test_what_came_is_told_apart_from_what_was_expected_wherever_it_stands(bench: Any) -> None:
    files = {"app.py": "def page(): return '<body>Hello</body>'\ndef visits(): return 3\n"}
    outcome = bench(files, {"test_app.py": COMPARISONS}, trace=True)
    told = {test["name"].rpartition("::")[2]: (test["got"], test["expected"]) for test in outcome["tests"]}
    assert told == {
        "test_in": ("'<body>Hello</body>'", "'Welcome' in it"),
        "test_not_in": ("'<body>Hello</body>'", "'body' not in it"),
        "test_bytes": ("b'<body>Hello</body>'", "b'Welcome' in it"),
        "test_equal": ("'<body>Hello</body>'", "'<body>Welcome</body>'"),
        "test_member": ("3", "in [1, 2]"),
    }
