"""Turns a code or tests question and what a candidate sent into the program that the sandbox is asked to run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.protocol import Limits, Program, Request


def test_files(content: Mapping[str, Any], *, scope: str) -> dict[str, str]:
    """The test files of a scope, path -> text: the visible ones for `sample`, all of them for `full`."""
    return dict(content["samples"]) | (dict(content["tests"]) if scope == "full" else {})


def is_sample(content: Mapping[str, Any], test_id: str) -> bool:
    """Whether candidates see the text of the test with this id (`path::name`)."""
    shown = content["files"] if content["kind"] == "tests" else content["samples"]
    return test_id.split("::", 1)[0] in shown


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


@dataclass(frozen=True)
class Variant:
    """One program that a candidate's tests meet: right, or a mutant. `id` is `right::title` or `mutants::title`."""

    id: str
    files: Mapping[str, str]
    note: str = ""

    @property
    def is_right(self) -> bool:
        """Whether the tests have to pass on it."""
        return self.id.startswith("right::")


def variants(content: Mapping[str, Any]) -> list[Variant]:
    """Every program of a tests question: the shown one, the other right ones, then the mutants, in file order.

    Raises ValueError when a change does not fit the program.
    """
    made = [Variant("right::the program you see", content["program"])]
    made += [Variant(f"right::{one['title']}", _changed(content, one)) for one in content["variants"]]
    made += [
        Variant(f"mutants::{one['title']}", _changed(content, one), one["note"]) for one in content["mutants"]
    ]
    return made


def _changed(content: Mapping[str, Any], variant: Mapping[str, Any]) -> dict[str, str]:
    """The program with a variant's files laid over it and its changes made."""
    files = dict(content["program"]) | dict(variant["files"] or {})
    for change in variant["changes"]:
        places = [path for path, text in files.items() for _ in range(text.count(change["find"]))]
        if len(places) != 1:
            raise ValueError(f"stands {len(places)} times in the program: {change['find']!r:.80}")
        files[places[0]] = files[places[0]].replace(change["find"], change["replace"])
    return files


def gated(content: Mapping[str, Any], program: Mapping[str, str], tests: Mapping[str, str]) -> Program:
    """A candidate's tests against one program; the two never share a container."""
    modules = [path.removesuffix(".py").replace("/", ".") for path in content["program"]]
    return Program(
        files=dict(program),
        tests=dict(tests),
        preload=tuple(content.get("preload") or ()),
        has_untrusted_tests=True,
        offers=tuple(f"{module}:{name}" for module in modules for name in content["offers"]),
    )
