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
