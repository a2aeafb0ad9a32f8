"""The runner of the hostile cases sees what it is there to see: each kind of broken promise is found."""

import dataclasses
from typing import Any

import pytest

from sandbox.engine import Engine
from tests.sandbox.conftest import RunningBroker
from tests.sandbox.hostile_cases import Case, read_case
from tests.sandbox.hostile_runs import Suite

pytestmark = pytest.mark.docker


@pytest.fixture(scope="module")
def suite(broker: RunningBroker, engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Suite:
    made = Suite(broker, engine, tmp_path_factory.mktemp("host"))
    made.run([])  # the honest submission's reference
    return made


def script(source: str, **changes: Any) -> Case:
    return dataclasses.replace(
        read_case("set-order"), runs=1, says=(), repeat={"app.py": [(source, 1)]}, **changes
    )


def faults(suite: Suite, case: Case) -> str:
    return "\n".join(suite.see(case).faults)


def test_a_case_that_is_as_it_says_has_no_faults(suite: Suite) -> None:
    assert faults(suite, read_case("set-order")) == ""


def test_another_verdict_is_a_fault(suite: Suite) -> None:
    assert "runtime_error is not among accepted" in faults(suite, script("1 / 0"))


def test_what_is_not_said_and_what_must_not_be_said_are_faults(suite: Suite) -> None:
    case = dataclasses.replace(script("print('one')", never_says=("on[e]",)), says=("two",))
    found = faults(suite, case)
    assert "nothing says 'two'" in found
    assert "something says 'one'" in found


@pytest.mark.parametrize("kind", ["hidden", "solution", "neighbour", "secret", "host"])
def test_a_secret_that_comes_out_is_a_fault(suite: Suite, kind: str) -> None:
    secret = getattr(suite.canaries, kind)
    assert f"came out: {kind}" in faults(suite, script(f"print('x{secret}x')"))


def test_runs_that_must_be_the_same_and_differ_are_a_fault(suite: Suite) -> None:
    case = script("import uuid; print(uuid.uuid4())", same=True)
    assert "the runs differ" in faults(suite, dataclasses.replace(case, runs=2))


def test_a_touched_file_of_the_host_is_a_fault(suite: Suite) -> None:
    before = suite.canaries.file.stat()
    suite.canaries.file.chmod(0o600)
    try:
        assert "the host's file was touched" in faults(suite, script("print('one')"))
    finally:
        suite.canaries.file.chmod(before.st_mode)


def test_an_outcome_that_is_late_on_a_quiet_machine_is_said(suite: Suite) -> None:
    case = script("import time; time.sleep(2)", limits=read_case("endless-output").limits, seconds=0.05)
    assert "the outcome took" in "".join(suite.see(case).late)
