"""Turns a code question and what a candidate sent into the program that the sandbox is asked to run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.protocol import Limits, Program, Request


def test_files(content: Mapping[str, Any], *, scope: str) -> dict[str, str]:
    """The test files of a scope, path -> text: the visible ones for `sample`, all of them for `full`."""
    return dict(content["samples"]) | (dict(content["tests"]) if scope == "full" else {})


def is_sample(content: Mapping[str, Any], test_id: str) -> bool:
    """Whether candidates see the text of the test with this id (`path::name`)."""
    return test_id.split("::", 1)[0] in content["samples"]


def expected_tests(content: Mapping[str, Any], recorded: Mapping[str, Any], *, scope: str) -> tuple[str, ...]:
    """The ids that must run and pass, from what the reference solution's run collected."""
    ids: Sequence[str] = recorded["tests"]
    return tuple(ids) if scope == "full" else tuple(name for name in ids if is_sample(content, name))


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
