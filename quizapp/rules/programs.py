"""Turns a code question and what a candidate sent into the program that the sandbox is asked to run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.protocol import Limits, Program, Request

SAMPLES = "test_samples.py"
HIDDEN = "test_hidden.py"


def test_files(content: Mapping[str, Any], *, scope: str) -> dict[str, str]:
    """The test files of a scope, path -> text: the visible ones for `sample`, all of them for `full`."""
    files = {SAMPLES: content["samples"]} if content.get("samples") else {}
    if scope == "full":
        hidden = content["tests"]
        files |= {HIDDEN: hidden} if isinstance(hidden, str) else dict(hidden)
    return files


def expected_tests(recorded: Mapping[str, Any], *, scope: str) -> tuple[str, ...]:
    """The ids that must run and pass, from what the reference solution's run collected."""
    ids: Sequence[str] = recorded["tests"]
    return tuple(ids) if scope == "full" else tuple(name for name in ids if is_sample(name))


def is_sample(test_id: str) -> bool:
    """Whether candidates see the test's text."""
    return test_id.startswith(f"{SAMPLES}::")


def limits(content: Mapping[str, Any]) -> Limits:
    """The question's own limits; the operator's caps are applied by the broker."""
    own = {name: value for name, value in (content.get("limits") or {}).items() if value is not None}
    return Limits(**own)


def reference(content: Mapping[str, Any]) -> Program:
    """The reference solution against all tests, recording the contract."""
    return Program(
        files={**content["files"], **content["solution"]},
        tests=test_files(content, scope="full"),
        preload=tuple(content.get("preload") or ()),
        record=True,
    )


def graded(
    content: Mapping[str, Any],
    recorded: Mapping[str, Any],
    files: Mapping[str, str],
    *,
    scope: str,
    trace: bool,
) -> Program:
    """A candidate's files against the tests of `scope` (`sample` or `full`)."""
    return Program(
        files={**content["files"], **files},
        tests=test_files(content, scope=scope),
        preload=tuple(content.get("preload") or ()),
        contract=recorded["contract"],
        trace=trace,
    )


def free_run(
    content: Mapping[str, Any], files: Mapping[str, str], *, stdin: str, requests: Sequence[Mapping[str, Any]]
) -> Program:
    """A candidate's files with their own input, or their own requests."""
    return Program(
        files={**content["files"], **files},
        preload=tuple(content.get("preload") or ()),
        stdin=stdin,
        requests=tuple(Request.from_json(request) for request in requests),
    )
