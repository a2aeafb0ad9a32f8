"""One fuzzing process: `python -m fuzz.worker` and libFuzzer's arguments."""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["sandbox"]):
    from fuzz import targets


def test_one_input(data: bytes) -> None:
    """What libFuzzer calls."""
    targets.one(data, atheris.FuzzedDataProvider)


if __name__ == "__main__":
    atheris.Setup(sys.argv, test_one_input)
    atheris.Fuzz()
